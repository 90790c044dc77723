"""Open sea under a radar: speckle, swell, wind and range trend, all as factors of intensity."""

import cv2
import numpy as np

from seep.core.synthesis.fields import Field, smooth_field, wave_field

# Neighbouring pixels of the real tiles correlate by 0.1 to 0.16: the resampling kernel of the processor.
KERNEL = np.array([0.05, 0.90, 0.05])


def speckle(rng: np.random.Generator, shape: tuple[int, int], looks: float) -> Field:
    """Multi-look speckle of intensity: float32 (H, W), mean 1, variance 1 / ``looks``.

    Gamma distributed (Goodman 1976). A small kernel correlates neighbours as resampling does; the shape
    parameter is lowered beforehand so that the equivalent number of looks after it is ``looks``.
    """
    shrink = float(np.sum(KERNEL**2)) ** 2
    draws = rng.standard_gamma(looks * shrink, shape, dtype=np.float32) / np.float32(looks * shrink)
    return np.asarray(cv2.sepFilter2D(draws, -1, KERNEL, KERNEL, borderType=cv2.BORDER_REFLECT))


def texture(rng: np.random.Generator, shape: tuple[int, int], order: float) -> Field:
    """Gamma texture of order ``order``: float32 (H, W), mean 1, variance 1 / ``order``.

    Times :func:`speckle` it is K-distributed sea clutter (Jakeman and Pusey 1976; Ward 1981).
    """
    return rng.standard_gamma(order, shape, dtype=np.float32) / np.float32(order)


def sea_surface(rng: np.random.Generator, shape: tuple[int, int], wind: float) -> Field:
    """Mean intensity of slick-free sea: float32 (H, W), mean about 1, above 0.

    Product of a range trend, wind cells and streaks along ``wind`` (radians), two swells whose contrast
    comes and goes, and in half of the scenes a packet of internal waves.
    """
    log = range_trend(rng, shape)
    log += rng.uniform(0.08, 0.22) * smooth_field(rng, shape, 160, 110, wind)
    log += rng.uniform(0.04, 0.10) * smooth_field(rng, shape, 36, 24, wind)
    log += rng.uniform(0.02, 0.06) * smooth_field(rng, shape, 40, 4, wind)
    strength = 1 + 0.5 * smooth_field(rng, shape, 90, 90)
    log += (
        rng.uniform(0.05, 0.14)
        * strength
        * wave_field(rng, shape, rng.uniform(4.5, 8.0), wind + rng.uniform(-0.6, 0.6))
    )
    if rng.random() < 0.5:
        log += internal_waves(rng, shape)
    return np.exp(log, dtype=np.float32)


def range_trend(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Log-intensity that falls across the swath: float32 (H, W), zero at mid-swath.

    Backscatter of the sea falls with incidence angle about as a power law (Hersbach et al. 2007, CMOD5),
    which is near to a straight line in decibels over the few degrees of one scene.
    """
    fall = rng.uniform(0.1, 0.5) * rng.choice([-1.0, 1.0])
    tilt = rng.uniform(-0.2, 0.2)
    x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    return np.asarray(-fall * (x * np.cos(tilt) + y * np.sin(tilt)), dtype=np.float32)


def internal_waves(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Packets of bright and dark bands: float32 (H, W) log-intensity, zero outside the packet.

    Bands of convergence and divergence over internal waves (Alpers 1985), bent by a smooth field.
    """
    angle = rng.uniform(0, 2 * np.pi)
    bend = 14 * smooth_field(rng, shape, 90, 90)
    y, x = np.indices(shape, dtype=np.float32)
    travelled = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) + bend
    spacing = rng.uniform(14, 30)
    patch = np.clip(smooth_field(rng, shape, 110, 110) - 0.6, 0, 1)
    crest = np.cos(2 * np.pi * travelled / np.float32(spacing))
    return np.asarray(rng.uniform(0.2, 0.5) * patch * (np.maximum(crest, 0) ** 2 - 0.25), dtype=np.float32)
