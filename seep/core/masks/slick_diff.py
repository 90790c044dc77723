"""Slicks that differ between two masks of one tile, and which mask is closer to the truth."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask

GAINED, LOST, CHANGED = "gained", "lost", "changed"
_CLASSES = 256


@dataclass(frozen=True)
class Change:
    """A difference between two masks: a slick, or several that touch each other in either mask.

    Attributes:
        kind: "gained" if only the new mask has seep there, "lost" if only the old one has, else "changed".
        area_px: number of pixels in which the masks differ.
        x, y, width, height: bounding box, pixels.
        old_class, new_class: class of most of its pixels; 0 if that mask has no seep there.
        right: whether the new mask is closer to the truth there; None if this is unknown or a tie.
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
    """Find the slicks that differ between two masks.

    Each 8-connected component of the union of both masks is compared. Whether the new mask is right depends on the
    pixels that differ: first on seep or background, and in case of a tie on the class.

    Args:
        old: (H, W) uint8 class ids.
        new: the same shape.
        truth: the same shape, UNSURE where unknown; None without truth.

    Returns:
        The differences of at least one pixel, largest first.
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
    """Return the most frequent seep class of each label; 0 if it has background only."""
    table = np.bincount(at * _CLASSES + mask, minlength=count * _CLASSES)
    table = table.reshape(count, _CLASSES)
    table[:, 0] = 0
    return np.asarray(table.argmax(axis=1), np.int64)


def _gain(at: npt.NDArray[np.int64], before: Mask, after: Mask, truth: Mask) -> npt.NDArray[np.int64]:
    """Return 1 per label if the new mask agrees with the truth in more pixels than the old, -1 if in fewer, else 0."""
    known = truth != UNSURE
    at, before, after, truth = at[known], before[known], after[known], truth[known]
    if not at.size:
        return np.zeros(0, np.int64)
    seep, same = (
        np.bincount(at, (after == true).astype(np.int64) - (before == true))
        for before, after, true in ((before > 0, after > 0, truth > 0), (before, after, truth))
    )
    return np.asarray(np.sign(np.where(seep != 0, seep, same)), np.int64)
