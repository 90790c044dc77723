"""The labeled pixels of a batch: their probabilities and their classes."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seep.engine.unet import log_probabilities

IGNORE_INDEX = 255
"""Mask value of pixels that every loss ignores: unsure, or nodata."""

UNKNOWN_CLASS = 254
"""Mask value of seep whose class is unknown or arbitrary, as in synthetic scenes; used in losses only.
It is no class id, see `seep.core.masks.classes.MAX_CLASSES`."""


class LabeledPixels(NamedTuple):
    """The pixels of a batch that are not ignored, flattened.

    Attributes:
        log_p: (classes, pixels) logarithms of the probabilities.
        truth: (pixels,) int64 class ids, or `UNKNOWN_CLASS`.
    """

    log_p: Tensor
    truth: Tensor

    @property
    def classes(self) -> int:
        """Number of classes, background included."""
        return int(self.log_p.shape[0])

    def one_hot(self) -> Tensor:
        """(classes, pixels), 1 at the class of each pixel; an unknown class is the predicted distribution."""
        found = self._is_class().to(self.log_p.dtype)
        unknown = self.truth == UNKNOWN_CLASS
        if unknown.any():
            found[1:, unknown] = torch.softmax(self.log_p[1:, unknown].detach(), dim=0)
        return found

    def present(self) -> Tensor:
        """(classes,) bool: which classes occur in the truth."""
        return self._is_class().any(dim=1)

    def true_log_p(self) -> Tensor:
        """(pixels,) log probability of the true class; of any seep class where the class is unknown."""
        unknown = self.truth == UNKNOWN_CLASS
        own = self.log_p.gather(0, self.truth.masked_fill(unknown, 0)[None])[0]
        if not unknown.any():
            return own
        return torch.where(unknown, torch.logsumexp(self.log_p[1:], dim=0), own)

    def weights_of(self, weights: Tensor) -> Tensor:
        """(pixels,) weight of the true class, from (classes,); the mean over seep classes where it is unknown."""
        unknown = self.truth == UNKNOWN_CLASS
        return torch.where(unknown, weights[1:].mean(), weights[self.truth.masked_fill(unknown, 0)])

    def _is_class(self) -> Tensor:
        ids = torch.arange(self.classes, device=self.truth.device)[:, None]
        return self.truth[None] == ids

    def binary(self) -> LabeledPixels:
        """The same pixels with all seep classes merged into one."""
        log_seep = torch.logsumexp(self.log_p[1:], dim=0)
        return LabeledPixels(torch.stack((self.log_p[0], log_seep)), (self.truth > 0).long())


def select_labeled(logits: Tensor, masks: Tensor, heads: str = "two") -> LabeledPixels:
    """Select the pixels that are not ignored.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        masks: (N, H, W) class ids, `IGNORE_INDEX` or `UNKNOWN_CLASS`.
        heads: as in `UNetConfig`.
    """
    counted = masks != IGNORE_INDEX
    log_p = log_probabilities(logits.float(), heads).movedim(1, 0)[:, counted]
    return LabeledPixels(log_p, masks[counted].long())
