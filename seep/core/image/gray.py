"""Gray images that were saved in three equal bands, as most public sets of SAR images are."""

import numpy as np

from seep.core.image.arrays import Image

GREEN = 1
"""The band to read: of the three, the noise of JPEG's chroma changes green least."""
_MOST_MEAN = 3.0
_MOST_PERCENTILE = 10.0
"""Largest differences of the bands, of 255: their mean, and their 99.9th percentile."""


def has_equal_bands(image: Image) -> bool:
    """Return whether three bands of integers are one gray band, apart from the noise of a compression.

    Args:
        image: (H, W, bands). Bands of 8 bits may differ a little, as in JPEGs; others must be equal.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind not in "ui" or not image.size:
        return False
    difference = image.max(axis=2) - image.min(axis=2)
    if image.dtype != np.uint8:
        return not difference.any()
    return bool(difference.mean() <= _MOST_MEAN and np.percentile(difference, 99.9) <= _MOST_PERCENTILE)
