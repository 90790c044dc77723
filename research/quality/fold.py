"""One training on all folds but one, and what it predicts for that one."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from research.cache import check_options
from research.quality.plan import VARIANTS, Budget, network_of, stages_of
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.normalize import Statistics
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.presets import preset
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.train import train
from seep.engine.unet import UNetConfig
from seep.workflow.inference.folder_dataset import FolderTile, folder_options, scan_folder
from seep.workflow.inference.folders import predict_batches
from seep.workflow.training.from_scratch import synthetic_tiles
from seep.workflow.training.lookalikes import lookalike_tiles
from seep.workflow.training.mosaics import training_tiles

LEVELS = 255
"""Probabilities are kept as so many steps: finer than any threshold that is tried."""


@dataclass(frozen=True)
class Task:
    """One training.

    Attributes:
        images: folder of images.
        masks: folder of masks of the same names.
        variant: a key of `VARIANTS`.
        split_holdout: scenes that are predicted and never trained on.
        number: of the fold.
        budget: what it may cost.
        classes: of the masks, with background.
        seed: of weights and crops.
        flips: whether predictions are averaged over flips.
        cache: folder where weights and predictions are kept.
        threads: of the processor.
    """

    images: Path
    masks: Path
    variant: str
    split_holdout: tuple[str, ...]
    number: int
    budget: Budget
    classes: int
    seed: int
    flips: bool
    cache: Path
    threads: int

    @property
    def stem(self) -> str:
        """Begins the names of its files."""
        return f"{self.variant}.fold{self.number}"

    @property
    def predictions(self) -> Path:
        """File of the predictions; the same weights can have both, with flips and without."""
        return predictions_file(self.cache, self.stem, flips=self.flips)


def predictions_file(cache: Path, stem: str, *, flips: bool) -> Path:
    """Return the file of the predictions of one fold."""
    return cache / f"{stem}.flips.npz" if flips else cache / f"{stem}.npz"


def run(task: Task) -> dict[str, Any]:
    """Train and predict, unless the files of it are there; return what it took.

    Raises:
        SystemExit: the files are those of other options.
    """
    told, weights = task.cache / f"{task.stem}.json", task.cache / f"{task.stem}.safetensors"
    torch.set_num_threads(task.threads)
    tiles, statistics = read_folder(task.images, task.masks, task.classes)
    facts = planned(task, tiles)
    if told.exists():
        check_options(told, json.loads(told.read_text()), facts)
    else:
        began = time.monotonic()
        save_checkpoint(weights, learn(task, tiles, statistics))
        told.write_text(json.dumps(facts | {"train_s": round(time.monotonic() - began, 1)}))
    if not task.predictions.exists():
        checkpoint = load_checkpoint(weights)
        checkpoint = Checkpoint(checkpoint.model, checkpoint.card | {"flips": task.flips})
        predict(task, checkpoint, [tile for tile in tiles if tile.scene in task.split_holdout], statistics)
    for stage in range(9):
        _state(task, stage).unlink(missing_ok=True)
    found: dict[str, Any] = json.loads(told.read_text())
    return found


@cache
def read_folder(images: Path, masks: Path, classes: int) -> tuple[list[FolderTile], dict[str, Statistics]]:
    """The tiles that have a mask, and how each scene is normalized."""
    dataset = scan_folder(images, masks, folder_options(DEFAULT_PATTERN, "auto", classes))
    if dataset.refused:
        raise SystemExit(f"{dataset.refused[0].path}: {dataset.refused[0].reason}")
    return [tile for tile in dataset.tiles if tile.mask is not None], dataset.statistics


def planned(task: Task, tiles: Sequence[FolderTile]) -> dict[str, Any]:
    """What a training is: scenes, network and stages."""
    network, stages = _network_and_stages(task, tiles)
    return {
        "variant": task.variant,
        "fold": task.number,
        "split_holdout": list(task.split_holdout),
        "tiles": sum(tile.scene in task.split_holdout for tile in tiles),
        "width": network.width,
        "heads": network.heads,
        "classes": network.classes,
        "steps": [stage.steps_per_epoch for stage in stages],
        "batch_size": stages[-1].batch_size,
        "crop_px": stages[-1].crop_px,
        "learning_rates": [stage.learning_rate for stage in stages],
        "seed": task.seed,
    }


def learn(task: Task, tiles: Sequence[FolderTile], statistics: dict[str, Statistics]) -> Checkpoint:
    """The variant, trained stage by stage on what is not held out."""
    variant = VARIANTS[task.variant]
    network, stages = _network_and_stages(task, tiles)
    seen = [tile for tile in tiles if tile.scene not in task.split_holdout]
    binary = preset(variant.preset).binary
    real = training_tiles(seen, statistics, binary=binary, stitched=variant.stitched)
    synthetic = synthetic_tiles(variant.synthetic, network, task.seed)
    every = real + synthetic + lookalike_tiles(real, variant.lookalikes, task.seed)
    base: Any = network
    for number, stage in enumerate(stages):
        alone = variant.pretrained and number < task.budget.cycles
        base = train(
            base,
            synthetic if alone else every,
            [],
            stage,
            state_path=_state(task, number),
            on_event=lambda event: _tell(task, event),
            should_stop=lambda: False,
        ).checkpoint
    return Checkpoint(base.model, base.card | {"name": task.stem, "flips": task.flips})


def _network_and_stages(task: Task, tiles: Sequence[FolderTile]) -> tuple[UNetConfig, list[TrainConfig]]:
    variant = VARIANTS[task.variant]
    network = network_of(variant, preset(variant.preset), task.budget, tiles[0].bands, task.classes)
    return network, stages_of(variant, network, task.budget, task.seed)


def predict(
    task: Task, checkpoint: Checkpoint, tiles: Sequence[FolderTile], statistics: dict[str, Statistics]
) -> None:
    """Keep the class probabilities of the held-out tiles, uint8 (classes, H, W) by name of the tile.

    Tiles are seen with what lies around them, as `seep predict` sees them.
    """
    kept: dict[str, np.ndarray] = {}
    for batch, found in predict_batches(Predictor(checkpoint), tiles, statistics):
        for tile, one in zip(batch, found, strict=True):
            levels = np.rint(one.probabilities.astype(np.float32) * LEVELS)
            kept[tile.path.stem] = levels.astype(np.uint8)
    unfinished = task.cache / f"{task.stem}.part.npz"
    np.savez_compressed(unfinished, **kept)  # type: ignore[arg-type]  # the names are those of tiles
    unfinished.replace(task.predictions)


def _tell(task: Task, event: dict[str, Any]) -> None:
    if event["kind"] == "step" and event["step"] % 50 == 0:
        print(f"{task.stem}: step {event['step']} of {event['steps']}, loss {event['loss']:.3f}", flush=True)


def _state(task: Task, stage: int) -> Path:
    return task.cache / f"{task.stem}.stage{stage}.state"
