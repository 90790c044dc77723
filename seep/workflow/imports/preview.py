"""A look at a folder before it is imported: what is there, and how it will be read."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from seep.core.masks.classes import MAX_CLASSES
from seep.core.masks.palette import color_table
from seep.errors import ImageError, MaskError
from seep.io.archives import is_zip
from seep.io.decoding import Decoded, Request
from seep.io.folder_reader import Candidate, ImportOptions, Refused, find_candidates
from seep.io.header import ImageHeader
from seep.io.sandbox import READING
from seep.workflow.classes import get_classes
from seep.workflow.workspace import Workspace

LOOKED_AT = 12
"""Files that are read, spread over the folder: enough to see what a set is, and done in a blink."""
MASK_BYTES = 16 * 2**20
"""Larger masks are not read for a look."""
_READERS = 4


@dataclass(frozen=True)
class Look:
    """What a folder holds, as far as names and some of its files tell.

    Attributes:
        files: how many files may become tiles or scenes; 0 of a zip, which is unpacked at its import only.
        scenes: names of the scenes that they belong to, in order.
        with_mask: how many of them have a mask.
        headers: of the files looked at.
        refused: of the files looked at, those that cannot be read.
        nodata: values that mean "not measured" in the files looked at; None stands for no such value.
        large: how many of the files looked at would be cut into windows.
        class_ids: class ids in the masks looked at, in order.
        notes: what had to be said of the files looked at, a sentence each.
    """

    files: int
    scenes: list[str] = field(default_factory=list)
    with_mask: int = 0
    headers: list[ImageHeader] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    nodata: list[float | None] = field(default_factory=list)
    large: int = 0
    class_ids: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look_at(workspace: Workspace, images: Path, masks: Path | None, options: ImportOptions) -> Look:
    """Look at what would be imported; some files are read, in processes of their own.

    Args:
        workspace: whose classes give the colors of masks.
        images: folder of images, one image, or a zip.
        masks: folder of masks or annotations; None for none.
        options: how they are read.

    Raises:
        ImportRefusedError: a folder is missing or empty, or no mask has the name of an image.
        MaskError: annotations cannot be read.
        SettingsError: an option cannot be used.
    """
    if images.is_file() and is_zip(images):
        return Look(0)
    classes = get_classes(workspace)
    colors = options.colors or color_table(classes)
    options = replace(options, class_count=MAX_CLASSES, colors=colors)
    candidates = find_candidates(images, masks, options)
    chosen = _spread(candidates)
    with ThreadPoolExecutor(_READERS) as pool:
        found = list(pool.map(lambda one: _read(one, options), chosen))
    read = [one for one in found if isinstance(one, Decoded)]
    nodata = Counter(one.nodata for one in read)
    return Look(
        files=len(candidates),
        scenes=sorted({one.position.scene for one in candidates}),
        with_mask=sum(1 for one in candidates if one.mask_path or one.drawing),
        headers=[one.header for one in read],
        refused=[
            Refused(candidate.path, str(one))
            for candidate, one in zip(chosen, found, strict=True)
            if isinstance(one, Exception)
        ],
        nodata=[value for value, _ in nodata.most_common()],
        large=sum(1 for one in read if one.large),
        class_ids=sorted(
            {int(value) for one in read if one.mask is not None for value in np.unique(one.mask)}
        ),
        notes=[note for one in read for note in one.notes],
    )


def _read(candidate: Candidate, options: ImportOptions) -> Decoded | Exception:
    mask = candidate.mask_path
    try:
        if mask is not None and mask.stat().st_size > MASK_BYTES:
            mask = None
        return READING.decode(Request(candidate.path, mask, options))
    except (ImageError, MaskError) as error:
        return error
    except OSError as error:
        return MaskError(f"{candidate.path.name} or its mask cannot be read: {error.strerror or error}.")


def _spread(candidates: list[Candidate]) -> list[Candidate]:
    step = -(-len(candidates) // LOOKED_AT)
    return candidates[::step]
