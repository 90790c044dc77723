"""Agreement of two masks of a tile that were drawn by different people, or by a person and a model.

Neither mask is the truth. F1, clDice, IoU and the share of slicks found by both do not change when the masks are
swapped. Counts are added over tiles; figures and their intervals are computed from the sums. Intervals are bootstrap
intervals over scenes, see `seep.core.metrics.intervals`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seep.core.masks.components import slicks
from seep.core.masks.mask import UNSURE, Mask
from seep.core.metrics.centerline import Counts, centerline_counts, near_seep, tolerance_counts
from seep.core.metrics.confusion import Matrix, binary_counts, confusion, ratio
from seep.core.metrics.intervals import statistic_interval

Values = npt.NDArray[np.float64]
FIGURES = ("f1", "cldice", "slicks_found", "iou", "kappa")
"""F1 within 2 px, clDice, share of slicks found by both, IoU, and Cohen's kappa of the classes of slicks."""


@dataclass(frozen=True)
class AgreementCounts:
    """Counts of a pair of masks, from which all figures follow.

    Attributes:
        near: pixels of each mask with seep of the other one within 2 px.
        line: center-line pixels of each mask in the other one.
        matrix: (classes, classes) pixels, [first, second].
        slicks: slicks of the first mask, of the second, and those of each that the other mask has too.
        classes: (classes, classes) pairs of overlapping slicks by their classes, [first, second].
    """

    near: Counts
    line: Counts
    matrix: Matrix
    slicks: tuple[int, int, int, int]
    classes: Matrix

    def __add__(self, other: "AgreementCounts") -> "AgreementCounts":
        first, second, found_first, found_second = (
            mine + theirs for mine, theirs in zip(self.slicks, other.slicks, strict=True)
        )
        return AgreementCounts(
            self.near + other.near,
            self.line + other.line,
            self.matrix + other.matrix,
            (first, second, found_first, found_second),
            self.classes + other.classes,
        )

    def class_iou(self, class_id: int) -> float | None:
        """Return the IoU of one class, 0 to 1; None where neither mask has it."""
        both = int(self.matrix[class_id, class_id])
        either = int(self.matrix[class_id].sum() + self.matrix[:, class_id].sum()) - both
        return ratio(both, either)


def agreement_counts(first: Mask, second: Mask, class_count: int) -> AgreementCounts:
    """Count the agreement of two masks of one tile.

    A slick is found by both if one of its pixels lies within 2 px of seep of the other mask. Two slicks are a pair, and
    their classes are compared, if each is the one that shares most pixels with the other.

    Args:
        first: (H, W) uint8 class ids; pixels that are UNSURE in either mask are left out.
        second: (H, W) uint8 class ids.
        class_count: number of classes, background included.

    Raises:
        MaskError: a class id is out of range.
    """
    certain = (first != UNSURE) & (second != UNSURE)
    first, second = np.where(certain, first, 0), np.where(certain, second, 0)
    return AgreementCounts(
        near=tolerance_counts(first, second),
        line=centerline_counts(first, second),
        matrix=confusion(first, second, class_count, certain),
        slicks=_found_slicks(first, second),
        classes=_paired_classes(first, second, class_count),
    )


def slicks_alone(first: Mask, second: Mask) -> tuple[int, int]:
    """Count the slicks of each mask that the other one lacks: no seep within 2 px, regardless of class.

    Args:
        first: (H, W) uint8 class ids; pixels that are UNSURE in either mask are left out.
        second: (H, W) uint8 class ids.
    """
    certain = (first != UNSURE) & (second != UNSURE)
    mine, theirs, found, found_there = _found_slicks(
        np.where(certain, first, 0), np.where(certain, second, 0)
    )
    return mine - found, theirs - found_there


def figures(counts: AgreementCounts) -> dict[str, float | None]:
    """Return `FIGURES` by name: 0 to 1, kappa -1 to 1; None where neither mask has anything to compare."""
    row = _row(counts)
    return {name: _none_if_nan(float(_FIGURES[name](row[np.newaxis])[0])) for name in FIGURES}


def figure_interval(
    by_scene: Mapping[str, AgreementCounts], name: str, minus: Mapping[str, AgreementCounts] | None = None
) -> tuple[float, float] | None:
    """Return the 95 % interval over scenes of a figure, or of its difference from the same figure of other pairs.

    Args:
        by_scene: sums of counts by scene.
        name: one of `FIGURES`.
        minus: sums of the other pairs on the same scenes; None for no difference.

    Returns:
        (low, high); None for fewer than three scenes with seep in either mask.
    """
    rows = np.array([_row(by_scene[scene]) for scene in sorted(by_scene)])
    if minus is None:
        return statistic_interval(rows, _FIGURES[name], bounds=(-1.0 if name == "kappa" else 0.0, 1.0))
    others = np.array([_row(minus[scene]) for scene in sorted(by_scene)])
    width = rows.shape[1] if rows.ndim == 2 else 0

    def difference(sums: Values) -> Values:
        return np.asarray(_FIGURES[name](sums[:, :width]) - _FIGURES[name](sums[:, width:]))

    return statistic_interval(np.hstack([rows, others]), difference, bounds=(-1.0, 1.0)) if width else None


def cohen_kappa(table: Matrix) -> float | None:
    """Return Cohen's kappa of a contingency table; None without pairs, or where only one class occurs.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales".

    Args:
        table: (classes, classes) counts, [first, second].
    """
    size = len(table)
    row = np.concatenate([np.zeros(_HEAD), np.asarray(table, np.float64).reshape(size * size)])
    return _none_if_nan(float(_kappa(row[np.newaxis])[0]))


_HEAD = 15
"""Values of a row before the table of classes: four of `near`, four of `line`, three of pixels, four of slicks."""


def _row(counts: AgreementCounts) -> Values:
    near, line = counts.near, counts.line
    return np.array(
        [
            *(near.confirmed, near.predicted, near.found, near.true),
            *(line.confirmed, line.predicted, line.found, line.true),
            *binary_counts(counts.matrix),
            *counts.slicks,
            *counts.classes.ravel(),
        ],
        np.float64,
    )


def _share(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def _harmonic(four: Values) -> Values:
    precision = np.nan_to_num(_share(four[:, 0], four[:, 1]))
    recall = np.nan_to_num(_share(four[:, 2], four[:, 3]))
    mean = np.nan_to_num(_share(2 * precision * recall, precision + recall))
    return np.where(four[:, 1] + four[:, 3] > 0, mean, np.nan)


def _iou(rows: Values) -> Values:
    return _share(rows[:, 8], rows[:, 8:11].sum(axis=1))


def _slicks_found(rows: Values) -> Values:
    return _share(rows[:, 13] + rows[:, 14], rows[:, 11] + rows[:, 12])


def _kappa(rows: Values) -> Values:
    side = round((rows.shape[1] - _HEAD) ** 0.5)
    tables = rows[:, _HEAD:].reshape(len(rows), side, side)
    total = tables.sum(axis=(1, 2))
    observed = _share(np.einsum("rii->r", tables), total)
    expected = _share((tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1), total**2)
    return _share(observed - expected, 1 - expected)


_FIGURES = {
    "f1": lambda rows: _harmonic(rows[:, :4]),
    "cldice": lambda rows: _harmonic(rows[:, 4:8]),
    "slicks_found": _slicks_found,
    "iou": _iou,
    "kappa": _kappa,
}


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else value


def _found_slicks(first: Mask, second: Mask) -> tuple[int, int, int, int]:
    """Count the slicks of each mask regardless of class, and those within 2 px of seep of the other."""
    seep = (first > 0).astype(np.uint8), (second > 0).astype(np.uint8)
    counted, found = [], []
    for own, other in (seep, seep[::-1]):
        labels, all_slicks = slicks(own)
        counted.append(len(all_slicks))
        found.append(np.count_nonzero(np.unique(labels[near_seep(other)])))
    return counted[0], counted[1], int(found[0]), int(found[1])


def _paired_classes(first: Mask, second: Mask, class_count: int) -> Matrix:
    """Count pairs of slicks by class; see `agreement_counts`."""
    table = np.zeros((class_count, class_count), np.int64)
    (labels, mine), (others, theirs) = slicks(first), slicks(second)
    both = (labels > 0) & (others > 0)
    shared = np.zeros((len(mine) + 1, len(theirs) + 1), np.int64)
    np.add.at(shared, (labels[both], others[both]), 1)
    if not shared.any():
        return table
    for label in np.flatnonzero(shared.any(axis=1)):
        other = int(shared[label].argmax())
        if int(shared[:, other].argmax()) == label:
            table[mine[label - 1].class_id, theirs[other - 1].class_id] += 1
    return table
