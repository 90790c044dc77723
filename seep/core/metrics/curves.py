"""Precision-recall curves, and calibration near seeps.

Both use histograms of 256 bins, so that any number of tiles fits in memory.
"""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import BoolImage
from seep.core.masks.mask import UNSURE, Mask

STEPS = 256
CALIBRATION_BINS = 10
NEAR_PX = 16
"""Calibration uses pixels within this distance of true or predicted seep; otherwise open sea would dominate it."""

Histogram = NDArray[np.int64]


@dataclass
class Curves:
    """Histograms of probabilities; tiles are added one at a time.

    Attributes:
        class_count: number of classes, background included.
        hits: (class_count, STEPS) number of pixels of each class by their probability of this class. Row 0 is for
            seep of any class.
        alarms: the same for the pixels of all other classes.
        near_true: (STEPS,) number of seep pixels near seeps by seep probability.
        near_all: (STEPS,) number of all pixels near seeps by seep probability.
    """

    class_count: int
    hits: Histogram = field(init=False)
    alarms: Histogram = field(init=False)
    near_true: Histogram = field(init=False)
    near_all: Histogram = field(init=False)

    def __post_init__(self) -> None:
        self.hits = np.zeros((self.class_count, STEPS), np.int64)
        self.alarms = np.zeros((self.class_count, STEPS), np.int64)
        self.near_true, self.near_all = np.zeros(STEPS, np.int64), np.zeros(STEPS, np.int64)

    def add(self, truth: Mask, probabilities: NDArray[Any], prediction: Mask, valid: BoolImage) -> None:
        """Add a tile.

        Args:
            truth: (H, W) class ids; unsure pixels are ignored.
            probabilities: (class_count, H, W), summing to 1.
            prediction: (H, W) class ids; defines, with the truth, the pixels near seeps.
            valid: (H, W) bool.
        """
        counted = valid & (truth != UNSURE)
        steps = _steps(probabilities)
        seep = _steps(1 - probabilities[0].astype(np.float32))
        self._count(0, seep[counted], (truth > 0)[counted])
        for class_id in range(1, self.class_count):
            self._count(class_id, steps[class_id][counted], (truth == class_id)[counted])
        near = _near((truth > 0) & (truth != UNSURE) | (prediction > 0)) & counted
        self.near_all += np.bincount(seep[near], minlength=STEPS)
        self.near_true += np.bincount(seep[near & (truth > 0)], minlength=STEPS)

    def _count(self, row: int, steps: NDArray[np.uint8], held: BoolImage) -> None:
        self.hits[row] += np.bincount(steps[held], minlength=STEPS)
        self.alarms[row] += np.bincount(steps[~held], minlength=STEPS)

    def to_dict(self) -> dict[str, Any]:
        """Return the curves as JSON values.

        Returns:
            "any_seep" and "per_class" (None for classes without a true pixel): "recall" and "precision" at decreasing
            thresholds, and "average_precision". "calibration": "predicted", "observed" and "pixels" by bin, the
            expected calibration "error", and "near_px".
        """
        curves = [precision_recall(hits, alarms) for hits, alarms in zip(self.hits, self.alarms, strict=True)]
        return {
            "any_seep": curves[0],
            "per_class": curves[1:],
            "calibration": calibration(self.near_true, self.near_all) | {"near_px": NEAR_PX},
        }


def precision_recall(hits: Histogram, alarms: Histogram) -> dict[str, Any] | None:
    """Return the curve of two histograms at decreasing thresholds; None without true pixels.

    Average precision is the sum over steps of precision times the gain in recall, as in
    https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html.
    """
    if not hits.sum():
        return None
    found, called = hits[::-1].cumsum(), (hits + alarms)[::-1].cumsum()
    recall = found / found[-1]
    precision = np.divide(found, called, out=np.ones(STEPS), where=called > 0)
    gained = np.diff(recall, prepend=0.0)
    return {
        "recall": [round(float(value), 5) for value in recall],
        "precision": [round(float(value), 5) for value in precision],
        "average_precision": float((gained * precision).sum()),
    }


def calibration(true: Histogram, pixels: Histogram) -> dict[str, Any]:
    """Return the mean predicted probability and the observed share of seep by bin of probability.

    The error is the expected calibration error, the mean over pixels of |predicted - observed| of their bin (Naeini et
    al. 2015, https://doi.org/10.1609/aaai.v29i1.9602). Values without pixels are None.
    """
    middle = (np.arange(STEPS) + 0.5) / STEPS
    owner = np.minimum((middle * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    count = np.bincount(owner, pixels, CALIBRATION_BINS)
    predicted = _shares(np.bincount(owner, pixels * middle, CALIBRATION_BINS), count)
    observed = _shares(np.bincount(owner, true, CALIBRATION_BINS), count)
    gaps = [
        abs(said - seen) * number
        for said, seen, number in zip(predicted, observed, count, strict=True)
        if said is not None and seen is not None
    ]
    return {
        "predicted": predicted,
        "observed": observed,
        "pixels": [int(number) for number in count],
        "error": float(sum(gaps) / count.sum()) if count.sum() else None,
    }


def _shares(sums: NDArray[Any], count: NDArray[Any]) -> list[float | None]:
    return [float(value / number) if number else None for value, number in zip(sums, count, strict=True)]


def _steps(probability: NDArray[Any]) -> NDArray[np.uint8]:
    return np.clip(probability.astype(np.float32) * STEPS, 0, STEPS - 1).astype(np.uint8)


def _near(area: BoolImage) -> BoolImage:
    size = 2 * NEAR_PX + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(area.astype(np.uint8), kernel) > 0)
