"""What the queue orders tiles by: how likely wrong, how useful to train on, how sure a prediction is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

RANDOM_SHARE = 10
"""Every tenth tile of the "useful" order is random, so that what the model knows nothing of gets in."""

HIDDEN_PX = 20
"""Pixels that a slick under the threshold has at least; fewer are speckle, many more are never missed."""

CLEAR_PX = 20
"""Pixels that a contradiction needs to weigh: a second look at a few pixels of a rim is a waste."""

RANDOM = "random"
USEFUL = "useful"


@dataclass(frozen=True)
class RankedTile:
    """A tile that may come next.

    Attributes:
        id: of the tile.
        scene: its scene's name or id; only told apart.
        class_id: the class with the largest predicted area, 0 without any.
        values: by order, what the tile is ordered by; higher comes first. A missing value comes last.
    """

    id: int
    scene: str
    class_id: int
    values: Mapping[str, float]


def disagreement(masks: Sequence[NDArray[np.bool_]]) -> float:
    """How little several masks of one tile agree: 1 minus the mean Dice of all pairs.

    The masks are those of the members of an ensemble, or of the flips of one network. Two empty masks agree.
    Source: query by committee; Dice between members as in Roy et al. 2018, "Inherent Brain Segmentation
    Quality Control from Fully ConvNet Monte Carlo Sampling".

    Args:
        masks: (H, W) seep or not, of one shape.

    Returns:
        0 (all alike, all empty, or fewer than two masks) to 1.
    """
    areas = [int(np.count_nonzero(mask)) for mask in masks]
    found = []
    for one, other in combinations(range(len(masks)), 2):
        total = areas[one] + areas[other]
        shared = int(np.count_nonzero(masks[one] & masks[other])) if total else 0
        found.append(2 * shared / total if total else 1.0)
    return 1 - sum(found) / len(found) if found else 0.0


def likely_wrong(
    masks: Sequence[NDArray[np.bool_]], seep: NDArray[np.float32], mask: NDArray[Any], threshold: float
) -> float:
    """How likely a prediction is wrong, from 0 to 1.

    With seep in its mask, `disagreement` of the masks. Without, the mean of the 20 highest probabilities as
    a share of the threshold: clean sea comes last, a slick that was just missed comes first. Disagreement
    alone cannot tell those apart, as nobody sees anything in either. Measured in `benchmarks/ordering.py`.

    Args:
        masks: as `disagreement`.
        seep: (H, W) probabilities, 0 where there is no data.
        mask: (H, W) class ids or booleans; what is not 0 is seep.
        threshold: of the probabilities, above 0.
    """
    if mask.any():
        return disagreement(masks)
    count = min(HIDDEN_PX, seep.size)
    if not count:
        return 0.0
    highest = np.partition(seep, seep.size - count, axis=None)[-count:]
    return min(1.0, float(highest.mean(dtype=np.float64)) / threshold)


def contradiction(
    seep: NDArray[np.float32], mask: NDArray[Any], accepted: NDArray[Any], certain: NDArray[np.bool_]
) -> float:
    """How strongly a sure model contradicts an accepted mask, from 0 to 1.

    Each pixel where the two differ weighs |2 p - 1|, how far its probability p is from undecided; the sum
    over twice what both call seep, plus that sum and 20 px. A model that is unsure contradicts nobody.
    Source of the idea: label errors are found where a model is confident of another label, Northcutt et al.
    2021, "Confident Learning".

    Args:
        seep: (H, W) probabilities.
        mask: (H, W) the model's; what is not 0 is seep.
        accepted: (H, W) the analyst's, likewise.
        certain: (H, W) pixels that count: they hold a measurement, and the analyst was not unsure.
    """
    model, person = (mask != 0) & certain, (accepted != 0) & certain
    differing = model != person
    weight = float(np.abs(2 * seep[differing] - 1).sum(dtype=np.float64))
    return weight / (weight + 2 * int(np.count_nonzero(model & person)) + CLEAR_PX)


def usefulness(seep: NDArray[np.float32], valid: NDArray[np.bool_]) -> float:
    """How much a tile would teach: the mean foreground entropy of its pixels.

    With s the probability of seep, the mean of -s log2 s - (1 - s) log2(1 - s) over the valid pixels. Large
    where much of the tile is undecided; small for clean sea and for slicks that are certain.
    Source: uncertainty sampling by entropy, Settles 2009, "Active Learning Literature Survey", 3.1.

    Args:
        seep: (H, W) probabilities.
        valid: (H, W) pixels that hold a measurement.

    Returns:
        0 to 1 bit; 0 where nothing is valid.
    """
    s = seep[valid].astype(np.float64)
    s = s[(s > 0) & (s < 1)]
    count = int(np.count_nonzero(valid))
    if not count:
        return 0.0
    return float(-(s * np.log2(s) + (1 - s) * np.log2(1 - s)).sum() / count)


def confidence(seep: NDArray[np.float32], mask: NDArray[Any]) -> float:
    """How sure a prediction is of itself, from 0 to 1.

    With a mask, the soft Dice of probability s and mask m, 2 sum(s m) / (sum(s) + sum(m)): 1 where every
    pixel is near 0 or 1. Without any seep in the mask, 1 minus the highest probability of seep, so that
    clean sea is sure, and sea with something just under the threshold is not.

    Args:
        seep: (H, W) probabilities, 0 where there is no data.
        mask: (H, W) class ids or booleans; what is not 0 is seep.
    """
    binary = mask != 0
    if seep.size == 0:
        return 1.0
    if not binary.any():
        return float(1 - seep.max())
    total = float(seep.sum(dtype=np.float64)) + np.count_nonzero(binary)
    return min(1.0, 2 * float(seep[binary].sum(dtype=np.float64)) / total)


def rank_tiles(order: str, rows: Sequence[RankedTile], seed: int) -> list[int]:
    """Put tiles into the order in which they are to be reviewed.

    "useful" goes round the strata of predicted class and scene, the most useful tile of each in turn, so
    that no scene and no class has to wait; every tenth tile is drawn at random instead. "random" shuffles.
    Any other order is by its value, highest first, ties by id.

    Args:
        order: a key of the candidates' `values`, or "random".
        rows: the tiles, in any order.
        seed: of what is random; the same seed and tiles give the same order.

    Returns:
        The ids of all tiles.
    """
    rows = sorted(rows, key=lambda row: row.id)
    # By a hash of each and not by one shuffle: a tile that leaves does not move the others.
    shuffled = sorted((row.id for row in rows), key=lambda one: blake2b(b"%d %d" % (seed, one)).digest())
    if order == RANDOM:
        return shuffled
    ranked = sorted(rows, key=lambda row: -row.values.get(order, -np.inf))
    if order != USEFUL:
        return [row.id for row in ranked]
    return _interleaved([row.id for row in _by_strata(ranked)], shuffled)


def _by_strata(ranked: Sequence[RankedTile]) -> list[RankedTile]:
    """Take the first of each stratum, then the second of each, and so on; each round keeps the ranking."""
    seen: dict[tuple[int, str], int] = defaultdict(int)
    rounds: list[tuple[int, int]] = []
    for at, row in enumerate(ranked):
        stratum = (row.class_id, row.scene)
        rounds.append((seen[stratum], at))
        seen[stratum] += 1
    return [ranked[at] for _, at in sorted(rounds)]


def _interleaved(first: Sequence[int], shuffled: Sequence[int]) -> list[int]:
    """Mix a tenth of random tiles into an order; each tile comes once."""
    taken: set[int] = set()
    sources = (iter(first), iter(shuffled))
    found = []
    for place in range(1, len(first) + 1):
        chosen = next(one for one in sources[place % RANDOM_SHARE == 0] if one not in taken)
        taken.add(chosen)
        found.append(chosen)
    return found
