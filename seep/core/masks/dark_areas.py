"""Wide dark areas of an image: oil sheets or areas of low wind, which look alike.

A network that is trained without wide slicks predicts none, so oil sheets would be missed without a word. This finds
dark areas on the image instead. They are a question to the analyst and no part of a predicted mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.wide_slicks import inscribed_radii, least_wide_px, wide_components

DARK_AREA_DEPTH = 0.6
"""In robust standard deviations of the scene. On 654 real tiles it finds 62 areas on 56 tiles, which cover 7 of the 9
true slicks above 20 px radius; 8 of the areas are mostly oil. `python -m benchmarks.dark_areas` compares depths."""
BLUR_SIGMA_PX = 4.0
_LEAST_WEIGHT = 1e-3
_MEDIAN_SIDE_PX = 256
"""The median of larger images is that of about as many pixels on a regular grid."""
_APPROXIMATE = 0.95
"""The approximate distance is off by less than 5 %."""


@dataclass(frozen=True)
class WideArea:
    """A wide dark area: an oil sheet or an area of low wind.

    Attributes:
        runs: its pixels as (y, first x, last x + 1), from the top.
        seeds: one pixel, y * width + x, of each wide slick of the predicted mask that is a part of it; empty if the
            area is only dark.
        area_px: number of pixels.
        radius_px: radius of its largest inscribed circle.
    """

    runs: list[tuple[int, int, int]]
    seeds: list[int]
    area_px: int
    radius_px: float


def dark_areas(image: npt.NDArray[np.float32], depth: float, radius_px: float) -> npt.NDArray[np.int32]:
    """Label the wide dark areas of an image.

    A pixel is dark if the mean of the bands, blurred over valid pixels, is more than `depth` below the median of the
    image. A gradient over less than twice the depth is not dark.

    Args:
        image: float32 (bands + 1, H, W) from `seep.core.image.normalize`: robust standard deviations of the scene,
            and 1 in the last channel where pixels are valid.
        depth: least difference to the median, robust standard deviations of the scene; 0 to find none.
        radius_px: areas with a larger inscribed radius are wide.

    Returns:
        (H, W) int32: 1 and up in wide 8-connected components of dark pixels, 0 elsewhere.
    """
    valid = image[-1] > 0
    none = np.zeros(valid.shape, np.int32)
    if not depth or not valid.any():
        return none
    level = _blurred_level(image, valid)
    step = max(1, max(level.shape) // _MEDIAN_SIDE_PX)
    sample, known = level[::step, ::step], valid[::step, ::step]
    dark = valid & (level < np.median(sample[known] if known.any() else level[valid]) - depth)
    return wide_components(dark, radius_px) if _may_be_wide(dark, radius_px) else none


def wide_pixels(
    mask: Mask, image: npt.NDArray[np.float32] | None, radius_px: float, depth: float
) -> npt.NDArray[np.bool_]:
    """Return the pixels of wide slicks of a predicted mask, and those of wide dark areas of its image.

    Args:
        mask: (H, W) uint8 class ids; slicks that touch each other count as one, whatever their classes.
        image: as in `dark_areas`; None without one.
        radius_px: slicks and areas with a larger inscribed radius are wide.
        depth: as in `dark_areas`; 0 for slicks only.
    """
    seep = (mask > 0) & (mask != UNSURE)
    wide = (
        wide_components(seep, radius_px) > 0
        if np.count_nonzero(seep) >= least_wide_px(radius_px)
        else np.zeros(mask.shape, np.bool_)
    )
    return wide | (dark_areas(image, depth, radius_px) > 0) if image is not None and depth else wide


def wide_areas(
    mask: Mask, image: npt.NDArray[np.float32] | None, radius_px: float, depth: float
) -> list[WideArea]:
    """List the wide dark areas, largest first; slicks and dark areas that touch each other are one.

    Args and conventions are those of `wide_pixels`.
    """
    wide = wide_pixels(mask, image, radius_px, depth)
    count, labels = cv2.connectedComponents(wide.astype(np.uint8), connectivity=8)
    numbered = np.asarray(labels, np.int32)
    sizes = np.bincount(numbered.ravel(), minlength=count)
    radii = inscribed_radii(numbered, count - 1)
    seeds = _seeds(wide_components((mask > 0) & (mask != UNSURE), radius_px), numbered)
    runs = _runs(numbered)
    found = [
        WideArea(runs[number], seeds.get(number, []), int(sizes[number]), float(radii[number - 1]))
        for number in range(1, count)
    ]
    return sorted(found, key=lambda one: -one.area_px)


def _seeds(slicks: npt.NDArray[np.int32], areas: npt.NDArray[np.int32]) -> dict[int, list[int]]:
    """Return the first pixel of each slick by the area that it is in."""
    seeds: dict[int, list[int]] = {}
    for slick, pixel in zip(*np.unique(slicks, return_index=True), strict=True):
        if slick:
            seeds.setdefault(int(areas.flat[pixel]), []).append(int(pixel))
    return seeds


def _runs(areas: npt.NDArray[np.int32]) -> dict[int, list[tuple[int, int, int]]]:
    """Return the pixels of each area as runs; two areas do not touch each other."""
    inside = np.pad((areas > 0).astype(np.int8), ((0, 0), (1, 1)))
    change = np.diff(inside, axis=1)
    rows, starts = np.nonzero(change > 0)
    _, ends = np.nonzero(change < 0)
    runs: dict[int, list[tuple[int, int, int]]] = {}
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        runs.setdefault(int(areas[row, start]), []).append((row, start, end))
    return runs


def _may_be_wide(dark: npt.NDArray[np.bool_], radius_px: float) -> bool:
    """Return whether a dark area may be wide, by an approximate distance that takes a tenth of the time."""
    if np.count_nonzero(dark) < least_wide_px(radius_px):
        return False
    distance = cv2.distanceTransform(dark.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return float(distance.max()) > _APPROXIMATE * radius_px


def _blurred_level(image: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return the mean of the bands, blurred; invalid pixels, which are 0, have no weight."""
    level = image[0] if len(image) == 2 else image[:-1].mean(axis=0)
    blurred = cv2.GaussianBlur(level, (0, 0), BLUR_SIGMA_PX)
    if not valid.all():
        blurred /= np.maximum(cv2.GaussianBlur(image[-1], (0, 0), BLUR_SIGMA_PX), _LEAST_WEIGHT)
    return np.asarray(blurred, np.float32)
