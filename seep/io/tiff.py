"""TIFF images and masks in and out.

Only the first page is read: further pages of a GeoTIFF are its overviews. Every foreign file is looked at
before its pixels are decoded (`seep.io.header`).
"""

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from seep.core.grid import Window
from seep.core.mask import Mask
from seep.errors import ImageError, MaskError
from seep.io.files import write_atomic
from seep.io.header import ImageHeader, check_ratio, first_page, header_of, nodata_of, read_header

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

Image = npt.NDArray[Any]


def read_image(path: Path) -> Image:
    """Read a whole image.

    Returns:
        (H, W), or (H, W, bands) of more than one band, in the file's dtype.

    Raises:
        ImageError: as `read_header`, or the pixels cannot be decoded.
    """
    return read_image_and_header(path)[1]


def read_image_and_header(path: Path) -> tuple[ImageHeader, Image]:
    """Read an image and its header in one go; see `read_image` and `read_header`."""
    with first_page(path) as page:
        header = header_of(page, path)
        check_ratio(header, path)
        return header, _bands_last(page.asarray(), page)


def read_window(path: Path, window: Window) -> Image:
    """Read a part of an image, decoding only the strips or tiles that it touches.

    Args:
        path: of the TIFF.
        window: must lie within the image.

    Returns:
        (height, width) or (height, width, bands) in the file's dtype.

    Raises:
        ImageError: as `read_image`, or the window reaches beyond the image.
    """
    with first_page(path) as page:
        header = header_of(page, path)
        inside = (
            0 <= window.x <= header.width - window.width and 0 <= window.y <= header.height - window.height
        )
        if not inside or min(window.width, window.height) < 1:
            raise ImageError(
                f"{path.name} is {header.height} x {header.width} pixels; {window} is not within it."
            )
        check_ratio(header, path)
        if page.is_memmappable:
            return _crop(_bands_last(tifffile.memmap(path, page=0, mode="r"), page), window)
        if len(page.dataoffsets) == 1:
            return _crop(_bands_last(page.asarray(), page), window)
        return _decode_window(page, header, window)


def read_mask(path: Path, shape: tuple[int, int] | None = None) -> Mask:
    """Read a mask: one band of whole numbers from 0 to 255.

    Args:
        path: of the TIFF.
        shape: (height, width) that the mask must have, checked before its pixels are decoded; None for any.

    Returns:
        (H, W) uint8.

    Raises:
        MaskError: as `read_image`, or another size, several bands, not whole numbers, numbers beyond 255.
    """
    try:
        with first_page(path) as page:
            header = header_of(page, path)
            if header.bands != 1 or header.dtype == "float32":
                raise MaskError(
                    f"The mask {path.name} has {header.bands} band(s) of {header.dtype}; "
                    "give one with one band of uint8."
                )
            if shape is not None and (header.height, header.width) != shape:
                raise MaskError(
                    f"The mask {path.name} is {header.height} x {header.width} pixels, its image "
                    f"{shape[0]} x {shape[1]} (height x width); give the mask that belongs to the image."
                )
            mask: Image = page.asarray()
    except ImageError as error:
        raise MaskError(f"The mask {error}") from error
    if mask.dtype != np.uint8 and (mask.min() < 0 or mask.max() > 255):
        raise MaskError(
            f"The mask {path.name} has class ids out of range: {mask.min()} to {mask.max()}; "
            "allowed are 0 to 255. Give one of whole class numbers."
        )
    return mask.astype(np.uint8, copy=False)


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
        software="seep",
        photometric="minisblack",
    )
    write_atomic(path, buffer.getvalue())


def _bands_last(pixels: Image, page: tifffile.TiffPage) -> Image:
    separate = page.planarconfig == 2 and page.samplesperpixel > 1
    return np.moveaxis(pixels, 0, -1) if separate else pixels


def _crop(image: Image, window: Window) -> Image:
    part = image[window.y : window.y + window.height, window.x : window.x + window.width]
    return np.array(part, dtype=part.dtype.newbyteorder("="))


def _decode_window(page: tifffile.TiffPage, header: ImageHeader, window: Window) -> Image:
    """Decode the strips or tiles that a window touches, one at a time."""
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
    """Decode one strip or tile to (height, width, samples); None for one that a sparse file leaves out."""
    count = page.databytecounts[index]
    if count == 0:
        return None
    file = page.parent.filehandle
    file.seek(page.dataoffsets[index])
    block: Image | None = page.decode(file.read(count), index)[0]
    return None if block is None else block[0]


def _paste(block: Image, target: Image, top: int, left: int) -> None:
    """Copy what of a block, whose corner lies at (top, left) of the target, falls within the target."""
    first_row, first_column = max(0, -top), max(0, -left)
    rows = min(block.shape[0], target.shape[0] - top)
    columns = min(block.shape[1], target.shape[1] - left)
    target[top + first_row : top + rows, left + first_column : left + columns] = block[
        first_row:rows, first_column:columns
    ]
