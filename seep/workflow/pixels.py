"""Pixels and masks of stored tiles."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.grid import Window
from seep.core.mask import UNSURE, Mask, count_ids
from seep.errors import ImageError
from seep.io.tiff import read_window
from seep.store.records import TileRecord


def read_pixels(tile: TileRecord) -> npt.NDArray[Any]:
    """Read the pixels of a tile where its file lies.

    Returns:
        (H, W) or (H, W, bands), the file's dtype.

    Raises:
        ImageError: the file is gone, damaged, or has another size than at import.
    """
    path = Path(tile.path)
    try:
        return read_window(path, Window(tile.x, tile.y, tile.width, tile.height))
    except ImageError as error:
        raise ImageError(f"The pixels of tile {tile.name} cannot be read: {error}") from error


def class_areas(mask: Mask) -> dict[int, int]:
    """Count the pixels of every seep class in a mask; background and unsure are left out."""
    counts = count_ids(mask)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts) if value not in {0, UNSURE}}
