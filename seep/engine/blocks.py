"""Building blocks of the U-Net.

Sources: U-Net, Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597; residual blocks, Zhang et al. 2018,
https://arxiv.org/abs/1711.10684, after He et al. 2016, https://arxiv.org/abs/1512.03385; attention gates,
Oktay et al. 2018, https://arxiv.org/abs/1804.03999; group norm, Wu and He 2018,
https://arxiv.org/abs/1803.08494.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS = 8
"""Number of groups of group norm; fewer if it does not divide the number of channels."""


def norm_of(kind: str, channels: int) -> nn.Module:
    """Return a "batch" or "group" norm over `channels`, or the identity for "none"."""
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "group":
        return nn.GroupNorm(math.gcd(GROUPS, channels), channels)
    return nn.Identity()


class ConvBlock(nn.Module):
    """Two 3x3 convolutions, each with a norm and ReLU; keeps height and width."""

    def __init__(self, inputs: int, outputs: int, norm: str = "batch") -> None:
        super().__init__()
        bias = norm == "none"  # a norm removes any bias
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
        self.norm1 = norm_of(norm, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=bias)
        self.norm2 = norm_of(norm, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W)."""
        x = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        return functional.relu(self.norm2(self.conv2(x)), inplace=True)


class ResidualBlock(ConvBlock):
    """A block with a residual connection; a 1x1 convolution changes the number of channels if needed."""

    def __init__(self, inputs: int, outputs: int, norm: str = "batch") -> None:
        super().__init__(inputs, outputs, norm)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W)."""
        changed = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        return functional.relu(self.norm2(self.conv2(changed)) + self.shortcut(x))


BLOCKS = {"plain": ConvBlock, "residual": ResidualBlock}


class Gate(nn.Module):
    """Additive attention gate: weights the pixels of a skip connection by the feature map of the level below."""

    def __init__(self, below: int, skip: int) -> None:
        super().__init__()
        inner = max(1, skip // 2)
        self.from_below = nn.Conv2d(below, inner, 1)
        self.from_skip = nn.Conv2d(skip, inner, 1, bias=False)
        self.pass_share = nn.Conv2d(inner, 1, 1)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        """(N, below, H, W) and (N, skip, H, W) -> (N, skip, H, W)."""
        joined = functional.relu(self.from_below(below) + self.from_skip(skip), inplace=True)
        return skip * torch.sigmoid(self.pass_share(joined))


class _Doubled(nn.Module):
    """Doubles height and width by interpolation, followed by an optional convolution."""

    def __init__(self, mode: str, conv: nn.Module | None = None) -> None:
        super().__init__()
        self.mode = mode
        self.conv = conv or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        aligned = False if self.mode == "bilinear" else None
        x = functional.interpolate(x, scale_factor=2.0, mode=self.mode, align_corners=aligned)
        doubled: Tensor = self.conv(x)
        return doubled


class _Reduced(nn.Conv2d):
    """A 1x1 convolution followed by bilinear upsampling by 2: a quarter of the cost of the reverse order."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.interpolate(
            super().forward(x), scale_factor=2.0, mode="bilinear", align_corners=False
        )


def _doubling(kind: str, inputs: int, skip: int) -> tuple[nn.Module, int]:
    """Return the module that doubles the resolution, and the number of its output channels."""
    if kind == "reduced":
        return _Reduced(inputs, skip, 1), skip
    if kind == "bilinear":
        return _Doubled("bilinear"), inputs
    if kind == "transposed":
        return nn.ConvTranspose2d(inputs, skip, 2, stride=2), skip
    return _Doubled("nearest", nn.Conv2d(inputs, skip, 3, padding=1)), skip


DOUBLINGS = ("reduced", "bilinear", "transposed", "convolved")


class UpBlock(nn.Module):
    """Doubles the resolution and concatenates the skip connection of that level."""

    def __init__(
        self, inputs: int, skip: int, *, block: str, norm: str, doubling: str, attention: bool
    ) -> None:
        super().__init__()
        self.reduce, doubled = _doubling(doubling, inputs, skip)
        self.gate = Gate(doubled, skip) if attention else None
        self.block = BLOCKS[block](doubled + skip, skip, norm)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, inputs, H, W) and (N, skip, 2H, 2W) -> (N, skip, 2H, 2W)."""
        x = self.reduce(x)
        joined: Tensor = self.block(torch.cat((x, self.gate(x, skip) if self.gate else skip), dim=1))
        return joined
