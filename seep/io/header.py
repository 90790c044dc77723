"""Headers of images, and the limits that they must keep before any pixel is decoded.

The limits (`seep.settings.Limits`) stop decompression bombs. Decoders never write more than the size in a
checked header.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference
from seep.core.text import number
from seep.errors import ImageError
from seep.settings import settings

DTYPES = ("uint8", "uint16", "int16", "float32")
CONVERTED = {
    "bool": "uint8",
    "int8": "int16",
    "float16": "float32",
    **dict.fromkeys(("int32", "uint32", "int64", "uint64", "float64"), "float32"),
}
"""Types that readers convert to one of `DTYPES`; whole numbers above 2^24 lose digits."""
OMITTED_GRIDS = "grids of latitude and longitude"
"""Entry of `ImageHeader.ignored` for grids that do not give a georeference."""
OMITTED_TAG = "SEEP_OMITTED_GRIDS"
"""Tag of a converted GeoTIFF whose source has such grids."""
UNCHECKED_BYTES = 64 * 2**20
"""Images below this size in memory may have any compression ratio."""


@dataclass(frozen=True)
class ImageHeader:
    """Header of an image file.

    Attributes:
        height: pixels.
        width: pixels.
        bands: number of bands.
        dtype: one of `DTYPES`.
        nodata: nodata value in the file; None if there is none or it is not finite.
        band_names: by band ("VV", "red"); empty if the file has no names.
        unit: "dn", "linear" or "db"; see `seep.core.image.units.guess_unit`.
        georeference: None if unknown.
        compression: "none", "deflate", ...
        stored_dtype: type in the file, if it is one of `CONVERTED`; else "".
        ignored: properties of the file that are not applied to its pixels, such as "a palette".
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
    stored_dtype: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def decoded_bytes(self) -> int:
        """Size of all pixels in memory, in the type of the file."""
        return self.height * self.width * self.bands * np.dtype(self.stored_dtype or self.dtype).itemsize


def converted(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return pixels in one of `DTYPES`; see `CONVERTED`."""
    return pixels.astype(CONVERTED.get(pixels.dtype.name, pixels.dtype.name), copy=False)


def converted_dtype(dtype: str) -> str:
    """Return the type that readers give for a type in a file."""
    return CONVERTED.get(dtype, dtype)


def stored_dtype(dtype: str) -> str:
    """Return a type in a file if readers convert it, else ""."""
    return dtype if dtype in CONVERTED else ""


def nodata_is_told(header: ImageHeader, option: float | str | None) -> bool:
    """Return whether an option or the file says which value is nodata; else `seep.io.nodata` looks at the pixels."""
    return option != "auto" or header.nodata is not None


def told_nodata(header: ImageHeader, option: float | str | None) -> float | None:
    """Return the nodata value that an option or else the file says; None for no such value. NaN is always invalid.

    Args:
        option: a number, None for no such value, or "auto" for the value in the file.
    """
    value = header.nodata if option == "auto" else option
    value = math.nan if value is None else float(value)
    return value if math.isfinite(value) else None  # NaN and infinity are always invalid


def check_size(header: ImageHeader, name: str) -> None:
    """Check the size, the number of bands and the dtype of an image.

    Args:
        name: of the file, for the message.

    Raises:
        ImageError: no pixels, more pixels or bands than `Limits` allows, or an unsupported dtype.
    """
    limits = settings().limits
    size = f"{header.height} x {header.width}"
    if min(header.height, header.width, header.bands) < 1:
        raise ImageError(f"{name} has no pixels ({size}). Export it again.")
    if header.height * header.width > limits.pixels:
        raise ImageError(
            f"{name} has {size} pixels, more than {number(limits.pixels)} (SEEP_MAX_MEGAPIXELS). Split it."
        )
    if header.bands > limits.bands:
        raise ImageError(
            f"{name} has {header.bands} bands, more than {limits.bands} (SEEP_MAX_BANDS). Select fewer bands."
        )
    if header.dtype not in DTYPES:
        if header.dtype.startswith("complex"):
            raise ImageError(
                f"{name} has complex values, as single-look complex (SLC) images do. Provide a detected image: "
                "amplitude, intensity or GRD."
            )
        raise ImageError(f"{name} has {header.dtype} values. Supported are integers and floats.")


def check_growth(header: ImageHeader, name: str, file_bytes: int, bounded: bool = False) -> None:
    """Refuse an image that would need too much memory.

    Args:
        bounded: allow any compression ratio, for masks; the limit in bytes still applies.

    Raises:
        ImageError: more bytes than `Limits.decoded_bytes`; or more than 64 MiB and more than `Limits.ratio`
            times the size of the file.
    """
    limits = settings().limits
    if header.decoded_bytes > limits.decoded_bytes:
        raise ImageError(
            f"{name} needs {number(header.decoded_bytes)} bytes of memory, more than {number(limits.decoded_bytes)} "
            "(SEEP_MAX_DECODED_MB). Split it."
        )
    if not bounded and header.decoded_bytes > max(UNCHECKED_BYTES, limits.ratio * file_bytes):
        raise ImageError(
            f"{name} needs {number(header.decoded_bytes)} bytes of memory, more than {limits.ratio} times its size, so "
            "it was refused as a decompression bomb. If it is genuine, export it without compression."
        )
