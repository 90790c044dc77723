"""Reading a folder of tiles, with or without masks, before anything is kept of it."""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seep.core.classes import MAX_CLASSES
from seep.core.grid import DEFAULT_PATTERN, TilePosition, compile_pattern, parse_name
from seep.core.mask import Mask, check_mask
from seep.core.normalise import SAMPLES_PER_IMAGE
from seep.core.raster import Image, valid_pixels
from seep.errors import ImageError, ImportRefusedError, SettingsError
from seep.io.tiff import ImageHeader, nodata_of, read_image_and_header, read_mask

_SIDECARS = (".aux.xml", ".tfw", ".tifw", ".ovr")  # what GDAL leaves beside a TIFF
_TIFF_SUFFIXES = {".tif", ".tiff"}
_NO_TEXT = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories that a name may not hold: control characters, line breaks, bytes that are no text."""


@dataclass(frozen=True)
class ImportOptions:
    """How a folder is read.

    Attributes:
        pattern: how scene and number are read from file names; see `seep.core.grid.compile_pattern`.
        nodata: the value that means "not measured", None for no such value, "auto": see `nodata_of`.
        class_count: classes of the workspace, background included; masks may hold ids below it.
        columns: tiles in a row of a scene's grid, if known.
        reviewed: masks that come along count as reviewed.
        copy: keep a copy of every image in the workspace.
    """

    pattern: str = DEFAULT_PATTERN
    nodata: float | str | None = "auto"
    class_count: int = 8
    columns: int | None = None
    reviewed: bool = False
    copy: bool = False


@dataclass(frozen=True)
class Candidate:
    """A file that may become a tile, its mask, and its position by its name."""

    path: Path
    mask_path: Path | None
    position: TilePosition


@dataclass(frozen=True)
class ReadTile:
    """A tile that can be imported.

    Attributes:
        name: stem of the file name.
        path: of the image, as it was given.
        position: scene and number.
        sha256: of the image file, hexadecimal.
        header: of the image.
        mask: (H, W) uint8, or None.
        statistics_sample: some 16,000 pixels on a regular grid, (h, w) or (h, w, bands), invalid ones too;
            `seep.core.normalise.statistics_of` gives the same for it as for the whole image.
        nodata: the value that means "not measured" in this image, or None.
    """

    name: str
    path: Path
    position: TilePosition
    sha256: str
    header: ImageHeader
    mask: Mask | None
    statistics_sample: Image
    nodata: float | None


@dataclass(frozen=True)
class Refused:
    """A file that was not imported, and the sentence that says why."""

    path: Path
    reason: str


def find_candidates(images: Path, masks: Path | None, options: ImportOptions) -> list[Candidate]:
    """List what may be imported from a folder, sorted by name; opens no file.

    Files that are no TIFF are listed too, so that `read_candidate` can say so of each; hidden files and the
    sidecars of GDAL are not.

    Args:
        images: folder of images; folders in it are not entered.
        masks: folder of masks with the same names as the images, or None. An image without a mask is a
            candidate without a mask.
        options: how names are read.

    Raises:
        ImportRefusedError: a folder is missing or empty, no mask has the name of an image, or two have the
            same.
        SettingsError: an option cannot be used.
    """
    _check_options(options)
    paths = _files(images, "images")
    mask_by_stem: dict[str, Path] = {}
    if masks is not None:
        mask_by_stem = _by_stem(_files(masks, "masks"))
        if not any(path.stem in mask_by_stem for path in paths):
            raise ImportRefusedError(
                f"No TIFF in {masks} has the name of an image in {images}; give the folder whose masks are "
                "named like the images, or import without masks."
            )
    scene = images.resolve().name
    return [
        Candidate(path, mask_by_stem.get(path.stem), parse_name(path.stem, options.pattern, scene, order))
        for order, path in enumerate(paths)
    ]


def read_candidate(candidate: Candidate, options: ImportOptions) -> ReadTile:
    """Read a candidate and check all that could be wrong with it.

    Raises:
        ImageError: no TIFF, cut short, too large, of a kind that is not read, or without a valid pixel (all
            nodata, NaN or infinite).
        MaskError: the mask cannot be read, is of another size, or has class ids out of range.
    """
    path = candidate.path
    if not is_text(path.name):
        raise ImageError(
            f"The name {path.name!a} holds a line break, a control character or bytes that are no text. "
            "Rename the file."
        )
    header, image = read_image_and_header(path)
    nodata = nodata_of(header, options.nodata)
    if not valid_pixels(image, nodata).any():
        found = "NaN or infinite" if nodata is None else f"nodata ({nodata:g}), NaN or infinite"
        raise ImageError(
            f"{path.name} has no valid pixel: all are {found}. Leave the file out, "
            "or set the right nodata value."
        )
    mask = None
    if candidate.mask_path is not None:
        shape = (header.height, header.width)
        mask = read_mask(candidate.mask_path, shape)
        check_mask(mask, shape, options.class_count, f"The mask {candidate.mask_path.name}")
    return ReadTile(
        name=path.stem,
        path=path,
        position=candidate.position,
        sha256=_sha256(path),
        header=header,
        mask=mask,
        statistics_sample=_sample(image),
        nodata=nodata,
    )


def is_text(name: str) -> bool:
    """Tell whether a name can be stored and printed on one line."""
    return not any(unicodedata.category(letter) in _NO_TEXT for letter in name)


def _by_stem(paths: list[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if path.suffix.lower() not in _TIFF_SUFFIXES:
            continue
        first = found.setdefault(path.stem, path)
        if first is not path:
            raise ImportRefusedError(
                f"{first.name} and {path.name} in {path.parent} are masks of one image; remove one of them."
            )
    return found


def _check_options(options: ImportOptions) -> None:
    compile_pattern(options.pattern)
    if not 2 <= options.class_count <= MAX_CLASSES:
        raise SettingsError(f"{options.class_count} classes cannot be used; choose 2 to {MAX_CLASSES}.")
    if options.columns is not None and options.columns < 1:
        raise SettingsError(f"A grid of {options.columns} columns cannot be; give 1 or more, or none.")
    if isinstance(options.nodata, str) and options.nodata != "auto":
        raise SettingsError(f"The nodata value {options.nodata!r} is no number; give a number or auto.")


def _files(folder: Path, what: str) -> list[Path]:
    if not is_text(str(folder.resolve())):
        raise ImportRefusedError(
            f"The folder of {what} {str(folder)!a} has a name that is no text; rename it."
        )
    try:
        found = sorted(path for path in folder.iterdir() if path.is_file() and _counts(path.name))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImportRefusedError(
            f"The folder of {what} {folder} cannot be read: {reason}. Check it."
        ) from error
    if not found:
        raise ImportRefusedError(
            f"The folder of {what} {folder} has no files in it; give the one with the TIFFs."
        )
    return found


def _counts(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(_SIDECARS)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror or error}. Check the file.") from error


def _sample(image: Image) -> Image:
    height, width = image.shape[:2]
    stride = max(1, int((height * width / SAMPLES_PER_IMAGE) ** 0.5))
    return np.ascontiguousarray(image[::stride, ::stride])
