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
"""In robust standard deviations of the scene. On 654 real tiles it finds 62 areas on 55 tiles, which cover 7 of the 9
true slicks above 20 px radius; 8 of the areas are mostly oil."""
BLUR_SIGMA_PX = 4.0
_LEAST_WEIGHT = 1e-3
_EDGE_PX = 0.5
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
    image. A gradient over less than twice the depth is not dark. Levels and areas are computed at half resolution.

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
    level, weight = _blurred_halves(image)
    known = weight > 0
    step = max(1, max(level.shape) // _MEDIAN_SIDE_PX)
    sample = level[::step, ::step][known[::step, ::step]]
    dark = known & (level < np.median(sample if len(sample) else level[known]) - depth)
    least = (radius_px - _EDGE_PX) / 2  # the radius is measured from the edge between two pixels
    if not _may_be_wide(dark, least):
        return none
    found = wide_components(dark, least)
    whole = np.repeat(np.repeat(found, 2, axis=0), 2, axis=1)[: valid.shape[0], : valid.shape[1]]
    return np.where(valid, whole, 0)


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


def _blurred_halves(
    image: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the blurred mean of the bands at half resolution, and the share of valid pixels; both (H / 2, W / 2).

    Invalid pixels, which are 0, have no weight.
    """
    level = image[0] if len(image) == 2 else image[:-1].mean(axis=0)
    height, width = level.shape
    padding = (0, height % 2, 0, width % 2)
    level, weight = (
        cv2.resize(
            cv2.copyMakeBorder(one, *padding, cv2.BORDER_REPLICATE),
            ((width + 1) // 2, (height + 1) // 2),
            interpolation=cv2.INTER_AREA,
        )
        for one in (level, image[-1])
    )
    level, blurred = (cv2.GaussianBlur(one, (0, 0), BLUR_SIGMA_PX / 2) for one in (level, weight))
    return np.asarray(level / np.maximum(blurred, _LEAST_WEIGHT), np.float32), np.asarray(weight, np.float32)
