"""Normalization of network inputs with nodata handling.

SAR tiles come with an unknown stretch per scene, with saturated ships at one end and nodata at the other. Both
distort mean and standard deviation, but not percentiles, median and interquartile range.
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
"""Approximate number of sampled pixels per image: every pixel of a 128 px tile, 1 in 4 of a 256 px tile."""

IQR_OF_NORMAL = 1.349
"""Interquartile range of a normal distribution, in standard deviations: 2 * 0.6745."""


@dataclass(frozen=True)
class Statistics:
    """Normalization statistics of one scene, one number per band.

    Attributes:
        low: lower clipping limit, in the image's units.
        high: upper clipping limit, in the image's units.
        median: median of the valid pixels.
        scale: robust standard deviation (interquartile range / 1.349), always > 0.
        grain: of the scene, see `seep.core.image.grain`; None if it was not measured.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    median: tuple[float, ...]
    scale: tuple[float, ...]
    grain: float | None = None

    @property
    def bands(self) -> int:
        """Number of bands."""
        return len(self.low)

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as JSON values; a grain that was not measured is left out."""
        values = asdict(self)
        grain = values.pop("grain")
        return {name: list(value) for name, value in values.items()} | (
            {} if grain is None else {"grain": grain}
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Statistics:
        """Read what `to_dict` returned.

        Raises:
            ValueError: a list is missing, the lengths differ, a scale is not above 0, or the grain is no number.
        """
        try:
            lists = {
                name: tuple(float(v) for v in values[name]) for name in ("low", "high", "median", "scale")
            }
        except KeyError as error:
            raise ValueError(f"statistics lack {error}: compute them again") from error
        if len({len(numbers) for numbers in lists.values()}) != 1 or min(lists["scale"]) <= 0:
            raise ValueError(f"statistics do not fit together: {dict(values)}; compute them again")
        grain = values.get("grain")
        if grain is not None and not (type(grain) in (int, float) and grain >= 0):
            raise ValueError(
                f"the grain of the statistics is {grain!r}, not a number from 0; compute it again"
            )
        return cls(**lists, grain=grain)


def statistics_of(
    images: Iterable[NDArray[Any]], nodata: float | None, grain: float | None = None
) -> Statistics:
    """Compute the statistics of the valid pixels of all images of one scene.

    Args:
        images: arrays (H, W) or (H, W, bands), any dtype; at least one.
        nodata: value of pixels without data, or None.
        grain: of the scene; None if it was not measured.

    Returns:
        Clipping limits at the 0.5 and 99.5 percentiles, and median and robust scale of the clipped pixels. A band
        without valid pixels has low 0, high 1, median 0, scale 1.

    Raises:
        ValueError: there is no image, or the images differ in their number of bands.
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
    return Statistics(low, high, median, scale, grain)


def normalize(image: NDArray[Any], statistics: Statistics, nodata: float | None) -> NDArray[np.float32]:
    """Return the network input: clipped robust z-scores and a channel of valid pixels.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        statistics: statistics of the image's scene.
        nodata: value of pixels without data, or None.

    Returns:
        float32 (bands + 1, H, W): (clip(x) - median) / scale, 0 where invalid; the last
        channel is 1 where the pixel is valid and 0 elsewhere.

    Raises:
        ValueError: the image and the statistics differ in their number of bands.
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
    """Return valid pixels (N, bands) on a regular grid that covers the whole image."""
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
    # In a scene of few gray levels half of the pixels can have one value: use wider ranges until one is not 0.
    scale = (upper - lower) / IQR_OF_NORMAL or float(clipped.std()) or 1.0
    return float(low), float(high), float(median), float(scale)
