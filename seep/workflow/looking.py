"""A look at a folder before it is imported: what is there, and how it will be read."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from seep.errors import ImageError
from seep.io.tiff import ImageHeader, nodata_of, read_header
from seep.io.importing import Candidate, ImportOptions, Refused, find_candidates

LOOKED_AT = 24
"""Headers that are read, spread over the folder: enough to see what a set is, and done in a blink."""


@dataclass(frozen=True)
class Look:
    """What a folder holds, as far as names and some headers tell.

    Attributes:
        files: how many files may become tiles.
        scenes: names of the scenes that they belong to, in order.
        with_mask: how many of them have a mask of their name.
        headers: of the files looked at.
        refused: of the files looked at, those that cannot be read.
        nodata: values that mean "not measured" in the files looked at; None stands for no such value.
    """

    files: int
    scenes: list[str]
    with_mask: int
    headers: list[ImageHeader] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    nodata: list[float | None] = field(default_factory=list)


def look_at(images: Path, masks: Path | None, options: ImportOptions) -> Look:
    """Look at a folder of images, and at the names of a folder of masks; reads no pixels.

    Raises:
        ImportRefusedError: a folder is missing or empty, or no mask has the name of an image.
        SettingsError: an option cannot be used.
    """
    candidates = find_candidates(images, masks, options)
    headers, refused, nodata = [], [], Counter[float | None]()
    for candidate in _spread(candidates):
        try:
            header = read_header(candidate.path)
        except ImageError as error:
            refused.append(Refused(candidate.path, str(error)))
            continue
        headers.append(header)
        nodata[nodata_of(header, options.nodata)] += 1
    return Look(
        files=len(candidates),
        scenes=sorted({one.position.scene for one in candidates}),
        with_mask=sum(1 for one in candidates if one.mask_path is not None),
        headers=headers,
        refused=refused,
        nodata=[value for value, _ in nodata.most_common()],
    )


def _spread(candidates: list[Candidate]) -> list[Candidate]:
    step = max(1, len(candidates) // LOOKED_AT)
    return candidates[::step][:LOOKED_AT]
