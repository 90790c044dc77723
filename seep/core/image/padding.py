"""Padding of a tile with pixels of its neighbors."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from seep.core.image.arrays import Image

Neighbor = tuple[int, int, Image]
"""Column and row offset of a neighbor from the tile in pixels, and the image of the neighbor."""


def pad_with_neighbors(
    image: Image, beside: Iterable[Neighbor], margin_px: int, nodata: float | None
) -> Image:
    """Pad a tile with a margin of pixels of its neighbors.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        beside: neighbors with the same bands and dtype. Neighbors beyond the margin are ignored, and the pixels of
            the tile are never replaced.
        margin_px: width of the margin on each side, 0 or more.
        nodata: value of the margin where there is no neighbor; None for NaN.

    Returns:
        (H + 2 margin, W + 2 margin[, bands]), with the tile in the middle; float32 if the margin of integers is NaN.
    """
    height, width = image.shape[:2]
    tall, wide = height + 2 * margin_px, width + 2 * margin_px
    whole = unmeasured((tall, wide, *image.shape[2:]), image.dtype, nodata)
    for dx, dy, other in beside:
        top, left = dy + margin_px, dx + margin_px
        bottom, right = min(tall, top + other.shape[0]), min(wide, left + other.shape[1])
        if bottom > max(0, top) and right > max(0, left):
            part = other[max(0, -top) : bottom - top, max(0, -left) : right - left]
            whole[max(0, top) : bottom, max(0, left) : right] = part
    whole[margin_px : margin_px + height, margin_px : margin_px + width] = image
    return whole


def unmeasured(shape: tuple[int, ...], dtype: np.dtype[Any], nodata: float | None) -> Image:
    """Return an image without a measurement: of nodata, or of NaN, for which integers become float32."""
    if nodata is not None:
        return np.full(shape, nodata, dtype)
    return np.full(shape, np.nan, dtype if np.issubdtype(dtype, np.floating) else np.float32)
