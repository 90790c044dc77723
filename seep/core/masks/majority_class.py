"""One class for each slick, row after row of a scene that is never whole in memory."""

import cv2
import numpy as np

from seep.core.image.arrays import BoolImage
from seep.core.masks.mask import Mask

_DECIDED = 1 << 20
"""What a decided pixel weighs against an undecided one."""


def majority_class(best: Mask, decided: Mask | None = None, known: BoolImage | None = None) -> Mask:
    """Give each slick the class that most of its pixels have.

    Args:
        best: (H, W) uint8, each pixel's own seep class, 0 where there is none.
        decided: (h, W) uint8, what was decided for the first h rows before; a slick that reaches into them
            has the class that it has there.
        known: (h, W), where that is so; elsewhere the first rows are as open as the rest.

    Returns:
        (H, W) uint8: as decided where that is known, else 0 where `best` is 0; slicks are 8-connected.
    """
    joined = best.copy()
    if decided is not None and known is not None:
        joined[: len(decided)][known] = decided[known]
    spots = np.flatnonzero(joined)
    if not spots.size:
        return joined
    weights = np.ones(spots.size, np.int32)
    if known is not None:
        early = spots[spots < known.size]  # spots ascend, so these are the first ones
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
