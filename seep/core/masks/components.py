"""Slicks: the connected components of a mask."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Slick:
    """An 8-connected component of one class.

    Attributes:
        label: value in the label image, from 1.
        class_id: 1 or more.
        area_px: number of pixels.
        x: left edge of its bounding box, pixels.
        y: top edge of the box, pixels.
        width: width of the box, pixels.
        height: height of the box, pixels.
    """

    label: int
    class_id: int
    area_px: int
    x: int
    y: int
    width: int
    height: int


def slicks(mask: Mask) -> tuple[Labels, list[Slick]]:
    """Find the slicks of a mask, class by class; background and UNSURE pixels belong to none.

    Args:
        mask: (H, W) uint8.

    Returns:
        Label image (H, W) int32, 0 outside slicks; and the slicks in the order of their labels.
    """
    seep = (mask > 0) & (mask != UNSURE)
    labels, boxes = _components(seep)
    # Almost every patch of seep has one class; then one pass is enough, whatever the number of classes.
    pairs = np.unique(labels[seep].astype(np.int64) * 256 + mask[seep])
    if len(pairs) == len(boxes):
        return labels, [
            _slick(label, int(pair) % 256, boxes[label - 1]) for label, pair in enumerate(pairs, 1)
        ]
    found: list[Slick] = []
    labels = np.zeros(mask.shape, np.int32)
    for class_id in np.unique(mask[seep]):
        numbers, boxes = _components(mask == class_id)
        labels += np.where(numbers > 0, numbers + len(found), 0).astype(np.int32)
        found += [_slick(label, int(class_id), box) for label, box in enumerate(boxes, len(found) + 1)]
    return labels, found


def _components(pixels: npt.NDArray[np.bool_]) -> tuple[Labels, npt.NDArray[np.int32]]:
    """Label 8-connected components from 1; return one row per label with x, y, width, height and area."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(pixels.view(np.uint8), connectivity=8)
    return np.asarray(labels, dtype=np.int32), np.asarray(boxes[1:], dtype=np.int32)


def _slick(label: int, class_id: int, box: npt.NDArray[np.int32]) -> Slick:
    x, y, width, height, area_px = (int(value) for value in box)
    return Slick(label, class_id, area_px, x, y, width, height)
