"""The network: a configurable U-Net, by default with two heads on one trunk.

Finding seep and classifying it differ in difficulty and class balance: seep is 2 % of the sea, and a class applies to a
whole slick. Each task therefore has its own head and loss. Data without a dominant background can use one softmax.

Source: Ronneberger et al. 2015, U-Net, https://arxiv.org/abs/1505.04597; more in `seep.engine.blocks`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seep.core.masks.classes import MAX_CLASSES
from seep.engine.blocks import BLOCKS, DOUBLINGS, UpBlock

SEEP_PRIOR = 0.05
"""Initial seep probability of an untrained network; a bias of 0 would give 0.5."""

LIMITS = {
    "bands": (1, 64),
    "classes": (2, MAX_CLASSES),
    "levels": (1, 6),
    "width": (2, 128),
    "stride": (1, 2),
}
CHOICES = {
    "block": (*BLOCKS,),
    "norm": ("batch", "group", "none"),
    "doubling": DOUBLINGS,
    "heads": ("two", "softmax"),
}
SWITCHES = ("attention", "deep_supervision", "image_head")


@dataclass(frozen=True)
class UNetConfig:
    """The shape of a network.

    Attributes:
        bands: number of image bands; the network has one more input channel, 1 at valid pixels.
        classes: number of classes, background (0) included; 2 for seep and background only.
        levels: number of times that the trunk halves the resolution.
        width: channels of the first level, doubled at each level up to 16 times.
        stride: 1, or 2 for a trunk at half resolution, in which blocks of 2 x 2 pixels are channels, at a quarter of
            the cost of the same width.
        block: "plain" pairs of convolutions or "residual" ones.
        norm: "batch", "group" or "none".
        doubling: upsampling in the decoder: "reduced" (1x1 convolution, then bilinear), "bilinear" (all channels
            kept), "transposed" (2x2) or "convolved" (nearest, then 3x3).
        heads: "two" (seep or background; class) or "softmax" over all classes.
        attention: attention gates on the skip connections.
        deep_supervision: additional logits at every decoder level, for training.
        image_head: an additional logit per image for "contains seep".
    """

    bands: int = 1
    classes: int = 8
    levels: int = 4
    width: int = 16
    stride: int = 1
    block: str = "plain"
    norm: str = "batch"
    doubling: str = "reduced"
    heads: str = "two"
    attention: bool = False
    deep_supervision: bool = False
    image_head: bool = False

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ValueError(f"{name} is {value!r}: it must be a whole number {low} to {high}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is {getattr(self, name)!r}: use {', '.join(choices)}")
        for name in SWITCHES:
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"{name} is {getattr(self, name)!r}: use true or false")

    @property
    def multiple(self) -> int:
        """Number of pixels of which image sides must be multiples."""
        return int(self.stride * 2**self.levels)

    @property
    def widths(self) -> list[int]:
        """Channels of the levels, from the first to the bottleneck."""
        return [self.width * 2 ** min(level, 4) for level in range(self.levels + 1)]

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> UNetConfig:
        """Read what `to_dict` returned; missing names, as in older cards, have their defaults.

        Raises:
            ValueError: a name is unknown, or a value is out of range.
        """
        known = [*LIMITS, *CHOICES, *SWITCHES]
        unknown = set(values) - set(known)
        if unknown:
            raise ValueError(f"unknown network settings {sorted(unknown)}: known are {known}")
        return cls(**values)


class Heads(nn.Module):
    """Logits from a feature map, at `stride` times its resolution."""

    def __init__(self, config: UNetConfig, inputs: int) -> None:
        super().__init__()
        self.stride = config.stride
        self.two = config.heads == "two"
        first = 1 if self.two else config.classes
        block_px = config.stride**2
        self.seep_head = nn.Conv2d(inputs, first * block_px, 1)
        self.type_head = nn.Conv2d(inputs, (config.classes - 1) * block_px, 1) if self.two else None
        if self.two and self.seep_head.bias is not None:
            nn.init.constant_(self.seep_head.bias, math.log(SEEP_PRIOR / (1 - SEEP_PRIOR)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, classes, stride h, stride w)."""
        logits: Tensor = self.seep_head(x)
        if self.type_head is not None:
            logits = torch.cat((logits, self.type_head(x)), dim=1)
        return functional.pixel_shuffle(logits, self.stride) if self.stride > 1 else logits


class Outputs(NamedTuple):
    """The outputs of a network in training.

    Attributes:
        logits: (N, classes, H, W).
        deeper: logits of the coarser decoder levels, finest first; empty without deep supervision.
        image: (N,) logits of "contains seep"; None without an image head.
    """

    logits: Tensor
    deeper: list[Tensor]
    image: Tensor | None


class UNet(Heads):
    """(N, bands + 1, H, W) float -> (N, classes, H, W) logits.

    With two heads, channel 0 is the seep logit and channels 1.. are type logits over the classes
    1..classes-1, meaningful where there is seep; with a softmax, channel k is the logit of class k.
    H and W must be multiples of `config.multiple`.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__(config, config.width)
        self.config = config
        widths = config.widths
        inputs = [(config.bands + 1) * config.stride**2, *widths[:-1]]
        make = BLOCKS[config.block]
        self.down = nn.ModuleList(make(a, b, config.norm) for a, b in zip(inputs, widths, strict=True))
        self.up = nn.ModuleList(
            UpBlock(
                widths[level + 1],
                widths[level],
                block=config.block,
                norm=config.norm,
                doubling=config.doubling,
                attention=config.attention,
            )
            for level in reversed(range(config.levels))
        )
        levels = range(1, config.levels) if config.deep_supervision else ()
        self.deep_heads = nn.ModuleList(Heads(config, widths[level]) for level in levels)
        self.image_head = nn.Linear(widths[-1], 1) if config.image_head else None

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch; see the class."""
        return super().forward(self._up(self._down(x))[0])

    def outputs(self, x: Tensor) -> Outputs:
        """Return all outputs that training needs, in one pass."""
        levels = self._down(x)
        maps = self._up(levels)
        deeper = [head(one) for head, one in zip(self.deep_heads, maps[1:], strict=False)]
        return Outputs(super().forward(maps[0]), deeper, self._image(levels[-1]))

    def image_logits(self, x: Tensor) -> Tensor:
        """Return (N,) logits of "contains seep"; only the encoder is computed.

        Raises:
            ValueError: the network has no image head.
        """
        found = self._image(self._down(x)[-1])
        if found is None:
            raise ValueError("this network has no image head: train one with image_head")
        return found

    def _down(self, x: Tensor) -> list[Tensor]:
        """Return the feature maps of the encoder, finest first."""
        x = functional.pixel_unshuffle(x, self.config.stride) if self.config.stride > 1 else x
        levels: list[Tensor] = []
        for number, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if number else x)
            levels.append(x)
        return levels

    def _up(self, levels: list[Tensor]) -> list[Tensor]:
        """Return the feature maps of the decoder, finest first."""
        maps = [levels[-1]]
        for block, skip in zip(self.up, reversed(levels[:-1]), strict=True):
            maps.append(block(maps[-1], skip))
        return maps[:0:-1]

    def _image(self, bottom: Tensor) -> Tensor | None:
        """Return the image logits from the mean of the bottleneck; its maximum could be a single bright ship."""
        if self.image_head is None:
            return None
        logit: Tensor = self.image_head(bottom.mean(dim=(2, 3)))
        return logit[:, 0]


def log_probabilities(logits: Tensor, heads: str = "two") -> Tensor:
    """Return log probabilities of all classes, which are exact for tiny probabilities.

    With two heads and s = sigmoid(seep logit): p_0 = 1 - s and p_k = s * softmax(type logits)_k.

    Args:
        logits: (N, classes, H, W) as `UNet` returns them.
        heads: as in `UNetConfig`.

    Returns:
        (N, classes, H, W), <= 0.
    """
    if heads == "softmax":
        return torch.log_softmax(logits, dim=1)
    seep, types = logits[:, :1], torch.log_softmax(logits[:, 1:], dim=1)
    return torch.cat((functional.logsigmoid(-seep), functional.logsigmoid(seep) + types), dim=1)


def class_probabilities(logits: Tensor, heads: str = "two") -> Tensor:
    """Return the probabilities of all classes; see `log_probabilities`.

    Returns:
        (N, classes, H, W), in 0..1, summing to 1 over the classes.
    """
    if heads == "softmax":
        return torch.softmax(logits, dim=1)
    seep = torch.sigmoid(logits[:, :1])
    return torch.cat((1 - seep, seep * torch.softmax(logits[:, 1:], dim=1)), dim=1)
