"""What a second mask of the same tile changes, slick by slick, and whether the truth speaks for it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask

GAINED, LOST, CHANGED = "gained", "lost", "changed"
_CLASSES = 256


@dataclass(frozen=True)
class Change:
    """One place where two masks differ: a slick, or several that touch each other in either mask.

    Attributes:
        kind: "gained" where the old mask has nothing of it, "lost" where the new one has nothing, else
            "changed".
        area_px: pixels in which the masks differ.
        x, y, width, height: box around all of it, pixels.
        old_class, new_class: what most of its pixels are; 0 where that mask has nothing.
        right: whether the new mask is nearer to the truth there; None where that is not known or even.
    """

    kind: str
    area_px: int
    x: int
    y: int
    width: int
    height: int
    old_class: int
    new_class: int
    right: bool | None


def changes(old: Mask, new: Mask, truth: Mask | None = None) -> list[Change]:
    """Find where two masks differ.

    The two are laid over each other; each 8-connected patch of seep in either is one place. Whether the new
    mask is right is decided by the pixels that differ: by seep or not, and where that is even, by class.

    Args:
        old: (H, W) uint8 class ids.
        new: the same shape.
        truth: the same shape, UNSURE where nothing is known; None for no truth.

    Returns:
        The places in which at least a pixel differs, largest difference first.
    """
    seep = (old > 0) | (new > 0)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(seep.view(np.uint8), connectivity=8)
    at = np.asarray(labels[seep], np.int64)
    before, after = old[seep], new[seep]
    differs = before != after
    area = np.bincount(at[differs], minlength=count)
    held = [np.bincount(at[one > 0], minlength=count) for one in (before, after)]
    classes = [_commonest(at, one, count) for one in (before, after)]
    gain = (
        None if truth is None else _gain(at[differs], before[differs], after[differs], truth[seep][differs])
    )
    found = []
    for label in np.flatnonzero(area):
        kind = GAINED if held[0][label] == 0 else LOST if held[1][label] == 0 else CHANGED
        x, y, width, height = (int(value) for value in boxes[label][:4])
        sign = 0 if gain is None or label >= len(gain) else int(gain[label])
        found.append(
            Change(
                kind=kind,
                area_px=int(area[label]),
                x=x,
                y=y,
                width=width,
                height=height,
                old_class=int(classes[0][label]),
                new_class=int(classes[1][label]),
                right=None if sign == 0 else sign > 0,
            )
        )
    return sorted(found, key=lambda one: -one.area_px)


def _commonest(at: npt.NDArray[np.int64], mask: Mask, count: int) -> npt.NDArray[np.int64]:
    """The class that most pixels of each label have, background left out; 0 where there is no other."""
    table = np.bincount(at * _CLASSES + mask, minlength=count * _CLASSES)
    table = table.reshape(count, _CLASSES)
    table[:, 0] = 0
    return np.asarray(table.argmax(axis=1), np.int64)


def _gain(at: npt.NDArray[np.int64], before: Mask, after: Mask, truth: Mask) -> npt.NDArray[np.int64]:
    """By label, positive where the new mask agrees with the truth in more pixels than the old one."""
    known = truth != UNSURE
    at, before, after, truth = at[known], before[known], after[known], truth[known]
    if not at.size:
        return np.zeros(0, np.int64)
    seep, same = (
        np.bincount(at, (after == true).astype(np.int64) - (before == true))
        for before, after, true in ((before > 0, after > 0, truth > 0), (before, after, truth))
    )
    return np.asarray(np.sign(np.where(seep != 0, seep, same)), np.int64)
