"""What an image says of itself before its pixels are decoded, and the limits that it has to keep.

The limits (`seep.settings.Limits`) keep a small hostile file from becoming gigabytes; the decoders themselves
never write beyond the size that a checked header announces.
"""

import math
from dataclasses import dataclass

import numpy as np

from seep.core.geo.georeference import Georeference
from seep.errors import ImageError
from seep.settings import settings

DTYPES = ("uint8", "uint16", "int16", "float32")
UNCHECKED_BYTES = 64 * 2**20
"""Images below this may be packed as tightly as they like."""


@dataclass(frozen=True)
class ImageHeader:
    """What an image file says of itself.

    Attributes:
        height: pixels.
        width: pixels.
        bands: samples a pixel.
        dtype: one of `DTYPES`.
        nodata: the value that the file says means "not measured"; None when it says none, or no finite
            number.
        band_names: one a band, in order, where the file names them ("VV", "red"); else empty.
        unit: "dn", "linear" or "db": what the numbers are; see `seep.core.image.units.guess_unit`.
        georeference: where the image lies; None where it is not known.
        compression: how the pixels are packed, in a word for reports: "none", "deflate", ...
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

    @property
    def decoded_bytes(self) -> int:
        """How much memory all of its pixels take."""
        return self.height * self.width * self.bands * np.dtype(self.dtype).itemsize


def nodata_of(header: ImageHeader, option: float | str | None = "auto") -> float | None:
    """Say which value of an image means "not measured".

    Args:
        header: of the image.
        option: a number, None for no such value, or "auto": the file's own, else 0 for integers (the habit of
            SAR products), else none (NaN is never valid anyway).
    """
    if option != "auto":
        value = math.nan if option is None else float(option)
        return value if math.isfinite(value) else None  # NaN and infinity never count as measured
    if header.nodata is not None:
        return header.nodata
    return None if header.dtype.startswith("float") else 0.0


def check_size(header: ImageHeader, name: str) -> None:
    """Check that an image has pixels, not too many, and of a kind that is read.

    Args:
        header: as the file announces itself.
        name: of the file, for the message.

    Raises:
        ImageError: no pixels, more pixels or bands than `Limits` allows, or another dtype.
    """
    limits = settings().limits
    size = f"{header.height} x {header.width}"
    if min(header.height, header.width, header.bands) < 1:
        raise ImageError(f"{name} has no pixels ({size}). Export it again.")
    if header.height * header.width > limits.pixels:
        raise ImageError(
            f"{name} announces {size} pixels, more than {limits.pixels:,} (SEEP_MAX_MEGAPIXELS); "
            "cut it into parts."
        )
    if header.bands > limits.bands:
        raise ImageError(
            f"{name} has {header.bands} bands; {limits.bands} are read at most (SEEP_MAX_BANDS). Choose some."
        )
    if header.dtype not in DTYPES:
        raise ImageError(
            f"{name} holds {header.dtype} values; {', '.join(DTYPES)} images are read. "
            "Convert it, e.g. with gdal_translate -ot Float32."
        )


def check_growth(header: ImageHeader, name: str, file_bytes: int, bounded: bool = False) -> None:
    """Refuse to decode an image that would grow beyond all measure.

    Args:
        header: of the image.
        name: of the file.
        file_bytes: its size.
        bounded: masks, which pack well, may grow by any ratio, but not beyond the limit in bytes.

    Raises:
        ImageError: more bytes than `Limits.decoded_bytes`; or above 64 MiB and more than `Limits.ratio` times
            the file.
    """
    limits = settings().limits
    if header.decoded_bytes > limits.decoded_bytes:
        raise ImageError(
            f"{name} would take {header.decoded_bytes:,} bytes when read, more than {limits.decoded_bytes:,} "
            "(SEEP_MAX_DECODED_MB); cut it into parts."
        )
    if not bounded and header.decoded_bytes > max(UNCHECKED_BYTES, limits.ratio * file_bytes):
        raise ImageError(
            f"{name} would grow to more than {limits.ratio} times its size ({header.decoded_bytes:,} bytes) "
            "when read; it is refused as a decompression bomb. Export it without compression if it is "
            "genuine."
        )
