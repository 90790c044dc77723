"""Wide slicks: components of a mask with a large inscribed circle.

A few wide oil sheets look like areas of low wind. They hold many pixels, so a network that is trained on them predicts
every dark area as seep.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask

WIDE_RADIUS_PX = 20.0
"""Predicted slicks with a larger inscribed radius were low wind in 6 of 6 cases on three unseen scenes."""

MOST_IGNORED = 0.5
"""A training that would ignore a larger share of its seep pixels as wide slicks ignores none by default.

Of the seep pixels of 38 tiles, slicks above 12 px radius held at most 0.48 in 200 draws from the 14 scenes of the
shipped checkpoint, and at least 0.60 and 0.88 in tiles of two other seas with wide oil sheets."""


def inscribed_radii(labels: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.float64]:
    """Return the radius of the largest inscribed circle of each component, pixels.

    It is the maximum of the Euclidean distance transform (Felzenszwalb and Huttenlocher, "Distance Transforms of
    Sampled Functions", 2012). The tile's edge does not bound a component: a slick that continues beyond it is at least
    as wide.

    Args:
        labels: (H, W) int32, 0 for background; components do not touch each other.
    """
    inside = labels > 0
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    radii = np.zeros(count + 1)
    np.maximum.at(radii, labels[inside], np.minimum(distance[inside], max(labels.shape)) - 0.5)
    return radii[1:]


def least_wide_px(radius_px: float) -> float:
    """Return the least area of a wide component, pixels: the edge of a tile may cut its circle to a quarter."""
    return float(np.pi * radius_px**2 / 4)


def wide_components(seep: npt.NDArray[np.bool_], radius_px: float) -> npt.NDArray[np.int32]:
    """Label the wide components of an image.

    Args:
        seep: (H, W) bool.
        radius_px: components with a larger inscribed radius are wide.

    Returns:
        (H, W) int32: 1 and up in wide 8-connected components, 0 elsewhere.
    """
    count, labels = cv2.connectedComponents(seep.astype(np.uint8), connectivity=8)
    wide = inscribed_radii(np.asarray(labels, np.int32), count - 1) > radius_px
    numbers = np.concatenate(([0], np.where(wide, np.cumsum(wide), 0))).astype(np.int32)
    return np.asarray(numbers[labels], dtype=np.int32)


def without_wide_slicks(mask: Mask, radius_px: float) -> Mask:
    """Return the mask with the pixels of wide slicks set to UNSURE, which no loss counts.

    Slicks that touch each other count as one, whatever their classes: together they are one dark area.

    Args:
        mask: (H, W) uint8 class ids.
        radius_px: slicks with a larger inscribed radius are wide; 0 to change nothing.

    Returns:
        A new mask, or the same one if there is no wide slick.
    """
    if not radius_px:
        return mask
    wide = wide_components((mask > 0) & (mask != UNSURE), radius_px) > 0
    return np.where(wide, np.uint8(UNSURE), mask) if wide.any() else mask
