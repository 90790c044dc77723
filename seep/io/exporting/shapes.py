"""Masks in parts, as the annotation formats store them."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.components import slicks
from seep.core.masks.mask import UNSURE, Mask

UNSURE_NAME = "Unsure"

PixelArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class NamedMask:
    """A mask, and the file name of its image."""

    file_name: str
    mask: Mask


@dataclass(frozen=True)
class MaskPart:
    """A slick, or all unsure pixels of a mask.

    Attributes:
        class_id: 1 or more; UNSURE for unsure pixels.
        x: left edge of its bounding box, pixels.
        y: top edge of the box, pixels.
        part: (height, width) bool, the pixels in the box.
    """

    class_id: int
    x: int
    y: int
    part: PixelArray


def masks_of(mask: Mask) -> Iterator[MaskPart]:
    """Yield the slicks of a mask, then its unsure pixels.

    Args:
        mask: (H, W) uint8.
    """
    labels, found = slicks(mask)
    for one in found:
        box = labels[one.y : one.y + one.height, one.x : one.x + one.width]
        yield MaskPart(one.class_id, one.x, one.y, box == one.label)
    unsure = mask == UNSURE
    if unsure.any():
        x, y, width, height = cv2.boundingRect(unsure.view(np.uint8))
        yield MaskPart(UNSURE, x, y, unsure[y : y + height, x : x + width])
