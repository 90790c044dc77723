"""Radar backscatter of the open sea: speckle, swell, wind and range trend, as factors of intensity."""

import cv2
import numpy as np

from seep.core.synthesis.fields import Field, smooth_field, wave_field

# Neighboring pixels of the real tiles have a correlation of 0.1 to 0.16, from the resampling of the processor.
KERNEL = np.array([0.03, 0.94, 0.03])
REACH = 5.5


def speckle(rng: np.random.Generator, shape: tuple[int, int], looks: float) -> Field:
    """Return multi-look speckle of intensity: float32 (H, W), mean 1, variance 1 / ``looks``.

    The distribution is gamma (Goodman 1976) with ``looks`` >= 1. Neighbors are correlated as after resampling: a
    correlated Gaussian field is mapped to the gamma quantiles, so that every moment is exact.
    """
    noise = rng.standard_normal(shape, dtype=np.float32)
    noise = np.asarray(
        cv2.sepFilter2D(noise, -1, KERNEL, KERNEL, borderType=cv2.BORDER_REFLECT), dtype=np.float32
    )
    quantiles = _gamma_quantiles(looks)
    scale = np.float32((len(quantiles) - 1) / (2 * REACH) / np.sum(KERNEL**2))
    places = np.clip(noise * scale + len(quantiles) / 2, 0, len(quantiles) - 1)
    return np.asarray(quantiles[places.astype(np.int32)])


def _gamma_quantiles(shape: float) -> Field:
    """Return the quantiles of the gamma distribution with mean 1 at 65536 normal deviates from -REACH to REACH."""
    grid = np.linspace(0, 1 + 14 / np.sqrt(shape), 60_000)[1:]
    log_density = (shape - 1) * np.log(grid) - shape * grid
    cumulated = np.cumsum(np.exp(log_density - log_density.max()))
    deviates = np.linspace(-REACH, REACH, 65_536)
    normal = np.cumsum(np.exp(-(deviates**2) / 2))
    found = np.interp(normal / normal[-1], cumulated / cumulated[-1], grid)
    return np.asarray(found, dtype=np.float32)


def texture(rng: np.random.Generator, shape: tuple[int, int], order: float) -> Field:
    """Return gamma texture of order ``order``: float32 (H, W), mean 1, variance 1 / ``order``.

    The product with :func:`speckle` is K-distributed sea clutter (Jakeman and Pusey 1976; Ward 1981).
    """
    return rng.standard_gamma(order, shape, dtype=np.float32) / np.float32(order)


def sea_surface(rng: np.random.Generator, shape: tuple[int, int], wind: float) -> Field:
    """Return the mean intensity of sea without slicks: float32 (H, W), mean about 1, above 0.

    It is the product of a range trend, wind cells and streaks along ``wind`` (radians), swell with a varying contrast,
    and in some scenes packets of internal waves.
    """
    log = range_trend(rng, shape)
    log += rng.uniform(0.08, 0.22) * smooth_field(rng, shape, 160, 110, wind)
    log += rng.uniform(0.04, 0.10) * smooth_field(rng, shape, 36, 24, wind)
    log += rng.uniform(0.01, 0.05) * smooth_field(rng, shape, 40, 4, wind)
    log += rng.uniform(0.02, 0.07) * smooth_field(rng, shape, 7, 5, wind)
    strength = np.maximum(0.7 + 0.6 * smooth_field(rng, shape, 70, 70), 0)
    log += (
        rng.uniform(0.05, 0.15)
        * strength
        * wave_field(rng, shape, rng.uniform(4.5, 8.0), wind + rng.uniform(-0.6, 0.6))
    )
    if rng.random() < 0.3:
        log += internal_waves(rng, shape)
    return np.exp(log, dtype=np.float32)


def range_trend(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Return a log-intensity that decreases across the swath: float32 (H, W), zero at mid-swath.

    Backscatter of the sea decreases with the incidence angle approximately as a power law (Hersbach et al. 2007,
    CMOD5). Over the few degrees of one scene this is almost linear in decibels.
    """
    fall = rng.uniform(0.1, 0.5) * rng.choice([-1.0, 1.0])
    tilt = rng.uniform(-0.2, 0.2)
    x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    return np.asarray(-fall * (x * np.cos(tilt) + y * np.sin(tilt)), dtype=np.float32)


def internal_waves(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Return packets of bright and dark bands as log-intensity: float32 (H, W), zero outside the packets.

    These are bands of convergence and divergence above internal waves (Alpers 1985), bent by a smooth field.
    """
    angle = rng.uniform(0, 2 * np.pi)
    bend = 14 * smooth_field(rng, shape, 90, 90) + 3 * smooth_field(rng, shape, 22, 22)
    y, x = np.indices(shape, dtype=np.float32)
    traveled = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) + bend
    spacing = rng.uniform(14, 30)
    patch = np.clip(smooth_field(rng, shape, 110, 110) + 0.5 * smooth_field(rng, shape, 14, 14) - 0.6, 0, 1)
    crest = np.cos(2 * np.pi * traveled / np.float32(spacing))
    return np.asarray(rng.uniform(0.15, 0.4) * patch * (np.maximum(crest, 0) ** 2 - 0.25), dtype=np.float32)
