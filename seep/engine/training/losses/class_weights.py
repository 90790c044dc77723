"""Class weights from class frequencies."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

WEIGHT_CAP = 5.0
"""Largest weight relative to the most frequent class, because the few masks of rare classes are rough."""

WEIGHTINGS = ("none", "inverse", "inverse_root", "effective_number")
BETA = 0.9999
"""Of the effective number: Cui et al. recommend 0.9 to 0.9999 by the size of the set; pixels are many."""


def class_weights(pixel_counts: Sequence[int], weighting: str = "inverse_root") -> Tensor:
    """Return class weights from pixel counts: 1 for the most frequent class, at most `WEIGHT_CAP`.

    "inverse" is proportional to 1 / n, "inverse_root" to n ** -0.5, and "effective_number" to
    (1 - beta) / (1 - beta ** n): Cui et al. 2019, https://arxiv.org/abs/1901.05555.

    Args:
        pixel_counts: pixels of each class; 0 (absent) is treated as 1.
        weighting: one of `WEIGHTINGS`.

    Returns:
        float32 (n,).

    Raises:
        ValueError: the weighting is unknown.
    """
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting is {weighting!r}: use {', '.join(WEIGHTINGS)}")
    counts = torch.tensor([max(1, count) for count in pixel_counts], dtype=torch.float64)
    if weighting == "none":
        rarity = torch.ones_like(counts)
    elif weighting == "effective_number":
        rarity = (1 - BETA) / (1 - BETA**counts)
    else:
        rarity = counts ** (-1.0 if weighting == "inverse" else -0.5)
    return torch.clamp(rarity / rarity.min(), max=WEIGHT_CAP).float()
