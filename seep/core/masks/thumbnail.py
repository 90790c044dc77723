"""Thumbnails of tiles with their masks."""

import cv2

from seep.core.image.arrays import ByteImage, DisplayLimits, Image, to_display, valid_pixels
from seep.core.masks.mask import overlay

JPEG_QUALITY = 80


def thumbnail(
    image: Image,
    mask: ByteImage | None,
    nodata: float | None,
    *,
    limits: DisplayLimits,
    colors: dict[int, str],
    size_px: int,
    opacity: float = 0.55,
) -> bytes:
    """Draw a thumbnail of a tile with its mask as an overlay.

    Args:
        image: (H, W) or (H, W, bands).
        mask: (H, W) uint8 class ids, or None for the image alone.
        nodata: see `valid_pixels`.
        limits: see `to_display`.
        colors: "#rrggbb" by class id; ids without a color are not drawn.
        size_px: length of the longer side, pixels.
        opacity: of the mask, 0 to 1.

    Returns:
        A JPEG of quality 80, at most as large as the image.
    """
    height, width = image.shape[:2]
    scale = min(1.0, size_px / max(height, width))
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    full = to_display(image, valid_pixels(image, nodata), limits)
    if mask is not None:  # before resizing: a slick of 5 pixels would disappear from a resized mask
        full = overlay(full, mask, colors, opacity)
    picture = cv2.resize(full, shape, interpolation=cv2.INTER_AREA)
    if picture.ndim == 3:
        picture = picture[:, :, ::-1]  # OpenCV writes blue first
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done  # encoding a small uint8 array in memory cannot fail
    return data.tobytes()
