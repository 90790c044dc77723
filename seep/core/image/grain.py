"""The grain of an image: how coarse its detail is, which tells resampled images and other sensors apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import as_bands, valid_pixels

OCTAVES = 3
LEAST_DETAILS = 256
"""Minimum number of valid pixels for a measurement of the grain."""
SAMPLES, SAMPLE_PX = 4, 512
"""The grain of a large image is the median over windows of this size, on a grid of so many rows and columns."""


def grain_of(image: NDArray[np.float32]) -> float | None:
    """Measure how coarse the detail of an image is.

    Each octave holds the differences to the mean of 2 x 2 pixels. The grain is the median of the third octave's
    absolute differences, divided by that of the first: 0.25 to 0.3 for white noise, and more for correlated speckle
    and blurred images.

    Args:
        image: float32 (bands + 1, H, W), normalized, the last channel 1 where valid; bands are averaged.

    Returns:
        The grain, or None with too few valid pixels or without any detail.
    """
    plane, valid = image[:-1].mean(axis=0), image[-1].astype(np.float32)
    details = []
    for _ in range(OCTAVES):
        height, width = (side // 2 for side in plane.shape)
        if not height or not width:
            return None
        plane, valid = plane[: 2 * height, : 2 * width], valid[: 2 * height, : 2 * width]
        small = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
        whole = (cv2.resize(valid, (width, height), interpolation=cv2.INTER_AREA) > 0.999).astype(np.float32)
        used = np.repeat(np.repeat(whole > 0, 2, axis=0), 2, axis=1)
        if np.count_nonzero(used) < LEAST_DETAILS:
            return None
        details.append(float(np.median(np.abs(plane - np.repeat(np.repeat(small, 2, 0), 2, 1))[used])))
        plane, valid = small, whole
    return details[-1] / details[0] if details[0] > 0 else None


def image_grain(image: NDArray[Any], nodata: float | None) -> float | None:
    """Measure the grain of an image that is not normalized.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        nodata: value of pixels without data, or None.

    Returns:
        See `grain_of`.
    """
    valid = valid_pixels(image, nodata)
    plane = np.where(valid, as_bands(image).astype(np.float32).mean(axis=2), 0)
    return grain_of(np.stack([plane, valid]).astype(np.float32))


def scene_grain(grains: Iterable[float | None]) -> float | None:
    """Return the grain of a scene: the median of its tiles; None without any."""
    known = [one for one in grains if one is not None]
    return float(np.median(known)) if known else None


def sampled_grain(
    read: Callable[[int, int, int, int], NDArray[Any]], shape: tuple[int, int], nodata: float | None
) -> float | None:
    """Measure the grain of a large image.

    Args:
        read: returns the pixels of a window, (H, W) or (H, W, bands), from its left, top, width and height.
        shape: height and width of the image.
        nodata: value of pixels without data, or None.
    """
    rows, columns = (
        np.unique(np.linspace(0, max(0, side - SAMPLE_PX), SAMPLES).astype(int)) for side in shape
    )
    sides = [min(SAMPLE_PX, side) for side in shape]
    return scene_grain(
        image_grain(read(int(x), int(y), sides[1], sides[0]), nodata) for y in rows for x in columns
    )
