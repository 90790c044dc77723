"""The asymmetric unified focal loss, which generalizes cross-entropy, focal, Dice and Tversky losses."""

from __future__ import annotations

from torch import Tensor

from seep.engine.training.losses.overlap import indices
from seep.engine.training.losses.targets import LabeledPixels

SHARE, DELTA, GAMMA = 0.5, 0.6, 0.5
"""Weight of the pixelwise part, weight of false negatives, and focal exponent, as published."""


def unified_focal(
    pixels: LabeledPixels, share: float = SHARE, delta: float = DELTA, gamma: float = GAMMA
) -> Tensor:
    """Return share * pixel term + (1 - share) * overlap term, with seep as the rare class.

    The pixel term is -delta log p for seep and -(1 - delta) (1 - p) ** gamma log p for background. The overlap term is
    (1 - T) ** (1 - gamma) of each seep class, where T is the Tversky index with the weight delta of false negatives.

    Source: Yeung et al. 2022, https://arxiv.org/abs/2102.04525, its asymmetric form.
    """
    true_log_p = pixels.true_log_p()
    seep = pixels.truth > 0
    rare = -delta * true_log_p
    common = -(1 - delta) * (1 - true_log_p.exp()).clamp(min=0) ** gamma * true_log_p
    pixelwise = (rare * seep + common * ~seep).sum() / max(1, len(seep))
    areas = ((1 - indices(pixels, delta, 1 - delta)).clamp(min=1e-7) ** (1 - gamma)).mean()
    return share * pixelwise + (1 - share) * areas
