"""What a fine-tuning run gains and loses, by hyperparameter.

    python -m benchmarks.finetune_ablation IMAGES MASKS --cache FOLDER --steps 6000 --seeds 1 [--changes preset ...]

The networks are those of `benchmarks.folds` with the same options, and are trained if the cache lacks them. Each
scene of a fold with enough tiles is a draw: some of its tiles are corrected by their true masks, and the network
of the fold, which has not seen the scene, is fine-tuned on them. Its training scenes are replayed. It is measured
on the other tiles of the scene and on the other scenes of the fold, as the mean of old and new weights, which is
the product's default, and with the new weights. No validation scene selects anything. Differences are paired by
draw. Prints a table and, as its last line, the same figures as JSON; finished draws are kept in the cache.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks import folds
from benchmarks.cache import check_options
from benchmarks.quality.fold import LEVELS
from benchmarks.quality.plan import VARIANTS
from benchmarks.quality.score import decisions_of
from benchmarks.slick_head import check_variants
from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import UNSURE
from seep.core.metrics.confusion import confusion, scores
from seep.engine.checkpoint import Checkpoint, load_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.presets import preset
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.selection import interpolate_weights
from seep.engine.training.train import train
from seep.io.files import write_atomic
from seep.workflow.training.mosaics import training_tiles
from seep.workflow.training.presets import BATCH_CROPS, FINETUNE, train_config

BEFORE = "before"
LEAST_LEFT = 12
"""Tiles of a scene that must be left to measure on."""
CACHE_OPTIONS = ("by", "folds", "variants", "held_tiles", "classes")
"""Options that change the figures that the cache keeps, beside those in the names of its files."""
SURE = (0.2, 0.8)
"""Seep probabilities in between are left out of pseudo-labels."""
BATCH_PX = BATCH_CROPS * 128**2


@dataclass(frozen=True)
class Change:
    """A change of the preset `quick` of the product.

    Attributes:
        training: settings that differ; larger crops come in smaller batches.
        pseudo_labels: also learn from the network's own masks on the other tiles of the scene.
    """

    training: Mapping[str, Any] = field(default_factory=dict)
    pseudo_labels: bool = False


CHANGES = {
    "preset": Change(),
    "crop-128": Change({"crop_px": 128}),
    "crop-256": Change({"crop_px": 256}),
    "rate-3e-5": Change({"learning_rate": 3e-5}),
    "rate-1e-3": Change({"learning_rate": 1e-3}),
    "free-norm": Change({"freeze_batch_norm": False}),
    "frozen-encoder": Change({"frozen_parts": ("down",)}),
    "heads-only": Change({"frozen_parts": ("down", "up")}),
    "turns-only": Change({"augmentation": "turns"}),
    "random-positions": Change({"augmentation": "turns", "sampling": "even"}),
    "replay-80": Change({"replay_share": 0.8}),
    "without-replay": Change({"replay_share": 0.0}),
    "pseudo-labels": Change(pseudo_labels=True),
}


@dataclass(frozen=True)
class Draw:
    """One scene that is corrected.

    Attributes:
        name: seed and scene.
        start: network that has not seen the scene.
        corrected: tiles to learn from.
        rest: other tiles of the scene.
        others: tiles of each other scene that the network has not seen.
        replayed: tiles of its training scenes.
    """

    name: str
    start: Checkpoint
    corrected: list[TrainingTile]
    rest: list[TrainingTile]
    others: dict[str, list[TrainingTile]]
    replayed: list[TrainingTile]


def main(arguments: Sequence[str] | None = None) -> None:
    """Fine-tune with each change, measure, print."""
    options = _options(arguments)
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for draw in draws(options):
        for name, row in _measured(draw, options).items():
            rows.setdefault(name, {})[draw.name] = row
    if not rows:
        raise SystemExit(f"No scene has {options.tiles + LEAST_LEFT} tiles. Choose fewer with --tiles.")
    found = {name: compared(rows[BEFORE], of) for name, of in rows.items()}
    print(table(found))
    told = {name: getattr(options, name) for name in ("steps", "seeds", "tiles", "finetune_steps")}
    print(json.dumps(told | {"draws": rows, "results": found}))


def draws(options: argparse.Namespace) -> Iterator[Draw]:
    """Yield each scene with enough tiles, with the network of its fold."""
    statistics, held, named = folds.read_dataset(options)
    binary = preset(VARIANTS[options.variants[0]].preset).binary
    by_scene: dict[str, list[TrainingTile]] = {}
    for scene in sorted({tile.scene for tile in named.values()}):
        own = [tile for tile in named.values() if tile.scene == scene]
        by_scene[scene] = training_tiles(own, statistics, binary=binary, stitched=False)
    for seed in options.seeds:
        kept, _ = folds.kept_predictions(options.variants[0], held, named, options, seed)
        decisions = decisions_of(kept, named)
        for number, scenes in enumerate(held):
            start = load_checkpoint(kept.cache / f"{options.variants[0]}.fold{number}.safetensors")
            decided = {
                "threshold": decisions[number]["threshold"] / LEVELS,
                "least_px": decisions[number]["least_px"],
            }
            start = replace(start, card=start.card | decided | {"flips": False})
            yield from split(f"seed {seed}", start, scenes, by_scene, options)


def split(
    name: str,
    start: Checkpoint,
    scenes: Sequence[str],
    by_scene: Mapping[str, Sequence[TrainingTile]],
    options: argparse.Namespace,
) -> Iterator[Draw]:
    """Yield a draw for each of the scenes that has `options.tiles` tiles and `LEAST_LEFT` more."""
    replayed = [
        replace(tile, corrected=False)
        for scene, some in by_scene.items()
        if scene not in scenes
        for tile in some
    ]
    for scene in scenes:
        random = np.random.default_rng(options.draw)
        shuffled = {
            one: [by_scene[one][at] for at in random.permutation(len(by_scene[one]))] for one in scenes
        }
        own = shuffled.pop(scene)
        if len(own) >= options.tiles + LEAST_LEFT:
            others = {one: some[: options.held_tiles] for one, some in shuffled.items()}
            yield Draw(
                f"{name}, {scene}", start, own[: options.tiles], own[options.tiles :], others, replayed
            )


def _measured(draw: Draw, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return figures by row, of this draw; those in the cache are not computed again.

    Raises:
        SystemExit: those in the cache are of other options.
    """
    folder = options.cache / f"finetune-{options.steps}-{options.tiles}-{options.finetune_steps}"
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, dict[str, float]] = {}
    stem = draw.name.replace(", ", "-").replace(" ", "")
    for name in (BEFORE, *options.changes):
        path = folder / f"{stem}-{options.draw}-{name}.json"
        asked = {key: getattr(options, key) for key in CACHE_OPTIONS}
        if not path.exists():
            kept = {"options": asked, "rows": _rows(draw, name, options)}
            write_atomic(path, json.dumps(kept).encode())
        kept = json.loads(path.read_text())
        check_options(path, kept["options"], asked)
        rows |= kept["rows"]
        print(draw.name, name, rows[name], flush=True)
    return rows


def _rows(draw: Draw, name: str, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    if name == BEFORE:
        return {BEFORE: measure(draw.start, draw)}
    new = learn(draw, CHANGES[name], options.finetune_steps, options.draw)
    return {name: measure(mean_of(draw.start, new), draw), f"{name}, new weights": measure(new, draw)}


def learn(draw: Draw, change: Change, steps: int, seed: int) -> Checkpoint:
    """Return the network of the draw, fine-tuned; batches of other crops cover the same number of pixels."""
    config = replace(
        train_config(FINETUNE["quick"], 1, draw.start.model.config),
        epochs=1,
        steps_per_epoch=steps,
        warmup_share=0.2,
        patience=0,
        interpolate=False,
        seed=seed,
        **change.training,
    )
    corrected = [*draw.corrected, *(_pseudo_labeled(draw) if change.pseudo_labels else ())]
    return train(
        draw.start,
        [*corrected, *draw.replayed],
        [],
        replace(config, batch_size=max(1, round(BATCH_PX / config.crop_px**2))),
        state_path=None,
        on_event=lambda _: None,
        should_stop=lambda: False,
    ).checkpoint


def _pseudo_labeled(draw: Draw) -> Iterator[TrainingTile]:
    predictor = Predictor(draw.start)
    for tile in draw.rest:
        (found,) = predictor.predict([tile.image], [tile.statistics], tile.nodata)
        seep = 1 - found.probabilities[0].astype(np.float32)
        mask = np.where((seep > SURE[0]) & (seep < SURE[1]), np.uint8(UNSURE), found.mask)
        yield replace(tile, mask=mask, classes_known=False)


def mean_of(old: Checkpoint, new: Checkpoint) -> Checkpoint:
    """Return the mean of the weights of both, with the card of the old one."""
    model = copy.deepcopy(new.model)
    model.load_state_dict(interpolate_weights(old.model.state_dict(), new.model.state_dict(), 0.5))
    return replace(old, model=model)


def measure(checkpoint: Checkpoint, draw: Draw) -> dict[str, float]:
    """Return the binary IoU of the rest of the scene, and the mean of those of the other scenes."""
    predictor = Predictor(replace(checkpoint, card=draw.start.card))
    others = [_iou(predictor, tiles) for tiles in draw.others.values()]
    return {"rest": _iou(predictor, draw.rest), "others": float(np.mean(others))}


def _iou(predictor: Predictor, tiles: Sequence[TrainingTile]) -> float:
    count = predictor.config.classes
    matrix = np.zeros((count, count), np.int64)
    for tile in tiles:
        (found,) = predictor.predict([tile.image], [tile.statistics], tile.nodata)
        matrix += confusion(tile.mask, found.mask, count, valid_pixels(tile.image, tile.nodata))
    return float(scores(matrix)["binary_iou"] or 0.0)


def compared(
    before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float | None]]:
    """Return means over draws, and paired differences to `before`.

    Returns:
        By part ("rest", "others"): `mean`, and `difference` with its interval, as `folds.mean_difference`.
    """
    found: dict[str, dict[str, float | None]] = {}
    for part in ("rest", "others"):
        changes = [row[part] - before[draw][part] for draw, row in after.items()]
        mean = float(np.mean([row[part] for row in after.values()]))
        found[part] = {"mean": mean, **folds.mean_difference(changes)}
    return found


def table(found: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """Markdown: a line per change, with the mean of old and new weights and with the new ones."""
    lines = [
        "| | other tiles of the corrected scene | difference | other scenes | difference |",
        "| --- " * 5 + "|",
    ]
    for name, row in found.items():
        cells = [name]
        for part in ("rest", "others"):
            gained = "" if name == BEFORE else folds.gain_text(row[part], 3)
            cells += [folds.shown(row[part]["mean"], 3), gained]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = folds.parser()
    parser.prog, parser.description = "benchmarks.finetune_ablation", (__doc__ or "").splitlines()[0]
    parser.set_defaults(variants=["seep"])
    parser.add_argument(
        "--changes",
        nargs="+",
        choices=[*CHANGES],
        default=[*CHANGES],
        help="changes of the preset to measure",
    )
    parser.add_argument("--tiles", type=int, default=40, help="number of corrected tiles")
    parser.add_argument("--held-tiles", type=int, default=16, help="evaluated tiles of each other scene")
    parser.add_argument("--finetune-steps", type=int, default=100)
    parser.add_argument("--draw", type=int, default=0, help="seed of the choice of tiles and of the crops")
    options = parser.parse_args(arguments)
    check_variants(parser, options)
    return options


if __name__ == "__main__":
    main()
