"""Measurements of one slick in its surroundings: contrast, edges, and what lies around it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import LineString

from seep.core.image.arrays import BoolImage

RING_PX = (2.0, 10.0)
"""The sea at these distances from a slick, above the first and up to the second, is what its contrast refers to."""
FAR_PX = (20.0, 40.0)
"""The sea that the ring is compared with."""
MARGIN_PX = 48
"""How far around a slick is looked at."""
MIN_RING_PIXELS = 8

_EDGE_PX = 3
_MIN_EDGE_PIXELS = 4
_BRIGHT = 10.0
"""Bright points have this many times the backscatter of the ring, 10 dB."""

FloatImage = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SlickSurroundings:
    """A slick compared with its surroundings.

    Attributes:
        contrast_db: mean backscatter relative to the ring of `RING_PX`, negative if darker; None without enough sea
            nearby or without any signal, as are the other levels.
        noise_db: standard deviation of the ring relative to its mean, as decibels for small values.
        edge_left_db: steepest rise from one pixel to the next across the edge, dB per pixel, to the left of the center
            line as seen from its first end; None where the slick or the sea has too few pixels.
        edge_right_db: the same to the right.
        ring_db: mean of the ring relative to the sea of `FAR_PX`.
        bright_px: distance to the nearest bright point such as a ship or a platform; None without one within
            `MARGIN_PX`.
        no_data_share: share of the pixels within the ring that have no data, 0 to 1.
    """

    contrast_db: float | None = None
    noise_db: float | None = None
    edge_left_db: float | None = None
    edge_right_db: float | None = None
    ring_db: float | None = None
    bright_px: float | None = None
    no_data_share: float = 0.0


def measure_surroundings(
    power: FloatImage, slick: BoolImage, measured: BoolImage, sea: BoolImage, line: npt.NDArray[np.float64]
) -> SlickSurroundings:
    """Measure one slick.

    Args:
        power: (H, W) backscatter, linear power, of the slick and `MARGIN_PX` around it.
        slick: (H, W) bool, its pixels.
        measured: (H, W) bool, pixels with data.
        sea: (H, W) bool, pixels with data that are neither a slick nor unsure.
        line: (N, 2) x and y of its center line in these pixels; pixel centers are at halves.
    """
    away = _distances(~slick)
    near = (away > RING_PX[0]) & (away <= RING_PX[1])
    known = float(measured[near].mean()) if near.any() else 0.0
    inside, ring = slick & measured, near & sea
    if ring.sum() < MIN_RING_PIXELS or not inside.any():
        return SlickSurroundings(no_data_share=1 - known)
    level, around = float(power[inside].mean()), float(power[ring].mean())
    if not level > 0 or not around > 0:
        return SlickSurroundings(no_data_share=1 - known)
    left, right = _edges(power, inside, sea, away, line)
    far = sea & (away > FAR_PX[0]) & (away <= FAR_PX[1])
    beyond = float(power[far].mean()) if far.sum() >= MIN_RING_PIXELS else 0.0
    return SlickSurroundings(
        contrast_db=_db(level / around),
        noise_db=float(10 / np.log(10) * power[ring].std() / around),
        edge_left_db=left,
        edge_right_db=right,
        ring_db=_db(around / beyond) if beyond > 0 else None,
        bright_px=_nearest_bright(measured & (power >= _BRIGHT * around), away),
        no_data_share=1 - known,
    )


def _edges(
    power: FloatImage, inside: BoolImage, sea: BoolImage, away: FloatImage, line: npt.NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """Return the steepest rise on the left and on the right, from the means of rings one pixel wide."""
    if len(line) < 2:
        return None, None
    depth = _distances(away == 0)
    # Whole pixels from the edge: -1, -2, ... inside and 0, 1, ... outside.
    steps = np.where(away > 0, np.floor(away) - 1, -np.floor(depth)).astype(np.int64)
    rows, columns = np.nonzero((inside | sea) & (steps >= -_EDGE_PX) & (steps < _EDGE_PX))
    course = shapely.get_coordinates(shapely.segmentize(LineString(line), 1.0))
    points = np.column_stack([columns + 0.5, rows + 0.5])
    _, nearest = cKDTree(course).query(points)
    along = course[np.minimum(nearest + 2, len(course) - 1)] - course[np.maximum(nearest - 2, 0)]
    off = points - course[nearest]
    turn = along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0]
    beside = (nearest > 0) & (nearest < len(course) - 1)  # pixels beyond an end are on no side
    step, values = steps[rows, columns], power[rows, columns]
    # Rows grow downward, so what is to the left has a negative cross product.
    return _steepest(step, values, beside & (turn < 0)), _steepest(step, values, beside & (turn > 0))


def _steepest(step: npt.NDArray[np.int64], values: FloatImage, side: BoolImage) -> float | None:
    at = step[side] + _EDGE_PX
    counts = np.bincount(at, minlength=2 * _EDGE_PX)
    means = np.bincount(at, values[side], 2 * _EDGE_PX) / np.maximum(counts, 1)
    usable = (counts >= _MIN_EDGE_PIXELS) & (means > 0)
    rises = [_db(means[k + 1] / means[k]) for k in range(2 * _EDGE_PX - 1) if usable[k] and usable[k + 1]]
    return max(rises) if usable[_EDGE_PX - 1] and usable[_EDGE_PX] else None


def _nearest_bright(bright: BoolImage, away: FloatImage) -> float | None:
    """Return the distance to the nearest group of two or more bright pixels; single ones are speckle."""
    kernel = np.ones((3, 3), np.float32)
    neighbors = cv2.filter2D(bright.astype(np.float32), -1, kernel, borderType=cv2.BORDER_CONSTANT)
    found = away[bright & (neighbors >= 2)]
    return float(found.min()) if found.size and found.min() <= MARGIN_PX else None


def _distances(pixels: BoolImage) -> npt.NDArray[np.float64]:
    """Distance of each pixel of a set to the nearest one outside of it, pixels; 0 outside."""
    found = cv2.distanceTransform(pixels.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(found, np.float64)


def _db(ratio: float) -> float:
    return float(10 * np.log10(ratio))
