"""Masks as TIFF out, and the names under which images and masks are read."""

from io import BytesIO
from pathlib import Path

import numpy as np
import tifffile

from seep.core.masks.mask import Mask
from seep.io.files import write_atomic
from seep.io.images import ImageHeader, nodata_of, read_header, read_image, read_image_and_header, read_window
from seep.io.masks import OUR_SOFTWARE, read_mask

__all__ = [
    "ImageHeader",
    "nodata_of",
    "read_header",
    "read_image",
    "read_image_and_header",
    "read_mask",
    "read_window",
    "write_mask",
]


def write_mask(path: Path, mask: Mask) -> None:
    """Write a mask as a deflated 8-bit TIFF; the file is there whole or not at all.

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
        photometric="minisblack",
    )
    write_atomic(path, buffer.getvalue())
