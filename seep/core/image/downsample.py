"""Pictures made smaller by halves: by mean, by minimum (thin dark slicks stay), and masks by their seep.

A picture is (H, W) uint8, 0 where nothing was measured and 1 to 255 from dark to bright.
"""

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.image.arrays import ByteImage, Image, valid_pixels
from seep.core.masks.mask import UNSURE, Mask

DARKEST = 1


def to_picture(band: Image, nodata: float | None, limits: tuple[float, float]) -> ByteImage:
    """Stretch a band linearly to a picture.

    Args:
        band: (H, W), any dtype.
        nodata: the value of pixels without a measurement, or None.
        limits: the values that become 1 and 255.
    """
    if band.dtype == np.uint16 and band.size > 1 << 17:
        # A table costs a quarter of computing: there are fewer values than pixels.
        every = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
        return np.take(_stretched(every, nodata, limits).ravel(), band)
    return _stretched(band, nodata, limits)


def _stretched(band: Image, nodata: float | None, limits: tuple[float, float]) -> ByteImage:
    low, high = limits
    valid = valid_pixels(band, nodata)
    values = np.clip(np.where(valid, band, low).astype(np.float32), low, high)
    gray = (values - low) * (254.0 / max(high - low, 1e-12)) + 1.5
    return np.where(valid, gray, 0).astype(np.uint8)


def mean_reduced(picture: ByteImage, factor: int) -> ByteImage:
    """Make a picture smaller by the mean of what was measured in each square.

    Args:
        picture: sides of any length; a rest at the right or lower end becomes a pixel of its own.
        factor: a power of two.
    """
    padded = _padded(picture, factor, 0)
    shape = (padded.shape[1] // factor, padded.shape[0] // factor)
    mean = cv2.resize(padded, shape, interpolation=cv2.INTER_AREA)
    if padded.all():
        return np.asarray(mean, np.uint8)
    share = cv2.resize((padded > 0).astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    exact = cv2.resize(padded.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    filled = np.divide(exact, share, out=np.zeros_like(exact), where=share > 0)
    return np.where(share > 0, np.clip(np.rint(filled), DARKEST, 255), 0).astype(np.uint8)


def minimum_halved(picture: ByteImage) -> ByteImage:
    """Halve a picture, of each four pixels the darkest that was measured: thin dark slicks stay."""
    padded = _padded(picture, 2, 0)
    lifted = padded - np.uint8(1)  # 0, not measured, becomes 255 and loses against all
    found = np.minimum(
        np.minimum(lifted[::2, ::2], lifted[::2, 1::2]), np.minimum(lifted[1::2, ::2], lifted[1::2, 1::2])
    )
    return np.asarray(found + np.uint8(1), np.uint8)


def mask_reduced(mask: Mask, factor: int) -> Mask:
    """Make a mask smaller; each square takes its highest seep class, so that thin slicks stay.

    Args:
        mask: (H, W) uint8; unsure pixels count as background here.
        factor: a power of two.
    """
    reduced = np.where(mask == UNSURE, 0, mask).astype(np.uint8)
    while factor > 1:
        padded = _padded(reduced, 2, 0)
        reduced = np.maximum(
            np.maximum(padded[::2, ::2], padded[::2, 1::2]), np.maximum(padded[1::2, ::2], padded[1::2, 1::2])
        )
        factor //= 2
    return reduced


def filled_between(cells: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Guess what lies between cells that were looked at: a weighted mean of those around.

    Args:
        cells: (H, W); what stands where it is not known has no influence.
        known: (H, W).

    Returns:
        (H, W); known cells as they were, NaN where no known one is within some 12 cells.
    """
    values, weights = np.where(known, cells, 0).astype(np.float32), known.astype(np.float32)
    found = np.where(known, cells, np.float32(np.nan)).astype(np.float32)
    for spread in (1.5, 4.0):
        total = cv2.GaussianBlur(weights, (0, 0), spread)
        mean = cv2.GaussianBlur(values, (0, 0), spread) / np.maximum(total, 1e-12)
        gaps = np.isnan(found) & (total > 1e-4)
        found[gaps] = mean[gaps]
    return found


def _padded(image: ByteImage, factor: int, value: int) -> ByteImage:
    below, right = -image.shape[0] % factor, -image.shape[1] % factor
    return np.pad(image, ((0, below), (0, right)), constant_values=value) if below or right else image
