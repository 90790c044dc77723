"""How sure a figure is: bootstrap over scenes.

Scenes are resampled and their confusion matrices summed again; never pixels or tiles, which depend on each
other. Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, percentile interval. With few
scenes such intervals are too narrow, so below `MIN_SCENES` none is given.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.metrics import Matrix, binary_counts

MIN_SCENES = 3
RESAMPLES = 2000
LEVEL = 0.95

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
    if len(counts) < MIN_SCENES or np.count_nonzero(counts.sum(axis=1)) < MIN_SCENES:
        return None
    return _percentiles(_iou(counts[_draws(len(counts), resamples, seed)].sum(axis=1)))


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
        enough = np.count_nonzero(held[:, class_id]) >= MIN_SCENES
        shares = hits_drawn[some, class_id] / held_drawn[some, class_id]
        found.append(_percentiles(shares) if enough else None)
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
        "cannot tell".
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
        "verdict": "cannot tell",
    }
    if not len(before):
        return result
    result["difference"] = float(_iou(after.sum(axis=0)) - _iou(before.sum(axis=0)))
    if len(before) < MIN_SCENES:
        return result
    draws = _draws(len(before), resamples, seed)
    low, high = _percentiles(_iou(after[draws].sum(axis=1)) - _iou(before[draws].sum(axis=1)))
    verdict = "better" if low > 0 else "worse" if high < 0 else "cannot tell"
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


def _percentiles(values: Values) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(values, (tail, 100 - tail))
    return float(low), float(high)
