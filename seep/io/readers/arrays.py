"""Reads NumPy arrays (.npy) by memory mapping, after a check of the header and without unpickling."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.errors import ImageError
from seep.io.header import ImageHeader, check_size, converted, converted_dtype, stored_dtype

Image = npt.NDArray[Any]

MAGIC = b"\x93NUMPY"
_MOST_BANDS_FIRST = 16


def read_array_header(path: Path) -> ImageHeader:
    """Read the header of an array (H, W), (H, W, bands), or (bands, H, W) if only the first axis is short.

    Raises:
        ImageError: damaged, truncated, not two- or three-dimensional, or an unsupported dtype.
    """
    shape, _, dtype, offset = _described(path)
    if len(shape) not in {2, 3}:
        raise ImageError(f"{path.name} has {len(shape)} dimensions. Supported are (H, W) and (H, W, bands).")
    height, width, bands = _sides(shape)
    header = ImageHeader(
        height,
        width,
        bands,
        nodata=None,
        dtype=converted_dtype(dtype.name),
        stored_dtype=stored_dtype(dtype.name),
    )
    check_size(header, path.name)
    wanted = offset + math.prod(shape) * dtype.itemsize
    if path.stat().st_size < wanted:
        raise ImageError(
            f"{path.name} is truncated: it has {path.stat().st_size} of {wanted} bytes. Copy it again."
        )
    return header


def read_array(path: Path, window: Window) -> Image:
    """Read a window inside an array; see `read_array_header`."""
    shape, fortran, dtype, offset = _described(path)
    mapped = np.memmap(path, dtype, "r", offset, shape, order="F" if fortran else "C")
    pixels = np.moveaxis(mapped, 0, -1) if _bands_first(shape) else mapped
    part = pixels[window.y : window.y + window.height, window.x : window.x + window.width]
    if part.ndim == 3 and part.shape[2] == 1:
        part = part[:, :, 0]
    return converted(np.array(part, dtype=dtype.newbyteorder("=")))


def _described(path: Path) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return shape, Fortran order, dtype and offset of the data."""
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            reader = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            shape, fortran, dtype = reader(file)
            return tuple(int(side) for side in shape), fortran, dtype, file.tell()
    except OSError as error:
        raise ImageError(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    except Exception as error:  # parsing a hostile header may raise anything
        raise ImageError(f"{path.name} has a damaged NumPy header. Save it again with numpy.save.") from error


def _bands_first(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[0] <= _MOST_BANDS_FIRST < min(shape[1:])


def _sides(shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) == 2:
        return shape[0], shape[1], 1
    if _bands_first(shape):
        return shape[1], shape[2], shape[0]
    return shape[0], shape[1], shape[2]
