"""The network: a U-Net with two heads on one trunk.

Whether a pixel is seep at all and which class a seep is are two questions of very different
difficulty and balance (seep is 2 % of the sea, and a class belongs to a whole slick), so each
has its own logits and its own loss.

Source: Ronneberger et al. 2015, U-Net, https://arxiv.org/abs/1505.04597.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SEEP_PRIOR = 0.05
"""Share of seep that an untrained network expects; a bias of 0 would start from a half."""

LIMITS = {"bands": (1, 64), "classes": (2, 64), "levels": (1, 6), "width": (2, 128), "stride": (1, 2)}


@dataclass(frozen=True)
class UNetConfig:
    """The shape of a network.

    Attributes:
        bands: image bands; the network reads one channel more, which pixels are valid.
        classes: number of classes with background (0); 2 is plain seep / no seep.
        levels: number of times the trunk halves its input.
        width: channels of the trunk's first level, doubled at each level up to 16 times.
        stride: 1, or 2 for a trunk at half resolution: pixels enter and leave it as blocks of
            2 x 2 channels, a quarter of the cost at the same width and no pixel lost.
    """

    bands: int = 1
    classes: int = 8
    levels: int = 4
    width: int = 16
    stride: int = 1

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ValueError(f"{name} is {value!r}: it must be a whole number {low} to {high}")

    @property
    def multiple(self) -> int:
        """Image sides must be multiples of this, in pixels."""
        return int(self.stride * 2**self.levels)

    def to_dict(self) -> dict[str, int]:
        """Plain numbers, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> UNetConfig:
        """The inverse of `to_dict`.

        Raises:
            ValueError: on an unknown name or a value out of its limits.
        """
        unknown = set(values) - set(LIMITS)
        if unknown:
            raise ValueError(f"unknown network settings {sorted(unknown)}: known are {[*LIMITS]}")
        return cls(**values)


class ConvBlock(nn.Module):
    """Two 3x3 convolutions, each with batch norm and ReLU; keeps height and width."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1: nn.Module = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2: nn.Module = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W)."""
        x = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        return functional.relu(self.norm2(self.conv2(x)), inplace=True)


class UpBlock(nn.Module):
    """Doubles the resolution and joins the skip connection of that level."""

    def __init__(self, inputs: int, skip: int) -> None:
        super().__init__()
        # The 1x1 convolution before upsampling costs a quarter of what it would after.
        self.reduce = nn.Conv2d(inputs, skip, 1)
        self.block = ConvBlock(2 * skip, skip)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, inputs, H, W) and (N, skip, 2H, 2W) -> (N, skip, 2H, 2W)."""
        x = functional.interpolate(self.reduce(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        joined: Tensor = self.block(torch.cat((x, skip), dim=1))
        return joined


class UNet(nn.Module):
    """(N, bands + 1, H, W) float -> (N, classes, H, W) logits.

    Channel 0 is the seep logit; channels 1.. are type logits over the classes 1..classes-1,
    meaningful where there is seep. H and W must be multiples of `config.multiple`.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.width * 2 ** min(level, 4) for level in range(config.levels + 1)]
        block_px = config.stride**2
        inputs = [(config.bands + 1) * block_px, *widths[:-1]]
        self.down = nn.ModuleList(ConvBlock(a, b) for a, b in zip(inputs, widths, strict=True))
        self.up = nn.ModuleList(
            UpBlock(widths[level + 1], widths[level]) for level in reversed(range(config.levels))
        )
        self.seep_head = nn.Conv2d(config.width, block_px, 1)
        self.type_head = nn.Conv2d(config.width, (config.classes - 1) * block_px, 1)
        if self.seep_head.bias is not None:
            nn.init.constant_(self.seep_head.bias, math.log(SEEP_PRIOR / (1 - SEEP_PRIOR)))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch; see the class."""
        stride = self.config.stride
        x = functional.pixel_unshuffle(x, stride) if stride > 1 else x
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = block(x, skips.pop())
        logits = torch.cat((self.seep_head(x), self.type_head(x)), dim=1)
        return functional.pixel_shuffle(logits, stride) if stride > 1 else logits


def class_probabilities(logits: Tensor) -> Tensor:
    """Probabilities of all classes from the two heads.

    With s = sigmoid(seep logit): p_0 = 1 - s and p_k = s * softmax(type logits)_k.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.

    Returns:
        (N, classes, H, W), in 0..1, summing to 1 over the classes.
    """
    seep = torch.sigmoid(logits[:, :1])
    return torch.cat((1 - seep, seep * torch.softmax(logits[:, 1:], dim=1)), dim=1)
