"""Every preset, trained until it stops improving, on a random split of tiles and on a split of scenes.

    python -m benchmarks.presets IMAGES MASKS --cache FOLDER [--split tiles scenes] [--presets NAMES]

Published figures on such tiles come from random splits: neighbors of a test tile are in the training set. With
`--split tiles`, a fifth of the tiles are test tiles and a tenth select the epoch; with `--split scenes` the same
holds for scenes. Networks are narrowed to --width channels at their first level, and rates below --least-rate are
raised to it, since the published trainings take hundreds of epochs. A training ends after --epochs epochs, or
after --patience epochs without a better score on the validation tiles. Its curve is in the JSON. Finished
trainings are kept in the cache, and a killed one resumes; a cache of other options is refused. Prints a table and,
as its last line, all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.cache import check_options
from benchmarks.folds import chosen_figures
from benchmarks.quality.fold import read_folder
from seep.core.image.arrays import valid_pixels
from seep.core.image.normalize import Statistics
from seep.core.metrics.evaluate import Pair, evaluate
from seep.engine.checkpoint import Checkpoint, save_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.presets import PRESETS, Preset, preset
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.train import train
from seep.engine.unet import UNetConfig
from seep.io.files import write_atomic
from seep.io.images import read_image
from seep.workflow.inference.folder_dataset import FolderTile
from seep.workflow.inference.folders import predict_batches
from seep.workflow.training.from_scratch import SYNTHETIC_SEED, synthetic_tiles
from seep.workflow.training.mosaics import training_tiles

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
SYNTHETIC = 24
"""Synthetic scenes beside the real tiles, for the preset that Seep ships only."""
LEAST_GAIN = 0.01
"""Score by which the last quarter of the epochs must not gain on the epochs before, for a plateau."""

CACHE_OPTIONS = ("epochs", "steps_per_epoch", "patience", "least_rate", "width", "seed", "classes")
"""Options that change the results that the cache keeps."""

COLUMNS = (
    *("split", "preset", "epochs, minutes", "plateau", "binary IoU", "Dice"),
    *("mean IoU of the seep classes", "AP50, mean of classes", "F1 within 2 px", "published"),
)

PUBLISHED: Mapping[str, str] = {
    "seep": "binary IoU 0.455 (U-Net++, the best published)",
    "unet-binary": "binary IoU 0.39, Dice 0.53 (U-Net, soft scores)",
    "unet-multiclass": "mean IoU of classes 1 to 7 about 0.14 (DeepLabV3)",
    "unet-focal-tversky": "Dice 0.54 (U-Net, soft score)",
    "iou-instances": "AP50 0.133, mean of classes (YOLO11m)",
}
"""Published on these tiles with random splits. The origins of the other presets used other data."""


@dataclass(frozen=True)
class Parts:
    """The tiles of one split."""

    training: list[FolderTile]
    validation: list[FolderTile]
    test: list[FolderTile]


class Curve:
    """The finished epochs of one training, kept in a file from which a killed training takes them up.

    Attributes:
        rows: by stage and step.
    """

    def __init__(self, path: Path, options: Mapping[str, Any], *, resumes: bool) -> None:
        """Read the file if the training resumes.

        Raises:
            SystemExit: it is of other options.
        """
        self.path, self.options, self.began = path, options, time.monotonic()
        self.earlier_s, self.rows = 0.0, list[dict[str, Any]]()
        if resumes and path.exists():
            kept = json.loads(path.read_text())
            check_options(path, kept["options"], options)
            self.earlier_s, self.rows = kept["train_s"], kept["rows"]

    @property
    def train_s(self) -> float:
        """Seconds of this session, and of earlier ones up to their last finished epoch."""
        return self.earlier_s + time.monotonic() - self.began

    def add(self, row: dict[str, Any]) -> None:
        """Add an epoch; rows from it on are those of a training that was killed before its state was saved."""
        at = (row["stage"], row["step"])
        self.rows = [*(one for one in self.rows if (one["stage"], one["step"]) < at), row]
        kept = {"options": self.options, "train_s": self.train_s, "rows": self.rows}
        write_atomic(self.path, json.dumps(kept).encode())


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, evaluate, print."""
    chosen = _parser().parse_args(arguments)
    chosen.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(chosen.threads)
    tiles, statistics = read_folder(chosen.images, chosen.masks, chosen.classes)
    results = []
    for split in chosen.split:
        parts = split_tiles(tiles, split, chosen.seed)
        for name in chosen.presets:
            kept = chosen.cache / f"{name}.{split}.width{chosen.width}.seed{chosen.seed}.json"
            if not kept.exists():
                made = measure(preset(name), parts, statistics, kept, chosen)
                kept.write_text(json.dumps(made | {"options": _cache_options(chosen)}))
            found = json.loads(kept.read_text())
            check_options(kept, found.get("options", {}), _cache_options(chosen))
            results.append({"preset": name, "split": split, **found})
    print(table(results))
    told = {name: getattr(chosen, name) for name in ("width", "epochs", "steps_per_epoch", "seed")}
    print(json.dumps(told | {"tiles": len(tiles), "results": results}))


def split_tiles(tiles: Sequence[FolderTile], split: str, seed: int) -> Parts:
    """Share tiles out among training, validation and test: one by one, or whole scenes.

    Raises:
        SystemExit: there are too few tiles or scenes.
    """
    keys = [tile.scene if split == "scenes" else tile.path.stem for tile in tiles]
    names = sorted(set(keys))
    order = [names[number] for number in np.random.default_rng(seed).permutation(len(names))]
    test = max(1, round(TEST_SHARE * len(names)))
    validation = max(1, round(VALIDATION_SHARE * len(names)))
    if test + validation >= len(names):
        raise SystemExit(f"There are {len(names)} {split}. A split needs at least 3.")
    of = dict.fromkeys(order[:test], "test") | dict.fromkeys(order[test : test + validation], "validation")
    found: dict[str, list[FolderTile]] = {"training": [], "validation": [], "test": []}
    for tile, key in zip(tiles, keys, strict=True):
        found[of.get(key, "training")].append(tile)
    return Parts(**found)


def measure(
    recipe: Preset,
    parts: Parts,
    statistics: dict[str, Statistics],
    kept: Path,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Train a preset and evaluate it on the test tiles; return figures, curve and cost.

    Raises:
        SystemExit: a training that was killed had other options.
    """
    network = recipe.network_for(parts.training[0].bands, options.classes)
    if recipe.name != "seep":
        network = replace(network, width=min(network.width, options.width))
    resumes = _state_path(kept, 0).exists()
    curve = Curve(kept.with_suffix(".curve.json"), _cache_options(options), resumes=resumes)
    checkpoint = _trained(recipe, network, parts, statistics, (kept, options, curve))
    save_checkpoint(kept.with_suffix(".safetensors"), checkpoint)
    classes = network.classes if recipe.binary else options.classes
    result = evaluate(_pairs(checkpoint, parts.test, statistics, binary=recipe.binary), classes)
    figures = chosen_figures(result)
    iou = figures["binary_iou"] or 0.0
    return {
        "width": network.width,
        "train_s": round(curve.train_s),
        "figures": figures
        | {"dice": 2 * iou / (1 + iou), "ap50_classes": result["figures"]["instances"]["mean"]["ap50"]},
        "plateau": has_plateaued([one["score"] for one in curve.rows]),
        "curve": curve.rows,
    }


def _trained(
    recipe: Preset,
    network: UNetConfig,
    parts: Parts,
    statistics: dict[str, Statistics],
    of: tuple[Path, argparse.Namespace, Curve],
) -> Checkpoint:
    kept, options, curve = of
    learned, judged = (
        training_tiles(some, statistics, binary=recipe.binary, stitched=False)
        for some in (parts.training, parts.validation)
    )
    if recipe.name == "seep":
        learned += synthetic_tiles(SYNTHETIC, network, SYNTHETIC_SEED + options.seed)
    base: Checkpoint | UNetConfig = network
    for number, stage in enumerate(recipe.stages):

        def tell(event: dict[str, Any], number: int = number) -> None:
            if event["kind"] == "epoch":
                score = event["mean_iou"] if network.heads == "softmax" else event["binary_iou"]
                row = {"stage": number, "step": event["step"], "loss": event["train_loss"]}
                curve.add(row | {"binary_iou": event["binary_iou"], "score": score})
                print(f"{kept.stem}: {json.dumps(curve.rows[-1])}", flush=True)

        base = train(
            base,
            learned,
            judged,
            _stage(stage, options, len(recipe.stages), number),
            state_path=_state_path(kept, number),
            on_event=tell,
            should_stop=lambda: False,
        ).checkpoint
    assert isinstance(base, Checkpoint)
    return base


def _state_path(kept: Path, stage: int) -> Path:
    return kept.with_suffix(f".stage{stage}.state")


def _cache_options(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in CACHE_OPTIONS}


def _stage(stage: TrainConfig, options: argparse.Namespace, stages: int, number: int) -> TrainConfig:
    return replace(
        stage,
        epochs=max(1, options.epochs // stages),
        steps_per_epoch=options.steps_per_epoch,
        patience=options.patience,
        learning_rate=max(stage.learning_rate, options.least_rate),
        seed=options.seed + number,
    )


def _pairs(
    checkpoint: Checkpoint,
    tiles: Sequence[FolderTile],
    statistics: dict[str, Statistics],
    *,
    binary: bool,
) -> Iterator[Pair]:
    """Yield truth and prediction of each test tile."""
    for batch, found in predict_batches(Predictor(checkpoint), tiles, statistics):
        for tile, one in zip(batch, found, strict=True):
            valid = valid_pixels(read_image(tile.path), tile.nodata)
            mask = np.where(tile.mask == 255, 255, np.minimum(tile.mask, 1)) if binary else tile.mask
            seep = 1 - one.probabilities[0].astype(np.float32)
            yield tile.path.stem, tile.scene, mask.astype(np.uint8), one.mask, seep, valid


def has_plateaued(scores: Sequence[float | None]) -> bool:
    """Return whether the last quarter of the epochs gained less than `LEAST_GAIN`; never for a score of 0."""
    known = [score or 0.0 for score in scores]
    last = max(1, len(known) // 4)
    return len(known) > last and max(known) > 0 and max(known[-last:]) - max(known[:-last]) < LEAST_GAIN


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: a line per split and preset."""
    lines = [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
    for one in results:
        of = one["figures"]
        cells = [
            one["split"],
            one["preset"],
            f"{len(one['curve'])}, {one['train_s'] / 60:.0f}",
            "yes" if one["plateau"] else "no",
            *(_shown(of[key]) for key in ("binary_iou", "dice", "mean_iou_seep", "ap50_classes", "f1_2px")),
            PUBLISHED.get(one["preset"], "other data") if one["split"] == "tiles" else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.presets", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="weights, states and figures are kept here")
    parser.add_argument("--split", nargs="+", choices=("tiles", "scenes"), default=["tiles", "scenes"])
    parser.add_argument("--presets", nargs="+", choices=[*PRESETS], default=[*PRESETS])
    parser.add_argument(
        "--width", type=int, default=8, help="channels at the first level; `seep` keeps its own"
    )
    parser.add_argument("--epochs", type=int, default=40, help="maximum epochs of all stages together")
    parser.add_argument("--steps-per-epoch", type=int, default=60)
    parser.add_argument(
        "--patience", type=int, default=10, help="stop a stage after N epochs without a better score"
    )
    parser.add_argument("--least-rate", type=float, default=3e-4)
    parser.add_argument("--classes", type=int, default=8, help="background included")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
