"""A tile with what lies around it: the sea does not end where a tile does."""

from collections.abc import Iterable

import numpy as np

from seep.core.image.arrays import Image

Neighbor = tuple[int, int, Image]
"""Left edge and upper edge in pixels from the tile's own, and the image that lies there."""


def pad_with_neighbors(image: Image, beside: Iterable[Neighbor], margin_px: int, nodata: float) -> Image:
    """Widen a tile by a margin that its neighbors fill.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        beside: images of the same bands and dtype; those farther away than the margin change nothing, and
            the tile itself stays as it is.
        margin_px: on each side, 0 or more.
        nodata: what the margin holds where no neighbor lies.

    Returns:
        (H + 2 margin, W + 2 margin[, bands]); the tile itself in its middle.
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
