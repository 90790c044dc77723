"""What a loss is asked about: probabilities, the truth, and which pixels count."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seep.engine.unet import log_probabilities

IGNORED = 255
"""Mask value of pixels that no loss looks at: unsure, or nodata."""

UNTYPED = 254
"""Mask value of seep whose class is not known, or arbitrary, as in synthetic scenes; only losses see it.
No class has it, see `seep.core.masks.classes.MAX_CLASSES`."""


class Asked(NamedTuple):
    """The pixels of a batch that count, in one row: what is ignored cannot reach a loss.

    Attributes:
        log_p: (classes, pixels) logarithms of the probabilities.
        truth: (pixels,) int64 class ids, `UNTYPED` for seep of a class that is not asked for.
    """

    log_p: Tensor
    truth: Tensor

    @property
    def classes(self) -> int:
        """Number of classes, background included."""
        return int(self.log_p.shape[0])

    def one_hot(self) -> Tensor:
        """(classes, pixels), 1 at each pixel's class; untyped seep is shared out as the network believes."""
        found = self._is_class().to(self.log_p.dtype)
        untyped = self.truth == UNTYPED
        if untyped.any():
            found[1:, untyped] = torch.softmax(self.log_p[1:, untyped].detach(), dim=0)
        return found

    def present(self) -> Tensor:
        """(classes,) bool: which classes the truth names."""
        return self._is_class().any(dim=1)

    def chosen(self) -> Tensor:
        """(pixels,) logarithm of the probability of each pixel's own class; of any seep class if untyped."""
        untyped = self.truth == UNTYPED
        own = self.log_p.gather(0, self.truth.masked_fill(untyped, 0)[None])[0]
        if not untyped.any():
            return own
        return torch.where(untyped, torch.logsumexp(self.log_p[1:], dim=0), own)

    def weighed(self, weights: Tensor) -> Tensor:
        """(pixels,) weight of each pixel's class, of (classes,); the seep classes' mean if untyped."""
        untyped = self.truth == UNTYPED
        return torch.where(untyped, weights[1:].mean(), weights[self.truth.masked_fill(untyped, 0)])

    def _is_class(self) -> Tensor:
        ids = torch.arange(self.classes, device=self.truth.device)[:, None]
        return self.truth[None] == ids

    def binary(self) -> Asked:
        """The same with all seep classes taken together."""
        log_seep = torch.logsumexp(self.log_p[1:], dim=0)
        return Asked(torch.stack((self.log_p[0], log_seep)), (self.truth > 0).long())


def ask(logits: Tensor, masks: Tensor, heads: str = "two") -> Asked:
    """Pick the pixels that count.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        masks: (N, H, W) class ids, `IGNORED` where nothing is asked, `UNTYPED` where no class is.
        heads: as in `UNetConfig`.
    """
    counted = masks != IGNORED
    log_p = log_probabilities(logits.float(), heads).movedim(1, 0)[:, counted]
    return Asked(log_p, masks[counted].long())
