"""Reads TIFF with tifffile: checked headers, and pixels.

Every TIFF is checked here before decoding, even if GDAL decodes it afterward. Only the first page is read;
further pages of a GeoTIFF are overviews.
"""

import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from seep.core.geo.grid import Window
from seep.errors import ImageError, MaskError
from seep.io.header import (
    UNCHECKED_BYTES,
    ImageHeader,
    check_growth,
    check_size,
    converted,
    converted_dtype,
    stored_dtype,
)

Image = npt.NDArray[Any]

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_SPARE_CHUNK_PIXELS = 2**20
_COMPRESSIONS = {
    1: "none",
    2: "CCITT",
    3: "CCITT",
    4: "CCITT",
    5: "LZW",
    7: "JPEG",
    8: "deflate",
    32773: "PackBits",
    32946: "deflate",
    50000: "Zstandard",
}
_GDAL_COMPRESSIONS = {2, 3, 4, 7}  # CCITT and JPEG
_OTHER_COLORS = {5, 6, 8, 9, 10}
"""CMYK, YCbCr and Lab, which GDAL converts to red, green and blue."""
_GDAL_METADATA, _GDAL_NODATA = 42112, 42113
_PLACES = (33550, 33922, 34264)  # ModelPixelScale, ModelTiepoint, ModelTransformation
_FOR_GDAL = (*_PLACES, _GDAL_METADATA)
_DATE_TIME = 306
_ACQUISITION = re.compile(
    r'name="ACQ(?:UISITION)?[ _]?(?:DATE|TIME|DATE[ _]?TIME)"[^>]*>([^<]{8,40})<', re.IGNORECASE
)
_PALETTE, _MASK = 3, 4
_RGB_PHOTOMETRICS = {2, 6}
_ALPHAS = {1, 2}
_LAYOUT_TAGS = (256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 339)
"""From ImageWidth to SampleFormat: what decides which bytes are which pixels. All are whole numbers."""
_NO_INTEGERS = {2, 5, 7, 10, 11, 12}
"""ASCII, RATIONAL, UNDEFINED, SRATIONAL, FLOAT and DOUBLE of TIFF 6.0, section 2."""
_REMEDY = "Convert it, for example with gdal_translate -co COMPRESS=DEFLATE."

# Errors of damaged files are reported as ImageError.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


@contextmanager
def first_page(path: Path) -> Iterator[tifffile.TiffPage]:
    """Open a TIFF; errors inside the block become ImageError."""
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff.pages.first
    except (ImageError, MaskError):
        raise
    except OSError as error:
        raise ImageError(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    except tifffile.TiffFileError as error:
        raise ImageError(f"{path.name} is not a TIFF, or its header is damaged. Export it again.") from error
    except Exception as error:  # parsing or decoding a hostile file may raise anything
        reason = f"{type(error).__name__}: {error}"[:120]
        raise ImageError(f"{path.name} is damaged or truncated ({reason}). Export it again.") from error


def header_of(page: tifffile.TiffPage, path: Path) -> ImageHeader:
    """Return the header of a page after all checks that need no decoding.

    Returns:
        The header, without a georeference and without band names other than red, green and blue.

    Raises:
        ImageError: empty, too large, truncated or unsupported.
    """
    name = path.name
    _check_layout(page, path)
    header = ImageHeader(
        height=page.imagelength,
        width=page.imagewidth,
        bands=page.samplesperpixel,
        dtype=converted_dtype(str(page.dtype)),
        stored_dtype=stored_dtype(str(page.dtype)),
        nodata=_nodata_tag(page),
        band_names=("red", "green", "blue")
        if page.samplesperpixel == 3 and page.photometric in _RGB_PHOTOMETRICS
        else (),
        compression=_COMPRESSIONS.get(page.compression, ""),
        ignored=_ignored(page),
    )
    check_size(header, name)
    if page.imagedepth > 1 or page.bitspersample not in {1, 2, 4, 8, 16, 32, 64}:
        raise ImageError(
            f"{name} has {page.bitspersample}-bit values, depth {page.imagedepth}. Supported are 1, 2, 4, 8, "
            "16, 32 and 64 bits, depth 1. Convert it, for example with gdal_translate -ot Float32."
        )
    if not header.compression:
        way = getattr(page.compression, "name", page.compression)  # unknown numbers have no name
        raise ImageError(f"{name} has the unsupported compression {way}. {_REMEDY}")
    if math.prod(page.chunks[:2]) > 4 * page.imagewidth * page.imagelength + _SPARE_CHUNK_PIXELS:
        raise ImageError(f"{name} has blocks much larger than the image, {page.chunks}. {_REMEDY}")
    if math.prod(page.chunks) * np.dtype(header.dtype).itemsize > UNCHECKED_BYTES:
        check_growth(header, path.name, path.stat().st_size)  # every window would need that strip or tile
    _check_segments(page, path)
    return header


def acquired_at(page: tifffile.TiffPage) -> str | None:
    """Return the acquisition time in the tags of a page, as written there; None without one.

    GDAL metadata items named like ACQUISITION_DATETIME come first, then the tag DateTime.
    """
    tag = page.tags.get(_GDAL_METADATA)
    found = _ACQUISITION.search(str(tag.value)) if tag is not None else None
    if found:
        return found[1].strip()
    tag = page.tags.get(_DATE_TIME)
    return str(tag.value).strip() or None if tag is not None else None


def is_for_gdal(page: tifffile.TiffPage) -> bool:
    """Return whether GDAL is needed for georeference, band names, alpha or decoding of a page."""
    alpha = any(kind in _ALPHAS for kind in page.extrasamples)
    special = page.compression in _GDAL_COMPRESSIONS or page.photometric in _OTHER_COLORS
    return alpha or special or page.bitspersample < 8 or any(code in page.tags for code in _FOR_GDAL)


def read_page(page: tifffile.TiffPage, header: ImageHeader, path: Path, bounded: bool = False) -> Image:
    """Decode a whole page: (H, W), or (H, W, bands) for more than one band."""
    check_growth(header, path.name, path.stat().st_size, bounded)
    return converted(_bands_last(page.asarray(), page))


def read_page_window(page: tifffile.TiffPage, header: ImageHeader, path: Path, window: Window) -> Image:
    """Decode a window of a page; only the strips or tiles that it overlaps."""
    chunk_bytes = math.prod(page.chunks) * np.dtype(header.dtype).itemsize
    if chunk_bytes > UNCHECKED_BYTES:  # a window needs at least one strip or tile
        check_growth(header, path.name, path.stat().st_size)
    whole = (window.height, window.width) == (header.height, header.width)
    if page.is_memmappable and not whole:  # this opens the file again
        return converted(_crop(_bands_last(tifffile.memmap(path, page=0, mode="r"), page), window))
    if len(page.dataoffsets) == 1:
        return converted(_crop(_bands_last(page.asarray(), page), window))
    return _decode_window(page, header, window)


def _check_layout(page: tifffile.TiffPage, path: Path) -> None:
    """Check that tags of whole numbers hold them: programs read other types in different ways."""
    for code in _LAYOUT_TAGS:
        tag = page.tags.get(code)
        if tag is not None and tag.dtype in _NO_INTEGERS:
            raise ImageError(
                f"{path.name} is damaged: its tag {tag.name} has the type {tag.dtype_name}, not whole numbers. "
                "Export it again."
            )


def _check_segments(page: tifffile.TiffPage, path: Path) -> None:
    """Check that all strips or tiles in the header are inside the file."""
    size = path.stat().st_size
    spans = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    end = max((offset + count for offset, count in spans), default=0)
    if end > size:
        raise ImageError(f"{path.name} is truncated: it has {size} of {end} bytes. Export it again.")
    # The tag, because tifffile joins contiguous strips of an uncompressed page.
    offsets = page.tags.get("TileOffsets") or page.tags.get("StripOffsets")
    blocks = offsets.count if offsets is not None else len(spans)
    if blocks != math.prod(page.chunked) or not any(count for _, count in spans):
        raise ImageError(f"{path.name} is damaged: pixel data is missing. Export it again.")


def _ignored(page: tifffile.TiffPage) -> tuple[str, ...]:
    """Return the properties of a page that its pixels are read without."""
    found = ["a palette"] if page.photometric == _PALETTE else []
    pages = page.parent.pages
    if len(pages) > 1 and _is_mask_page(pages[1]):
        found.append("a mask of valid pixels")
    return tuple(found)


def _is_mask_page(page: tifffile.TiffPage | tifffile.TiffFrame) -> bool:
    return isinstance(page, tifffile.TiffPage) and bool(page.subfiletype & _MASK)


def _nodata_tag(page: tifffile.TiffPage) -> float | None:
    tag = page.tags.get(_GDAL_NODATA)
    try:
        value = float(str(tag.value).strip("\0 ")) if tag is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _bands_last(pixels: Image, page: tifffile.TiffPage) -> Image:
    separate = page.planarconfig == 2 and page.samplesperpixel > 1
    return np.moveaxis(pixels, 0, -1) if separate else pixels


def _crop(image: Image, window: Window) -> Image:
    part = image[window.y : window.y + window.height, window.x : window.x + window.width]
    return np.array(part, dtype=part.dtype.newbyteorder("="))


def _decode_window(page: tifffile.TiffPage, header: ImageHeader, window: Window) -> Image:
    """Decode the strips or tiles that a window overlaps, one at a time."""
    part = np.full((window.height, window.width, header.bands), page.nodata, dtype=header.dtype)
    tall, wide = page.chunks[:2]
    across = math.ceil(header.width / wide)
    per_plane = across * math.ceil(header.height / tall)
    separate = page.planarconfig == 2 and header.bands > 1
    for plane in range(header.bands if separate else 1):
        for row in range(window.y // tall, (window.y + window.height - 1) // tall + 1):
            for column in range(window.x // wide, (window.x + window.width - 1) // wide + 1):
                block = _decode_block(page, plane * per_plane + row * across + column)
                target = part[:, :, plane : plane + 1] if separate else part
                if block is not None:
                    _paste(block, target, row * tall - window.y, column * wide - window.x)
    return part[:, :, 0] if header.bands == 1 else part


def _decode_block(page: tifffile.TiffPage, index: int) -> Image | None:
    """Decode one strip or tile to (height, width, samples); None for a missing one in a sparse file."""
    count = page.databytecounts[index]
    if count == 0:
        return None
    file = page.parent.filehandle
    file.seek(page.dataoffsets[index])
    block: Image | None = page.decode(file.read(count), index)[0]
    return None if block is None else block[0]


def _paste(block: Image, target: Image, top: int, left: int) -> None:
    """Copy a block with its corner at (top, left) into the target, clipped."""
    first_row, first_column = max(0, -top), max(0, -left)
    rows = min(block.shape[0], target.shape[0] - top)
    columns = min(block.shape[1], target.shape[1] - left)
    target[top + first_row : top + rows, left + first_column : left + columns] = block[
        first_row:rows, first_column:columns
    ]
