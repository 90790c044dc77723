"""What is trained: folds of scenes, variants of presets, and one budget of arithmetic for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seep.engine.info import model_info
from seep.engine.presets import Preset, preset
from seep.engine.training.losses.combined import DEFAULT_LOSS_WEIGHTS
from seep.engine.training.schedule import TrainConfig
from seep.engine.unet import UNetConfig

BACKWARD = 3
"""A step costs three forward passes: one forward, two for the gradients of maps and of weights."""


@dataclass(frozen=True)
class Variant:
    """A preset, or what an ablation makes of it.

    Attributes:
        name: in tables and file names.
        preset: what it is made from.
        network: settings of the network that differ.
        training: settings of every stage that differ.
        synthetic: scenes of synthetic sea besides.
        lookalikes: windows with a look-alike besides.
        pretrained: share of the budget that goes to synthetic sea alone, first.
        stitched: whether neighboring tiles are put together.
    """

    name: str
    preset: str
    network: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    synthetic: int = 24
    lookalikes: int = 0
    pretrained: float = 0.0
    stitched: bool = True


def _peer(name: str) -> Variant:
    """A peer's preset as it is: no synthetic sea, no stitching."""
    return Variant(name, name, synthetic=0, stitched=False)


PEERS = (
    "unet-binary",
    "unet-multiclass",
    "unet-focal-tversky",
    "unet-rgb",
    "resunet-defects",
    "iou-instances",
)

_FULL = {"stride": 1, "width": 16}
_PLAIN = {"sampling": "even", "augmentation": "turns", "crop_px": 256, "batch_size": 8}
"""Full resolution, and how the peers train: what sets `seep` apart from them, one by one and together."""

_ABLATIONS = (
    Variant("seep-without-synthetic", "seep", synthetic=0),
    Variant("seep-single-tiles", "seep", stitched=False),
    Variant("seep-synthetic-first", "seep", pretrained=0.25),
    Variant("seep-cldice", "seep", training={"loss": DEFAULT_LOSS_WEIGHTS | {"cldice": 0.3}}),
    Variant("seep-skeleton", "seep", training={"loss": DEFAULT_LOSS_WEIGHTS | {"skeleton_recall": 0.3}}),
    Variant("seep-lovasz", "seep", training={"loss": DEFAULT_LOSS_WEIGHTS | {"lovasz": 0.5}}),
    Variant("seep-deep", "seep", network={"deep_supervision": True}),
    Variant("seep-attention", "seep", network={"attention": True}),
    Variant("seep-residual", "seep", network={"block": "residual"}),
    Variant("seep-full-resolution", "seep", network=_FULL),
    Variant("seep-wide", "seep", network={"width": 32}),
    Variant("seep-plain-training", "seep", training=_PLAIN, synthetic=0, stitched=False),
    Variant("seep-full-plain-training", "seep", network=_FULL, training=_PLAIN, synthetic=0, stitched=False),
    Variant("seep-untyped", "seep", training={"loss": {"seep": 1.0}}),
    Variant("seep-little-type", "seep", training={"loss": {"seep": 1.0, "type": 0.05}}),
    Variant(
        "seep-plain-untyped", "seep", training=_PLAIN | {"loss": {"seep": 1.0}}, synthetic=0, stitched=False
    ),
    Variant("seep-transposed", "seep", network={"doubling": "transposed"}, training={"loss": {"seep": 1.0}}),
    Variant("seep-all-slicks", "seep", training={"ignore_above_radius_px": 0.0}),
    Variant("seep-radius-8", "seep", training={"ignore_above_radius_px": 8.0}),
    Variant("seep-radius-16", "seep", training={"ignore_above_radius_px": 16.0}),
    Variant("seep-lookalikes", "seep", lookalikes=48),
    Variant("seep-crop-256", "seep", training={"crop_px": 256, "batch_size": 5}),
    Variant("seep-levels-5", "seep", network={"levels": 5}, training={"crop_px": 192, "batch_size": 8}),
    Variant("seep-turns", "seep", training={"augmentation": "turns"}),
    Variant(
        "seep-plain",
        "seep",
        training={"augmentation": "none", "loss": {"seep": 1.0}},
        synthetic=0,
    ),
    Variant("seep-full-turns", "seep", network=_FULL, training={"augmentation": "turns"}, synthetic=0),
)

VARIANTS = {one.name: one for one in (Variant("seep", "seep"), *map(_peer, PEERS), *_ABLATIONS)}
"""The preset of the house, the peers', and what was tried on ours."""


@dataclass(frozen=True)
class Budget:
    """What each training may cost.

    Attributes:
        flop: floating-point operations of all its steps together.
        width: networks wider than this at their first level are narrowed to it; None leaves them.
        least_rate: learning rates below this are raised to it: a recipe for hundreds of epochs at a tiny rate
            learns nothing in a few.
        cycles: times that each stage is gone through, each time with its own warm-up and cosine, sharing its
            arithmetic (warm restarts: Loshchilov and Hutter, ICLR 2017, arXiv:1608.03983).
    """

    flop: float
    width: int | None
    least_rate: float
    cycles: int = 1


def folds(tile_counts: Mapping[str, int], count: int) -> list[list[str]]:
    """Share scenes out among folds: the largest first, each into the fold with the fewest tiles so far."""
    found: list[list[str]] = [[] for _ in range(count)]
    for name in sorted(tile_counts, key=lambda one: (-tile_counts[one], one)):
        min(found, key=lambda fold: sum(tile_counts[one] for one in fold)).append(name)
    return [sorted(fold) for fold in found]


def network_of(variant: Variant, recipe: Preset, budget: Budget, bands: int, classes: int) -> UNetConfig:
    """The variant's network for such data, narrowed to the budget's width."""
    network = replace(recipe.network_for(bands, classes), **variant.network)
    if budget.width is None or network.width <= budget.width or variant.preset == "seep":
        return network
    return replace(network, width=budget.width)


def stages_of(variant: Variant, network: UNetConfig, budget: Budget, seed: int) -> list[TrainConfig]:
    """The variant's trainings, each of as many steps as its share of the budget pays for."""
    stages = [replace(stage, **variant.training) for stage in preset(variant.preset).stages]
    shares = [(1 - variant.pretrained) / len(stages)] * len(stages)
    if variant.pretrained:
        stages, shares = [stages[0], *stages], [variant.pretrained, *shares]
    stages = [stage for stage in stages for _ in range(budget.cycles)]
    shares = [share / budget.cycles for share in shares for _ in range(budget.cycles)]
    return [
        replace(
            stage,
            epochs=1,
            steps_per_epoch=steps_for(network, stage, share * budget.flop),
            learning_rate=max(stage.learning_rate, budget.least_rate),
            seed=seed + number,
        )
        for number, (stage, share) in enumerate(zip(stages, shares, strict=True))
    ]


def budget_of(
    variant: Variant,
    bands: int,
    classes: int,
    steps: int,
    *,
    width: int | None = None,
    least_rate: float = 0.0,
) -> Budget:
    """The budget that pays for so many steps of the last stage of a variant; width and rate as in `Budget`."""
    recipe = preset(variant.preset)
    budget = Budget(0.0, width, least_rate)
    network = network_of(variant, recipe, budget, bands, classes)
    stage = replace(recipe.stages[-1], **variant.training)
    forward: int = model_info(network, stage.crop_px)["flops_forward"]
    return replace(budget, flop=float(BACKWARD * forward * stage.batch_size * steps))


def steps_for(network: UNetConfig, stage: TrainConfig, flop: float) -> int:
    """Steps of a stage that so much arithmetic pays for, 1 at least."""
    forward: int = model_info(network, stage.crop_px)["flops_forward"]
    return max(1, round(flop / (BACKWARD * forward * stage.batch_size)))
