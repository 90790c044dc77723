"""Acquisition scores for the review queue: likely errors, usefulness for training, confidence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RANDOM_SHARE = 10
"""Every tenth tile of the "useful" order is random, so that the order also covers what the model does not know."""

HIDDEN_PX = 20
"""Typical size in pixels of a slick just below the threshold; smaller dark spots are speckle."""

CLEAR_PX = 20
"""Added to the denominator of `contradiction`, so that a few pixels along an edge give a low score."""

RANDOM = "random"
USEFUL = "useful"


class OrderValues(NamedTuple):
    """Values of a prediction that the review queue sorts by, highest first; None for unknown ones.

    Each is a column of the same name of tiles and of predictions. `order_values` computes them.

    Attributes:
        likely_wrong: see `likely_wrong`.
        useful: see `usefulness`, bits per pixel.
        confident: see `confidence`.
        has_something: probability that the image contains seep, from an image head, 0 to 1.
        wide_area_px: pixels of predicted slicks and dark areas that are so wide that they are oil sheets or low
            wind. Dark areas are not in the mask.
    """

    likely_wrong: float | None = None
    useful: float | None = None
    confident: float | None = None
    has_something: float | None = None
    wide_area_px: int | None = None


def order_values(
    masks: Sequence[NDArray[np.bool_]],
    seep: NDArray[np.float32],
    mask: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    threshold: float,
    *,
    has_something: float | None = None,
    wide_area_px: int | None = None,
) -> OrderValues:
    """Return the values of a prediction of a tile.

    Args:
        masks: as for `disagreement`.
        seep: (H, W) seep probabilities, 0 where there is no data.
        mask: (H, W) class ids; seep where not 0.
        valid: (H, W) bool, pixels with data.
        threshold: seep threshold, above 0.
        has_something: see `OrderValues`.
        wide_area_px: see `OrderValues`.
    """
    return OrderValues(
        likely_wrong=likely_wrong(masks, seep, mask, threshold),
        useful=usefulness(seep, valid),
        confident=confidence(seep, mask),
        has_something=has_something,
        wide_area_px=wide_area_px,
    )


@dataclass(frozen=True)
class RankedTile:
    """A tile to be ranked.

    Attributes:
        id: id of the tile.
        scene: name or id of its scene; used as a group label only.
        class_id: class with the largest predicted area, 0 without any.
        values: score by order; higher scores come first, missing scores last.
    """

    id: int
    scene: str
    class_id: int
    values: Mapping[str, float]


def disagreement(masks: Sequence[NDArray[np.bool_]]) -> float:
    """Return the disagreement of several masks of one tile: 1 minus the mean Dice of all pairs.

    The masks come from the members of an ensemble, or from the flips of one network. Two empty masks agree.
    Source: query by committee; Dice between members as in Roy et al. 2018, "Inherent Brain Segmentation
    Quality Control from Fully ConvNet Monte Carlo Sampling".

    Args:
        masks: (H, W) seep or not, of one shape.

    Returns:
        0 to 1; 0 if all masks are equal or empty, or if there are fewer than two.
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
    """Return a score from 0 to 1 for the likelihood that a prediction is wrong.

    If the mask contains seep, the score is the `disagreement` of the masks. If not, it is the mean of the 20 highest
    probabilities divided by the threshold: low for clean sea, high for a slick just below the threshold.
    Disagreement is 0 in both of these cases.

    Args:
        masks: as for `disagreement`.
        seep: (H, W) seep probabilities, 0 where there is no data.
        mask: (H, W) class ids or booleans; seep where not 0.
        threshold: seep threshold, above 0.
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
    """Return how strongly a confident prediction contradicts an accepted mask, from 0 to 1.

    A pixel in which the masks differ has the weight |2 p - 1|, where p is its seep probability. With S the sum of
    these weights and B the number of pixels that are seep in both masks, the score is S / (2 B + S + 20 px). An
    uncertain prediction has a low score. The idea, label errors where a model is confident of another label, is
    from Northcutt et al. 2021, "Confident Learning".

    Args:
        seep: (H, W) seep probabilities.
        mask: (H, W) predicted mask; seep where not 0.
        accepted: (H, W) accepted mask; seep where not 0.
        certain: (H, W) bool, the pixels to compare: valid, and not marked as unsure.
    """
    model, person = (mask != 0) & certain, (accepted != 0) & certain
    differing = model != person
    weight = float(np.abs(2 * seep[differing] - 1).sum(dtype=np.float64))
    return weight / (weight + 2 * int(np.count_nonzero(model & person)) + CLEAR_PX)


def usefulness(seep: NDArray[np.float32], valid: NDArray[np.bool_]) -> float:
    """Return the expected training value of a tile: the mean binary entropy of its valid pixels.

    The entropy of a pixel with seep probability s is -s log2 s - (1 - s) log2(1 - s). The mean is large where much
    of the tile is uncertain, and small for clean sea and for certain slicks.
    Source: uncertainty sampling by entropy, Settles 2009, "Active Learning Literature Survey", 3.1.

    Args:
        seep: (H, W) seep probabilities.
        valid: (H, W) bool, pixels with data.

    Returns:
        0 to 1 bit; 0 without valid pixels.
    """
    s = seep[valid].astype(np.float64)
    s = s[(s > 0) & (s < 1)]
    count = int(np.count_nonzero(valid))
    if not count:
        return 0.0
    return float(-(s * np.log2(s) + (1 - s) * np.log2(1 - s)).sum() / count)


def confidence(seep: NDArray[np.float32], mask: NDArray[Any]) -> float:
    """Return the confidence of a prediction, from 0 to 1.

    If the mask m contains seep, this is its soft Dice with the probabilities s, 2 sum(s m) / (sum(s) + sum(m)): near 1
    if every probability is near 0 or 1. If not, it is 1 minus the highest seep probability: high for clean sea,
    low for a slick just below the threshold.

    Args:
        seep: (H, W) seep probabilities, 0 where there is no data.
        mask: (H, W) class ids or booleans; seep where not 0.
    """
    binary = mask != 0
    if seep.size == 0:
        return 1.0
    if not binary.any():
        return float(1 - seep.max())
    total = float(seep.sum(dtype=np.float64)) + np.count_nonzero(binary)
    return min(1.0, 2 * float(seep[binary].sum(dtype=np.float64)) / total)


def rank_tiles(order: str, rows: Sequence[RankedTile], seed: int) -> list[int]:
    """Rank tiles for review.

    "useful" takes the highest-ranked tile of each stratum (predicted class and scene) in turn, so that all scenes and
    classes come early; every tenth tile is random. "random" shuffles. Any other order sorts by its score, highest
    first, ties by id.

    Args:
        order: a key of `RankedTile.values`, or "random".
        rows: the tiles, in any order.
        seed: seed of the random numbers; the same seed and tiles give the same order.

    Returns:
        The ids of all tiles.
    """
    rows = sorted(rows, key=lambda row: row.id)
    # Sorted by a hash of each id instead of one shuffle: removing a tile does not move the others.
    shuffled = sorted((row.id for row in rows), key=lambda one: blake2b(b"%d %d" % (seed, one)).digest())
    if order == RANDOM:
        return shuffled
    ranked = sorted(rows, key=lambda row: -row.values.get(order, -np.inf))
    if order != USEFUL:
        return [row.id for row in ranked]
    return _interleaved([row.id for row in _by_strata(ranked)], shuffled)


def _by_strata(ranked: Sequence[RankedTile]) -> list[RankedTile]:
    """Return the first tile of each stratum, then the second of each, and so on, each round in ranking order."""
    seen: dict[tuple[int, str], int] = defaultdict(int)
    rounds: list[tuple[int, int]] = []
    for at, row in enumerate(ranked):
        stratum = (row.class_id, row.scene)
        rounds.append((seen[stratum], at))
        seen[stratum] += 1
    return [ranked[at] for _, at in sorted(rounds)]


def _interleaved(first: Sequence[int], shuffled: Sequence[int]) -> list[int]:
    """Replace every tenth tile of an order by a random one; each tile occurs once."""
    taken: set[int] = set()
    sources = (iter(first), iter(shuffled))
    found = []
    for place in range(1, len(first) + 1):
        chosen = next(one for one in sources[place % RANDOM_SHARE == 0] if one not in taken)
        taken.add(chosen)
        found.append(chosen)
    return found
