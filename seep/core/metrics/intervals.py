"""How sure a figure is: bootstrap over scenes.

Scenes are resampled and their confusion matrices summed again; never pixels or tiles, which depend on each
other. Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, percentile interval.

With few scenes that interval is too narrow: two equally good models differ "surely" on every fourth triple of
scenes, where 5 % are promised. Why is told by Hesterberg, "What Teachers Should Know About the Bootstrap",
The American Statistician 69(4), 2015, under narrowness bias. The quantiles further out that he takes instead
are not there with few scenes (no draw of three is below the worst of them), so here the ends are moved away
from the figure by Student's t over the normal quantile and sqrt(n / (n - 1)): 2.7 times with 3 scenes, 1.4
with 6, 1.1 with 14. `python -m benchmarks.verdicts` counts how often verdicts are wrong with it and without.
Below `MIN_SCENES` no interval is given.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.metrics.confusion import Matrix, binary_counts

MIN_SCENES = 3
RESAMPLES = 2000
LEVEL = 0.95
_NORMAL = 1.960
# Two-sided 95 % quantiles of Student's t by degrees of freedom, from 2 on; any table of them.
_STUDENT = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)

Values = npt.NDArray[np.float64]


def binary_iou_interval(
    matrices: Mapping[str, Matrix], resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """Give the 95 % interval of the binary IoU of a set of scenes.

    Args:
        matrices: confusion matrix by scene.
        resamples: number of bootstrap resamples.
        seed: the same seed gives the same interval.

    Returns:
        (low, high), 0 to 1; None with fewer than `MIN_SCENES` scenes that hold seep in truth or prediction.
    """
    counts = _counts(matrices, sorted(matrices))
    held = int(np.count_nonzero(counts.sum(axis=1)))
    if held < MIN_SCENES:
        return None
    drawn = _iou(counts[_draws(len(counts), resamples, seed)].sum(axis=1))
    return _share_interval(drawn, float(_iou(counts.sum(axis=0))), held)


def class_iou_intervals(
    matrices: Mapping[str, Matrix], resamples: int = RESAMPLES, seed: int = 0
) -> list[tuple[float, float] | None]:
    """Give the 95 % interval of the IoU of each class of a set of scenes.

    Args:
        matrices: confusion matrix by scene, all of one size.
        resamples: number of bootstrap resamples; all classes are resampled together.
        seed: the same seed gives the same intervals.

    Returns:
        (low, high) by class id, background included; None where fewer than `MIN_SCENES` scenes hold the class
        in truth or prediction. Resamples without any of it are left out.
    """
    stacked = np.array([np.asarray(matrices[scene]) for scene in sorted(matrices)], np.float64)
    if len(stacked) < MIN_SCENES:
        return [None] * (stacked.shape[1] if stacked.ndim == 3 else 0)
    hits = np.einsum("sii->si", stacked)
    held = stacked.sum(axis=1) + stacked.sum(axis=2) - hits
    draws = _draws(len(stacked), resamples, seed)
    hits_drawn, held_drawn = hits[draws].sum(axis=1), held[draws].sum(axis=1)
    found: list[tuple[float, float] | None] = []
    for class_id in range(stacked.shape[1]):
        some = held_drawn[:, class_id] > 0
        scenes = int(np.count_nonzero(held[:, class_id]))
        shares = hits_drawn[some, class_id] / held_drawn[some, class_id]
        figure = hits[:, class_id].sum() / max(1.0, held[:, class_id].sum())
        found.append(_share_interval(shares, figure, scenes) if scenes >= MIN_SCENES else None)
    return found


def paired_difference(
    old: Mapping[str, Matrix], new: Mapping[str, Matrix], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Any]:
    """Compare two models on the same scenes by their binary IoU.

    Args:
        old: confusion matrix by scene, of the one model.
        new: the same of the other.
        resamples: number of bootstrap resamples; both models are resampled together.
        seed: the same seed gives the same answer.

    Returns:
        `difference`: IoU of new minus old over the scenes that both have, None without any seep; `low` and
        `high`: its 95 % interval, None with fewer than `MIN_SCENES` scenes; `scenes`: how many hold seep in
        truth or prediction; `verdict`: "better" or "worse" when the interval leaves out 0, else
        "inconclusive".
    """
    shared = sorted(set(old) & set(new))
    before, after = _counts(old, shared), _counts(new, shared)
    supported = before.sum(axis=1) + after.sum(axis=1) > 0
    before, after = before[supported], after[supported]
    result: dict[str, Any] = {
        "difference": None,
        "low": None,
        "high": None,
        "scenes": len(before),
        "verdict": "inconclusive",
    }
    if not len(before):
        return result
    result["difference"] = float(_iou(after.sum(axis=0)) - _iou(before.sum(axis=0)))
    if len(before) < MIN_SCENES:
        return result
    draws = _draws(len(before), resamples, seed)
    drawn = _iou(after[draws].sum(axis=1)) - _iou(before[draws].sum(axis=1))
    low, high = _interval(drawn, result["difference"], len(before))
    verdict = "better" if low > 0 else "worse" if high < 0 else "inconclusive"
    return result | {"low": low, "high": high, "verdict": verdict}


def _counts(matrices: Mapping[str, Matrix], scenes: list[str]) -> Values:
    """(scenes, 3): true positives, false positives, false negatives."""
    rows = [binary_counts(np.asarray(matrices[scene])) for scene in scenes]
    return np.array(rows, dtype=np.float64).reshape(len(scenes), 3)


def _iou(counts: Values) -> Values:
    """IoU over the last axis; where there is no seep at all, 0."""
    return np.asarray(counts[..., 0] / np.maximum(counts.sum(axis=-1), 1))


def _draws(count: int, resamples: int, seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, count, size=(resamples, count))


def stretch(scenes: int) -> float:
    """By how much the percentile interval of a bootstrap over so many scenes is too narrow, 1 or more."""
    freedom = scenes - 1
    known = freedom - 2 < len(_STUDENT)
    quantile = _STUDENT[freedom - 2] if known else _NORMAL * (1 + 1.3 / freedom)  # right to 0.003
    return float(quantile / _NORMAL * np.sqrt(scenes / freedom))


def _interval(values: Values, figure: float, scenes: int) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    ends = np.asarray(np.percentile(values, (tail, 100 - tail)))
    low, high = figure + stretch(scenes) * (ends - figure)
    return float(low), float(high)


def _share_interval(values: Values, figure: float, scenes: int) -> tuple[float, float]:
    low, high = _interval(values, figure, scenes)
    return max(0.0, low), min(1.0, high)


NORMAL_95 = 1.959964
"""Two-sided 95 % point of the normal distribution."""


def wilson(hits: int, total: int) -> tuple[float, float] | None:
    """Give the 95 % interval of a share that was counted in independent draws.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference". Unlike the
    textbook interval it stays within 0 and 1 and is right for few draws.

    Args:
        hits: how many of them, 0 to `total`.
        total: how many draws.

    Returns:
        (low, high), 0 to 1; None without any draw.
    """
    if total <= 0:
        return None
    share, z2 = hits / total, NORMAL_95**2
    middle = share + z2 / (2 * total)
    half = NORMAL_95 * sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return max(0.0, (middle - half) / (1 + z2 / total)), min(1.0, (middle + half) / (1 + z2 / total))
