"""Majority class of each slick, for scenes that are processed in strips of rows."""

import cv2
import numpy as np

from seep.core.image.arrays import BoolImage
from seep.core.masks.mask import Mask

_DECIDED = 1 << 20
"""Weight of a pixel with a decided class; other pixels have the weight 1."""


def majority_class(best: Mask, decided: Mask | None = None, known: BoolImage | None = None) -> Mask:
    """Assign to each slick (8-connected component) the class of most of its pixels.

    Args:
        best: (H, W) uint8, most probable seep class of each pixel, 0 for background.
        decided: (h, W) uint8, classes of the first h rows that are already decided. A slick that extends into these
            rows keeps its class there.
        known: (h, W) bool, where `decided` is valid; the other pixels of these rows are still open.

    Returns:
        (H, W) uint8: `decided` where known, else 0 where `best` is 0 and the class of the slick elsewhere.
    """
    joined = best.copy()
    if decided is not None and known is not None:
        joined[: len(decided)][known] = decided[known]
    spots = np.flatnonzero(joined)
    if not spots.size:
        return joined
    weights = np.ones(spots.size, np.int32)
    if known is not None:
        early = spots[spots < known.size]  # spots are sorted, so these come first
        weights[: early.size][known.ravel()[early]] = _DECIDED
    count, labels = cv2.connectedComponents((joined > 0).astype(np.uint8), connectivity=8)
    owner, own = labels.ravel()[spots], joined.ravel()[spots]
    classes = int(joined.max()) + 1
    index = owner.astype(np.int64) * classes + own
    votes = np.bincount(index, weights=weights, minlength=count * classes)
    winner = votes.reshape(count, classes).argmax(axis=1).astype(np.uint8)
    joined.ravel()[spots] = winner[owner]
    if decided is not None and known is not None:
        joined[: len(decided)][known] = decided[known]
    return joined
