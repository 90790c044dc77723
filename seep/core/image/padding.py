"""Padding of a tile with pixels of its neighbors."""

from collections.abc import Iterable

import numpy as np

from seep.core.image.arrays import Image

Neighbor = tuple[int, int, Image]
"""Column and row offset of a neighbor from the tile in pixels, and the image of the neighbor."""


def pad_with_neighbors(image: Image, beside: Iterable[Neighbor], margin_px: int, nodata: float) -> Image:
    """Pad a tile with a margin of pixels of its neighbors.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        beside: neighbors with the same bands and dtype. Neighbors beyond the margin are ignored, and the pixels of
            the tile are never replaced.
        margin_px: width of the margin on each side, 0 or more.
        nodata: value of the margin where there is no neighbor.

    Returns:
        (H + 2 margin, W + 2 margin[, bands]), with the tile in the middle.
    """
    height, width = image.shape[:2]
    tall, wide = height + 2 * margin_px, width + 2 * margin_px
    whole = np.full((tall, wide, *image.shape[2:]), nodata, image.dtype)
    for dx, dy, other in beside:
        top, left = dy + margin_px, dx + margin_px
        bottom, right = min(tall, top + other.shape[0]), min(wide, left + other.shape[1])
        if bottom > max(0, top) and right > max(0, left):
            part = other[max(0, -top) : bottom - top, max(0, -left) : right - left]
            whole[max(0, top) : bottom, max(0, left) : right] = part
    whole[margin_px : margin_px + height, margin_px : margin_px + width] = image
    return whole
