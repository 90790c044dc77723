"""Decides once for all masks of a set whether 255 is class 1 (black and white) or unsure."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from seep.core.import_options import ImportOptions
from seep.core.text import counted
from seep.io.folder_reader import ImportCandidate
from seep.io.masks import mask_values

_READERS = 4
_CHUNK = 32
"""Masks that are read before it is decided whether to go on."""


@dataclass(frozen=True)
class MaskSet:
    """The meaning of 255 in the masks of a set.

    Attributes:
        options: the import options, with the decision.
        notes: the decision as a sentence, where all masks are black and white; see `seep.io.masks.UNSURE_NOTE`.
    """

    options: ImportOptions
    notes: tuple[str, ...] = ()


def decide_masks(
    candidates: Sequence[ImportCandidate],
    options: ImportOptions,
    reader: Callable[[Path, int], str] = mask_values,
    most: int | None = None,
) -> MaskSet:
    """Decide what 255 means in masks of 0 and 255 only: unsure, if any other mask of the set has class ids.

    A set of class ids is recognized at its first such mask. In a set of black and white all masks are read.

    Args:
        candidates: all files of the set.
        options: only the mask format "auto" leaves a decision.
        reader: reads a mask: in this process by default, or in a sandbox (`seep.io.sandbox`).
        most: number of masks to read, spread over the set; None for all.
    """
    masks = [one.mask_path for one in candidates if one.mask_path is not None]
    if options.mask_format != "auto" or not masks:
        return MaskSet(options)
    if most is not None:
        masks = masks[:: -(-len(masks) // most)]
    doubtful = False
    with ThreadPoolExecutor(_READERS) as pool:
        for first in range(0, len(masks), _CHUNK):
            chunk = masks[first : first + _CHUNK]
            found = set(pool.map(lambda path: reader(path, options.class_count), chunk))
            if "ids" in found:
                return MaskSet(replace(options, unsure_255=True))
            doubtful = doubtful or "two" in found
    if not doubtful:
        return MaskSet(options)
    note = (
        f"255 is class 1: {counted(len(masks), 'mask')} read have no value but 0 and 255. If 255 means unsure, set "
        "the mask format to class ids (index)."
    )
    return MaskSet(options, (note,))
