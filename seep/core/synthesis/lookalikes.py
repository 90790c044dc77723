"""Look-alikes, dark areas without oil: low-wind patches and biogenic films."""

import cv2
import numpy as np

from seep.core.synthesis.fields import Field, smooth_field


def low_wind(rng: np.random.Generator, shape: tuple[int, int], wind: float) -> Field:
    """Return the cover of low-wind patches with soft edges, elongated along the wind: float32 (H, W) in 0..1.

    Below about 2 to 3 m/s there are no Bragg waves and the sea is dark (Donelan and Pierson 1987).
    """
    size = rng.uniform(30, 70)
    level = rng.uniform(1.5, 2.2)
    field = smooth_field(rng, shape, size * 1.6, size, wind)
    # Gusts at several scales roughen the edge.
    for scale, strength in ((24, 0.35), (10, 0.22), (4, 0.12)):
        field += strength * smooth_field(rng, shape, scale * 1.5, scale, wind)
    return np.asarray(1 / (1 + np.exp(-(field - level) * rng.uniform(2.5, 7))), dtype=np.float32)


def calm_streak(
    rng: np.random.Generator,
    shape: tuple[int, int],
    center: tuple[float, float],
    half_axes: tuple[float, float],
    wind: float,
) -> Field:
    """Return the cover of one band of low wind: float32 (H, W) in 0..1.

    Args:
        shape: height and width, pixels.
        center: x and y, pixels.
        half_axes: half of its length along the wind and of its width, pixels.
        wind: heading, radians from x toward y.
    """
    y, x = np.indices(shape, dtype=np.float32)
    right, down = x - np.float32(center[0]), y - np.float32(center[1])
    along = (right * np.cos(wind) + down * np.sin(wind)) / half_axes[0]
    across = (down * np.cos(wind) - right * np.sin(wind)) / half_axes[1]
    distance = np.hypot(along, across) + 0.05 * smooth_field(rng, shape, 20, 14, wind)
    return np.asarray(1 / (1 + np.exp((distance - 1) * 25)), dtype=np.float32)


def biogenic_films(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Return the cover of natural films, bundles of thin parallel filaments in eddies: float32 (H, W) in 0..1.

    Surfactants of plankton collect on convergence lines and follow eddies and shear (Gade et al. 2013). They are
    drawn as level lines of a smooth field, visible in patches only.
    """
    stream = smooth_field(rng, shape, 55, 40, rng.uniform(0, np.pi)) + 0.06 * smooth_field(rng, shape, 12, 12)
    lines = 0.5 - np.abs(((stream * rng.uniform(2.0, 3.5)) % 1) - 0.5)
    slope = cv2.magnitude(cv2.Sobel(stream, -1, 1, 0), cv2.Sobel(stream, -1, 0, 1)) / 8 * 3
    away = lines / (slope + 1e-3)  # px to the nearest level line
    thin = np.clip(1.6 - away / rng.uniform(0.8, 1.5), 0, 1)
    patch = np.clip((smooth_field(rng, shape, 60, 60) - rng.uniform(0.7, 1.6)) * 2, 0, 1)
    gaps = np.clip(0.9 + 0.6 * smooth_field(rng, shape, 9, 9), 0, 1)
    return np.asarray(cv2.GaussianBlur(thin * patch * gaps, (0, 0), 0.6), dtype=np.float32)
