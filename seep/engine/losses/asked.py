"""What a loss is asked about: probabilities, the truth, and which pixels count."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seep.engine.unet import log_probabilities

IGNORED = 255
"""Mask value of pixels that no loss looks at: unsure, or nodata."""


class Asked(NamedTuple):
    """The pixels of a batch that count, in one row: what is ignored cannot reach a loss.

    Attributes:
        log_p: (classes, pixels) logarithms of the probabilities.
        truth: (pixels,) int64 class ids.
    """

    log_p: Tensor
    truth: Tensor

    @property
    def classes(self) -> int:
        """Number of classes, background included."""
        return int(self.log_p.shape[0])

    def one_hot(self) -> Tensor:
        """(classes, pixels), 1 at each pixel's class."""
        ids = torch.arange(self.classes, device=self.truth.device)[:, None]
        return (self.truth[None] == ids).to(self.log_p.dtype)

    def chosen(self) -> Tensor:
        """(pixels,) logarithm of the probability of each pixel's own class."""
        return self.log_p.gather(0, self.truth[None])[0]

    def binary(self) -> Asked:
        """The same with all seep classes taken together."""
        log_seep = torch.logsumexp(self.log_p[1:], dim=0)
        return Asked(torch.stack((self.log_p[0], log_seep)), (self.truth > 0).long())


def ask(logits: Tensor, masks: Tensor, heads: str = "two") -> Asked:
    """Pick the pixels that count.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        masks: (N, H, W) class ids, `IGNORED` where nothing is asked.
        heads: as in `UNetConfig`.
    """
    counted = masks != IGNORED
    log_p = log_probabilities(logits.float(), heads).movedim(1, 0)[:, counted]
    return Asked(log_p, masks[counted].long())
