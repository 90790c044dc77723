"""Reads masks of class ids, palettes, black and white, or colors, and writes masks as TIFF."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from seep.core.files import write_atomic
from seep.core.geo.georeference import Georeference
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.palette import TOLERANCE, snap
from seep.core.text import counted, number, with_minus_signs
from seep.errors import ImageError, MaskError
from seep.io.header import ImageHeader
from seep.io.images import kind_of, read_packed
from seep.io.readers import gdal, tiff

OUR_SOFTWARE = "seep"
"""Software tag of TIFF masks that Seep writes: their values are class ids."""
_READERS = 4
_DECIDING_CHUNK = 32
"""Masks that are read before it is decided whether to go on."""
UNSURE_NOTE = (
    "255 is unsure, not a class, also in masks of 0 and 255 only, because other masks of this set have class ids. If "
    "255 means seep, set the mask format to black and white (binary)."
)
PREDICTED = "Seep prediction"
"""Image description (TIFF tag 270) of masks that Seep wrote and nobody reviewed."""


@dataclass(frozen=True)
class MaskEncoding:
    """How the values of a mask are interpreted.

    Attributes:
        form: one of `MASK_FORMATS`.
        colors: class id by color "#rrggbb", for masks in colors.
        unsure: with "auto", 255 in a mask of 0 and 255 only is unsure; see `decide_masks`.
        unsure_id: value that is unsure beside 255 and -1; None for none.
    """

    form: str = "auto"
    colors: Mapping[str, int] = field(default_factory=dict)
    unsure: bool = False
    unsure_id: int | None = None


@dataclass(frozen=True)
class DecodedMask:
    """A mask of class ids, warnings about it, one sentence each, and the georeference of its file."""

    mask: Mask
    notes: tuple[str, ...] = ()
    georeference: Georeference | None = None


def read_mask(path: Path, shape: tuple[int, int] | None = None) -> Mask:
    """Read a mask of class ids: one band of whole numbers from 0 to 255.

    Args:
        shape: (height, width) that the mask must have, checked before its pixels are decoded; None for any.

    Returns:
        (H, W) uint8.

    Raises:
        MaskError: the file cannot be read (see `seep.io.images.read_image`), has another size or several
            bands, or values that are not whole numbers from 0 to 255.
    """
    return _ids(_decoded(path, shape)[1], path.name)


def read_mask_as(path: Path, shape: tuple[int, int] | None, form: MaskEncoding) -> DecodedMask:
    """Read a mask in any of `MASK_FORMATS`.

    "auto" reads three bands as colors, or as white on black where white is the color of no class, and one band as
    class ids. One band with the values 0 and 255 only is black and white, where 255 is class 1, unless the file has
    a palette or was written by Seep, or other masks of its set have class ids.

    Args:
        shape: as `read_mask`.
        form: how to interpret its values.

    Raises:
        MaskError: as `read_mask`, or colors of no class, or grays far from 0 and 255.
    """
    header, pixels = _decoded(path, shape, several=True)
    return replace(_interpreted(path, header, pixels, form), georeference=header.georeference)


def mask_values(path: Path, class_count: int) -> str:
    """Return what the values of a mask say about the masks of its set.

    Args:
        class_count: ids from here on are no class.

    Returns:
        "ids" for class ids, "two" for 0 and 255 only, "" for anything else: colors, grays, JPEG, no seep, damaged.
    """
    try:
        header, pixels = _decoded(path, None, several=True)
        if header.bands != 1 or kind_of(path) == "JPEG":
            return ""
        if (pixels == -1).any():
            return "ids"
        mask = _ids(pixels, path.name)
        if _is_black_and_white(mask):
            return "ids" if _means_ids(path, kind_of(path)) else "two"
    except (ImageError, MaskError):
        return ""  # the import refuses it with the reason
    inside = mask[mask != UNSURE]
    return "ids" if 0 < int(inside.max(initial=0)) < class_count else ""


@dataclass(frozen=True)
class MaskSet:
    """The meaning of 255 in the masks of a set.

    Attributes:
        options: the import options, with the decision.
        notes: the decision as a sentence, where all masks are black and white; see `UNSURE_NOTE`.
    """

    options: ImportOptions
    notes: tuple[str, ...] = ()


def decide_masks(
    masks: Sequence[Path],
    options: ImportOptions,
    reader: Callable[[Path, int], str] = mask_values,
    most: int | None = None,
) -> MaskSet:
    """Decide what 255 means in masks of 0 and 255 only: unsure, if any other mask of the set has class ids.

    A set of class ids is recognized at its first such mask. In a set of black and white all masks are read.

    Args:
        masks: all mask images of the set.
        options: only the mask format "auto" leaves a decision.
        reader: reads a mask: in this process by default, or in a sandbox (`seep.io.sandbox`).
        most: number of masks to read, spread over the set; None for all.
    """
    if options.mask_format != "auto" or not masks:
        return MaskSet(options)
    if most is not None:
        masks = masks[:: -(-len(masks) // most)]
    doubtful = False
    with ThreadPoolExecutor(_READERS) as pool:
        for first in range(0, len(masks), _DECIDING_CHUNK):
            chunk = masks[first : first + _DECIDING_CHUNK]
            found = set(pool.map(lambda path: reader(path, options.class_count), chunk))
            if "ids" in found:
                return MaskSet(replace(options, unsure_255=True))
            doubtful = doubtful or "two" in found
    if not doubtful:
        return MaskSet(options)
    note = (
        f"255 is class 1: no value but 0 and 255 is in {counted(len(masks), 'mask')}. If 255 means unsure, set "
        "the mask format to class ids (index)."
    )
    return MaskSet(options, (note,))


def check_same_ground(
    mask: Georeference | None, image: Georeference | None, shape: tuple[int, int], name: str
) -> None:
    """Check that a mask lies on its image, where both have a transform.

    Args:
        shape: (height, width) of both.

    Raises:
        MaskError: a corner of the mask is more than a pixel away from that of the image.
    """
    if mask is None or image is None or mask.transform is None or image.transform is None or mask == image:
        return
    height, width = shape
    columns, rows = np.array([0, width, width, 0]), np.array([0, 0, height, height])
    try:
        there = image.from_lonlat(*mask.lonlat(columns, rows))
    except ImageError:  # without a CRS, nobody knows where it lies
        return
    away_px = float(np.max(np.hypot(there[0] - columns, there[1] - rows)))
    if not away_px <= 1:
        distance = f"by {number(round(away_px))} pixels" if np.isfinite(away_px) else "far"
        raise MaskError(
            f"The mask {name} lies elsewhere than its image: its georeference differs {distance}. Provide the mask of "
            "this image, or remove the georeference of the mask if it is wrong."
        )


def _interpreted(
    path: Path, header: ImageHeader, pixels: npt.NDArray[Any], form: MaskEncoding
) -> DecodedMask:
    wanted = form.form
    if wanted == "colors" or header.bands == 3:
        return _of_bands(path, header, pixels, form)
    kind = kind_of(path)
    if wanted == "binary" or (wanted == "auto" and kind == "JPEG"):
        return _of_grays(pixels, path.name)
    unsure = [value for value in (-1, form.unsure_id) if value is not None and (pixels == value).any()]
    if unsure:  # never black and white: the 255 below is unsure
        mask = _ids(np.where(np.isin(pixels, unsure), np.int32(UNSURE), pixels), path.name)
        values = with_minus_signs(" and ".join(map(str, unsure)))
        return DecodedMask(mask, (f"{path.name}: pixels of {values} are unsure.",))
    mask = _ids(pixels, path.name)
    if wanted == "auto" and _is_black_and_white(mask) and not _means_ids(path, kind):
        if form.unsure:
            return DecodedMask(mask, (UNSURE_NOTE,))
        return DecodedMask((mask == UNSURE).astype(np.uint8))
    return DecodedMask(mask)


def _decoded(
    path: Path, shape: tuple[int, int] | None, several: bool = False
) -> tuple[ImageHeader, npt.NDArray[Any]]:
    def check(header: ImageHeader) -> None:
        if not (header.bands == 1 or (several and header.bands == 3)):
            raise MaskError(
                f"The mask {path.name} has {header.bands} bands. Provide one band of class ids, or three of red, "
                "green and blue."
            )
        if shape is not None and (header.height, header.width) != shape:
            raise MaskError(
                f"The mask {path.name} has {header.height} x {header.width} pixels, but its image has "
                f"{shape[0]} x {shape[1]} (height x width). Provide the mask of this image."
            )

    try:
        return read_packed(path, check)
    except ImageError as error:
        raise MaskError(f"The mask {error}") from error


def _ids(pixels: npt.NDArray[Any], name: str) -> Mask:
    if pixels.dtype == np.uint8:
        return pixels
    if np.iscomplexobj(pixels) or not np.isfinite(pixels).all() or (pixels != np.round(pixels)).any():
        raise MaskError(
            f"The mask {name} has {pixels.dtype} values that are not whole numbers. Provide class ids from 0 to "
            "255."
        )
    if pixels.min() < 0 or pixels.max() > 255:
        raise MaskError(
            f"The mask {name} has class ids {with_minus_signs(f'from {pixels.min():g} to {pixels.max():g}')}. "
            "Provide class ids from 0 to 255."
        )
    return pixels.astype(np.uint8, copy=False)


def _of_colors(
    path: Path, header: ImageHeader, pixels: npt.NDArray[Any], table: Mapping[str, int]
) -> DecodedMask:
    if header.bands == 1:
        pixels = _painted(path, _ids(pixels, path.name))
    if pixels.dtype != np.uint8:
        raise MaskError(f"The mask {path.name} has colors of {pixels.dtype}. Provide uint8 colors.")
    found = snap(pixels, table, f"The mask {path.name}")
    if not found.off:
        return DecodedMask(found.mask)
    each = ", ".join(f"{count} of class {class_id}" for class_id, count in sorted(found.off.items()))
    total = sum(found.off.values())
    return DecodedMask(
        found.mask,
        (f"{path.name}: {total} pixels with other colors got the class of the nearest color ({each}).",),
    )


def _of_bands(path: Path, header: ImageHeader, pixels: npt.NDArray[Any], form: MaskEncoding) -> DecodedMask:
    """Convert three bands, or one in colors, to class ids: by their colors, or as white on black."""
    if form.form == "colors" or (form.form == "auto" and not _is_white_on_black(pixels, form.colors)):
        return _of_colors(path, header, pixels, form.colors)
    if form.form == "index":
        raise MaskError(
            f"The mask {path.name} has 3 bands. Class ids need one; choose the mask format colors."
        )
    if (pixels != pixels[..., :1]).any():
        raise MaskError(f"The mask {path.name} has colors. Choose the mask format colors, or provide grays.")
    return _of_grays(pixels[..., 0], path.name)


def _of_grays(pixels: npt.NDArray[Any], name: str) -> DecodedMask:
    """Convert a mask of two grays, 0 and 255 or 0 and 1, to class ids."""
    grays = _ids(pixels, name).astype(np.int16)
    top = 255 if grays.max() > 1 else 1
    slack = TOLERANCE if top == 255 else 0
    between = (grays > slack) & (grays < top - slack)
    if between.any():
        raise MaskError(
            f"The mask {name} has {int(between.sum())} pixels of grays between 0 and {top}. Provide class ids, or "
            "the values 0 and 255 only."
        )
    off = int(((grays != 0) & (grays != top)).sum())
    notes = (f"{name}: {off} pixels that were nearly 0 or {top} were rounded.",) if off else ()
    return DecodedMask((grays > top / 2).astype(np.uint8), notes)


def _is_white_on_black(pixels: npt.NDArray[Any], table: Mapping[str, int]) -> bool:
    """Return whether three bands hold black and white only, up to `TOLERANCE`, and white is the color of no class."""
    gray = pixels[..., 0]
    return (
        pixels.dtype == np.uint8
        and "#ffffff" not in {color.lower() for color in table}
        and bool((gray >= 255 - TOLERANCE).any())
        and not bool(((gray > TOLERANCE) & (gray < 255 - TOLERANCE)).any())
        and not bool((pixels != pixels[..., :1]).any())
    )


def _is_black_and_white(mask: Mask) -> bool:
    return bool((mask == UNSURE).any()) and not bool(((mask != 0) & (mask != UNSURE)).any())


def _means_ids(path: Path, kind: str) -> bool:
    """Return whether a file marks its values as class ids, by a palette or by Seep's software tag."""
    if kind == "TIFF":
        with tiff.first_page(path) as page:
            return page.software == OUR_SOFTWARE or (page.photometric == 3 and page.colormap is not None)
    return kind == "PNG" and _palette(path) is not None


def _palette(path: Path) -> dict[int, tuple[int, ...]] | None:
    kind = kind_of(path)
    if kind not in {"TIFF", "PNG"}:
        return None
    with gdal.opened(path, "GTiff" if kind == "TIFF" else kind) as dataset:
        try:
            return dict(dataset.colormap(1))
        except ValueError:
            return None


def _painted(path: Path, mask: Mask) -> Mask:
    """Convert palette indices to colors; without a palette, to grays."""
    table = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
    for index, color in (_palette(path) or {}).items():
        if 0 <= index <= 255:
            table[index] = color[:3]
    return table[mask]


def is_prediction(path: Path) -> bool:
    """Return whether a mask is a prediction by its image description, `PREDICTED`.

    Raises:
        ImageError: the file cannot be read.
    """
    if kind_of(path) != "TIFF":
        return False
    with tiff.first_page(path) as page:
        return page.description.startswith(PREDICTED)


def write_mask(path: Path, mask: Mask, *, predicted: bool = False) -> None:
    """Write a mask as a deflated 8-bit TIFF; the file is there whole or not at all.

    Args:
        mask: (H, W) uint8 class ids.
        predicted: the mask is a prediction that nobody reviewed; `is_prediction` then returns True.

    Raises:
        StorageError: it could not be written; what was at `path` is unharmed.
    """
    buffer = BytesIO()
    tifffile.imwrite(
        buffer,
        np.ascontiguousarray(mask, dtype=np.uint8),
        compression="zlib",
        metadata=None,
        software=OUR_SOFTWARE,
        description=PREDICTED if predicted else None,
        photometric="minisblack",
    )
    write_atomic(path, buffer.getvalue())
