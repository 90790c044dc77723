"""Metrics for thin slicks: with a distance tolerance, and along the center line.

The masks are rough and slicks are 5 to 6 pixels wide: a shift by one pixel reduces the strict IoU by a quarter.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from seep.core.masks.mask import Mask
from seep.core.metrics.confusion import BoolImage, counted_pixels, ratio

RADIUS_PX = 2


@dataclass(frozen=True)
class Counts:
    """Counts of matching pixels, from which precision and recall are computed.

    For a set of tiles, add the counts of all tiles and then compute the metrics.

    Attributes:
        confirmed: number of predicted pixels that match the truth.
        predicted: number of predicted pixels.
        found: number of true pixels that match the prediction.
        true: number of true pixels.
    """

    confirmed: int = 0
    predicted: int = 0
    found: int = 0
    true: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.confirmed + other.confirmed,
            self.predicted + other.predicted,
            self.found + other.found,
            self.true + other.true,
        )

    @property
    def precision(self) -> float | None:
        """Share of predicted pixels that match the truth; None without predicted pixels."""
        return ratio(self.confirmed, self.predicted)

    @property
    def recall(self) -> float | None:
        """Share of true pixels that match the prediction; None without true pixels."""
        return ratio(self.found, self.true)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None without true and predicted pixels."""
        if self.predicted == 0 and self.true == 0:
            return None
        precision, recall = self.precision or 0.0, self.recall or 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def tolerance_counts(
    truth: Mask, prediction: Mask, radius_px: int = RADIUS_PX, valid: BoolImage | None = None
) -> Counts:
    """Count the seep pixels of each mask that have seep of the other mask within a radius.

    Args:
        truth: (H, W) uint8; UNSURE pixels are left out.
        prediction: (H, W) uint8.
        radius_px: largest Euclidean distance of a match, pixels.
        valid: (H, W) bool, the pixels that count; None for all.
    """
    true, predicted = _seep(truth, prediction, valid)
    if not true.any() or not predicted.any():
        return Counts(predicted=int(predicted.sum()), true=int(true.sum()))
    near_true = near_seep(true.view(np.uint8), radius_px)
    near_predicted = near_seep(predicted.view(np.uint8), radius_px)
    return Counts(
        confirmed=int((predicted & near_true).sum()),
        predicted=int(predicted.sum()),
        found=int((true & near_predicted).sum()),
        true=int(true.sum()),
    )


def near_seep(mask: Mask, radius_px: int = RADIUS_PX) -> BoolImage:
    """Return the pixels within a Euclidean distance of seep, bool (H, W).

    Args:
        mask: (H, W) uint8, 0 without seep.
        radius_px: largest distance, pixels.
    """
    steps = np.arange(-radius_px, radius_px + 1)
    disc = (steps[:, np.newaxis] ** 2 + steps**2 <= radius_px**2).astype(np.uint8)
    near: BoolImage = cv2.dilate(mask, disc) > 0
    return near


def centerline_counts(truth: Mask, prediction: Mask, valid: BoolImage | None = None) -> Counts:
    """Count the center-line pixels of each mask that are seep in the other mask; their F1 is clDice.

    Source: Shit et al., "clDice - a novel topology-preserving loss function for tubular structure
    segmentation", CVPR 2021: topology precision |S(P) in T| / |S(P)|, sensitivity |S(T) in P| / |S(T)|.

    Args:
        truth: (H, W) uint8; UNSURE pixels are left out.
        prediction: (H, W) uint8.
        valid: (H, W) bool, the pixels that count; None for all.
    """
    true, predicted = _seep(truth, prediction, valid)
    true_line, predicted_line = _centerline(true), _centerline(predicted)
    return Counts(
        confirmed=int((predicted_line & true).sum()),
        predicted=int(predicted_line.sum()),
        found=int((true_line & predicted).sum()),
        true=int(true_line.sum()),
    )


def cldice(truth: Mask, prediction: Mask, valid: BoolImage | None = None) -> float | None:
    """Compute clDice of one pair of masks, 0 to 1; None if both are empty. See `centerline_counts`."""
    return centerline_counts(truth, prediction, valid).f1


def _seep(truth: Mask, prediction: Mask, valid: BoolImage | None) -> tuple[BoolImage, BoolImage]:
    counted = counted_pixels(truth, valid)
    return (truth > 0) & counted, (prediction > 0) & counted


def _centerline(seep: BoolImage) -> BoolImage:
    """Thin to lines of one pixel, within the bounding box of the seep only, which is 3 times faster."""
    from skimage.morphology import skeletonize  # the import takes 0.5 s

    line: BoolImage = np.zeros_like(seep)
    rows, columns = np.flatnonzero(seep.any(axis=1)), np.flatnonzero(seep.any(axis=0))
    if rows.size:
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        line[box] = skeletonize(seep[box])  # type: ignore[no-untyped-call]
    return line
