"""Confusion matrices and the figures that come from them, defined once for the whole project.

IoU = TP / (TP + FP + FN), Dice = 2 TP / (2 TP + FP + FN), over all valid pixels of a set summed up, never as
a mean over tiles. A figure whose denominator is 0 has no support: it is None, neither 0 nor 1.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask
from seep.errors import MaskError

Matrix = npt.NDArray[np.int64]
BoolImage = npt.NDArray[np.bool_]


def counted_pixels(truth: Mask, valid: BoolImage | None) -> BoolImage:
    """Say which pixels take part in metrics: valid ones whose truth is not UNSURE.

    Args:
        truth: (H, W) uint8.
        valid: (H, W) bool; None when all are.
    """
    certain: BoolImage = truth != UNSURE
    return certain if valid is None else certain & valid


def confusion(truth: Mask, prediction: Mask, class_count: int, valid: BoolImage | None = None) -> Matrix:
    """Count pixels by true and predicted class.

    Args:
        truth: (H, W) uint8; UNSURE pixels are left out.
        prediction: (H, W) uint8, ids below `class_count`.
        class_count: background included.
        valid: (H, W) bool, the pixels that count; None for all.

    Returns:
        (class_count, class_count) int64, [truth, prediction].

    Raises:
        MaskError: an id out of range among the pixels that count.
    """
    counted = counted_pixels(truth, valid)
    pairs = truth[counted].astype(np.uint16) * np.uint16(256) + prediction[counted]
    full = np.bincount(pairs, minlength=1 << 16).reshape(256, 256)
    matrix = full[:class_count, :class_count]
    if matrix.sum() != pairs.size:
        raise MaskError(
            f"A mask has class ids beyond {class_count - 1}, so it cannot be compared; "
            "set more classes or correct the mask."
        )
    return np.ascontiguousarray(matrix, dtype=np.int64)


def scores(matrix: Matrix) -> dict[str, Any]:
    """Compute the figures of a confusion matrix.

    Args:
        matrix: (classes, classes) counts, [truth, prediction], class 0 background.

    Returns:
        `binary_iou`, `binary_dice`, `precision`, `recall` of seep (any class but 0) against background;
        `iou_per_class`, a list from class 0; `mean_iou_seep` over classes 1 and up, `mean_iou_all` over all,
        both over classes with support. Numbers are 0 to 1, or None without support. `support_px`: pixels of
        truth by class.
    """
    counts = np.asarray(matrix, dtype=np.int64)
    hit, false_alarm, miss = binary_counts(counts)
    true, predicted, both = counts.sum(axis=1), counts.sum(axis=0), np.diag(counts)
    per_class = [ratio(int(b), int(t + p - b)) for t, p, b in zip(true, predicted, both, strict=True)]
    return {
        "binary_iou": ratio(hit, hit + false_alarm + miss),
        "binary_dice": ratio(2 * hit, 2 * hit + false_alarm + miss),
        "precision": ratio(hit, hit + false_alarm),
        "recall": ratio(hit, hit + miss),
        "iou_per_class": per_class,
        "mean_iou_seep": mean_of(per_class[1:]),
        "mean_iou_all": mean_of(per_class),
        "support_px": [int(value) for value in true],
    }


def binary_counts(matrix: Matrix) -> tuple[int, int, int]:
    """Count seep against background: (true positive, false positive, false negative) pixels."""
    return int(matrix[1:, 1:].sum()), int(matrix[0, 1:].sum()), int(matrix[1:, 0].sum())


def ratio(part: float, whole: float) -> float | None:
    """Divide, or say None where there is nothing to divide by."""
    return part / whole if whole else None


def mean_of(values: list[float | None]) -> float | None:
    """Average what has support; None when nothing has."""
    supported = [value for value in values if value is not None]
    return ratio(sum(supported), len(supported))
