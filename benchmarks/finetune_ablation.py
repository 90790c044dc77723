"""What a fine-tuning gains and loses, by how it learns.

    python -m benchmarks.finetune_ablation IMAGES MASKS [--variants preset crop-128 ...] [--scenes A,B] [--steps 100]

Some tiles of a scene or two are corrected by their true masks; the shipped network, or the one of
`--checkpoint`, learns from them, its training scenes replayed, for as many steps in every variant, and is
measured on the rest of those scenes and on all that it was not trained on, as it is and (`--half`) mixed in
halves with what it was. No validation scene chooses anything: what is shown is what the steps did. Prints a
table, and as its last line the same figures as JSON.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seep.cli.arguments import words
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.arrays import valid_pixels
from seep.core.metrics.confusion import confusion, scores
from seep.engine.checkpoint import Checkpoint, load_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.selection import interpolate_weights
from seep.engine.training.train import train
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.training.mosaics import training_tiles
from seep.workflow.training.presets import BATCH_CROPS, FINETUNE, train_config

CLASSES = 8
VARIANTS: dict[str, dict[str, Any]] = {
    "preset": {},
    "crop-128": {"crop_px": 128},
    "crop-192": {"crop_px": 192},
    "crop-256": {"crop_px": 256},
    "rate-3e-5": {"learning_rate": 3e-5},
    "rate-3e-4": {"learning_rate": 3e-4},
    "rate-1e-3": {"learning_rate": 1e-3},
    "free-norm": {"freeze_batch_norm": False},
    "turns-only": {"augmentation": "turns"},
    "random-positions": {"augmentation": "turns", "sampling": "even"},
    "without-replay": {"replay_share": 0.0},
}
"""The preset of the product, and changes of it; larger crops come in smaller batches."""


@dataclass(frozen=True)
class Dataset:
    """Who plays which part.

    Attributes:
        corrected: tiles to learn from.
        replayed: tiles of scenes that the network was trained on.
        held: tiles to measure on, by what they are called.
    """

    corrected: list[TrainingTile]
    replayed: list[TrainingTile]
    held: dict[str, list[TrainingTile]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Fine-tune by each variant, measure, print."""
    chosen = _parser().parse_args(arguments)
    start = load_checkpoint(chosen.checkpoint)
    start = replace(start, card=start.card | {"flips": False})
    dataset = read_dataset(chosen.images, chosen.masks, start.card["splits"], chosen)
    rows = {"before": measure(start, dataset.held)}
    print(_line("before", rows["before"]), flush=True)
    for name in chosen.variants:
        learned = learn(start, dataset, chosen, VARIANTS[name])
        shown = {name: learned}
        if chosen.half:
            shown[f"{name}, half"] = halves(start, learned)
        for label, one in shown.items():
            rows[label] = measure(one, dataset.held)
            print(_line(label, rows[label]), flush=True)
    told = {name: getattr(chosen, name) for name in ("scenes", "tiles", "steps", "seed")}
    print(json.dumps(told | {"binary_iou": rows}))


def read_dataset(
    images: Path, masks: Path, splits: Mapping[str, Sequence[str]], chosen: argparse.Namespace
) -> Dataset:
    """Read the tiles; those of a part are drawn by the seed."""
    dataset = scan_folder(images, masks, folder_options(DEFAULT_PATTERN, "auto", CLASSES))
    read = training_tiles(
        [tile for tile in dataset.tiles if tile.mask is not None],
        dataset.statistics,
        binary=False,
        stitched=False,
    )
    random = np.random.default_rng(chosen.seed)

    def of(*scenes: str) -> list[TrainingTile]:
        own = [tile for tile in read if tile.name.rsplit(".", 1)[0] in scenes]
        return [own[at] for at in random.permutation(len(own))]

    new = of(*chosen.scenes)
    scenes = sorted({tile.name.rsplit(".", 1)[0] for tile in read})
    unseen = [name for name in scenes if name not in {*splits["train"], *chosen.scenes}]
    held = {f"rest of {', '.join(chosen.scenes)}": new[chosen.tiles :]}
    held |= {name: of(name)[: chosen.held_tiles] for name in unseen}
    replayed = [replace(tile, corrected=False) for name in splits["train"] for tile in of(name)]
    return Dataset(new[: chosen.tiles], replayed, held)


def learn(
    start: Checkpoint, dataset: Dataset, chosen: argparse.Namespace, changes: Mapping[str, Any]
) -> Checkpoint:
    """Fine-tune with some changes of the preset; batches of other crops cover the same number of pixels."""
    config = train_config(FINETUNE["quick"], 1, start.model.config)
    config = replace(
        config,
        epochs=1,
        steps_per_epoch=chosen.steps,
        warmup_share=0.2,
        patience=0,
        interpolate=False,
        seed=chosen.seed,
        **changes,
    )
    crops = round(chosen.pixels / config.crop_px**2)
    return train(
        start,
        [*dataset.corrected, *dataset.replayed],
        [],
        replace(config, batch_size=max(1, crops)),
        state_path=None,
        on_event=lambda _: None,
        should_stop=lambda: False,
    ).checkpoint


def halves(old: Checkpoint, new: Checkpoint) -> Checkpoint:
    """The mean of the weights of both, with the card of the old one."""
    model = copy.deepcopy(new.model)
    model.load_state_dict(interpolate_weights(old.model.state_dict(), new.model.state_dict(), 0.5))
    return replace(old, model=model)


def measure(checkpoint: Checkpoint, held: Mapping[str, Sequence[TrainingTile]]) -> dict[str, float]:
    """Binary IoU of each part at the threshold of the start, and of all unseen scenes together."""
    predictor = Predictor(checkpoint)
    matrices = {}
    for name, tiles in held.items():
        matrix = np.zeros((CLASSES, CLASSES), np.int64)
        for tile in tiles:
            (found,) = predictor.predict([tile.image], [tile.statistics], tile.nodata)
            matrix += confusion(tile.mask, found.mask, CLASSES, valid_pixels(tile.image, tile.nodata))
        matrices[name] = matrix
    rest, *others = matrices.values()
    shown = {name: scores(matrix)["binary_iou"] for name, matrix in matrices.items()}
    return shown | {"unseen": scores(sum(others, np.zeros_like(rest)))["binary_iou"]}


def _line(name: str, row: Mapping[str, float]) -> str:
    return f"{name:16}" + "".join(f"  {part} {value:.4f}" for part, value in row.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED_CHECKPOINT)
    parser.add_argument("--variants", nargs="+", choices=[*VARIANTS], default=[*VARIANTS])
    parser.add_argument(
        "--scenes", type=words, default=("041874",), metavar="A,B", help="whose tiles are corrected"
    )
    parser.add_argument("--half", action="store_true", help="measure the mixture with the old weights too")
    parser.add_argument("--tiles", type=int, default=40, help="that are corrected")
    parser.add_argument("--held-tiles", type=int, default=24, help="of each unseen scene, to measure on")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--pixels", type=int, default=BATCH_CROPS * 128**2, help="of a batch")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
