"""Confidence intervals: a bootstrap over scenes, and the Wilson interval of a proportion.

The bootstrap resamples scenes and sums their confusion matrices. It never resamples pixels or tiles, because those of
one scene depend on each other. Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, percentile
interval.

With few scenes the percentile interval is too narrow. Without a correction, 25 % of the comparisons of two equally good
models on three scenes give a significant difference; 5 % is the nominal rate. Hesterberg, "What Teachers Should Know
About the Bootstrap", The American Statistician 69(4), 2015, describes this narrowness bias. His remedy, quantiles
further out, does not work here: no resample of three scenes is below the worst scene. Instead, the distance from the
estimate to each end is multiplied by `small_sample_factor`: 2.7 with 3 scenes, 1.4 with 6, 1.1 with 14.
`python -m research.verdicts` counts wrong verdicts with and without this factor. With fewer than `MIN_SCENES` scenes
there is no interval.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.metrics.confusion import Matrix, binary_counts

MIN_SCENES = 3
"""Minimum number of scenes with seep for an interval."""

RESAMPLES = 2000
LEVEL = 0.95
"""Confidence level of all intervals."""

Values = npt.NDArray[np.float64]


def binary_iou_interval(
    matrices: Mapping[str, Matrix], resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95 % interval of the binary IoU of a set of scenes.

    Args:
        matrices: confusion matrix by scene.
        resamples: number of bootstrap resamples.
        seed: the same seed gives the same interval.

    Returns:
        (low, high), 0 to 1; None with fewer than `MIN_SCENES` scenes with seep in truth or prediction.
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
    """Return the 95 % interval of the IoU of each class of a set of scenes.

    Args:
        matrices: confusion matrix by scene, all of one size.
        resamples: number of bootstrap resamples; all classes are resampled together.
        seed: the same seed gives the same intervals.

    Returns:
        (low, high) per class id, background included; None for a class that is in the truth or prediction of
        fewer than `MIN_SCENES` scenes. Resamples without the class are not used.
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
        old: confusion matrix by scene, of the old model.
        new: the same, of the new model.
        resamples: number of bootstrap resamples; both models are resampled together.
        seed: the same seed gives the same result.

    Returns:
        `difference`: IoU of the new model minus that of the old one over the scenes of both, None without any seep.
        `low` and `high`: its 95 % interval, -1 to 1, None with fewer than `MIN_SCENES` scenes. `scenes`: number of
        scenes with seep in truth or prediction. `verdict`: "better" or "worse" if the interval excludes 0, else
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
    low, high = max(low, -1.0), min(high, 1.0)
    verdict = "better" if low > 0 else "worse" if high < 0 else "inconclusive"
    return result | {"low": low, "high": high, "verdict": verdict}


def statistic_interval(
    rows: Values,
    statistic: Callable[[Values], Values],
    bounds: tuple[float, float] = (0.0, 1.0),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Return the 95 % interval of a statistic of summed counts.

    Args:
        rows: (scenes, counts) float64; scenes with only zeros do not count.
        statistic: gives one value per row of sums, (n, counts) to (n,); NaN where it is not defined.
        bounds: smallest and largest possible value.
        resamples: number of bootstrap resamples.
        seed: the same seed gives the same interval.

    Returns:
        (low, high); None with fewer than `MIN_SCENES` scenes with counts, or where the statistic is not defined.
    """
    held = int(np.count_nonzero(rows.any(axis=1))) if rows.ndim == 2 else 0
    if held < MIN_SCENES:
        return None
    figure = float(statistic(rows.sum(axis=0, keepdims=True))[0])
    drawn = statistic(rows[_draws(len(rows), resamples, seed)].sum(axis=1))
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(figure) or not len(drawn):
        return None
    low, high = _interval(drawn, figure, held)
    return max(bounds[0], low), min(bounds[1], high)


def _counts(matrices: Mapping[str, Matrix], scenes: list[str]) -> Values:
    """Return true positives, false positives and false negatives: float64 (scenes, 3)."""
    rows = [binary_counts(np.asarray(matrices[scene])) for scene in scenes]
    return np.array(rows, dtype=np.float64).reshape(len(scenes), 3)


def _iou(counts: Values) -> Values:
    """Return the IoU over the last axis, 0 without any seep."""
    return np.asarray(counts[..., 0] / np.maximum(counts.sum(axis=-1), 1))


def _draws(count: int, resamples: int, seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, count, size=(resamples, count))


def small_sample_factor(scenes: int) -> float:
    """Return the factor, above 1, by which the percentile interval of a bootstrap over scenes is widened.

    The factor is the ratio of the quantiles of Student's t and of the normal distribution, times sqrt(n / (n - 1)).

    Args:
        scenes: number of scenes n, at least 2.
    """
    from scipy import special  # not scipy.stats, whose import takes up to a second

    upper = (1 + LEVEL) / 2
    ratio = special.stdtrit(scenes - 1, upper) / special.ndtri(upper)
    return float(ratio * np.sqrt(scenes / (scenes - 1)))


def _interval(values: Values, figure: float, scenes: int) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    ends = np.asarray(np.percentile(values, (tail, 100 - tail)))
    low, high = figure + small_sample_factor(scenes) * (ends - figure)
    return float(low), float(high)


def _share_interval(values: Values, figure: float, scenes: int) -> tuple[float, float]:
    low, high = _interval(values, figure, scenes)
    return max(0.0, low), min(1.0, high)


def wilson(hits: int, total: int) -> tuple[float, float] | None:
    """Return the 95 % Wilson interval of a proportion of independent draws.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference". Unlike the normal
    approximation, it stays within 0 to 1 and is accurate for few draws.

    Args:
        hits: number of successes, 0 to `total`.

    Returns:
        (low, high), 0 to 1; None without any draw.
    """
    if total <= 0:
        return None
    from scipy import special  # not scipy.stats, whose import takes up to a second

    z = float(special.ndtri((1 + LEVEL) / 2))
    share, spread = hits / total, z * z / total
    center = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    # The ends of no hit and of only hits are exactly 0 and 1; rounding must not move them.
    low = 0.0 if hits == 0 else (center - half) / (1 + spread)
    high = 1.0 if hits == total else (center + half) / (1 + spread)
    return low, high
