"""What a TIFF says of itself, and all that can be checked before its pixels are decoded.

Limits keep a small hostile file from becoming gigabytes: `MAX_PIXELS`, `MAX_BANDS`, and for large images
`MAX_RATIO`; the decoders themselves never write beyond the size that the header announces.
"""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from seep.core.georeference import Georeference
from seep.errors import ImageError, MaskError

MAX_PIXELS = 512 * 2**20
"""Largest image, width times height: 25,000 x 16,000 fits."""
MAX_BANDS = 16
MAX_RATIO = 200
"""How many times larger than its file an image above 64 MiB may be: speckle does not compress, bombs do."""
DTYPES = ("uint8", "uint16", "int16", "float32")

_UNCHECKED_BYTES = 64 * 2**20
_SPARE_CHUNK_PIXELS = 2**20
_COMPRESSIONS = {1, 5, 8, 32773, 32946, 50000}  # none, LZW, deflate (two numbers), PackBits, Zstandard
_GDAL_NODATA = 42113
_REMEDY = "Convert it, e.g. with gdal_translate -co COMPRESS=DEFLATE."

# What tifffile has to say about a damaged file reaches people as our own errors.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class ImageHeader:
    """What a TIFF says of itself.

    Attributes:
        height: pixels.
        width: pixels.
        bands: samples a pixel.
        dtype: one of `DTYPES`.
        nodata: the value of the GDAL_NODATA tag; None when there is no tag or it is no finite number.
        band_names: one a band, in order, where the file names them ("VV", "red"); else empty.
        unit: "dn", "linear" or "db": what the numbers are, guessed; see `seep.core.scaling.guess_unit`.
        georeference: where the image lies; None where it is not known.
        compression: how the pixels are packed, in words for reports: "none", "deflate", ...
    """

    height: int
    width: int
    bands: int
    dtype: str
    nodata: float | None
    band_names: tuple[str, ...] = ()
    unit: str = "dn"
    georeference: Georeference | None = None
    compression: str = "none"


def read_header(path: Path) -> ImageHeader:
    """Read what a TIFF says of itself, and check that it can be read; decodes no pixels.

    Raises:
        ImageError: no such file, no TIFF, cut short, empty or absurdly large, or of a kind that is not read.
    """
    with first_page(path) as page:
        return header_of(page, path)


def nodata_of(header: ImageHeader, option: float | str | None = "auto") -> float | None:
    """Say which value of an image means "not measured".

    Args:
        header: of the image.
        option: a number, None for no such value, or "auto": the file's tag, else 0 for integers (the habit of
            SAR products), else none (NaN is never valid anyway).
    """
    if option != "auto":
        value = math.nan if option is None else float(option)
        return value if math.isfinite(value) else None  # NaN and infinity never count as measured
    if header.nodata is not None:
        return header.nodata
    return None if header.dtype.startswith("float") else 0.0


@contextmanager
def first_page(path: Path) -> Iterator[tifffile.TiffPage]:
    """Open a TIFF for the time of a `with`; whatever goes wrong inside becomes an ImageError."""
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff.pages.first
    except (ImageError, MaskError):
        raise
    except OSError as error:
        raise ImageError(
            f"{path.name} cannot be opened: {error.strerror or error}. Check the file."
        ) from error
    except tifffile.TiffFileError as error:
        raise ImageError(f"{path.name} is no TIFF, or its beginning is damaged. Give a TIFF file.") from error
    except Exception as error:  # a hostile file can make the parser and the decoders raise anything
        reason = f"{type(error).__name__}: {error}"[:120]
        raise ImageError(
            f"{path.name} is damaged or cut short ({reason}). Copy or export it again."
        ) from error


def header_of(page: tifffile.TiffPage, path: Path) -> ImageHeader:
    """Check a page for all that can be known before decoding; see `read_header`."""
    name = path.name
    dtype = str(page.dtype)
    if page.imagewidth < 1 or page.imagelength < 1 or page.samplesperpixel < 1:
        raise ImageError(f"{name} has no pixels ({page.imagelength} x {page.imagewidth}). Export it again.")
    if page.imagewidth * page.imagelength > MAX_PIXELS:
        raise ImageError(
            f"{name} announces {page.imagelength} x {page.imagewidth} pixels, more than {MAX_PIXELS:,}; "
            "cut it into parts."
        )
    if page.samplesperpixel > MAX_BANDS:
        raise ImageError(
            f"{name} has {page.samplesperpixel} bands; {MAX_BANDS} are read at most. Choose some."
        )
    if dtype not in DTYPES or page.imagedepth > 1 or page.bitspersample not in {8, 16, 32}:
        raise ImageError(
            f"{name} holds {page.bitspersample}-bit {dtype} values, depth {page.imagedepth}; "
            f"{', '.join(DTYPES)} images are read. Convert it, e.g. with gdal_translate -ot Float32."
        )
    if page.compression not in _COMPRESSIONS:
        way = getattr(page.compression, "name", page.compression)  # unknown numbers have no name
        raise ImageError(f"{name} is compressed in a way that is not read ({way}). {_REMEDY}")
    if math.prod(page.chunks[:2]) > 4 * page.imagewidth * page.imagelength + _SPARE_CHUNK_PIXELS:
        raise ImageError(f"{name} is made of blocks far larger than itself, {page.chunks}. {_REMEDY}")
    _check_segments(page, path)
    return ImageHeader(page.imagelength, page.imagewidth, page.samplesperpixel, dtype, _nodata_tag(page))


def _check_segments(page: tifffile.TiffPage, path: Path) -> None:
    """Check that all strips or tiles that the header names lie within the file."""
    size = path.stat().st_size
    spans = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    end = max((offset + count for offset, count in spans), default=0)
    if end > size:
        raise ImageError(
            f"{path.name} is cut short: {size} of {end} bytes are there. Copy or export it again."
        )
    # tifffile joins the strips of an uncompressed page that follow each other into one.
    if len(spans) not in {1, math.prod(page.chunked)} or not any(count for _, count in spans):
        raise ImageError(f"{path.name} is damaged: pixel data is missing. Copy or export it again.")


def check_ratio(header: ImageHeader, path: Path) -> None:
    """Refuse an image that would grow out of all proportion; masks, which compress well, are not asked.

    Raises:
        ImageError: more than 64 MiB of pixels, and more than `MAX_RATIO` times the file.
    """
    decoded = header.height * header.width * header.bands * np.dtype(header.dtype).itemsize
    if decoded > max(_UNCHECKED_BYTES, MAX_RATIO * path.stat().st_size):
        raise ImageError(
            f"{path.name} would grow to more than {MAX_RATIO} times its size ({decoded:,} bytes) when read; "
            "it is refused as a decompression bomb. Export it without compression if it is genuine."
        )


def _nodata_tag(page: tifffile.TiffPage) -> float | None:
    tag = page.tags.get(_GDAL_NODATA)
    try:
        value = float(str(tag.value).strip("\0 ")) if tag is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
