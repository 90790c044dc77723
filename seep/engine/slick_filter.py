"""The slick head at work: the seep probability of each predicted slick takes in that it may be a look-alike.

There is one seep probability per pixel everywhere: in masks, scores, the queue and the slider of Review. So the head
changes this probability instead of adding a second one. A slick that it calls a look-alike drops below the threshold
of the seep probability; the others stay above, in the order of the head's probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seep.core.masks.slick_features import FEATURES, SlickFeatures, slick_features
from seep.engine.decision import Decision, remove_small_slicks
from seep.engine.slick_head import SlickHead

LEAST_ABOVE, MOST_BELOW = 1e-5, 0.95
"""Pixels of slicks stay this much above the threshold of the seep probability, those of look-alikes below this share of
it, so that the rounding of stored probabilities does not bring them back."""


@dataclass(frozen=True, eq=False)
class SlickFilter:
    """A slick head with its threshold.

    Attributes:
        head: the networks.
        threshold: slicks with a lower probability of the head are look-alikes, between 0 and 1.
    """

    head: SlickHead
    threshold: float

    def rescored(self, classes: Tensor, image: NDArray[np.float32], decision: Decision) -> Tensor:
        """Change the probabilities, in place, by what the head says of each predicted slick.

        A head with classes replaces the class probabilities of the pixels of each slick, in their shares of the seep
        probability.

        Wide dark areas are not touched: whether they are oil sheets or low wind is a question to the analyst. Without
        `Decision.class_per_slick` nothing is: there is no threshold to drop below.

        Args:
            classes: float32 (classes, H, W), calibrated, background where there are no data.
            image: float32 (bands + 1, H, W), the normalized input of the network.

        Returns:
            The same tensor, still summing to 1 over the classes.
        """
        if not decision.class_per_slick:
            return classes
        seep = remove_small_slicks(decision.seep(classes[None])[0].numpy(), decision.least_px)
        if not seep.any():
            return classes
        probability: NDArray[np.float32] = (1 - classes[0]).numpy()
        found = slick_features(seep, probability, image)
        scores = narrow_scores(self.head.probabilities(found.values), found, decision.wide_radius_px)
        if self.head.classes == len(classes) - 1:  # not where the seep classes are merged
            _set_types(classes, found, self.head.class_probabilities(found.values))
        new = rescored_probability(probability, found, scores, (self.threshold, decision.threshold))
        _set_seep(classes, new, new != probability)
        return classes


def narrow_scores(
    scores: NDArray[np.float64], slicks: SlickFeatures, wide_radius_px: float
) -> NDArray[np.float64]:
    """Return the scores with NaN for wide dark areas, which are neither raised nor lowered.

    Args:
        scores: (slicks,) probability that each slick is one, 0..1.
        wide_radius_px: slicks with a larger inscribed radius are wide.
    """
    return np.where(slicks.values[:, FEATURES.index("radius_px")] > wide_radius_px, np.nan, scores)


def rescored_probability(
    probability: NDArray[np.float32],
    slicks: SlickFeatures,
    scores: NDArray[np.float64],
    thresholds: tuple[float, float],
) -> NDArray[np.float32]:
    """Return seep probabilities that take in the scores of the slicks.

    Args:
        probability: (H, W) seep probabilities.
        slicks: their pixels reach the second threshold.
        scores: (slicks,) probability that each slick is one, 0..1; NaN leaves a slick as it is.
        thresholds: of these scores, and of the seep probability.

    Returns:
        (H, W). Slicks whose score reaches the threshold stay at or above that of the seep probability, scaled by the
        score. The others fall below it, with the pixels next to them, so that no rim of them stays behind.
    """
    least, level = thresholds
    factors = np.where(scores >= least, (scores - least) / (1 - least), scores / least)
    factors = np.concatenate(([1.0], np.where(np.isnan(scores), 1.0, factors))).astype(np.float32)
    removed = np.concatenate(([False], scores < least))
    new = probability.copy()
    kept = (slicks.labels > 0) & ~removed[slicks.labels]
    new[kept] = level + np.maximum((probability[kept] - level) * factors[slicks.labels[kept]], LEAST_ABOVE)
    if removed.any():
        near = removed[slicks.nearest]
        new[near] = np.minimum(probability[near], MOST_BELOW * level) * factors[slicks.nearest[near]]
    return new


def _set_types(classes: Tensor, slicks: SlickFeatures, probabilities: NDArray[np.float64]) -> None:
    """Give all pixels of each slick its class probabilities in place, with the same seep probability."""
    inside = slicks.labels > 0
    rows, columns = (torch.from_numpy(axis) for axis in np.nonzero(inside))
    shares = torch.from_numpy(probabilities[slicks.labels[inside] - 1].T).to(classes)
    classes[1:, rows, columns] = shares * classes[1:, rows, columns].sum(dim=0)


def _set_seep(classes: Tensor, seep: NDArray[np.float32], changed: NDArray[np.bool_]) -> None:
    """Change the seep probability of some pixels in place, with the same shares of the seep classes."""
    rows, columns = (torch.from_numpy(axis) for axis in np.nonzero(changed))
    wanted = torch.from_numpy(seep[changed])
    types = classes[1:, rows, columns]
    types *= wanted / types.sum(dim=0).clamp_min(1e-30)
    classes[1:, rows, columns] = types
    classes[0, rows, columns] = (1 - types.sum(dim=0)).clamp(0, 1)
