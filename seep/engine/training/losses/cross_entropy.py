"""Cross-entropy and focal losses: means over the labeled pixels, 0 or more; 0 without labeled pixels."""

from __future__ import annotations

from torch import Tensor

from seep.engine.training.losses.targets import LabeledPixels

GAMMA = 2.0
"""Exponent of the focal loss, the best value of Lin et al."""


def cross_entropy(pixels: LabeledPixels, weights: Tensor | None = None) -> Tensor:
    """Return the weighted mean of -log p of the true class; the weight of a pixel is that of its class.

    Args:
        pixels: the labeled pixels.
        weights: (classes,); None for equal weights.
    """
    if weights is None:
        return -pixels.true_log_p().sum() / max(1, len(pixels.truth))
    own = pixels.weights_of(weights)
    return -(own * pixels.true_log_p()).sum() / own.sum().clamp(min=1e-12)


def binary_cross_entropy(pixels: LabeledPixels) -> Tensor:
    """Return the cross-entropy of seep against background."""
    return cross_entropy(pixels.binary())


def focal(pixels: LabeledPixels, weights: Tensor | None = None, gamma: float = GAMMA) -> Tensor:
    """Return the mean of -w (1 - p) ** gamma log p, in which pixels that are already correct count little.

    Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002.
    """
    true_log_p = pixels.true_log_p()
    loss = -((1 - true_log_p.exp()).clamp(min=0) ** gamma) * true_log_p
    own = pixels.weights_of(weights) if weights is not None else 1.0
    return (own * loss).sum() / max(1, len(pixels.truth))
