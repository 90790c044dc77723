"""Quick survey of a large raster; it reads at most a quarter of the blocks, or one in 128 rows of strips."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.core.image.arrays import as_bands, valid_pixels
from seep.core.image.grain import sampled_grain
from seep.core.image.normalize import Statistics, statistics_of
from seep.io.rasters import open_raster

WINDOW_PX = 1024
OVERLAP_PX = 64
READERS = 4
CELL_PX = 64
"""Side of a cell of the coarse picture, and the minimum distance between sampled rows of blocks."""
_STEP_PX = 8
_SAMPLES = 1 << 14
"""Pixels per row of blocks for the statistics."""


@dataclass(frozen=True, eq=False)
class Survey:
    """Result of a survey.

    Attributes:
        statistics: of the sampled blocks.
        cells: float32 (rows, columns), mean of the first band per square of `CELL_PX`; NaN where no pixel
            was sampled or measured.
        measured: for each window, whether it has a measured pixel.
    """

    statistics: Statistics
    cells: npt.NDArray[np.float32]
    measured: list[bool]


@dataclass(frozen=True, eq=False)
class _BlockRow:
    """Sampled pixels of a row of blocks, and the position and value of the measured ones."""

    sample: Any
    y: npt.NDArray[np.intp]
    x: npt.NDArray[np.intp]
    values: npt.NDArray[np.float32]


def survey_raster(path: Path, windows: Sequence[Window], nodata: float | None) -> Survey:
    """Sample every second block in every second row of blocks; read windows that seem empty completely.

    Args:
        path: image that `read_header` accepted.
        nodata: value of pixels without a measurement, or None.

    Raises:
        ImageError: the raster is damaged.
    """
    with open_raster(path) as raster:
        shape, (block_height, block_width) = (raster.height, raster.width), raster.block
        grain = sampled_grain(lambda *at: raster.read(Window(*at)), shape, nodata)
    block_rows, _ = sampled_blocks(shape, (block_height, block_width))
    step = 2 * block_width
    with ThreadPoolExecutor(READERS) as pool:
        rows = list(
            pool.map(
                lambda y: _read_block_row(path, y, (block_height, block_width), step, nodata),
                block_rows,
            )
        )
        cells = (-(-shape[0] // CELL_PX), -(-shape[1] // CELL_PX))
        counts, sums = np.zeros(cells[0] * cells[1]), np.zeros(cells[0] * cells[1])
        sampled = np.zeros((-(-shape[0] // _STEP_PX), -(-shape[1] // _STEP_PX)), bool)
        for row in rows:
            cell = row.y // CELL_PX * cells[1] + row.x // CELL_PX
            counts += np.bincount(cell, minlength=counts.size)
            sums += np.bincount(cell, weights=row.values, minlength=sums.size)
            sampled[row.y // _STEP_PX, row.x // _STEP_PX] = True
        measured = [_has_sample(sampled, window) for window in windows]
        unsampled = [number for number, one in enumerate(measured) if not one]
        checks = pool.map(lambda number: _has_measurement(path, windows[number], nodata), unsampled)
        for number, found in zip(unsampled, checks, strict=True):
            measured[number] = found
    mean = np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0)
    statistics = statistics_of((row.sample for row in rows), nodata, grain)
    return Survey(statistics, mean.reshape(cells).astype(np.float32), measured)


def sampled_blocks(shape: tuple[int, int], block: tuple[int, int]) -> tuple[range, range]:
    """Return the first rows and columns of sampled blocks, by height and width of image and block."""
    down = block[0] * max(2 if block[1] < shape[1] else 1, -(-2 * CELL_PX // block[0]))
    return range(0, shape[0], down), range(0, shape[1], 2 * block[1])


def _read_block_row(path: Path, y: int, block: tuple[int, int], step: int, nodata: float | None) -> _BlockRow:
    """Read every second block of a row of blocks and keep every eighth pixel in both directions."""
    block_height, block_width = block
    thin, at_y, at_x, values = list[Any](), [], [], []
    with open_raster(path) as raster:
        height = min(block_height, raster.height - y)
        for x in range(0, raster.width, step):
            pixels = as_bands(raster.read(Window(x, y, min(block_width, raster.width - x), height)))
            part = pixels[::_STEP_PX, ::_STEP_PX]
            rows, columns = np.nonzero(valid_pixels(part, nodata))
            thin.append(part.reshape(-1, part.shape[2]))
            at_y.append(y + rows * _STEP_PX)
            at_x.append(x + columns * _STEP_PX)
            values.append(part[rows, columns, 0].astype(np.float32))
    every = np.concatenate(thin)
    sample = every[:: -(-len(every) // _SAMPLES)][:, np.newaxis]
    return _BlockRow(sample, np.concatenate(at_y), np.concatenate(at_x), np.concatenate(values))


def _has_sample(sampled: npt.NDArray[np.bool_], window: Window) -> bool:
    """Return whether a sampled measured pixel lies well inside a window."""
    top, left = -(-window.y // _STEP_PX), -(-window.x // _STEP_PX)
    bottom, right = (window.y + window.height) // _STEP_PX, (window.x + window.width) // _STEP_PX
    return bool(sampled[top:bottom, left:right].any())


def _has_measurement(path: Path, window: Window, nodata: float | None) -> bool:
    with open_raster(path) as raster:
        return bool(valid_pixels(raster.read(window), nodata).any())
