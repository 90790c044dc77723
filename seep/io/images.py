"""Images in: what a file says of itself, all of its pixels, or a window of them, whatever kind of file it is.

The kind is told by a file's first bytes, never by its name. Georeferenced TIFFs, PNG, JPEG, JPEG 2000 and NITF are
decoded by GDAL, other TIFFs by tifffile, NumPy arrays are mapped, and a SAFE folder is calibrated as it is read.
"""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.core.image.units import guess_unit
from seep.errors import ImageError
from seep.io.header import ImageHeader, check_growth, check_size
from seep.io.readers import arrays, gdal, safe, tiff, view
from seep.io.readers.land_mask import without_land

Image = npt.NDArray[Any]

IMAGE_SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg", ".npy", ".jp2", ".ntf", ".nitf")
_MAGICS = {
    **dict.fromkeys(tiff.MAGIC, "TIFF"),
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": "JPEG 2000",
    **dict.fromkeys((b"NITF02.", b"NSIF01."), "NITF"),
    arrays.MAGIC: "NumPy",
}
KINDS = (*dict.fromkeys(_MAGICS.values()), "SAFE")
"""Formats that are read in place; see `seep.io.containers.KINDS` for those that are converted."""
DRIVERS = {"TIFF": "GTiff", "JPEG 2000": "JP2OpenJPEG"}
"""Drivers of GDAL whose names are not those of the formats."""
_NOT_READ = {
    b"\x89HDF\r\n\x1a\n": "an HDF5 or NetCDF-4",
    **dict.fromkeys((b"CDF\x01", b"CDF\x02", b"CDF\x05"), "a NetCDF"),
    b"<VRTDataset": "a GDAL virtual raster (VRT)",
    b"ENVI": "an ENVI header",
    b"<Dimap_Document": "a BEAM-DIMAP",
    b"\xff\x4f\xff\x51": "a JPEG 2000 codestream",
}
_TEXT_SUFFIXES = (".json", ".geojson", ".xml", ".csv", ".txt")
_START_BYTES = 512
_GUESS_PX = 256


def kind_of(path: Path) -> str:
    """Return the format of an image: "TIFF", "PNG", "JPEG", "JPEG 2000", "NITF", "NumPy", "SAFE" or "view".

    Raises:
        ImageError: the file cannot be opened or has another format.
    """
    if safe.is_safe(path):
        return "SAFE"
    if path.suffix == view.SUFFIX:
        return "view"
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except OSError as error:
        raise ImageError(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    for magic, kind in _MAGICS.items():
        if start.startswith(magic):
            return kind
    for magic, name in _NOT_READ.items():
        if start.startswith(magic) or (magic[:1] == b"<" and start[:5] == b"<?xml" and magic in start):
            raise ImageError(
                f"{path.name} is {name} file, which is not supported. Export it as GeoTIFF, such as with "
                "gdal_translate or SNAP."
            )
    if path.suffix.lower() in _TEXT_SUFFIXES:
        raise ImageError(
            f"{path.name} is a text file, not an image. If it contains annotations, choose its folder as the folder "
            "of masks."
        )
    raise ImageError(
        f"{path.name} is not a TIFF, PNG, JPEG, JPEG 2000, NITF or NumPy array, or its header is damaged. "
        "Export it again."
    )


def read_header(path: Path) -> ImageHeader:
    """Read and check the header of an image; of float images, decode a few pixels to detect the unit.

    Raises:
        ImageError: missing, not an image, truncated, empty, too large or unsupported.
    """
    header = _bare_header(path)
    if header.unit != "dn" or not header.dtype.startswith("float"):
        return header
    side = Window(
        max(0, header.width - _GUESS_PX) // 2,
        max(0, header.height - _GUESS_PX) // 2,
        min(header.width, _GUESS_PX),
        min(header.height, _GUESS_PX),
    )
    return with_unit(header, _window_of(path, header, side))


def read_acquired_at(path: Path) -> str | None:
    """Return the acquisition time in the tags of a TIFF as written there, or of a SAFE product; None without one.

    Raises:
        ImageError: the file cannot be opened or has another format.
    """
    kind = kind_of(path)
    if kind == "SAFE":
        return safe.acquired_at(path.name)
    if kind == "view":
        return read_acquired_at(view.read_view(path).path)
    if kind != "TIFF":
        return None
    with tiff.first_page(path) as page:
        return tiff.acquired_at(page)


def with_unit(header: ImageHeader, pixels: Image) -> ImageHeader:
    """Return a header with the unit detected from some pixels of its image."""
    if header.unit != "dn":
        return header
    values = pixels[np.isfinite(pixels)] if header.dtype.startswith("float") else pixels[:0]
    if header.nodata is not None:
        values = values[values != header.nodata]
    return dataclasses.replace(header, unit=guess_unit(values))


def read_image(path: Path) -> Image:
    """Read a whole image.

    Returns:
        (H, W), or (H, W, bands) for more than one band, in the dtype of the file.

    Raises:
        ImageError: see `read_header`; or it exceeds the limits, or the pixels cannot be decoded.
    """
    return read_image_and_header(path)[1]


def read_image_and_header(path: Path) -> tuple[ImageHeader, Image]:
    """Read an image and its header; see `read_image` and `read_header`."""
    header, image = read_image_unless(path, lambda _header: False)
    assert image is not None
    return header, image


def read_image_unless(path: Path, leave: Callable[[ImageHeader], bool]) -> tuple[ImageHeader, Image | None]:
    """Read an image and its header, or the header only.

    Args:
        leave: called with the header before decoding; returns whether to skip the pixels.

    Raises:
        ImageError: see `read_image`.
    """
    if kind_of(path) == "TIFF":
        with tiff.first_page(path) as page:
            header = tiff.header_of(page, path)
            if not tiff.is_for_gdal(page) and not leave(header):
                pixels = tiff.read_page(page, header, path)
                return with_unit(header, pixels), pixels
    header = _bare_header(path)
    if leave(header):
        return read_header(path), None
    check_growth(header, path.name, _size(path, header))
    pixels = _window_of(path, header, Window(0, 0, header.width, header.height))
    return with_unit(header, pixels), pixels


def read_packed(path: Path, check: Callable[[ImageHeader], None]) -> tuple[ImageHeader, Image]:
    """Read an image with any compression ratio, such as a mask, after a check of its header.

    Args:
        check: called with the header before decoding; raises an error to refuse the image.

    Raises:
        ImageError: see `read_image`.
    """
    if kind_of(path) == "TIFF":
        with tiff.first_page(path) as page:
            header = tiff.header_of(page, path)
            if not tiff.is_for_gdal(page):
                check(header)
                return header, tiff.read_page(page, header, path, bounded=True)
    header = _bare_header(path)
    check(header)
    check_growth(header, path.name, 0, bounded=True)
    return header, _window_of(path, header, Window(0, 0, header.width, header.height), bounded=True)


def read_window(path: Path, window: Window) -> Image:
    """Read a window of an image; only the strips or tiles that it overlaps are decoded.

    Returns:
        (height, width) or (height, width, bands) in the dtype of the file.

    Raises:
        ImageError: see `read_image`; or the window is not inside the image.
    """
    if kind_of(path) == "TIFF":  # open the file once: training reads hundreds of windows
        with tiff.first_page(path) as page:
            if not tiff.is_for_gdal(page):
                header = tiff.header_of(page, path)
                _check_within(path, header, window)
                return tiff.read_page_window(page, header, path, window)
    header = _bare_header(path)
    _check_within(path, header, window)
    return _window_of(path, header, window)


def _check_within(path: Path, header: ImageHeader, window: Window) -> None:
    inside = 0 <= window.x <= header.width - window.width and 0 <= window.y <= header.height - window.height
    if not inside or min(window.width, window.height) < 1:
        raise ImageError(
            f"{path.name} has {header.height} x {header.width} pixels, and {window} is not inside."
        )


def _bare_header(path: Path) -> ImageHeader:
    """Read and check a header, without detecting the unit of floats."""
    kind = kind_of(path)
    if kind == "SAFE":
        return safe.read_safe_header(path)
    if kind == "view":
        return _view_header(path)
    if kind == "NumPy":
        return arrays.read_array_header(path)
    if kind == "TIFF":
        with tiff.first_page(path) as page:
            header = tiff.header_of(page, path)
            return _placed(path, header) if tiff.is_for_gdal(page) else header
    with gdal.opened(path, DRIVERS.get(kind, kind)) as dataset:
        header = gdal.header_of(dataset, path.name)
        check_size(header, path.name)
        return header


def _placed(path: Path, header: ImageHeader) -> ImageHeader:
    """Add band names and georeference, which GDAL reads, to the header of a TIFF."""
    with gdal.opened(path, "GTiff") as dataset:
        known = gdal.header_of(dataset, path.name)
    if known.dtype != header.dtype or (known.height, known.width) != (header.height, header.width):
        raise ImageError(f"{path.name} is damaged: its header is ambiguous. Export it again.")
    return dataclasses.replace(
        header,
        bands=known.bands,
        band_names=known.band_names or (header.band_names if known.bands == header.bands else ()),
        georeference=known.georeference,
        ignored=known.ignored,
    )


def _window_of(path: Path, header: ImageHeader, window: Window, bounded: bool = False) -> Image:
    """Decode a window of an image with a checked header."""
    kind = kind_of(path)
    if kind == "SAFE":
        return safe.read_safe(path, window)
    if kind == "view":
        chosen = view.read_view(path)
        if chosen.remove_noise:
            pixels = safe.read_safe(chosen.path, window, remove_noise=True)
        else:
            pixels = _window_of(chosen.path, _bare_header(chosen.path), window)
        bands = pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels
        picked = bands[:, :, list(chosen.bands)]
        if chosen.land is not None:
            fill = math.nan if chosen.land_value is None else chosen.land_value
            picked = without_land(picked, chosen.land.window(window), fill)
        return picked[:, :, 0] if len(chosen.bands) == 1 else picked
    if kind == "NumPy":
        return arrays.read_array(path, window)
    if kind == "TIFF":
        with tiff.first_page(path) as page:
            if not tiff.is_for_gdal(page):
                return tiff.read_page_window(page, header, path, window)
    else:
        check_growth(header, path.name, path.stat().st_size, bounded)
    with gdal.opened(path, DRIVERS.get(kind, kind)) as dataset:
        return gdal.read_pixels(dataset, window)


def _view_header(path: Path) -> ImageHeader:
    chosen = view.read_view(path)
    whole = _bare_header(chosen.path)
    if max(chosen.bands) >= whole.bands:
        raise ImageError(
            f"{chosen.path.name} has {whole.bands} band(s) now, but band {max(chosen.bands) + 1} was imported. "
            "Restore the original file."
        )
    if chosen.land is not None and (chosen.land.height, chosen.land.width) != (whole.height, whole.width):
        raise ImageError(
            f"{chosen.path.name} has {whole.height} x {whole.width} pixels now, but "
            f"{chosen.land.height} x {chosen.land.width} were imported. Restore the original file."
        )
    names = tuple(whole.band_names[band] for band in chosen.bands) if whole.band_names else ()
    return dataclasses.replace(whole, bands=len(chosen.bands), band_names=names)


def _size(path: Path, header: ImageHeader) -> int:
    """Return the size of the file; for products and views, the size of their pixels."""
    return path.stat().st_size if path.is_file() and path.suffix != view.SUFFIX else header.decoded_bytes
