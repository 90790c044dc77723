"""Decodes one image and its mask for an import; sandbox processes call this."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.image.arrays import Image, as_bands, valid_pixels
from seep.core.image.grain import image_grain
from seep.core.image.gray import GREEN, has_equal_bands
from seep.core.image.normalize import SAMPLES_PER_IMAGE
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import Mask
from seep.errors import ImageError
from seep.io.annotations.model import ImageShapes
from seep.io.annotations.shapes import are_runs_of_other_order, is_traced_through_centers, rasterize_shapes
from seep.io.annotations.wire import pack_shapes, unpack_shapes
from seep.io.header import OMITTED_GRIDS, ImageHeader, nodata_is_told
from seep.io.images import kind_of, read_image_unless
from seep.io.land import land_fill, land_of
from seep.io.masks import MaskEncoding, check_same_ground, read_mask_as
from seep.io.nodata import nodata_of
from seep.io.rasters import open_raster
from seep.io.readers.land_mask import LandMask, without_land
from seep.io.readers.safe import check_noise
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX

Message = tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]
"""Plain values and arrays by name."""


_GRAY_PX = 512

TRACED_NOTE = (
    "All outlines have whole coordinates, as OpenCV traces them through the centers of edge pixels. Seep fills "
    "outlines as pycocotools does, so these masks may be half a pixel too narrow on each side. Compare one with its "
    "image, or import run lengths or mask images."
)
ORDER_NOTE = (
    "The masks of run lengths in CSV look scattered, and compact with pixels counted in the other order. Compare one "
    "with its image, and change the order of run lengths."
)


@dataclass(frozen=True)
class Request:
    """An image to decode, its mask or annotation if any, and the import options."""

    path: Path
    mask_path: Path | None
    options: ImportOptions
    shapes: ImageShapes | None = None


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded image.

    Attributes:
        header: of the selected bands, in order.
        bands: numbers of the selected bands in the file, from 0.
        large: whether the image is split into windows; then only its header and mask were read.
        nodata: value of pixels without a measurement, or None.
        sample: about 16,000 pixels on a regular grid; None for a large image.
        mask: (H, W) uint8 of class ids, not yet checked against the classes; None without a mask.
        notes: warnings, one sentence each.
        land: pixels that are land; None without a land mask, or without land in the image.
        searched: whether neither the options nor the file say the nodata value, so that the pixels were searched.
        grain: see `seep.core.image.grain`; None for a large image, and where it could not be measured.
    """

    header: ImageHeader
    bands: tuple[int, ...]
    large: bool
    nodata: float | None
    sample: Image | None
    mask: Mask | None
    notes: tuple[str, ...] = ()
    land: LandMask | None = None
    searched: bool = False
    grain: float | None = None


def is_large(header: ImageHeader, options: ImportOptions) -> bool:
    """Return whether an image is split into windows."""
    return max(header.height, header.width) > 2 * options.window_px


def decode(request: Request) -> Decoded:
    """Decode and check an image and its mask.

    Raises:
        ImageError: not an image, truncated, too large, unsupported, or without a valid pixel.
        MaskError: the mask cannot be read or has another size, or a label of an annotation is not a class.
    """
    path, options = request.path, request.options
    if path.suffix == VIEW_SUFFIX:
        raise ImageError(
            f"{path.name} is not an image. {VIEW_SUFFIX} files belong to a workspace. Remove it from the folder."
        )
    is_product = kind_of(path) == "SAFE"
    if is_product and options.remove_noise:
        check_noise(path)
    header, image = read_image_unless(path, lambda one: is_product or is_large(one, options))
    bands = find_bands(header, options.bands, path.name)
    if options.gray and not options.bands and is_gray(path, header, image):
        bands = (GREEN,)
    if image is not None and bands != tuple(range(header.bands)):
        image = as_bands(image)[:, :, list(bands)]
        image = image[:, :, 0] if len(bands) == 1 else image
    header = _of_bands(header, bands, options)
    searched = not nodata_is_told(header, options.nodata)
    nodata = nodata_of(header, options.nodata, image, path)
    if (
        searched and options.land
    ):  # land of integers needs a value, which must not change when others are known
        nodata = 0.0 if nodata is None and not header.dtype.startswith("float") else nodata
        searched = False
    if image is not None:
        _check_valid(image, nodata, path.name)
    about_image = _notes(header, path.name)
    land, about_land = land_of(header, nodata, options.land, path.name)
    if image is not None and land is not None:
        whole = land.window(Window(0, 0, header.width, header.height))
        image = without_land(image, whole, land_fill(header, nodata))
        if not valid_pixels(image, nodata).any():
            raise ImageError(
                f"{path.name} has no valid pixel outside the land of {Path(options.land).name}. Remove the file."
            )
    mask, notes = None, tuple[str, ...]()
    about_image += about_land
    if is_product and header.georeference is None:
        about_image += (
            f"{path.name}: the product has neither ground control points nor a geolocation grid. Its slicks have "
            "no coordinates and no areas in km². Download it again.",
        )
    if request.mask_path is not None:
        found = read_mask_as(
            request.mask_path,
            (header.height, header.width),
            MaskEncoding(options.mask_format, options.colors, options.unsure_255, options.unsure_id),
        )
        shape = (header.height, header.width)
        check_same_ground(found.georeference, header.georeference, shape, request.mask_path.name)
        mask, notes = found.mask, found.notes
    elif request.shapes is not None:
        mask, notes = _rasterized(request.shapes, header, options, path.name)
    return Decoded(
        header,
        bands,
        image is None,
        nodata,
        None if image is None else _sample(image),
        mask,
        (*about_image, *notes),
        land,
        searched,
        None if image is None else image_grain(image, nodata),
    )


def is_gray(path: Path, header: ImageHeader, image: Image | None) -> bool:
    """Return whether an image has three equal bands; of a large one, some windows decide.

    Args:
        image: its pixels; None for a large image.

    Raises:
        ImageError: the image is damaged.
    """
    if header.bands != 3 or image is not None:
        return image is not None and has_equal_bands(image)
    side = min(_GRAY_PX, header.height, header.width)
    right, bottom = header.width - side, header.height - side
    with open_raster(path) as raster:
        return all(
            has_equal_bands(raster.read(Window(right * part // 4, bottom * part // 4, side, side)))
            for part in range(5)
        )


def _rasterized(
    shapes: ImageShapes, header: ImageHeader, options: ImportOptions, name: str
) -> tuple[Mask | None, tuple[str, ...]]:
    """Return the mask of an annotation, or None where it covers no pixel of the image, and notes."""
    georeference = header.georeference
    if (
        shapes.frame == "lonlat" and georeference is None
    ):  # one file for many images, so the note names none of them
        return None, (
            f"{shapes.source} is in degrees, so it gives no mask to images without a georeference. Provide masks in "
            "pixels, or images with a georeference.",
        )
    names = options.class_names or tuple(f"Seep class {number}" for number in range(options.class_count))
    mask = rasterize_shapes(shapes, (header.height, header.width), names, georeference)
    if shapes.frame == "lonlat" and not mask.any():
        return None, (
            f"{name}: no shape of {shapes.source} covers a pixel of this image, so it has no mask. Check the CRS "
            "and the order of the coordinates (longitude, latitude).",
        )
    notes = (TRACED_NOTE,) if is_traced_through_centers(shapes, mask.shape) else ()
    return mask, (*notes, ORDER_NOTE) if are_runs_of_other_order(shapes, mask.shape) else notes


def request_to_message(request: Request) -> Message:
    """Convert a request to plain values and arrays, for a pipe."""
    entries, arrays = pack_shapes([request.shapes] if request.shapes else [])
    values = {
        "path": str(request.path),
        "mask_path": str(request.mask_path) if request.mask_path else None,
        "options": request.options.to_dict(),
        "shapes": entries,
    }
    return values, arrays


def request_from_message(values: Mapping[str, Any], arrays: Mapping[str, Any]) -> Request:
    """Return the request that `request_to_message` converted."""
    shapes = unpack_shapes(values["shapes"], arrays)
    return Request(
        Path(values["path"]),
        Path(values["mask_path"]) if values["mask_path"] else None,
        ImportOptions.from_dict(values["options"]),
        shapes[0] if shapes else None,
    )


def to_message(decoded: Decoded) -> Message:
    """Convert a decoded image to plain values and arrays, for a pipe."""
    header = asdict(decoded.header)
    place = decoded.header.georeference
    header["georeference"] = place.to_dict() if place else None
    arrays = {
        name: array
        for name, array in (("sample", decoded.sample), ("mask", decoded.mask))
        if array is not None
    }
    values = {
        "header": header,
        "bands": decoded.bands,
        "large": decoded.large,
        "nodata": decoded.nodata,
        "searched": decoded.searched,
        "grain": decoded.grain,
        "notes": decoded.notes,
        "land": None if decoded.land is None else decoded.land.to_dict(),
    }
    return values, arrays


def from_message(values: Mapping[str, Any], arrays: Mapping[str, Any]) -> Decoded:
    """Return the decoded image that `to_message` converted."""
    header = {
        **values["header"],
        "georeference": Georeference.from_dict(values["header"]["georeference"]),
        "band_names": tuple(values["header"]["band_names"]),
        "ignored": tuple(values["header"]["ignored"]),
    }
    return Decoded(
        ImageHeader(**header),
        tuple(values["bands"]),
        values["large"],
        values["nodata"],
        arrays.get("sample"),
        arrays.get("mask"),
        tuple(values["notes"]),
        LandMask.from_dict(values["land"]) if values["land"] else None,
        values["searched"],
        values["grain"],
    )


def _of_bands(header: ImageHeader, bands: tuple[int, ...], options: ImportOptions) -> ImageHeader:
    names = tuple(header.band_names[band] for band in bands) if header.band_names else ()
    unit = header.unit if options.unit == "auto" else options.unit
    return replace(header, bands=len(bands), band_names=names, unit=unit)


def _notes(header: ImageHeader, name: str) -> tuple[str, ...]:
    """Return what a reader ignored or converted, one sentence each."""
    notes = []
    ignored = [one for one in header.ignored if one != OMITTED_GRIDS]
    if ignored:
        notes.append(f"{name}: the pixels are read without {' and '.join(ignored)} of the file.")
    if OMITTED_GRIDS in header.ignored:
        notes.append(
            f"{name}: its {OMITTED_GRIDS} are incomplete or irregular, so the image has no georeference. Export it "
            "as GeoTIFF, such as with gdalwarp -geoloc."
        )
    if header.stored_dtype in {"int32", "uint32", "int64", "uint64", "float64"}:
        notes.append(f"{name}: {header.stored_dtype} values are converted to {header.dtype}.")
    return tuple(notes)


def _check_valid(image: Image, nodata: float | None, name: str) -> None:
    if not valid_pixels(image, nodata).any():
        found = "NaN or infinite" if nodata is None else f"nodata ({nodata:g}), NaN or infinite"
        raise ImageError(
            f"{name} has no valid pixel: all are {found}. Remove the file, or set another nodata value."
        )


def _sample(image: Image) -> Image:
    height, width = image.shape[:2]
    stride = max(1, int((height * width / SAMPLES_PER_IMAGE) ** 0.5))
    return np.ascontiguousarray(image[::stride, ::stride])


def find_bands(header: ImageHeader, wanted: tuple[str, ...], name: str) -> tuple[int, ...]:
    """Find the bands that an import asks for.

    Args:
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
            raise ImageError(f"{name} has no band {one!r}; {_known_bands(header)}")
    if len(set(found)) < len(found):
        raise ImageError(f"{name}: a band is chosen twice ({', '.join(wanted)}); choose each once.")
    return tuple(found)


def _known_bands(header: ImageHeader) -> str:
    if header.bands == 1:
        return f"it has one band. Choose {header.band_names[0] if header.band_names else 1}."
    return f"it has {', '.join(header.band_names) or f'bands 1 to {header.bands}'}. Choose among them."
