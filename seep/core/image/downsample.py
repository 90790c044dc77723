"""Downsampling of images (by mean, or by minimum to keep thin dark slicks) and of masks.

A picture is (H, W) or, in color, (H, W, 3) uint8: 0 for nodata, 1 to 255 from dark to bright.
"""

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.image.arrays import ByteImage, DisplayLimits, Image, as_bands, valid_pixels

DARKEST = 1


def to_picture(band: Image, nodata: float | None, limits: tuple[float, float]) -> ByteImage:
    """Convert a band to a picture by a linear stretch.

    Args:
        band: (H, W), any dtype.
        nodata: value of pixels without data, or None.
        limits: values that are mapped to 1 and 255.
    """
    if band.dtype == np.uint16 and band.size > 1 << 17:
        # A lookup table takes a quarter of the time: there are fewer values than pixels.
        every = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
        return np.take(_stretched(every, nodata, limits).ravel(), band)
    return _stretched(band, nodata, limits)


def to_color_picture(image: Image, nodata: float | None, limits: DisplayLimits) -> ByteImage:
    """Convert the displayed bands of an image to a picture; see `to_picture`.

    Args:
        image: (H, W) or (H, W, bands), any dtype.
        nodata: see `seep.core.image.arrays.valid_pixels`.
        limits: values that are mapped to 1 and 255, for the first band or the first three.

    Returns:
        (H, W) uint8 for one pair of limits, (H, W, 3) uint8 RGB for three.
    """
    bands = as_bands(image)
    if len(limits) == 1:
        return to_picture(bands[:, :, 0], nodata, limits[0])
    planes = [to_picture(bands[:, :, band], None, pair) for band, pair in enumerate(limits)]
    valid = valid_pixels(image, nodata)
    return np.where(valid[:, :, np.newaxis], np.stack(planes, axis=2), 0).astype(np.uint8)


def _stretched(band: Image, nodata: float | None, limits: tuple[float, float]) -> ByteImage:
    low, high = limits
    valid = valid_pixels(band, nodata)
    values = np.clip(np.where(valid, band, low).astype(np.float32), low, high)
    gray = (values - low) * (254.0 / max(high - low, 1e-12)) + 1.5
    return np.where(valid, gray, 0).astype(np.uint8)


def mean_reduced(picture: ByteImage, factor: int) -> ByteImage:
    """Downsample a picture by the mean of the valid pixels of each block.

    Args:
        picture: of any size; an incomplete block at the right or lower edge becomes one pixel.
        factor: side of the blocks in pixels, a power of two.
    """
    padded = padded_to_blocks(picture, factor, 0)
    shape = (padded.shape[1] // factor, padded.shape[0] // factor)
    mean = cv2.resize(padded, shape, interpolation=cv2.INTER_AREA)
    if padded.all():
        return np.asarray(mean, np.uint8)
    share = cv2.resize((padded > 0).astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    exact = cv2.resize(padded.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    filled = np.divide(exact, share, out=np.zeros_like(exact), where=share > 0)
    return np.where(share > 0, np.clip(np.rint(filled), DARKEST, 255), 0).astype(np.uint8)


def minimum_halved(picture: ByteImage) -> ByteImage:
    """Downsample a picture by 2, with the darkest valid pixel of each block of four: thin dark slicks are kept."""
    padded = padded_to_blocks(picture, 2, 0)
    lifted = padded - np.uint8(1)  # nodata (0) becomes 255, the largest value
    found = np.minimum(
        np.minimum(lifted[::2, ::2], lifted[::2, 1::2]), np.minimum(lifted[1::2, ::2], lifted[1::2, 1::2])
    )
    return np.asarray(found + np.uint8(1), np.uint8)


def filled_between(cells: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Fill unknown cells with a distance-weighted mean of the known cells around them.

    Args:
        cells: (H, W); values of unknown cells are ignored.
        known: (H, W) bool.

    Returns:
        (H, W); known cells are unchanged, NaN without a known cell within about 12 cells.
    """
    values, weights = np.where(known, cells, 0).astype(np.float32), known.astype(np.float32)
    found = np.where(known, cells, np.float32(np.nan)).astype(np.float32)
    for spread in (1.5, 4.0):
        total = cv2.GaussianBlur(weights, (0, 0), spread)
        mean = cv2.GaussianBlur(values, (0, 0), spread) / np.maximum(total, 1e-12)
        gaps = np.isnan(found) & (total > 1e-4)
        found[gaps] = mean[gaps]
    return found


def padded_to_blocks(image: ByteImage, factor: int, value: int) -> ByteImage:
    """Pad the right and lower edges with `value`, so that both sides are multiples of `factor`."""
    below, right = -image.shape[0] % factor, -image.shape[1] % factor
    edges = ((0, below), (0, right), (0, 0))[: image.ndim]
    return np.pad(image, edges, constant_values=value) if below or right else image
