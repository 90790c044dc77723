"""Look-alikes composed into images: dark areas of the sea that hold no oil.

Real tiles hold few of them, so a network is trained on some and measured on others: `MEASURING_SEEDS` and
`TRAINING_SEEDS` do not overlap. Each look-alike multiplies the intensity by a factor. Speckle and slicks are therefore
kept, and the result is rounded to the gray levels of the image.

Sources of the shapes: low wind, Donelan and Pierson 1987; natural films, Gade et al. 2013; rain cells (a dark center
under heavy rain and a bright gust front), Atlas 1994; rows along the wind, Gerling 1986.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import valid_pixels
from seep.core.image.units import guess_unit
from seep.core.synthesis.fields import Field, smooth_field
from seep.errors import SettingsError

TRAINING_SEEDS = range(1_000_000)
MEASURING_SEEDS = range(1_000_000, 2_000_000)
SIZES_PX = (64.0, 2000.0)
"""Extent of a look-alike; it is drawn evenly on a logarithmic scale."""

FOOTPRINT_COVER = 0.25
"""A pixel belongs to a look-alike from this cover on."""


@dataclass(frozen=True, eq=False)
class ComposedImage:
    """An image with look-alikes of one kind.

    Attributes:
        image: shape and dtype of the original.
        footprint: (H, W) bool, valid pixels that a look-alike darkens.
        kind: one of `KINDS`.
        size_px: extent of the look-alikes.
    """

    image: NDArray[Any]
    footprint: NDArray[np.bool_]
    kind: str
    size_px: float


def compose_lookalike(
    image: NDArray[Any], nodata: float | None, seed: int, kind: str | None = None
) -> ComposedImage:
    """Darken an image by look-alikes; the same arguments give the same pixels.

    Args:
        image: (H, W) or (H, W, bands); sides of 32 px or more. Its unit is guessed by
            `seep.core.image.units.guess_unit`: digital numbers proportional to the amplitude, linear backscatter or
            decibels.
        nodata: value of pixels without data, or None.
        seed: of `TRAINING_SEEDS` or of `MEASURING_SEEDS`.
        kind: one of `KINDS`; None to draw one.

    Returns:
        The new image. Pixels without data do not change. Integers are rounded, and saturate at the end of their range.

    Raises:
        SettingsError: the kind is unknown.
    """
    if kind is not None and kind not in KINDS:
        raise SettingsError(f"There is no look-alike {kind!r}. Use {', '.join(KINDS)}.")
    random = np.random.default_rng((17, seed))
    kind = kind or str(random.choice([*KINDS]))
    size_px = float(np.exp(random.uniform(*np.log(SIZES_PX))))
    shape = (image.shape[0], image.shape[1])
    cover, factor = KINDS[kind](random, shape, size_px)
    valid = valid_pixels(image, nodata)
    darkened = _darkened(image, factor if image.ndim == 2 else factor[..., None], guess_unit(image[valid]))
    changed = _cast(_to_gray_levels(darkened, image[valid]), image.dtype)
    if nodata is not None and valid.any():
        changed[changed == nodata] = image[valid].min()
    changed = np.where(valid if image.ndim == 2 else valid[..., None], changed, image)
    return ComposedImage(changed, (cover >= FOOTPRINT_COVER) & valid, kind, size_px)


def _darkened(image: NDArray[Any], factor: Field, unit: str) -> NDArray[Any]:
    """Multiply the intensity by a factor; digital numbers are amplitudes."""
    if unit == "db":
        return np.asarray(image + 10 * np.log10(factor))
    return np.asarray(image * (factor if unit == "linear" else np.sqrt(factor)))


def _cast(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Convert to a dtype; integers are rounded and clipped to their range."""
    if not np.issubdtype(dtype, np.integer):
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.asarray(np.clip(np.rint(values), limits.min, limits.max), dtype)


def _to_gray_levels(values: NDArray[np.floating[Any]], pixels: NDArray[Any]) -> NDArray[Any]:
    """Round to the nearest value that occurs in the image, if it has few."""
    levels = np.unique(pixels).astype(np.float64)
    if levels.size < 2 or levels.size > 4096:
        return values
    return np.asarray(levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, values)])


def _low_wind(random: np.random.Generator, shape: tuple[int, int], size_px: float) -> tuple[Field, Field]:
    """Ragged areas without Bragg waves, elongated along the wind."""
    wind, along = random.uniform(0, np.pi), random.uniform(1.0, 2.0)
    field = smooth_field(random, shape, size_px / 2.2 * along, size_px / 2.2, wind)
    for scale, strength in ((24, 0.25), (10, 0.16), (4, 0.09)):
        field = field + strength * smooth_field(random, shape, scale * 1.5, scale, wind)
    cover = _soft(field, random.uniform(0.1, 0.45), random.uniform(2.5, 9))
    return cover, 1 - np.float32(1 - random.uniform(0.3, 0.75)) * cover


def _filaments(random: np.random.Generator, shape: tuple[int, int], size_px: float) -> tuple[Field, Field]:
    """Natural films: thin parallel lines along the level lines of an eddying flow, in patches."""
    scale = min(size_px, 400.0) / 3
    stream = smooth_field(random, shape, scale, scale * 0.7, random.uniform(0, np.pi))
    stream = stream + 0.05 * smooth_field(random, shape, 12, 12)
    lines = 0.5 - np.abs(((stream * random.uniform(1.5, 4.0)) % 1) - 0.5)
    slope = cv2.magnitude(cv2.Sobel(stream, -1, 1, 0), cv2.Sobel(stream, -1, 0, 1)) / 8 * 3
    thin = np.clip(1.6 - lines / (slope + 1e-3) / random.uniform(0.8, 2.5), 0, 1)  # by the distance in pixels
    patch = _soft(smooth_field(random, shape, scale, scale), random.uniform(0.15, 0.5), 6)
    gaps = np.clip(0.9 + 0.6 * smooth_field(random, shape, 9, 9), 0, 1)
    cover = cv2.GaussianBlur((thin * patch * gaps).astype(np.float32), (0, 0), 0.6)
    return cover, 1 - np.float32(1 - random.uniform(0.4, 0.75)) * cover


def _rain_cell(random: np.random.Generator, shape: tuple[int, int], size_px: float) -> tuple[Field, Field]:
    """A dark center with a bright gust front on one side."""
    radius = min(size_px, 600.0) / 2
    center = random.uniform(0.2, 0.8, 2) * shape
    y, x = np.indices(shape, dtype=np.float32)
    down, right = y - np.float32(center[0]), x - np.float32(center[1])
    ragged = 0.18 * smooth_field(random, shape, radius / 3, radius / 3) + 0.06 * smooth_field(
        random, shape, 6, 6
    )
    distance = np.hypot(down, right) / np.float32(radius) + ragged
    cover = _sigmoid((0.75 - distance) * np.float32(random.uniform(8, 20)))
    heading = np.arctan2(down, right) - np.float32(random.uniform(-np.pi, np.pi))
    front = np.exp(-(((distance - 1.1) / 0.15) ** 2)) * np.clip(np.cos(heading), 0, 1)
    dark = 1 - np.float32(1 - random.uniform(0.3, 0.7)) * cover
    return cover.astype(np.float32), (dark * (1 + np.float32(random.uniform(0.1, 0.6)) * front)).astype(
        np.float32
    )


def _wind_rows(random: np.random.Generator, shape: tuple[int, int], size_px: float) -> tuple[Field, Field]:
    """The edge of a calm area, which breaks up into rows along the wind."""
    wind = random.uniform(0, np.pi)
    edge = smooth_field(random, shape, size_px / 1.5, size_px / 2.5, wind)
    rows = smooth_field(random, shape, min(size_px, 400.0) / 2, random.uniform(4, 12), wind)
    cover = _soft(edge + random.uniform(0.5, 1.0) * rows, random.uniform(0.1, 0.4), random.uniform(2.5, 7))
    return cover, 1 - np.float32(1 - random.uniform(0.35, 0.75)) * cover


def _soft(field: Field, share: float, steepness: float) -> Field:
    """Return a cover of 0..1 that is above one half in a share of the pixels."""
    level = np.quantile(field[::4, ::4], 1 - share)
    return _sigmoid((field - level) * steepness)


def _sigmoid(values: NDArray[np.floating[Any]]) -> Field:
    return np.asarray(0.5 + 0.5 * np.tanh(values / 2), dtype=np.float32)  # exp would overflow


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int], float], tuple[Field, Field]]] = {
    "low wind": _low_wind,
    "filaments": _filaments,
    "rain cell": _rain_cell,
    "wind rows": _wind_rows,
}
"""Look-alikes by name: functions that return the cover 0..1 and the factor of the intensity, float32 (H, W)."""
