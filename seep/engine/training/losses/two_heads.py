"""The losses of the two heads.

Seep head: binary cross-entropy plus Dice over the whole batch, since Dice per tile is undefined on clean sea.
Type head: class-weighted cross-entropy on seep pixels. Both ignore nodata and unsure pixels; the type head also
ignores seep of unknown class.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS


def seep_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Binary cross-entropy plus (1 - Dice) of the seep head.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        masks: (N, H, W) class ids, `IGNORE_INDEX` where the pixel is ignored.

    Returns:
        A scalar >= 0; 0 where every pixel is ignored.
    """
    counted = (masks != IGNORE_INDEX).float()
    truth = ((masks > 0) & (masks != IGNORE_INDEX)).float()
    seep = logits[:, 0].float()
    entropy = functional.binary_cross_entropy_with_logits(seep, truth, reduction="none")
    entropy = (entropy * counted).sum() / counted.sum().clamp(min=1)
    probability = torch.sigmoid(seep) * counted
    overlap = 2 * (probability * truth).sum() + 1
    dice = overlap / (probability.sum() + truth.sum() + 1)
    return entropy + (1 - dice)


def type_loss(logits: Tensor, masks: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross-entropy of the type head over the seep pixels whose class is known.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        masks: (N, H, W) class ids.
        weights: (classes - 1,) from `class_weights`.

    Returns:
        A scalar >= 0; 0 for a batch without seep, and for networks of two classes.
    """
    types = logits[:, 1:].float()
    seep = (masks > 0) & (masks != IGNORE_INDEX) & (masks != UNKNOWN_CLASS)
    target = torch.where(seep, masks.long() - 1, torch.full_like(masks, -1, dtype=torch.long))
    loss = functional.cross_entropy(types, target, weights, ignore_index=-1, reduction="sum")
    return loss / weights[target[seep]].sum().clamp(min=1)
