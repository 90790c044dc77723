"""Losses that are means over pixels. Each is 0 or more, and 0 where no pixel counts."""

from __future__ import annotations

from torch import Tensor

from seep.engine.training.losses.targets import LabeledPixels

GAMMA = 2.0
"""Of the focal loss: the value that Lin et al. found best."""


def cross_entropy(pixels: LabeledPixels, weights: Tensor | None = None) -> Tensor:
    """Mean of -log p of the true class, weighted by class and divided by the sum of the weights.

    Args:
        pixels: the labeled pixels.
        weights: (classes,); None for all alike.
    """
    if weights is None:
        return -pixels.true_log_p().sum() / max(1, len(pixels.truth))
    own = pixels.weights_of(weights)
    return -(own * pixels.true_log_p()).sum() / own.sum().clamp(min=1e-12)


def binary_cross_entropy(pixels: LabeledPixels) -> Tensor:
    """Cross-entropy of seep against background."""
    return cross_entropy(pixels.binary())


def focal(pixels: LabeledPixels, weights: Tensor | None = None, gamma: float = GAMMA) -> Tensor:
    """Mean of -w (1 - p) ** gamma log p: pixels that are right already count little.

    Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """
    true_log_p = pixels.true_log_p()
    loss = -((1 - true_log_p.exp()).clamp(min=0) ** gamma) * true_log_p
    own = pixels.weights_of(weights) if weights is not None else 1.0
    return (own * loss).sum() / max(1, len(pixels.truth))
