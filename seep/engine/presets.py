"""Presets: a network and its training, by name. docs/presets.md describes their sources."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seep.engine.training.schedule import TrainConfig
from seep.engine.unet import UNetConfig
from seep.errors import SettingsError

PLAIN = UNetConfig(width=64, doubling="transposed")
"""The U-Net of 2015 with 64 to 1024 channels, with padded convolutions and batch norm."""


WIDE_RADIUS_PX = 12.0
"""True slicks with a larger inscribed radius are ignored by the preset "seep": they look like areas of low wind."""


@dataclass(frozen=True)
class Preset:
    """A network and its training in one or more stages.

    Attributes:
        name: key in `PRESETS`.
        says: description in one line.
        network: shape of the network; bands and classes are replaced by those of the data.
        stages: each stage starts from the result of the previous one.
        binary: merge all seep classes into one.
    """

    name: str
    says: str
    network: UNetConfig
    stages: tuple[TrainConfig, ...]
    binary: bool = False

    def network_for(self, bands: int, classes: int) -> UNetConfig:
        """Return the network for a number of bands and of classes, background included."""
        return replace(self.network, bands=bands, classes=2 if self.binary else classes)


def preset(name: str) -> Preset:
    """Return a preset by name.

    Raises:
        SettingsError: the name is unknown; the message lists all names.
    """
    if name not in PRESETS:
        raise SettingsError(f"There is no preset {name!r}; use one of {', '.join(PRESETS)}.")
    return PRESETS[name]


_SIMPLE = TrainConfig(
    epochs=100, crop_px=256, batch_size=8, learning_rate=1e-3, optimizer="adam", weight_decay=0.0,
    sampling="even", augmentation="turns", class_weighting="none",
)  # fmt: skip
"""Common settings of the presets from other projects: whole tiles, Adam, few augmentations."""

_ALL = (
    Preset(
        "seep",
        "two heads, crops sampled by class, all augmentations; the preset of the shipped checkpoint",
        UNetConfig(width=16, stride=2),
        (
            TrainConfig(
                epochs=24, steps_per_epoch=250, crop_px=160, batch_size=12, replay_share=0.2,
                ignore_above_radius_px=WIDE_RADIUS_PX,
            ),
        ),
    ),
    Preset(
        "unet-binary",
        "the plain U-Net for seep only: binary cross-entropy and Dice",
        PLAIN,
        (replace(_SIMPLE, loss={"binary_cross_entropy": 1.0, "dice": 1.0}),),
        binary=True,
    ),
    Preset(
        "unet-multiclass",
        "the plain U-Net with a softmax: cross-entropy weighted by class, and Dice",
        replace(PLAIN, heads="softmax"),
        (replace(_SIMPLE, loss={"cross_entropy": 1.0, "dice": 1.0}, class_weighting="inverse_root"),),
    ),
    Preset(
        "unet-focal-tversky",
        "64 to 512 channels without norm, bilinear; Dice and cross-entropy first, then focal Tversky",
        UNetConfig(levels=3, width=64, norm="none", doubling="bilinear", heads="softmax"),
        (
            replace(_SIMPLE, loss={"cross_entropy": 1.0, "dice": 1.0}, learning_rate=3e-5),
            replace(_SIMPLE, loss={"focal_tversky": 1.0}, learning_rate=1e-5),
        ),
    ),
    Preset(
        "unet-rgb",
        "34.5 million weights for RGB crops of 128 px, Adam, plain cross-entropy",
        UNetConfig(bands=3, classes=12, width=64, doubling="convolved", heads="softmax"),
        (
            replace(_SIMPLE, crop_px=128, batch_size=16, loss={"cross_entropy": 1.0}, learning_rate=1e-4),
        ),
    ),
    Preset(
        "resunet-defects",
        "residual blocks; an image head predicts whether there is a defect; segmentation learns from images with one",
        UNetConfig(width=32, block="residual", heads="softmax", image_head=True),
        (replace(_SIMPLE, loss={"cross_entropy": 1.0, "tversky": 1.0}, segment_only_held=True),),
    ),
    Preset(
        "iou-instances",
        "the plain U-Net with soft IoU and cross-entropy, evaluated by instances",
        replace(PLAIN, width=32, heads="softmax"),
        (replace(_SIMPLE, loss={"cross_entropy": 1.0, "jaccard": 1.0}),),
    ),
)  # fmt: skip

PRESETS = {one.name: one for one in _ALL}
