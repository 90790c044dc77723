"""Nodata-aware normalization: what a network sees of an image.

SAR tiles arrive as a per-scene stretch of unknown origin, with saturated ships at one end and
nodata wedges at the other. Mean and standard deviation would follow both; percentiles, the
median and the interquartile range do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import valid_pixels

CLIP_PERCENTILES = (0.5, 99.5)
SAMPLES_PER_IMAGE = 16_384
"""About how many pixels of one image are looked at; every pixel of a 128 px tile, 1 in 4 at 256 px."""

IQR_OF_NORMAL = 1.349
"""Interquartile range of a normal distribution in standard deviations: 2 * 0.6745."""


@dataclass(frozen=True)
class Statistics:
    """What normalizing one scene needs, one number a band.

    Attributes:
        low: lower clip, in the image's own units.
        high: upper clip, in the image's own units.
        median: median of the valid pixels.
        scale: robust standard deviation (interquartile range / 1.349), always > 0.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    median: tuple[float, ...]
    scale: tuple[float, ...]

    @property
    def bands(self) -> int:
        """Number of bands that these statistics describe."""
        return len(self.low)

    def to_dict(self) -> dict[str, list[float]]:
        """Plain lists, ready for JSON."""
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Statistics:
        """The inverse of `to_dict`.

        Raises:
            ValueError: if a list is missing, lengths differ or a scale is not above 0.
        """
        try:
            lists = {
                name: tuple(float(v) for v in values[name]) for name in ("low", "high", "median", "scale")
            }
        except KeyError as error:
            raise ValueError(f"statistics lack {error}: compute them again") from error
        if len({len(numbers) for numbers in lists.values()}) != 1 or min(lists["scale"]) <= 0:
            raise ValueError(f"statistics do not fit together: {dict(values)}; compute them again")
        return cls(**lists)


def statistics_of(images: Iterable[NDArray[Any]], nodata: float | None) -> Statistics:
    """Statistics over the valid pixels of all images of one scene.

    Args:
        images: arrays (H, W) or (H, W, bands), any dtype; at least one.
        nodata: value of pixels that hold no measurement, or None where there is none.

    Returns:
        Clips at the 0.5 and 99.5 percentile, median and robust scale of the clipped pixels.
        A band without any valid pixel gets low 0, high 1, median 0, scale 1.

    Raises:
        ValueError: if there is no image, or images differ in their number of bands.
    """
    samples = [_valid_samples(image, nodata) for image in images]
    if not samples:
        raise ValueError("statistics need at least one image, got none: name the tiles of a scene")
    if len({sample.shape[1] for sample in samples}) != 1:
        counts = sorted({sample.shape[1] for sample in samples})
        raise ValueError(f"images of one scene have {counts} bands: import them as two scenes")
    pixels = np.concatenate(samples)
    bands = [_band_statistics(pixels[:, band]) for band in range(pixels.shape[1])]
    low, high, median, scale = zip(*bands, strict=True)
    return Statistics(low, high, median, scale)


def normalize(image: NDArray[Any], statistics: Statistics, nodata: float | None) -> NDArray[np.float32]:
    """The network's input: clipped robust z-scores, and which pixels are valid.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        statistics: of the image's scene.
        nodata: value of pixels that hold no measurement, or None.

    Returns:
        float32 (bands + 1, H, W): (clip(x) - median) / scale, 0 where invalid; the last
        channel is 1 where the pixel is valid and 0 elsewhere.

    Raises:
        ValueError: if the image and the statistics differ in their number of bands.
    """
    stacked = image[..., None] if image.ndim == 2 else image
    if stacked.ndim != 3 or stacked.shape[2] != statistics.bands:
        raise ValueError(
            f"image of shape {image.shape} does not have the {statistics.bands} band(s) of its "
            "scene's statistics: import it as a scene of its own"
        )
    valid = valid_pixels(image, nodata)
    result = np.zeros((statistics.bands + 1, *valid.shape), np.float32)
    for band in range(statistics.bands):
        values = stacked[..., band].astype(np.float32)
        values = np.clip(values, statistics.low[band], statistics.high[band])
        values = (values - np.float32(statistics.median[band])) / np.float32(statistics.scale[band])
        result[band] = np.where(valid, values, 0)
    result[-1] = valid
    return result


def _valid_samples(image: NDArray[Any], nodata: float | None) -> NDArray[Any]:
    """(N, bands) valid pixels on a regular grid: cheap, and blind to no part of the image."""
    height, width = image.shape[:2]
    stride = max(1, int((height * width / SAMPLES_PER_IMAGE) ** 0.5))
    thin = image[::stride, ::stride]
    samples: NDArray[Any] = thin[valid_pixels(thin, nodata)]
    return samples[:, None] if samples.ndim == 1 else samples


def _band_statistics(values: NDArray[Any]) -> tuple[float, float, float, float]:
    if values.size == 0:
        return 0.0, 1.0, 0.0, 1.0
    low, high = np.percentile(values, CLIP_PERCENTILES)
    clipped = np.clip(values.astype(np.float64), low, high)
    lower, median, upper = np.percentile(clipped, (25, 50, 75))
    # A scene of few gray levels can have half its pixels on one value: fall back step by step.
    scale = (upper - lower) / IQR_OF_NORMAL or float(clipped.std()) or 1.0
    return float(low), float(high), float(median), float(scale)
