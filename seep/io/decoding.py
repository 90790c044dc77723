"""What an import needs to know of one foreign file: read here, whole, in whichever process calls."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seep.core.geo.georeference import Georeference
from seep.core.image.arrays import Image, as_bands, valid_pixels
from seep.core.image.normalize import SAMPLES_PER_IMAGE
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import Mask
from seep.errors import ImageError
from seep.io.header import ImageHeader, nodata_of
from seep.io.images import kind_of, read_image_unless
from seep.io.masks import MaskEncoding, read_mask_as
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX


@dataclass(frozen=True)
class Request:
    """Which file to read, and the mask that belongs to it."""

    path: Path
    mask_path: Path | None
    options: ImportOptions


@dataclass(frozen=True, eq=False)
class Decoded:
    """What was read of a file.

    Attributes:
        header: of the bands that were chosen, in their order.
        bands: their numbers in the file, from 0.
        large: whether it is to be cut into windows; then nothing of it but header and mask was read.
        nodata: the value that means "not measured", or None.
        sample: some 16,000 pixels on a regular grid; None of a large one.
        mask: (H, W) uint8 as it is meant, not yet checked against the classes; None without one.
        notes: what had to be said, a sentence each.
    """

    header: ImageHeader
    bands: tuple[int, ...]
    large: bool
    nodata: float | None
    sample: Image | None
    mask: Mask | None
    notes: tuple[str, ...] = ()


def is_large(header: ImageHeader, options: ImportOptions) -> bool:
    """Tell whether an image is opened as a scene of windows and not as one tile."""
    return max(header.height, header.width) > 2 * options.window_px


def decode(request: Request) -> Decoded:
    """Read a file and its mask, and check what can be wrong with them.

    Raises:
        ImageError: no image, cut short, too large, of a kind that is not read, or without a valid pixel.
        MaskError: the mask cannot be read or is of another size.
    """
    path, options = request.path, request.options
    if path.suffix == VIEW_SUFFIX:
        raise ImageError(f"{path.name} is no image: {VIEW_SUFFIX} files belong to a workspace. Leave it out.")
    is_product = kind_of(path) == "SAFE"
    header, image = read_image_unless(path, lambda one: is_product or is_large(one, options))
    bands = find_bands(header, options.bands, path.name)
    if image is not None and bands != tuple(range(header.bands)):
        image = as_bands(image)[:, :, list(bands)]
        image = image[:, :, 0] if len(bands) == 1 else image
    header = _of_bands(header, bands, options)
    nodata = nodata_of(header, options.nodata)
    if image is not None:
        _check_valid(image, nodata, path.name)
    mask, notes = None, tuple[str, ...]()
    if request.mask_path is not None:
        found = read_mask_as(
            request.mask_path,
            (header.height, header.width),
            MaskEncoding(options.mask_format, options.colors),
        )
        mask, notes = found.mask, found.notes
    return Decoded(
        header, bands, image is None, nodata, None if image is None else _sample(image), mask, notes
    )


def to_message(decoded: Decoded) -> tuple[dict[str, Any], list[np.ndarray[Any, Any]]]:
    """Turn what was read into plain values and arrays, for a pipe."""
    header = asdict(decoded.header)
    place = decoded.header.georeference
    header["georeference"] = place.to_dict() if place else None
    arrays = {"sample": decoded.sample, "mask": decoded.mask}
    values = {
        "header": header,
        "bands": decoded.bands,
        "large": decoded.large,
        "nodata": decoded.nodata,
        "notes": decoded.notes,
        "arrays": [
            {"name": name, "dtype": array.dtype.str, "shape": array.shape}
            for name, array in arrays.items()
            if array is not None
        ],
    }
    return values, [array for array in arrays.values() if array is not None]


def from_message(values: dict[str, Any], arrays: dict[str, Any]) -> Decoded:
    """The inverse of `to_message`."""
    header = {
        **values["header"],
        "georeference": Georeference.from_dict(values["header"]["georeference"]),
        "band_names": tuple(values["header"]["band_names"]),
    }
    return Decoded(
        ImageHeader(**header),
        tuple(values["bands"]),
        values["large"],
        values["nodata"],
        arrays.get("sample"),
        arrays.get("mask"),
        tuple(values["notes"]),
    )


def _of_bands(header: ImageHeader, bands: tuple[int, ...], options: ImportOptions) -> ImageHeader:
    names = tuple(header.band_names[band] for band in bands) if header.band_names else ()
    unit = header.unit if options.unit == "auto" else options.unit
    return replace(header, bands=len(bands), band_names=names, unit=unit)


def _check_valid(image: Image, nodata: float | None, name: str) -> None:
    if not valid_pixels(image, nodata).any():
        found = "NaN or infinite" if nodata is None else f"nodata ({nodata:g}), NaN or infinite"
        raise ImageError(
            f"{name} has no valid pixel: all are {found}. Leave the file out, or set the right nodata value."
        )


def _sample(image: Image) -> Image:
    height, width = image.shape[:2]
    stride = max(1, int((height * width / SAMPLES_PER_IMAGE) ** 0.5))
    return np.ascontiguousarray(image[::stride, ::stride])


def find_bands(header: ImageHeader, wanted: tuple[str, ...], name: str) -> tuple[int, ...]:
    """Find the bands that an import asks for.

    Args:
        header: of the image.
        wanted: names, whatever their case, or numbers from 1; empty for all.
        name: of the file, for the message.

    Returns:
        Numbers from 0, in the order asked for.

    Raises:
        ImageError: the image has no such band, or one is asked for twice.
    """
    if not wanted:
        return tuple(range(header.bands))
    names = [one.casefold() for one in header.band_names]
    found = []
    for one in wanted:
        text = one.strip().casefold()
        if text in names:
            found.append(names.index(text))
        elif text.isascii() and text.isdecimal() and 1 <= int(text) <= header.bands:
            found.append(int(text) - 1)
        else:
            known = ", ".join(header.band_names) or f"1 to {header.bands}"
            raise ImageError(f"{name} has no band {one!r}; it has {known}. Choose among them.")
    if len(set(found)) < len(found):
        raise ImageError(f"{name}: a band is chosen twice ({', '.join(wanted)}); choose each once.")
    return tuple(found)
