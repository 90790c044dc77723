"""Synthetic oil slicks: styles of the seven classes, center lines along the drift, widening and breaking up."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.synthesis.fields import Field, smooth_field


@dataclass(frozen=True)
class SlickStyle:
    """Appearance of the slicks of one class. Lengths and widths are in px, ranges are (low, high)."""

    frequency: float  # percentage of all slicks
    length: tuple[float, float]
    width: tuple[float, float]  # at the old end; about half of it at the source
    damping: tuple[float, float]  # intensity inside over intensity outside
    softness: float  # width of the soft edge, px
    ragged: float  # displacement of the edge, px
    breaks: float  # share of the old end without oil
    feather: float  # share of the damping downwind of the edge, below 0.5
    winding: float  # deviation of the center line from the drift, radians


# Widths, damping and frequency follow measurements on real seep tiles (docs/synthesis.md).
SLICK_STYLES: dict[int, SlickStyle] = {
    1: SlickStyle(51, (90, 320), (3.5, 6.5), (0.46, 0.64), 0.7, 0.7, 0.30, 0.20, 0.45),
    2: SlickStyle(12, (70, 240), (3.0, 5.0), (0.58, 0.74), 0.9, 0.6, 0.45, 0.10, 0.30),
    3: SlickStyle(4, (60, 160), (4.0, 8.0), (0.62, 0.78), 1.4, 1.0, 0.30, 0.35, 0.60),
    4: SlickStyle(4.5, (30, 80), (10.0, 20.0), (0.36, 0.54), 0.8, 2.4, 0.10, 0.05, 0.60),
    5: SlickStyle(7.5, (40, 110), (16.0, 32.0), (0.40, 0.60), 1.8, 2.0, 0.00, 0.45, 0.35),
    6: SlickStyle(16, (60, 220), (3.5, 8.0), (0.46, 0.62), 0.8, 1.2, 0.40, 0.25, 0.85),
    7: SlickStyle(5, (15, 45), (3.0, 6.0), (0.52, 0.68), 0.7, 0.8, 0.15, 0.10, 0.55),
}


@dataclass(frozen=True)
class Ribbon:
    """A slick in its window of the scene; `cover` is float32 in 0..1, and 0.5 at the edge."""

    class_id: int
    damping: float
    top: int
    left: int
    cover: Field


def center_line(
    rng: np.random.Generator, start: tuple[float, float], drift: Field, length: float, winding: float
) -> NDArray[np.float64]:
    """Return points (n, 2) as x and y, one per pixel of length, from the source along the drift field.

    Oil drifts with the surface current and about 3 % of the wind speed (Espedal and Johannessen 2000). Both change
    slowly, so the heading is that of the field (radians, (H, W)) plus small turns.
    """
    steps = max(int(length), 8)
    turns = _turns(rng, steps, winding)
    points = np.empty((steps, 2))
    x, y = start
    for i in range(steps):
        points[i] = x, y
        row = min(max(int(y), 0), drift.shape[0] - 1)
        column = min(max(int(x), 0), drift.shape[1] - 1)
        heading = float(drift[row, column]) + turns[i]
        x += np.cos(heading)
        y += np.sin(heading)
    return points


def _turns(rng: np.random.Generator, steps: int, winding: float) -> NDArray[np.float64]:
    """Return the heading relative to the drift at each step in radians: a random walk, meanders and a few kinks."""
    walk = np.convolve(np.cumsum(rng.standard_normal(steps + 30)), np.ones(31) / 31, mode="valid")[:steps]
    turns = (walk - walk[0]) * winding / 18
    for wavelength in (rng.uniform(45, 90), rng.uniform(16, 30)):
        phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(steps) / wavelength
        turns += winding * rng.uniform(0.2, 0.6) * np.sin(phase + 1.5 * np.sin(phase / 2.7))
    for place in rng.integers(0, steps, rng.poisson(steps / 110)):
        turns[place:] += rng.normal(0, 0.45)
    return np.asarray(turns, dtype=np.float64)


def half_widths(rng: np.random.Generator, count: int, width: float, breaks: float) -> NDArray[np.float64]:
    """Return the half width (px) at each of ``count`` points, 0 where the slick has broken up.

    The width grows with the square root of age (Taylor 1922, diffusion at long times). The slick breaks up toward the
    old end, where waves have entrained the oil for the longest time.
    """
    age = np.linspace(0, 1, count)
    grown = width / 2 * (0.55 + 0.45 * np.sqrt(age))
    wander = np.convolve(rng.standard_normal(count + 24), np.ones(25) / 5, mode="valid")
    grown *= np.clip(1 + 0.15 * wander, 0.6, 1.5)
    gaps = np.convolve(rng.standard_normal(count + 12), np.ones(13) / 13**0.5, mode="valid")
    grown[gaps > np.interp(age, [0, 0.3, 1], [9, 2.2, 1.9 - 3.2 * breaks])] = 0
    tip = np.minimum(np.arange(count), np.arange(count)[::-1])
    return np.asarray(grown * np.minimum(1, 0.5 + tip / 8))


def draw(
    rng: np.random.Generator, class_id: int, points: NDArray[np.float64], shape: tuple[int, int], wind: float
) -> Ribbon | None:
    """Rasterize a slick of class ``class_id`` along ``points``; None if it is outside ``shape``."""
    style = SLICK_STYLES[class_id]
    width = rng.uniform(*style.width)
    halves = half_widths(rng, len(points), width, style.breaks)
    margin = int(width + 6 * style.softness) + 8
    low = np.floor(points.min(axis=0)).astype(int) - margin
    high = np.ceil(points.max(axis=0)).astype(int) + margin + 1
    left, top = np.clip(low, 0, (shape[1], shape[0]))
    right, bottom = np.clip(high, 0, (shape[1], shape[0]))
    if right - left < 8 or bottom - top < 8:
        return None
    window = (int(bottom - top), int(right - left))
    distance = _signed_distance(points - (left, top), halves, window)
    distance += style.ragged * smooth_field(rng, window, 4, 4)
    distance += 0.12 * width * smooth_field(rng, window, 0.8 * width + 4, 0.8 * width + 4)
    edge = 1 / (1 + np.exp(np.clip(distance / style.softness * 2.2, -30, 30)))
    cover = np.maximum(edge, style.feather * _downwind(edge, width, wind))
    return Ribbon(class_id, rng.uniform(*style.damping), int(top), int(left), cover.astype(np.float32))


def _signed_distance(
    points: NDArray[np.float64], halves: NDArray[np.float64], shape: tuple[int, int]
) -> Field:
    """Return the distance (px) to the edge of the ribbon, below 0 inside; computed at 2x for subpixel widths."""
    canvas = np.full((shape[0] * 2, shape[1] * 2), 255, np.uint8)
    for (x, y), half in zip(points, halves, strict=True):
        if half > 0:
            center = (round((x * 2 + 0.5) * 16), round((y * 2 + 0.5) * 16))
            cv2.circle(canvas, center, max(round(half * 2 * 16), 1), 0, -1, shift=4)
    outside = cv2.distanceTransform(canvas, cv2.DIST_L2, 3)
    inside = cv2.distanceTransform(cv2.bitwise_not(canvas), cv2.DIST_L2, 3)
    return np.asarray(cv2.resize((outside - inside) / 2, shape[::-1], interpolation=cv2.INTER_AREA))


def _downwind(edge: Field, width: float, wind: float) -> Field:
    """Return the cover smeared downwind: oil is thick at the windward edge and thin at the lee side."""
    reach = 0.8 * width + 4
    shift = np.array([[1, 0, reach * np.cos(wind)], [0, 1, reach * np.sin(wind)]])
    moved = cv2.warpAffine(edge.astype(np.float32), shift, edge.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), reach / 2))
