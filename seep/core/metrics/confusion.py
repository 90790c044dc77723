"""Confusion matrices and their metrics.

IoU = TP / (TP + FP + FN) and Dice = 2 TP / (2 TP + FP + FN) are computed from the counts of all valid pixels of a set,
not as a mean over tiles. A metric with the denominator 0 is None.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE, Mask
from seep.errors import MaskError

Matrix = npt.NDArray[np.int64]
BoolImage = npt.NDArray[np.bool_]


def counted_pixels(truth: Mask, valid: BoolImage | None) -> BoolImage:
    """Return the pixels that are used in metrics: valid, and not UNSURE in the truth, bool (H, W).

    Args:
        truth: (H, W) uint8.
        valid: (H, W) bool; None if all pixels are valid.
    """
    certain: BoolImage = truth != UNSURE
    return certain if valid is None else certain & valid


def confusion(truth: Mask, prediction: Mask, class_count: int, valid: BoolImage | None = None) -> Matrix:
    """Count pixels by true and predicted class.

    Args:
        truth: (H, W) uint8; UNSURE pixels are left out.
        prediction: (H, W) uint8, ids below `class_count`.
        class_count: number of classes, background included.
        valid: (H, W) bool, the pixels to compare; None for all.

    Returns:
        (class_count, class_count) int64, [truth, prediction].

    Raises:
        MaskError: one of these pixels has an id out of range.
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
    """Compute the metrics of a confusion matrix.

    Args:
        matrix: (classes, classes) counts, [truth, prediction], class 0 background.

    Returns:
        `binary_iou`, `binary_dice`, `precision` and `recall` of seep (any class but 0) against background;
        `iou_per_class`, a list from class 0; `mean_iou_seep` over the seep classes and `mean_iou_all` over all
        classes, both without the classes whose IoU is None; `pixel_accuracy`, the share of pixels with the right
        class. Values are 0 to 1, or None if the denominator is 0.
        `support_px`: number of true pixels by class.
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
        "pixel_accuracy": ratio(int(both.sum()), int(true.sum())),
        "iou_per_class": per_class,
        "mean_iou_seep": mean_of(per_class[1:]),
        "mean_iou_all": mean_of(per_class),
        "support_px": [int(value) for value in true],
    }


def binary_counts(matrix: Matrix) -> tuple[int, int, int]:
    """Return the numbers of true positive, false positive and false negative pixels of seep against background."""
    return int(matrix[1:, 1:].sum()), int(matrix[0, 1:].sum()), int(matrix[1:, 0].sum())


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole; None if whole is 0."""
    return part / whole if whole else None


def mean_of(values: list[float | None]) -> float | None:
    """Return the mean of the values that are not None; None if there are none."""
    supported = [value for value in values if value is not None]
    return ratio(sum(supported), len(supported))
