"""How many slicks of unreviewed predictions are missing or false: an estimate and an upper bound from a random sample.

Reviewed tiles have no errors left. A tile of the quality sample was drawn at random and reviewed, so the errors of its
prediction are known. It stands for the open tiles near it: its importance weight is the share of open tiles among the
tiles of similar order value in its scene. Where the queue has passed, this share is near 0, so tiles that the queue
puts first do not count for those that remain.

The bound is the product of two bounds. Tiles with an error among the open ones: the largest number of which a draw
without replacement finds so few with a probability of `ALPHA` or more (hypergeometric, one-sided). The effective sample
size of the weights is that of Kish 1965, "Survey Sampling". Errors per such tile: the upper end of the normal interval
of their mean over the sample. `ALPHA` is below 5 % because the bound is looked at again and again until it is met.

Sources: Callaghan and Müller-Hansen 2020, "Statistical stopping criteria for automated screening in systematic
reviews", Systematic Reviews 9:273 (the hypergeometric bound as a rule to stop); Lewis, Yang and Frieder 2021,
"Certifying One-Phase Technology-Assisted Reviews" (a ranked queue bounded by a random sample, and repeated looks).
`python -m benchmarks.error_budget` measures how often the bound holds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
ALPHA = 0.01
NEIGHBORS = 16

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ErrorEstimate:
    """Missing and false slicks of the open tiles.

    Attributes:
        errors: estimated number; None without a sample that stands for open tiles.
        high: upper bound of the number, 95 %; None likewise.
        effective_tiles: sample tiles that stand for the open ones, as an effective number.
    """

    errors: float | None
    high: float | None
    effective_tiles: float


def open_shares(
    scenes: Sequence[str], values: Sequence[float], is_open: Sequence[bool], asked: Sequence[int]
) -> Values:
    """Return the share of open tiles among the `NEIGHBORS` tiles of the same scene with the nearest values.

    Args:
        scenes: of all tiles.
        values: what the queue sorts by, of all tiles; equal for tiles without one.
        is_open: of all tiles.
        asked: indices of the tiles to answer for.

    Returns:
        (asked,) 0 to 1.
    """
    scene, value, flags = np.asarray(scenes), np.asarray(values, np.float64), np.asarray(is_open, bool)
    shares = np.zeros(len(asked))
    for name in np.unique(scene[list(asked)]) if len(asked) else ():
        members = np.flatnonzero(scene == name)
        ranked = members[np.argsort(value[members], kind="stable")]
        running = np.concatenate([[0], np.cumsum(flags[ranked])])
        rank = {int(index): at for at, index in enumerate(ranked)}
        count = min(NEIGHBORS, len(ranked))
        for place, index in enumerate(asked):
            if (at := rank.get(index)) is not None:
                low = min(max(0, at - count // 2), len(ranked) - count)
                shares[place] = (running[low + count] - running[low]) / count
    return shares


def estimate_errors(
    weights: Sequence[float] | Values, errors: Sequence[int], open_tiles: int
) -> ErrorEstimate:
    """Estimate the errors of open tiles from reviewed sample tiles.

    Args:
        weights: importance weight of each sample tile, see `open_shares`.
        errors: its missing and false slicks.
        open_tiles: number of open tiles.
    """
    if not open_tiles:
        return ErrorEstimate(0.0, 0.0, 0.0)
    weight, found = np.asarray(weights, np.float64), np.asarray(errors, np.float64)
    total = float(weight.sum())
    if not total:
        return ErrorEstimate(None, None, 0.0)
    effective = total**2 / float((weight**2).sum())
    wrong_share = float((weight * (found > 0)).sum()) / total
    wrong = found[found > 0]
    per_tile = _upper_mean(wrong)
    tiles = largest_count(open_tiles, effective, effective * wrong_share)
    return ErrorEstimate(open_tiles * float((weight * found).sum()) / total, tiles * per_tile, effective)


def largest_count(others: int, drawn: float, hits: float) -> int:
    """Return how many of the tiles that were not drawn are hits, at most, given a random draw from all of them.

    Args:
        others: number of tiles that were not drawn.
        drawn: number of drawn tiles; rounded down.
        hits: hits among them; rounded up.
    """
    size, seen = math.floor(drawn + 1e-9), math.ceil(hits - 1e-9)
    seen = min(seen, size)
    low, high = 0, others
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(seen, others + size, middle + seen, size) > ALPHA:
            low = middle
        else:
            high = middle - 1
    return low


def _at_most(hits: int, population: int, marked: int, drawn: int) -> float:
    """Return the hypergeometric probability of at most `hits` marked ones in a draw without replacement."""
    from scipy.special import gammaln

    low, high = max(0, drawn - (population - marked)), min(hits, marked, drawn)
    count: Values = np.arange(low, high + 1, dtype=np.float64)
    if not count.size:
        return 0.0

    def log_choose(total: int, some: Values) -> Values:
        return np.asarray(gammaln(total + 1.0) - gammaln(some + 1) - gammaln(total - some + 1), np.float64)

    logs = log_choose(marked, count) + log_choose(population - marked, drawn - count)
    return float(np.exp(logs - log_choose(population, np.array([float(drawn)]))).sum())


def _upper_mean(values: Values) -> float:
    if not values.size:
        return 1.0
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return float(values.mean()) + 1.645 * spread / math.sqrt(values.size)
