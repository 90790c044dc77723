"""The asymmetric unified focal loss, which holds cross-entropy, focal, Dice and Tversky losses within it."""

from __future__ import annotations

from torch import Tensor

from seep.engine.training.losses.asked import Asked
from seep.engine.training.losses.overlap import indices

SHARE, DELTA, GAMMA = 0.5, 0.6, 0.5
"""Of pixels against areas; of what is missed against what is made up; of the focus. As published."""


def unified_focal(asked: Asked, share: float = SHARE, delta: float = DELTA, gamma: float = GAMMA) -> Tensor:
    """Share * pixelwise + (1 - share) * areas, with seep as what is rare.

    Pixelwise: -delta log p where there is seep, -(1 - delta) (1 - p) ** gamma log p where there is none.
    Areas: (1 - T) ** (1 - gamma) of each seep class, with T the Tversky index that weighs misses by delta.

    Source: Yeung et al. 2022, https://arxiv.org/abs/2102.04525, its asymmetric form.
    """
    chosen = asked.chosen()
    seep = asked.truth > 0
    rare = -delta * chosen
    common = -(1 - delta) * (1 - chosen.exp()).clamp(min=0) ** gamma * chosen
    pixelwise = (rare * seep + common * ~seep).sum() / max(1, len(seep))
    areas = ((1 - indices(asked, delta, 1 - delta)).clamp(min=1e-7) ** (1 - gamma)).mean()
    return share * pixelwise + (1 - share) * areas
