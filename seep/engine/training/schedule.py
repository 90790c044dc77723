"""Training configuration, number of steps and learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from seep.engine.training.augment import AUGMENTATIONS
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.losses.class_weights import WEIGHTINGS
from seep.engine.training.losses.combined import DEFAULT_LOSS_WEIGHTS, check_loss_weights
from seep.engine.training.sampling import SAMPLINGS
from seep.engine.unet import UNetConfig
from seep.errors import TrainingError

CHOICES = {
    "class_weighting": WEIGHTINGS,
    "optimizer": ("adamw", "adam"),
    "augmentation": AUGMENTATIONS,
    "sampling": SAMPLINGS,
    "device_data": ("auto", "device", "host"),
    "compile": ("auto", "off"),
    "precision": ("auto", "float32"),
}


@dataclass(frozen=True)
class TrainConfig:
    """Configuration of a training.

    Attributes:
        epochs: number of epochs.
        steps_per_epoch: number of batches per epoch; None for as many as cover the area of the tiles once.
        batch_size: number of crops per step.
        crop_px: side of a crop; a multiple of the network's multiple.
        learning_rate: highest rate; linear warm-up, then cosine decay.
        weight_decay: weight decay of the optimizer.
        warmup_share: share of all steps used for warm-up.
        ema_decay: decay of the moving average of the weights, which is the resulting network.
        replay_share: share of crops from base tiles, if there are also corrected tiles.
        freeze_batch_norm: do not update the statistics of batch norm.
        frozen_parts: modules of the network whose weights stay, such as "down" for the encoder and "up" for the
            decoder.
        validation_tiles: maximum number of validation tiles.
        loss: weight of each loss by name; see `seep.engine.training.losses.combined`.
        class_weighting: weighting of rare classes: "none", "inverse", "inverse_root" or "effective_number".
        optimizer: "adamw" or "adam" (with weight decay as part of the gradient).
        augmentation: "full" (see `seep.engine.training.augment`), "sensors" (also the differences between sensors, see
            `seep.engine.training.sensors`), "turns" (half turns and mirroring) or "none".
        least_scale: crops show windows of up to 1 / least_scale times their side at a lower resolution; 1 for none.
        loss_by_source: compute the losses of replayed and of corrected crops apart, and add them by their numbers, so
            that wide slicks of one do not outweigh thin ones of the other in overlap losses.
        sampling: "thirds" (random, on seep, on a uniformly drawn class) or "even" (random positions).
        segment_only_held: train the segmentation on crops with seep only; the image head is trained on all crops.
        ignore_above_radius_px: ignore true slicks with a larger inscribed radius, in the loss and in validation; 0
            to ignore none. See `seep.core.masks.wide_slicks`.
        patience: epochs without a better validation score before the training stops; 0 to disable.
        interpolate: at the end, select the new weights, the base weights or an interpolation of both.
        keep_threshold: keep the seep threshold of the base unless another one is clearly better (`choose_threshold`).
        device_data: location of the tiles: "device", "host", or "auto" for a GPU with enough memory.
        compile: "auto" for `torch.compile` on a GPU in trainings that are long enough, or "off".
        precision: "auto" for convolutions in bfloat16 where the device computes it in hardware (weights, losses and
            batch norm stay in float32), or "float32".
        seed: seed of crops, augmentation and initial weights.
    """

    epochs: int = 20
    steps_per_epoch: int | None = None
    batch_size: int = 16
    crop_px: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup_share: float = 0.05
    ema_decay: float = 0.999
    replay_share: float = 0.5
    freeze_batch_norm: bool = False
    frozen_parts: tuple[str, ...] = ()
    validation_tiles: int = 32
    loss: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_LOSS_WEIGHTS))
    class_weighting: str = "inverse_root"
    optimizer: str = "adamw"
    augmentation: str = "full"
    least_scale: float = 1.0
    loss_by_source: bool = False
    sampling: str = "thirds"
    segment_only_held: bool = False
    ignore_above_radius_px: float = 0.0
    patience: int = 0
    interpolate: bool = False
    keep_threshold: bool = False
    device_data: str = "auto"
    compile: str = "auto"
    precision: str = "auto"
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Read what `to_dict` returned; missing names have their defaults.

        Raises:
            TypeError: a name is unknown.
        """
        return cls(**values)


def steps_per_epoch(config: TrainConfig, tiles: Sequence[TrainingTile]) -> int:
    """Return the number of batches per epoch: as configured, or as many as cover the area of the tiles once."""
    if config.steps_per_epoch is not None:
        return config.steps_per_epoch
    area = sum(tile.mask.size for tile in tiles)
    return max(1, math.ceil(area / (config.crop_px**2 * config.batch_size)))


def learning_rate(step: int, steps: int, config: TrainConfig) -> float:
    """Return the rate of a step, counted from 0: linear warm-up, then cosine decay to 1 % of the highest rate."""
    warm = max(1, round(config.warmup_share * steps))
    if step < warm:
        return config.learning_rate * (step + 1) / warm
    share = (step - warm) / max(1, steps - warm)
    return config.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


def check_config(config: TrainConfig, network: UNetConfig) -> None:
    """Check that a configuration can train this network.

    Raises:
        TrainingError: a value is invalid; the message names the setting, its value and the allowed values.
    """
    if config.crop_px <= 0 or config.crop_px % network.multiple:
        raise TrainingError(
            f"crop_px is {config.crop_px}: use a multiple of {network.multiple}, which this network needs"
        )
    for name in ("epochs", "batch_size", "steps_per_epoch", "validation_tiles"):
        value = getattr(config, name)
        if value is not None and value < 1:
            raise TrainingError(f"{name} is {value}: use 1 or more")
    if not 0.1 <= config.least_scale <= 1:
        raise TrainingError(f"least_scale is {config.least_scale}: use 0.1 to 1")
    if config.patience < 0:
        raise TrainingError(f"patience is {config.patience}: use 0 for never, or a number of epochs")
    if not 0 <= config.ignore_above_radius_px < math.inf:
        raise TrainingError(
            f"ignore_above_radius_px is {config.ignore_above_radius_px}: use 0 for no limit, or a radius in pixels"
        )
    if not config.learning_rate > 0:
        raise TrainingError(f"learning_rate is {config.learning_rate}: use a number above 0, such as 0.0001")
    if not 0 <= config.replay_share <= 1:
        raise TrainingError(f"replay_share is {config.replay_share}: use 0 to 1")
    for name, choices in CHOICES.items():
        if getattr(config, name) not in choices:
            raise TrainingError(f"{name} is {getattr(config, name)!r}: use {', '.join(choices)}")
    if config.segment_only_held and not network.image_head:
        raise TrainingError("segment_only_held needs a network with an image head: set image_head")
    try:
        check_loss_weights(config.loss, network.heads)
    except ValueError as error:
        raise TrainingError(str(error)) from error
