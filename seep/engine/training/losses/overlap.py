"""Overlap losses: Dice, Jaccard and Tversky, all from 0 to 1.

Sums are over the whole batch, because Dice is undefined for a tile of clean sea. The result is the mean over the seep
classes in the batch, or over all seep classes if there are none, so that false alarms on clean sea are penalized.
"""

from __future__ import annotations

from torch import Tensor

from seep.engine.training.losses.targets import LabeledPixels

SMOOTH = 1.0
"""Added to numerator and denominator, so that an empty batch has the loss 0 and no ratio is 0 / 0."""

ALPHA, BETA, GAMMA = 0.7, 0.3, 4 / 3
"""Parameters of the focal Tversky loss, as published: false negatives count more than false positives."""


def dice(pixels: LabeledPixels) -> Tensor:
    """1 - 2 TP / (2 TP + FP + FN), soft: Milletari et al. 2016, https://arxiv.org/abs/1606.04797."""
    return tversky(pixels, 0.5, 0.5)


def jaccard(pixels: LabeledPixels) -> Tensor:
    """1 - TP / (TP + FP + FN), soft: Rahman and Wang 2016, https://doi.org/10.1007/978-3-319-50835-1_22."""
    return tversky(pixels, 1.0, 1.0)


def tversky(pixels: LabeledPixels, alpha: float = ALPHA, beta: float = BETA) -> Tensor:
    """1 - TP / (TP + alpha FN + beta FP): Salehi et al. 2017, https://arxiv.org/abs/1706.05721."""
    return _mean(pixels, 1 - indices(pixels, alpha, beta))


def focal_tversky(
    pixels: LabeledPixels, alpha: float = ALPHA, beta: float = BETA, gamma: float = GAMMA
) -> Tensor:
    """(1 - Tversky) ** (1 / gamma): Abraham and Khan 2019, https://arxiv.org/abs/1810.07842."""
    # The root has an infinite slope at 0, which is the loss of a perfect prediction.
    return _mean(pixels, (1 - indices(pixels, alpha, beta)).clamp(min=1e-7) ** (1 / gamma))


def indices(pixels: LabeledPixels, alpha: float, beta: float) -> Tensor:
    """Return the Tversky index of each seep class, (classes - 1,), 0..1."""
    probability = pixels.log_p[1:].exp()
    truth = pixels.one_hot()[1:]
    hit = (probability * truth).sum(dim=1)
    missed, made_up = truth.sum(dim=1) - hit, probability.sum(dim=1) - hit
    return (hit + SMOOTH) / (hit + alpha * missed + beta * made_up + SMOOTH)


def _mean(pixels: LabeledPixels, by_class: Tensor) -> Tensor:
    present = pixels.present()[1:].to(by_class.dtype)
    if not present.any():
        return by_class.mean()
    return (by_class * present).sum() / present.sum()
