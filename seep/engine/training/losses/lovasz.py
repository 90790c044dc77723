"""The Lovasz-softmax loss, a differentiable surrogate of 1 - IoU."""

from __future__ import annotations

import torch
from torch import Tensor

from seep.engine.training.losses.targets import LabeledPixels


def lovasz(pixels: LabeledPixels) -> Tensor:
    """Return the Lovasz extension of 1 - IoU, averaged over the classes of the batch, 0..1.

    Source: Berman et al. 2018, https://arxiv.org/abs/1705.08790, algorithm 1.
    """
    truth = pixels.one_hot()
    errors = (truth - pixels.log_p.exp()).abs()
    present = pixels.present()
    found = [_of_class(errors[one], truth[one]) for one in range(pixels.classes) if present[one]]
    return torch.stack(found).mean() if found else pixels.log_p.sum()


def _of_class(errors: Tensor, truth: Tensor) -> Tensor:
    ordered, order = errors.sort(descending=True)
    held = truth[order]
    left = held.sum() - held.cumsum(0)
    union = held.sum() + (1 - held).cumsum(0)
    cost = 1 - left / union  # 1 - IoU if the k worst pixels are wrong
    steps = torch.cat((cost[:1], cost[1:] - cost[:-1]))
    return (ordered * steps).sum()
