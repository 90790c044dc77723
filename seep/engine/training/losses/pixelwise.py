"""Losses that are means over pixels. Each is 0 or more, and 0 where no pixel counts."""

from __future__ import annotations

from torch import Tensor

from seep.engine.training.losses.asked import Asked

GAMMA = 2.0
"""Of the focal loss: the value that Lin et al. found best."""


def cross_entropy(asked: Asked, weights: Tensor | None = None) -> Tensor:
    """Mean of -log p of the true class, weighted by class and divided by the sum of the weights.

    Args:
        asked: what counts.
        weights: (classes,); None for all alike.
    """
    if weights is None:
        return -asked.chosen().sum() / max(1, len(asked.truth))
    own = asked.weighed(weights)
    return -(own * asked.chosen()).sum() / own.sum().clamp(min=1e-12)


def binary_cross_entropy(asked: Asked) -> Tensor:
    """Cross-entropy of seep against background."""
    return cross_entropy(asked.binary())


def focal(asked: Asked, weights: Tensor | None = None, gamma: float = GAMMA) -> Tensor:
    """Mean of -w (1 - p) ** gamma log p: pixels that are right already count little.

    Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """
    chosen = asked.chosen()
    loss = -((1 - chosen.exp()).clamp(min=0) ** gamma) * chosen
    own = asked.weighed(weights) if weights is not None else 1.0
    return (own * loss).sum() / max(1, len(asked.truth))
