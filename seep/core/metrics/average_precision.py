"""Average precision of slicks as objects.

Objects are the 8-connected components of each class. The score of a predicted object is its mean seep probability. In
order of decreasing score, each prediction is matched to the unmatched true object with the highest overlap; it is a hit
if their IoU reaches the threshold. Average precision is the area under the interpolated precision-recall curve (all
points, as PASCAL VOC since 2010: Everingham et al., IJCV 2010). The thresholds are those of COCO, plus 0.25 because
strict thresholds are out of reach for rough masks of small slicks.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.components import Labels, Slick, slicks
from seep.core.masks.mask import Mask
from seep.core.metrics.confusion import BoolImage, counted_pixels, mean_of

THRESHOLDS = (0.25, *(round(0.5 + 0.05 * step, 2) for step in range(10)))
"""Minimum IoU of a hit: 0.25, then 0.5 to 0.95."""

ANY_CLASS = 0
"""Class id of the class-agnostic comparison, in which all seep is one class."""

FloatImage = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Matches:
    """The matched objects of one class in one tile.

    Attributes:
        class_id: 1 or more, or `ANY_CLASS`.
        true_count: number of true objects.
        scores: (n,) scores of the predicted objects, decreasing.
        hits: (len(THRESHOLDS), n) bool, whether each predicted object is a hit.
    """

    class_id: int
    true_count: int
    scores: npt.NDArray[np.float64]
    hits: BoolImage


def match_tile(
    truth: Mask, prediction: Mask, seep_probability: FloatImage | None, valid: BoolImage | None = None
) -> list[Matches]:
    """Match the objects of a tile, class by class and regardless of class.

    Args:
        truth: (H, W) uint8; UNSURE pixels are left out of both masks.
        prediction: (H, W) uint8.
        seep_probability: (H, W), 0 to 1; None gives every object the score 1.
        valid: (H, W) bool, the pixels that count; None for all.
    """
    counted = counted_pixels(truth, valid)
    true, predicted = np.where(counted, truth, 0), np.where(counted, prediction, 0)
    probability = np.ones(truth.shape) if seep_probability is None else seep_probability
    found = _match(slicks(true), slicks(predicted), probability)
    agnostic = slicks((true > 0).astype(np.uint8)), slicks((predicted > 0).astype(np.uint8))
    for one in _match(*agnostic, probability):
        found.append(Matches(ANY_CLASS, one.true_count, one.scores, one.hits))
    return found


def average_precision(matches: Iterable[Matches], class_count: int) -> dict[str, Any]:
    """Compute average precision over all tiles of a set.

    Args:
        matches: of all tiles, see `match_tile`.
        class_count: number of classes, background included.

    Returns:
        `any_class` and `mean` (over the classes in the truth), each with `ap25`, `ap50` and `ap50_95`; `per_class`, a
        list of the same from class 1; `true_count`, a list from class 1. Values without a true object are None.
    """
    by_class: dict[int, list[Matches]] = defaultdict(list)
    for one in matches:
        by_class[one.class_id].append(one)
    per_class = [_figures(by_class[class_id]) for class_id in range(1, class_count)]
    return {
        "any_class": _figures(by_class[ANY_CLASS]),
        "mean": {name: mean_of([one[name] for one in per_class]) for name in ("ap25", "ap50", "ap50_95")},
        "per_class": per_class,
        "true_count": [
            sum(one.true_count for one in by_class[class_id]) for class_id in range(1, class_count)
        ],
    }


def _match(
    true: tuple[Labels, list[Slick]], predicted: tuple[Labels, list[Slick]], probability: FloatImage
) -> list[Matches]:
    (true_labels, true_slicks), (labels, objects) = true, predicted
    overlap = _overlaps(true_labels, labels, len(true_slicks), len(objects))
    true_area = np.array([slick.area_px for slick in true_slicks], dtype=np.float64)
    area = np.array([slick.area_px for slick in objects], dtype=np.float64)
    iou = overlap / np.maximum(true_area[:, np.newaxis] + area - overlap, 1)
    inside = labels > 0
    total = np.bincount(labels[inside], weights=probability[inside], minlength=len(objects) + 1)[1:]
    scores = total / np.maximum(area, 1)
    true_class = np.array([slick.class_id for slick in true_slicks], dtype=np.int64)
    predicted_class = np.array([slick.class_id for slick in objects], dtype=np.int64)
    found = []
    for class_id in np.union1d(true_class, predicted_class):
        rows, columns = np.flatnonzero(true_class == class_id), np.flatnonzero(predicted_class == class_id)
        columns = columns[np.argsort(-scores[columns], kind="stable")]
        hits = _greedy(iou[np.ix_(rows, columns)])
        found.append(Matches(int(class_id), rows.size, scores[columns], hits))
    return found


def _overlaps(true_labels: Labels, labels: Labels, true_count: int, count: int) -> npt.NDArray[np.int64]:
    """Count the pixels that each true object shares with each predicted one: (true_count, count)."""
    both = (true_labels > 0) & (labels > 0)
    pairs = (true_labels[both].astype(np.int64) - 1) * count + labels[both] - 1
    return np.bincount(pairs, minlength=true_count * count).reshape(true_count, count)


def _greedy(iou: npt.NDArray[np.float64]) -> BoolImage:
    """Match predictions (columns, by decreasing score) to true objects (rows) at each threshold."""
    hits: BoolImage = np.zeros((len(THRESHOLDS), iou.shape[1]), dtype=bool)
    if not iou.size:
        return hits
    for step, threshold in enumerate(THRESHOLDS):
        free = iou.copy()
        for column in np.flatnonzero(iou.max(axis=0) >= threshold):
            row = int(free[:, column].argmax())
            if free[row, column] >= threshold:
                hits[step, column] = True
                free[row] = -1
    return hits


def _figures(matches: list[Matches]) -> dict[str, float | None]:
    true_count = sum(one.true_count for one in matches)
    if true_count == 0:
        return {"ap25": None, "ap50": None, "ap50_95": None}
    order = np.argsort(-np.concatenate([one.scores for one in matches]), kind="stable")
    hits = np.concatenate([one.hits for one in matches], axis=1)[:, order]
    values = [_area(row, true_count) for row in hits]
    return {"ap25": values[0], "ap50": values[1], "ap50_95": float(np.mean(values[1:]))}


def _area(hits: BoolImage, true_count: int) -> float:
    """Return the area under the interpolated precision-recall curve: the highest precision at this recall or above."""
    if not hits.size:
        return 0.0
    precision = np.cumsum(hits) / np.arange(1, hits.size + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float(falling[hits].sum() / true_count)
