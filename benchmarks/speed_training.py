"""How fast networks train here; called by `benchmarks.speed`, which says how it is measured.

The plain loop is what a first draft does: float32, eager, crops cut and normalized on the host one by one,
AdamW. It does not augment and averages no weights; Seep does both, and is timed from the place of a crop to
the changed average. The share of the peak counts three forward passes a step: one forward, two for the
gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from benchmarks.timing import interleaved, matmul_peak, settle
from seep.core.image.normalize import statistics_of
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import new_checkpoint
from seep.engine.device import computes_bfloat16
from seep.engine.distributed import DistributedContext
from seep.engine.info import model_info
from seep.engine.presets import preset
from seep.engine.training.augment import augment
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.losses.combined import total_loss
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.sources import Batch, HostCropLoader, create_crop_loader
from seep.engine.training.state import new_state
from seep.engine.training.step import Learner
from seep.engine.unet import UNetConfig

PLAIN, OURS, FLOAT32, COMPILED = "plain loop", "Seep", "Seep, float32", "Seep, compiled"
SETTINGS = {
    "cpu": TrainConfig(batch_size=8, crop_px=128),
    "cuda": TrainConfig(batch_size=64, crop_px=256),
}
"""CropLoader as a fine-tuning on a CPU takes them; whole tiles on a GPU, in batches that fill it."""
SCENES, SCENE_PX = 2, 768
STEPS = {"cpu": 1, "cuda": 20}
"""Steps a turn: those of a GPU are too short to be timed one by one."""
TARGET = 3.0
"""How many times the plain loop training should reach on a GPU."""
BACKWARD = 3

Row = dict[str, Any]
Step = Callable[[], object]


def rows(device: torch.device, widths: Sequence[int], repeats: int) -> list[Row]:
    """CropLoader a second of networks of full resolution, and of the default preset with its own settings."""
    tiles = _tiles()
    found = []
    for width in widths:
        network = UNetConfig(width=width)
        found += _rows(f"width {width}", network, SETTINGS[device.type], tiles, device, repeats)
    recipe = preset("seep")
    network, stage = recipe.network_for(1, 8), recipe.stages[0]
    own = _rows("preset seep", network, stage, tiles, device, repeats)
    crops = stage.epochs * (stage.steps_per_epoch or 1) * stage.batch_size
    return found + [row | {"whole_training_s": crops / row["crops_a_second"]} for row in own]


def lines(found: Sequence[Row]) -> list[str]:
    """The rows as a table."""
    if not found:
        return []
    head = f"{'training':12} {'crops':>9}  {'way':15} {'crops/s':>9} {'images/s':>9} {'x plain':>8} of peak"
    table = [head]
    for row in found:
        size = f"{row['batch']} x {row['crop_px']}"
        whole = f"  {row['whole_training_s'] / 60:.1f} min in all" if "whole_training_s" in row else ""
        table.append(
            f"{row['network']:12} {size:>9}  {row['way']:15} {row['crops_a_second']:9.1f} "
            f"{row['images_a_second']:9.1f} {row['times_plain']:8.2f} {row['share_of_peak']:8.0%}{whole}"
        )
    return table


def _rows(  # noqa: PLR0917 - one table's worth, every value named by its caller
    name: str,
    network: UNetConfig,
    config: TrainConfig,
    tiles: Sequence[TrainingTile],
    device: torch.device,
    repeats: int,
) -> list[Row]:
    cuda, steps = device.type == "cuda", STEPS[device.type]
    peaks = {PLAIN: matmul_peak(device), OURS: matmul_peak(device, _fast(device))}
    contenders = {PLAIN: plain_step(network, config, tiles, device)}
    for way in (OURS, COMPILED) if cuda else (OURS, FLOAT32):
        own = replace(config, precision="float32") if way == FLOAT32 else config
        contenders[way] = seep_step(network, own, tiles, device, compiled=way == COMPILED)
    taken = interleaved({way: _turn(step, steps, device) for way, step in contenders.items()}, repeats)
    flops = BACKWARD * model_info(network, config.crop_px)["flops_forward"]
    found = []
    for way, seconds in taken.items():
        rate = steps * config.batch_size / seconds
        found.append({
            "network": name, "batch": config.batch_size, "crop_px": config.crop_px, "way": way,
            "crops_a_second": rate, "images_a_second": rate * (config.crop_px / 256) ** 2,
            "times_plain": taken[PLAIN] / seconds,
            "share_of_peak": rate * flops / peaks[OURS if way in (OURS, COMPILED) else PLAIN],
        })  # fmt: skip
    return found


def plain_step(
    network: UNetConfig, config: TrainConfig, tiles: Sequence[TrainingTile], device: torch.device
) -> Step:
    """One step of the plain loop."""
    model = new_checkpoint(network, seed=0).model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    crops = create_crop_loader(device, tiles, replace(config, device_data="host"))
    weights, done = torch.ones(network.classes, device=device), [0]
    assert isinstance(crops, HostCropLoader)

    def step() -> None:
        batch = crops.batch(done[0])
        loss = total_loss(model.outputs(batch.images), batch.masks, weights, config.loss)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        done[0] += 1

    return step


def seep_step(
    network: UNetConfig,
    config: TrainConfig,
    tiles: Sequence[TrainingTile],
    device: torch.device,
    *,
    compiled: bool,
) -> Step:
    """One step of Seep's training, augmentation and average included."""
    state = new_state(new_checkpoint(network, seed=0), "", config, device)
    crops = create_crop_loader(device, tiles, config)
    weights = torch.ones(network.classes, device=device)
    learner = Learner(state, weights, config, DistributedContext(device), lambda _: None, compiled=compiled)

    def step() -> None:
        batch = crops.batch(state.step)
        random = np.random.default_rng((config.seed, state.step, 1))
        images, masks = augment(batch.images, batch.masks, random, config.augmentation)
        learner.training_step(Batch(images, masks, batch.names), 1e-3)

    return step


def _turn(step: Step, steps: int, device: torch.device) -> Step:
    def turn() -> None:
        for _ in range(steps):
            step()
        settle(device)

    return turn


def _tiles() -> list[TrainingTile]:
    found = []
    for seed in range(SCENES):
        scene = synthesize_scene(seed, SCENE_PX, SCENE_PX, 0)
        statistics = statistics_of([scene.image], 0)
        found.append(TrainingTile(f"sea {seed}", scene.image, scene.mask, statistics, 0, corrected=True))
    return found


def _fast(device: torch.device) -> torch.dtype:
    return torch.bfloat16 if computes_bfloat16(device) else torch.float32
