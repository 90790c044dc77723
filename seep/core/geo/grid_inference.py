"""Infer the number of columns of a scene's tile grid from the correlation of adjacent pixel rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import BoolImage, Image, as_bands, valid_pixels

MOST_COLUMNS = 256
_LEAST_PIXELS = 32
_LEAST_SCORE = 0.35
_LEAST_LEAD = 1.5


@dataclass(frozen=True, eq=False)
class Edges:
    """First and last pixel row of a tile's first band, each (W,), with masks of their valid pixels."""

    top: NDArray[np.float32]
    bottom: NDArray[np.float32]
    top_valid: BoolImage
    bottom_valid: BoolImage


def edges_of(image: Image, nodata: float | None) -> Edges:
    """Return the first and last pixel row of a tile.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        nodata: see `valid_pixels`.
    """
    rows = as_bands(image)[[0, -1]]
    valid = valid_pixels(rows, nodata)
    values = np.where(valid, rows[:, :, 0], 0).astype(np.float32)
    return Edges(values[0], values[1], valid[0], valid[1])


def guess_columns(edges: Mapping[int, Edges]) -> int | None:
    """Infer the number of columns of a grid whose tiles are numbered row by row.

    For each candidate c, the last rows of tiles n are correlated with the first rows of tiles n + c. Swell and slicks
    continue across the border of neighbors; other pairs do not correlate. On 14 scenes of real tiles, each with a
    third of its grid, the correct number scored 0.4 to 1.4 and the best wrong one 0.1 to 0.2.

    Args:
        edges: pixel rows by tile number.

    Returns:
        2 to 256; None if no candidate is clearly best.
    """
    span = min(MOST_COLUMNS, max(edges, default=0) - min(edges, default=0))
    scores = {columns: _score(edges, columns) for columns in range(2, span + 1)}
    ranked = sorted(scores, key=lambda columns: scores[columns], reverse=True)
    if not ranked or scores[ranked[0]] < _LEAST_SCORE:
        return None
    if len(ranked) > 1 and scores[ranked[0]] < _LEAST_LEAD * scores[ranked[1]]:
        return None
    return ranked[0]


def _score(edges: Mapping[int, Edges], columns: int) -> float:
    """Return the mean correlation times the square root of the number of pairs, as more pairs are more evidence."""
    found = [
        value
        for number, upper in edges.items()
        if (lower := edges.get(number + columns)) is not None
        and (value := _correlation(upper, lower)) is not None
    ]
    return float(np.mean(found) * np.sqrt(len(found))) if found else 0.0


def _correlation(upper: Edges, lower: Edges) -> float | None:
    if upper.bottom.shape != lower.top.shape:
        return None
    valid = upper.bottom_valid & lower.top_valid
    first, second = upper.bottom[valid], lower.top[valid]
    if first.size < _LEAST_PIXELS or first.std() == 0 or second.std() == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])
