"""A first look at a large raster that reads a quarter of its blocks at most, or a hundredth of its rows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.core.image.arrays import as_bands, valid_pixels
from seep.core.image.normalize import Statistics, statistics_of
from seep.io.rasters import open_raster

READERS = 4
CELL_PX = 64
"""Side of a cell of the first picture, and the least distance between rows of blocks that are looked at."""
_STEP_PX = 8
_SAMPLES = 1 << 14
"""Pixels that a row of blocks gives for the statistics."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What a first look found.

    Attributes:
        statistics: of the blocks that were read.
        cells: float32 (rows, columns), mean of the first band in squares of `CELL_PX`; NaN where nothing
            was read or measured.
        measured: of each window, whether any of its pixels was measured.
    """

    statistics: Statistics
    cells: npt.NDArray[np.float32]
    measured: list[bool]


@dataclass(frozen=True, eq=False)
class _Row:
    """What a row of blocks showed: a thin sample, and where measured pixels lie in it."""

    sample: Any
    y: npt.NDArray[np.intp]
    x: npt.NDArray[np.intp]
    values: npt.NDArray[np.float32]


def survey(path: Path, windows: Sequence[Window], nodata: float | None) -> Survey:
    """Look at every second block in every second row of blocks, and at windows that seem empty, whole.

    Args:
        path: of a TIFF that `read_header` accepted.
        windows: into which the raster is cut.
        nodata: the value of pixels without a measurement, or None.

    Raises:
        ImageError: the raster is damaged.
    """
    with open_raster(path) as raster:
        shape, (tall, wide) = (raster.height, raster.width), raster.block
    down = tall * max(2 if wide < shape[1] else 1, -(-2 * CELL_PX // tall))
    across = 2 * wide
    with ThreadPoolExecutor(READERS) as pool:
        rows = list(
            pool.map(lambda y: _look(path, y, (tall, wide), across, nodata), range(0, shape[0], down))
        )
        cells = (-(-shape[0] // CELL_PX), -(-shape[1] // CELL_PX))
        counts, sums = np.zeros(cells[0] * cells[1]), np.zeros(cells[0] * cells[1])
        seen = np.zeros((-(-shape[0] // _STEP_PX), -(-shape[1] // _STEP_PX)), bool)
        for row in rows:
            cell = row.y // CELL_PX * cells[1] + row.x // CELL_PX
            counts += np.bincount(cell, minlength=counts.size)
            sums += np.bincount(cell, weights=row.values, minlength=sums.size)
            seen[row.y // _STEP_PX, row.x // _STEP_PX] = True
        measured = [_seen(seen, window) for window in windows]
        doubtful = [number for number, one in enumerate(measured) if not one]
        checks = pool.map(lambda number: _measured(path, windows[number], nodata), doubtful)
        for number, found in zip(doubtful, checks, strict=True):
            measured[number] = found
    mean = np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0)
    statistics = statistics_of((row.sample for row in rows), nodata)
    return Survey(statistics, mean.reshape(cells).astype(np.float32), measured)


def _look(path: Path, y: int, block: tuple[int, int], across: int, nodata: float | None) -> _Row:
    """Read every second block of a row of blocks; keep every eighth pixel in both directions."""
    tall, wide = block
    thin, at_y, at_x, values = list[Any](), [], [], []
    with open_raster(path) as raster:
        height = min(tall, raster.height - y)
        for x in range(0, raster.width, across):
            pixels = as_bands(raster.read(Window(x, y, min(wide, raster.width - x), height)))
            part = pixels[::_STEP_PX, ::_STEP_PX]
            rows, columns = np.nonzero(valid_pixels(part, nodata))
            thin.append(part.reshape(-1, part.shape[2]))
            at_y.append(y + rows * _STEP_PX)
            at_x.append(x + columns * _STEP_PX)
            values.append(part[rows, columns, 0].astype(np.float32))
    every = np.concatenate(thin)
    sample = every[:: -(-len(every) // _SAMPLES)][:, np.newaxis]
    return _Row(sample, np.concatenate(at_y), np.concatenate(at_x), np.concatenate(values))


def _seen(seen: npt.NDArray[np.bool_], window: Window) -> bool:
    """Say whether a measured pixel was seen well inside a window."""
    top, left = -(-window.y // _STEP_PX), -(-window.x // _STEP_PX)
    bottom, right = (window.y + window.height) // _STEP_PX, (window.x + window.width) // _STEP_PX
    return bool(seen[top:bottom, left:right].any())


def _measured(path: Path, window: Window, nodata: float | None) -> bool:
    with open_raster(path) as raster:
        return bool(valid_pixels(raster.read(window), nodata).any())
