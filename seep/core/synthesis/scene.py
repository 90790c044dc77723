"""Synthetic scenes: sea, slicks, look-alikes, ships, swath edge and quantization."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.synthesis.fields import Field, smooth_field
from seep.core.synthesis.lookalikes import biogenic_films, low_wind
from seep.core.synthesis.sea import sea_surface, speckle, texture
from seep.core.synthesis.slicks import SLICK_STYLES, Ribbon, center_line, draw
from seep.core.synthesis.targets import add_ship, outside_swath
from seep.errors import SettingsError

SEEP_SHARE = 0.018
SATURATED = 65535
MIN_SIDE = 32
MAX_SLICKS = 400


@dataclass(frozen=True)
class SyntheticScene:
    """A scene: ``image`` uint16 (H, W) and its exact ``mask`` uint8 (H, W), 0 or classes 1 to 7."""

    image: NDArray[np.uint16]
    mask: NDArray[np.uint8]


def synthesize_scene(
    seed: int,
    height: int,
    width: int,
    nodata: int = 0,
    *,
    seep_share: float | None = None,
    lookalikes: bool = True,
    lookalike_classes: tuple[int, int] = (0, 0),
    wedges: bool = True,
) -> SyntheticScene:
    """Generate a SAR sea scene with an exact mask; the same arguments give the same pixels.

    Args:
        seed: any integer of 0 or more.
        height: number of rows, at least 32.
        width: number of columns, at least 32.
        nodata: digital number of pixels outside the swath; valid pixels never have it.
        seep_share: target share of slick pixels, 0 for clean sea; None for a random share around 1.8 %.
        lookalikes: whether low-wind patches and natural films are drawn.
        lookalike_classes: mask ids of low-wind patches and of natural films; 0 for background.
        wedges: whether pixels outside the rotated swath are nodata.

    Returns:
        The image and its mask. A pixel has the class of a slick that damps the sea there by at least half of its
        maximum, before speckle. Nodata pixels are 0 in the mask.

    Raises:
        SettingsError: the size, seed, nodata value or share is out of range.
    """
    _check(seed, height, width, nodata, seep_share)
    rng = np.random.default_rng(seed)
    shape = (height, width)
    wind = rng.uniform(0, 2 * np.pi)
    intensity = sea_surface(rng, shape, wind)
    mask = np.zeros(shape, np.uint8)
    if lookalikes:
        add_lookalikes(rng, intensity, mask, wind, lookalike_classes)
    share = SEEP_SHARE * rng.uniform(0.5, 1.5) if seep_share is None else seep_share
    _add_slicks(rng, intensity, mask, wind, share)
    for _ in range(rng.poisson(3 * height * width / 2**20)):
        add_ship(rng, intensity)
    looks = rng.uniform(11, 15)
    intensity *= texture(rng, shape, rng.uniform(16, 36)) * speckle(rng, shape, looks)
    image = digitize(rng, intensity, nodata)
    if wedges:
        outside = outside_swath(rng, shape)
        image[outside] = nodata
        mask[outside] = 0
    return SyntheticScene(image, mask)


def _check(seed: int, height: int, width: int, nodata: int, seep_share: float | None) -> None:
    if seed < 0:
        raise SettingsError(f"The seed of a synthetic scene is {seed}; give a whole number from 0 up.")
    if min(height, width) < MIN_SIDE:
        raise SettingsError(
            f"A synthetic scene of {height} x {width} px is too small; give at least 32 x 32."
        )
    if not 0 <= nodata <= SATURATED:
        raise SettingsError(f"The nodata value {nodata} is no 16-bit number; give 0 to {SATURATED}.")
    if seep_share is not None and not 0 <= seep_share <= 0.3:
        raise SettingsError(f"The seep share {seep_share} is out of range; give 0 to 0.3.")


def add_lookalikes(
    rng: np.random.Generator, intensity: Field, mask: NDArray[np.uint8], wind: float, classes: tuple[int, int]
) -> None:
    """Darken low-wind patches and natural films in place; `classes` are their mask ids, 0 for background."""
    covers = (low_wind(rng, intensity.shape, wind), biogenic_films(rng, intensity.shape))
    depths = (rng.uniform(0.35, 0.7), rng.uniform(0.62, 0.80))
    for cover, depth, class_id in zip(covers, depths, classes, strict=True):
        intensity *= 1 - np.float32(1 - depth) * cover
        if class_id:
            mask[cover >= 0.5] = class_id


def _add_slicks(
    rng: np.random.Generator, intensity: Field, mask: NDArray[np.uint8], wind: float, share: float
) -> None:
    """Draw slicks until they cover ``share`` of the scene.

    A seep emits oil repeatedly, so the slicks of one seep have one class and similar drift.
    """
    height, width = intensity.shape
    wanted = share * height * width
    drift = wind + rng.uniform(-0.5, 0.5) + 0.7 * smooth_field(rng, intensity.shape, 120, 120)
    odds = np.array([style.frequency for style in SLICK_STYLES.values()])
    factor = np.ones_like(intensity)
    covered, tries = 0, 0
    while covered < wanted and tries < MAX_SLICKS:
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        class_id = int(rng.choice(list(SLICK_STYLES), p=odds / odds.sum()))
        style = SLICK_STYLES[class_id]
        for _ in range(1 + rng.poisson(1.5)):
            tries += 1
            start = (x + rng.normal(0, 30), y + rng.normal(0, 30))
            points = center_line(rng, start, drift, rng.uniform(*style.length), style.winding)
            ribbon = draw(rng, class_id, points, intensity.shape, wind)
            if ribbon is not None and covered < wanted:
                covered += lay_slick(ribbon, factor, mask)
    intensity *= factor


def lay_slick(ribbon: Ribbon, factor: Field, mask: NDArray[np.uint8]) -> int:
    """Add a slick to the damping ``factor`` and to the mask; return the number of newly covered pixels."""
    window = (
        slice(ribbon.top, ribbon.top + ribbon.cover.shape[0]),
        slice(ribbon.left, ribbon.left + ribbon.cover.shape[1]),
    )
    # Where slicks overlap the stronger damping counts: the damping of oil films does not multiply.
    np.minimum(factor[window], 1 - np.float32(1 - ribbon.damping) * ribbon.cover, out=factor[window])
    marked = mask[window]
    under = ribbon.cover >= 0.5
    new = int(np.count_nonzero(under & (marked == 0)))
    marked[under] = ribbon.class_id
    return new


def digitize(rng: np.random.Generator, intensity: Field, nodata: int) -> NDArray[np.uint16]:
    """Quantize intensity to the digital numbers of a stretched product: uint16 (H, W), never ``nodata``.

    The amplitude (square root) is quantized to 150 to 290 values per scene, similar to an 8-bit stretch. Values above
    the range saturate at 65535.
    """
    amplitude = cv2.sqrt(intensity)
    top = float(np.percentile(amplitude[::4, ::4], 50)) * rng.uniform(1.9, 2.5)
    step = rng.uniform(310, 395)
    levels = np.floor(amplitude / np.float32(top) * np.float32(SATURATED / step)) + 1
    image = np.asarray(np.minimum(levels * np.float32(step), SATURATED), dtype=np.uint16)
    image[image == nodata] = nodata + 1 if nodata < SATURATED else nodata - 1
    return image
