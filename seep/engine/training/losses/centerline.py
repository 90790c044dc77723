"""Center-line losses, which penalize a break in a thin slick although few pixels are wrong."""

from __future__ import annotations

import numpy as np
import torch
from skimage.morphology import skeletonize
from torch import Tensor
from torch.nn import functional

from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.engine.unet import log_probabilities

SKELETON_STEPS = 10
"""Number of erosions; slicks up to twice as wide, in pixels, have a soft skeleton of one line."""

CENTERLINE_RADIUS_PX = 1
"""The skeleton of the truth is thickened by this on each side, because masks are accurate to a pixel or two."""


def cldice(logits: Tensor, masks: Tensor, heads: str = "two", steps: int = SKELETON_STEPS) -> Tensor:
    """Return 1 - clDice of seep: one minus the harmonic mean of the covered shares of both center lines.

    Source: Shit et al. 2021, https://arxiv.org/abs/2003.07311, with its soft skeleton.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        masks: (N, H, W) class ids, `IGNORE_INDEX` where the pixel is ignored.
        heads: as in `UNetConfig`.

    Returns:
        A scalar, 0..1; 0 if all pixels are ignored.
    """
    counted = (masks != IGNORE_INDEX).float()[:, None]
    seep = (1 - log_probabilities(logits.float(), heads)[:, :1].exp()) * counted
    truth = (masks > 0).float()[:, None] * counted
    predicted_line, true_line = soft_skeleton(seep, steps), soft_skeleton(truth, steps)
    precision = ((predicted_line * truth).sum() + 1) / (predicted_line.sum() + 1)
    recall = ((true_line * seep).sum() + 1) / (true_line.sum() + 1)
    return 1 - 2 * precision * recall / (precision + recall)


def skeleton_recall(logits: Tensor, masks: Tensor, heads: str = "two") -> Tensor:
    """Return 1 - recall of the thickened true center lines in their classes.

    Use it together with a loss that penalizes false positives: alone, predicting seep everywhere costs nothing.
    Source: Kirchhoff et al. 2024, https://arxiv.org/abs/2404.03010.

    Args and returns as `cldice`.
    """
    lines = thick_centerlines(masks)
    classes = logits.shape[1]
    probability = log_probabilities(logits.float(), heads).exp()
    found = [
        ((probability[:, one] * (lines == one)).sum() + 1) / ((lines == one).sum() + 1)
        for one in range(1, classes)
        if (lines == one).any()
    ]
    untyped = lines == UNKNOWN_CLASS
    if untyped.any():
        found.append((((1 - probability[:, 0]) * untyped).sum() + 1) / (untyped.sum() + 1))
    return 1 - torch.stack(found).mean() if found else logits.sum() * 0


def thick_centerlines(masks: Tensor, radius_px: int = CENTERLINE_RADIUS_PX) -> Tensor:
    """Return the center lines of the slicks, thickened within the slicks: (N, H, W) class ids, 0 elsewhere.

    Computed on the CPU without gradients: about 1 ms per crop of 128 px.
    """
    arrays = masks.detach().cpu().numpy()
    areas = (arrays > 0) & (arrays != IGNORE_INDEX)
    lines = np.stack([skeletonize(area) for area in areas])  # type: ignore[no-untyped-call]
    line = torch.from_numpy(lines).to(masks.device).float()[:, None]
    size = 2 * radius_px + 1
    near = functional.max_pool2d(line, size, 1, radius_px)[:, 0] > 0
    return torch.where(near & (masks != IGNORE_INDEX), masks, torch.zeros_like(masks))


def soft_skeleton(area: Tensor, steps: int) -> Tensor:
    """Return a differentiable skeleton, (N, 1, H, W), 0..1: the sum of what opening removes after each erosion."""
    line = functional.relu(area - _opened(area))
    for _ in range(steps):
        area = _eroded(area)
        lost = functional.relu(area - _opened(area))
        line = line + functional.relu(lost - line * lost)
    return line


def _eroded(area: Tensor) -> Tensor:
    rows = -functional.max_pool2d(-area, (3, 1), 1, (1, 0))
    columns = -functional.max_pool2d(-area, (1, 3), 1, (0, 1))
    return torch.minimum(rows, columns)


def _opened(area: Tensor) -> Tensor:
    return functional.max_pool2d(_eroded(area), 3, 1, 1)
