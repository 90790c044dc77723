"""Differences between sensors and processing chains, as augmentation of normalized crops.

Images of another sea come with another stretch (linear, logarithmic, clipped), fewer looks, compression, and
statistics of an area that may be half oil. A network that is to work there must not rely on any of them.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

STRETCHED_SHARE, GAMMA_LIMIT = 0.5, 0.9
"""Share of the crops with another stretch, and the largest logarithm of its exponent."""
CLIPPED_SHARE = 0.2
NOISY_SHARE, NOISE_LIMIT = 0.2, 0.7
"""Share of the crops with additional speckle, and its largest relative deviation: 1 is a single look."""
COMPRESSED_SHARE, QUALITY = 0.2, (50, 95)
OWN_SHARE = 0.3
"""Share of the crops that are normalized by their own statistics instead of those of their scene."""
SHIFTED_SHARE, SHIFT_LIMIT, GAIN_LIMIT = 0.4, 1.0, 0.5
"""Share of the crops normalized by statistics that are wrong, and the largest error of median and log scale."""
QUARTILE = 0.6745
"""Upper quartile of a normal distribution, in standard deviations."""


def change_sensor(images: Tensor, random: np.random.Generator) -> Tensor:
    """Change how each crop of a batch was measured, stretched, compressed and normalized, at random.

    Args:
        images: float32 (N, bands + 1, S, S), normalized, last channel 1 where valid.
        random: source of all random numbers.

    Returns:
        The same shape, on the same device; the last channel is unchanged, and invalid pixels keep the value 0.
    """
    found = [_changed(image.cpu().numpy(), random) for image in images]
    return torch.from_numpy(np.stack(found)).to(images.device)


def _changed(image: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    valid = image[-1] > 0.99
    drawn, numbers = random.random(6), random.uniform(-1, 1, 6)
    if not valid.any():
        return image
    bands = image[:-1]
    if drawn[0] < STRETCHED_SHARE:
        bands = _stretched(bands, valid, float(np.exp(numbers[0] * GAMMA_LIMIT)))
    if drawn[1] < NOISY_SHARE:
        bands = _noisy(bands, valid, NOISE_LIMIT * abs(float(numbers[1])), random)
    if drawn[2] < CLIPPED_SHARE:
        bands = np.clip(bands, -1.5 + numbers[2], 2.0 + numbers[3])
    if drawn[3] < COMPRESSED_SHARE:
        bands = _compressed(bands, valid, round(np.interp(numbers[4], (-1, 1), QUALITY)))
    if drawn[4] < OWN_SHARE:
        bands = _restandardized(bands, valid)
    elif drawn[5] < SHIFTED_SHARE:
        bands = bands * np.float32(np.exp(numbers[5] * GAIN_LIMIT)) + np.float32(numbers[4] * SHIFT_LIMIT)
    return np.concatenate((np.where(valid, bands, 0), image[-1:])).astype(np.float32)


def _stretched(bands: NDArray[np.float32], valid: NDArray[np.bool_], exponent: float) -> NDArray[np.float32]:
    """Apply a power to the values; median and quartiles of the scene, 0 and +-QUARTILE, stay where they are."""
    inside = bands[:, valid]
    low, high = min(float(inside.min()), -QUARTILE - 0.1), max(float(inside.max()), QUARTILE + 0.1)
    lower, median, upper = (((at - low) / (high - low)) ** exponent for at in (-QUARTILE, 0.0, QUARTILE))
    share = np.clip((bands - low) / (high - low), 0, 1) ** exponent
    return np.asarray((share - median) * (2 * QUARTILE / (upper - lower)), np.float32)


def _noisy(
    bands: NDArray[np.float32], valid: NDArray[np.bool_], deviation: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Multiply by gamma distributed speckle of mean 1."""
    looks = 1 / max(deviation, 0.05) ** 2
    low = float(bands[:, valid].min())
    grain = random.standard_gamma(looks, bands.shape).astype(np.float32) / np.float32(looks)
    return np.asarray((bands - low) * grain + low, np.float32)


def _compressed(bands: NDArray[np.float32], valid: NDArray[np.bool_], quality: int) -> NDArray[np.float32]:
    """Write and read each band as JPEG with 8 bits."""
    result = np.empty_like(bands)
    for number, band in enumerate(bands):
        low, high = np.percentile(band[valid], (0.5, 99.5))
        span = max(float(high - low), 1e-3)
        gray = np.clip((band - low) / span * 255, 0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])
        back = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)
        result[number] = back / 255 * span + low
    return result


def _restandardized(bands: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    lower, median, upper = np.percentile(bands[:, valid], (25, 50, 75), axis=1)
    scale = np.maximum((upper - lower) / (2 * QUARTILE), 0.1)
    return np.asarray((bands - median[:, None, None]) / scale[:, None, None], np.float32)
