"""Features of predicted slicks: what tells an oil slick from a look-alike such as an area of low wind.

Shape alone is not enough, and neither is darkness: a look-alike is often wide, lies in a sea of uneven brightness, and
is only a little darker than its surroundings. The features describe shape, probability and contrast of a slick, and the
sea around it. They follow the dark-spot features of Solberg et al. 1999, "Automatic detection of oil spills in ERS SAR
images", and Brekke and Solberg 2005, "Oil spill detection by satellite remote sensing".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.slick_surroundings import MIN_RING_PIXELS
from seep.core.masks.wide_slicks import inscribed_radii

BACKGROUND_PX = 128
"""Side of the square around a pixel in which the background is measured."""
RING_PX = (2.0, 10.0)
"""Nearest and farthest distance from a slick of the sea that its contrast refers to; as in `contrast_db`."""
MAX_EDGE_PX = 32.0
"""Distances to the edge of the data are limited to this."""
_COARSE = 4
"""The background is measured at this fraction of the resolution, which takes a sixteenth of the time."""
_LEAST_SEA = 0.02
"""Share of the square that must be sea; below it the sea of the whole image is used."""

FEATURES = (
    "log_area",
    "radius_px",
    "log_length",
    "elongation",
    "extent",
    "roundness",
    "probability_mean",
    "probability_max",
    "probability_std",
    "level",
    "level_std",
    "contrast",
    "contrast_in_stds",
    "ring_std",
    "background_level",
    "background_std",
    "background_unevenness",
    "depth",
    "dark_sea_share",
    "background_probability",
    "seep_share",
    "edge_px",
    "at_edge",
)
"""Names of the features, in their order. Levels are in robust standard deviations of the scene."""

FloatImage = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Pixels:
    """An image and its slicks: arrays (H, W), and of each slick pixel its label, of each slick its area."""

    seep: npt.NDArray[np.bool_]
    valid: npt.NDArray[np.bool_]
    level: FloatImage
    probability: FloatImage
    owner: npt.NDArray[np.int32]
    area: Floats


@dataclass(frozen=True, eq=False)
class SlickFeatures:
    """The slicks of an image with their features.

    Attributes:
        labels: (H, W) int32, 0 outside slicks, then 1, 2, ...
        nearest: (H, W) int32, label of the nearest slick; 0 where that is farther than `RING_PX[1]`.
        values: (slicks, len(FEATURES)) float32, row n - 1 belongs to label n.
    """

    labels: npt.NDArray[np.int32]
    nearest: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]


def slick_features(seep: npt.NDArray[np.bool_], probability: FloatImage, image: FloatImage) -> SlickFeatures:
    """Measure all slicks of an image.

    Args:
        seep: (H, W) bool, the predicted seep pixels; slicks are the 8-connected components.
        probability: (H, W) seep probabilities.
        image: (bands + 1, H, W) as `seep.core.image.normalize.normalize` returns it: the last channel is 1 where there
            are data. Bands are averaged.
    """
    count, numbers, found_boxes, _ = cv2.connectedComponentsWithStats(seep.astype(np.uint8), connectivity=8)
    slicks = count - 1
    boxes: npt.NDArray[np.int32] = np.asarray(found_boxes, np.int32)
    if not slicks:
        nothing = np.zeros(seep.shape, np.int32)
        return SlickFeatures(nothing, nothing, np.zeros((0, len(FEATURES)), np.float32))
    labels: npt.NDArray[np.int32] = np.asarray(numbers, np.int32)
    valid = image[-1] > 0
    level = image[0] if len(image) == 2 else image[:-1].mean(axis=0)
    owner = labels[seep]
    area = boxes[1:, cv2.CC_STAT_AREA].astype(np.float64)
    found: dict[str, Floats] = {"log_area": np.log(area)}
    found |= _shape(labels, owner, boxes[1:], area)
    found["probability_mean"], found["probability_std"] = _moments(owner, probability[seep], area)
    found["probability_max"] = _largest(owner, probability[seep], slicks)
    found["level"], found["level_std"] = _moments(owner, level[seep], area)
    nearest, ring = _nearest(labels)
    found |= _ring(nearest, ring, valid & ~seep, level, found["level"])
    pixels = _Pixels(seep, valid, level, probability, owner, area)
    found |= _background(pixels, boxes[1:], found["level"])
    found |= _edges(labels, boxes[1:], valid)
    return SlickFeatures(
        labels, nearest, np.stack([found[name] for name in FEATURES], axis=1).astype(np.float32)
    )


def _shape(
    labels: npt.NDArray[np.int32],
    owner: npt.NDArray[np.int32],
    boxes: npt.NDArray[np.int32],
    area: Floats,
) -> dict[str, Floats]:
    """Length and elongation are those of the ellipse with the same second moments."""
    rows, columns = (axis.astype(np.float64) for axis in np.nonzero(labels))
    y, x = _mean(owner, rows, area), _mean(owner, columns, area)
    rows, columns = rows - y[owner - 1], columns - x[owner - 1]
    # A pixel is a square, whose own second moment is 1 / 12.
    yy, xx = _mean(owner, rows * rows, area) + 1 / 12, _mean(owner, columns * columns, area) + 1 / 12
    xy = _mean(owner, rows * columns, area)
    middle, spread = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    long, short = middle + spread, np.maximum(middle - spread, 1 / 12)
    radius = inscribed_radii(labels, len(area))
    return {
        "radius_px": radius,
        "log_length": np.log(4 * np.sqrt(long)),
        "elongation": np.sqrt(long / short),
        "extent": area / (boxes[:, cv2.CC_STAT_WIDTH] * boxes[:, cv2.CC_STAT_HEIGHT]),
        "roundness": np.pi * (radius + 0.5) ** 2 / area,
    }


def _nearest(labels: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Return the label of the nearest slick within `RING_PX[1]`, and the pixels beyond `RING_PX[0]` of it."""
    distance, numbers = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    near = distance <= RING_PX[1]
    # `numbers` are those of the pixels of slicks; which slick has each number is read from these pixels.
    slick_of = np.zeros(int(numbers.max(initial=0)) + 1, np.int32)
    inside = labels > 0
    slick_of[numbers[inside]] = labels[inside]
    nearest = np.zeros(labels.shape, np.int32)
    nearest[near] = slick_of[numbers[near]]
    return nearest, near & (distance >= RING_PX[0])


def _ring(
    nearest: npt.NDArray[np.int32],
    ring: npt.NDArray[np.bool_],
    sea: npt.NDArray[np.bool_],
    level: FloatImage,
    own: Floats,
) -> dict[str, Floats]:
    """Compare each slick with the sea nearest to it; without any, with all sea."""
    ring = ring & sea
    owner = nearest[ring]
    area = np.bincount(owner, minlength=len(own) + 1)[1:].astype(np.float64)
    mean, std = _moments(owner, level[ring], np.maximum(area, 1))
    enough = area >= MIN_RING_PIXELS
    all_mean, all_std = 0.0, 1.0
    if not enough.all() and sea.any():
        all_mean, all_std = float(level[sea].mean()), float(level[sea].std())
    mean, std = np.where(enough, mean, all_mean), np.where(enough, std, all_std)
    return {
        "contrast": own - mean,
        "contrast_in_stds": (own - mean) / np.maximum(std, 0.1),
        "ring_std": std,
    }


def _background(of: _Pixels, boxes: npt.NDArray[np.int32], own: Floats) -> dict[str, Floats]:
    """Mean and standard deviation of the sea within `BACKGROUND_PX`, averaged over the pixels of each slick."""
    sea = (of.valid & ~of.seep).astype(np.float32)
    height, width = of.seep.shape
    size = (max(1, width // _COARSE), max(1, height // _COARSE))

    def coarse(values: FloatImage) -> FloatImage:
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)

    def around(values: FloatImage) -> FloatImage:
        side = BACKGROUND_PX // _COARSE + 1
        return np.asarray(
            cv2.boxFilter(values, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT),
            np.float32,
        )

    rows, columns = np.nonzero(of.seep)
    rows, columns = np.minimum(rows // _COARSE, size[1] - 1), np.minimum(columns // _COARSE, size[0] - 1)

    def whole(values: FloatImage) -> Floats:
        return _mean(of.owner, values[rows, columns], of.area)

    side = BACKGROUND_PX // _COARSE + 1
    few = _LEAST_SEA * side**2
    share, dark = coarse(sea), coarse(sea * of.level)
    total = around(share)

    def mean_around(values: FloatImage) -> FloatImage:
        """Mean of the sea: `values` are summed over its pixels, coarsely; where there is little sea, of all sea."""
        of_all = values.sum() / max(float(share.sum()), 1e-6)
        return np.asarray(np.where(total > few, around(values) / np.maximum(total, few), of_all), np.float32)

    mean = mean_around(dark)
    smooth = np.asarray(dark / np.maximum(share, np.float32(1e-6)), np.float32)
    std = np.sqrt(np.maximum(mean_around(coarse(sea * of.level * of.level)) - mean * mean, np.float32(0)))
    uneven = np.sqrt(np.maximum(mean_around(dark * smooth) - mean * mean, np.float32(0)))
    reference = whole(mean)
    return {
        "background_level": reference,
        "background_std": whole(std),
        "background_unevenness": whole(uneven),
        "depth": own - reference,
        "dark_sea_share": _dark_shares(np.where(share > 0.5, smooth, np.nan), boxes, own),
        "background_probability": whole(mean_around(coarse(sea * of.probability))),
        "seep_share": whole(around(coarse(of.seep.astype(np.float32))) / np.float32(side**2)),
    }


def _dark_shares(smooth: npt.NDArray[np.floating[Any]], boxes: npt.NDArray[np.int32], own: Floats) -> Floats:
    """Share of the sea near each slick that is as dark as it: low wind makes much of the sea dark.

    Args:
        smooth: coarse levels of the sea, NaN elsewhere.
        boxes: (slicks, ...) x, y, width and height of each slick, in fine pixels.
        own: (slicks,) mean level of each slick.
    """
    shares = np.zeros(len(own))
    reach = BACKGROUND_PX // 2
    for number, box in enumerate(boxes):
        x, y, width, height = (int(value) for value in box[:4])
        rows = slice(max(0, y - reach) // _COARSE, (y + height + reach) // _COARSE + 1)
        columns = slice(max(0, x - reach) // _COARSE, (x + width + reach) // _COARSE + 1)
        near = smooth[rows, columns]
        sea = int(near.size - np.count_nonzero(np.isnan(near)))
        shares[number] = int(np.count_nonzero(near <= own[number])) / max(1, sea)
    return shares


def _edges(
    labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int32], valid: npt.NDArray[np.bool_]
) -> dict[str, Floats]:
    """Distance to the nearest pixel outside the image or without data."""
    x, y, width, height = boxes[:, :4].T
    rows, columns = valid.shape
    edge = np.minimum.reduce([x + 1, y + 1, columns + 1 - x - width, rows + 1 - y - height]).astype(
        np.float64
    )
    if not valid.all():
        distance = cv2.distanceTransform(valid.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        inside = labels > 0
        nearest = np.full(len(boxes) + 1, MAX_EDGE_PX)
        np.minimum.at(nearest, labels[inside], distance[inside])
        edge = np.minimum(edge, nearest[1:])
    edge = np.minimum(edge, MAX_EDGE_PX)
    return {"edge_px": edge, "at_edge": (edge <= 1.5).astype(np.float64)}


def _mean(owner: npt.NDArray[np.int32], values: npt.NDArray[np.floating[Any]], area: Floats) -> Floats:
    return np.asarray(np.bincount(owner, values, len(area) + 1)[1:] / area, np.float64)


def _moments(
    owner: npt.NDArray[np.int32], values: npt.NDArray[np.floating[Any]], area: Floats
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each slick's values."""
    mean = _mean(owner, values, area)
    power = _mean(owner, values.astype(np.float64) ** 2, area)
    return mean, np.sqrt(np.maximum(power - mean * mean, 0))


def _largest(owner: npt.NDArray[np.int32], values: npt.NDArray[np.floating[Any]], slicks: int) -> Floats:
    found = np.zeros(slicks + 1)
    np.maximum.at(found, owner, values)
    return found[1:]
