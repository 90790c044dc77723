"""Ships with wakes, and the edge of the swath."""

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.synthesis.fields import Field


def add_ship(rng: np.random.Generator, intensity: Field) -> None:
    """Draw a ship and its wake into the mean ``intensity`` (H, W) in place.

    The hull is 2 to 6 px long and 10 to 20 dB brighter than the sea. Behind it are a dark turbulent wake and two bright
    arms at 2 to 4 degrees (Lyden et al. 1988).
    """
    height, width = intensity.shape
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    course = rng.uniform(0, 2 * np.pi)
    length = rng.uniform(60, 180)
    for offset, factor in ((0.0, 0.72), (rng.uniform(0.035, 0.07), 1.22), (-rng.uniform(0.035, 0.07), 1.18)):
        end = (x - length * np.cos(course + offset), y - length * np.sin(course + offset))
        _streak(intensity, (x, y), end, factor)
    hull = np.zeros(intensity.shape, np.uint8)
    half = rng.uniform(1.0, 3.0)
    bow = (x + half * np.cos(course), y + half * np.sin(course))
    stern = (x - half * np.cos(course), y - half * np.sin(course))
    _line(hull, bow, stern, int(rng.integers(1, 3)))
    intensity[hull > 0] *= np.float32(10 ** rng.uniform(1.0, 2.0))


def _line(canvas: NDArray[np.uint8], a: tuple[float, float], b: tuple[float, float], thickness: int) -> None:
    ends = [(round(x * 16), round(y * 16)) for x, y in (a, b)]
    cv2.line(canvas, ends[0], ends[1], 255, int(thickness), cv2.LINE_AA, shift=4)


def _streak(intensity: Field, a: tuple[float, float], b: tuple[float, float], factor: float) -> None:
    """Multiply the pixels of a line from ``a`` by ``factor``, fading out toward ``b``."""
    canvas = np.zeros(intensity.shape, np.uint8)
    _line(canvas, a, b, 2)
    rows, columns = np.nonzero(canvas)
    if rows.size == 0:
        return
    far = np.hypot(columns - a[0], rows - a[1]) / np.hypot(b[0] - a[0], b[1] - a[1])
    share = np.clip(1 - far, 0, 1) * canvas[rows, columns] / 255
    intensity[rows, columns] *= np.exp(np.log(factor) * share).astype(np.float32)


def outside_swath(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels outside a footprint that is rotated against the grid: bool (H, W), about 4 % of the pixels.

    A map-projected scene is a rotated rectangle, so its tiles have wedges of nodata.
    """
    angle = np.deg2rad(rng.uniform(8, 16)) * rng.choice([-1.0, 1.0])
    y, x = np.indices(shape, dtype=np.float32)
    across = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    down = y * np.float32(np.cos(angle)) - x * np.float32(np.sin(angle))
    outside = np.zeros(shape, bool)
    for axis in (across, down):
        low, high = float(axis.min()), float(axis.max())
        size = high - low
        outside |= axis < low + rng.uniform(0.0, 0.09) * size
        outside |= axis > high - rng.uniform(0.0, 0.09) * size
    return outside
