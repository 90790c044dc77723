"""The learning loop on a sea that the start has never seen.

    python -m research.loop_abroad SEAS NAME --start models/seep-base.safetensors --cache DIR [--after 10,20,40,80]

Tiles of the training blocks of a sea are corrected in the order of the queue, the checkpoint is fine-tuned with a
preset of the product, and the test blocks are measured, again and again. True masks replace the annotator. Each round
is kept in the cache, with the state of its training, so a stopped run resumes. The verdict is that of every second
test block, and is judged by the other ones. Prints a table, and as its last line all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.abroad import measure
from benchmarks.seas import SeaTile, of_split, read_sea
from research.simulation.rounds import windows_of
from seep.cli.arguments import ids
from seep.core.acquisition import RANDOM, RankedTile, rank_tiles
from seep.core.files import write_atomic
from seep.core.masks.mask import Mask
from seep.core.masks.wide_slicks import MOST_IGNORED, without_wide_slicks
from seep.core.metrics.confusion import Matrix
from seep.core.metrics.intervals import paired_difference
from seep.engine.checkpoint import Checkpoint, adapt, load_checkpoint, save_checkpoint
from seep.engine.inference.predict import Predictor, TilePrediction
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.train import train
from seep.workflow.training.presets import (
    FINETUNE,
    IGNORE_ABOVE_RADIUS_PX,
    NETWORK_PRESETS,
    changed_request,
    split_holdout,
    train_config,
)

ORDERS = ("useful", "likely_wrong", RANDOM)
BATCH = 16


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rounds that are not in the cache yet, print all of them."""
    chosen = _parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    tiles = read_sea(chosen.seas / chosen.name)
    splits = ("correcting", "tuning") if chosen.tuning else ("training", "test")
    pool, test = (of_split(tiles, split) for split in splits)
    cache = chosen.cache / f"{chosen.name}-{chosen.start.stem}-{chosen.preset}-{chosen.order}-{chosen.seed}"
    cache.mkdir(parents=True, exist_ok=True)
    checkpoint = adapt(load_checkpoint(chosen.start), 2)
    points = [_kept(cache / "0.json") or _write(cache / "0.json", _point([], checkpoint, test))]
    for count in chosen.after:
        point = _kept(cache / f"{count}.json")
        if point is None:
            point = _round(chosen, cache / f"{count}.json", checkpoint, points, (pool, test))
        checkpoint = load_checkpoint(cache / f"{count}.safetensors")
        points.append(point)
        print(_line(point), flush=True)
    print(_table(points))
    print(json.dumps(points))


def _round(
    chosen: argparse.Namespace,
    path: Path,
    checkpoint: Checkpoint,
    points: Sequence[Mapping[str, Any]],
    tiles: tuple[Sequence[SeaTile], Sequence[SeaTile]],
) -> dict[str, Any]:
    """Correct, fine-tune and measure; the tiles are the pool and the test blocks."""
    pool, test = tiles
    began = time.monotonic(), time.process_time()
    known = [name for point in points for name in point["names"]]
    plan = path.with_suffix(".plan")
    count = int(path.stem) - len(known)
    names = (_kept(plan) or _write(plan, {"names": _first(chosen, checkpoint, pool, known)[:count]}))["names"]
    by_name = {tile.name: tile for tile in pool}
    taken = [by_name[name] for name in names]
    ranked = time.monotonic()
    found, epochs = _learn(
        chosen, checkpoint, taken, [by_name[name] for name in known], path.with_suffix(".state")
    )
    trained = time.monotonic(), time.process_time()
    save_checkpoint(path.with_suffix(".safetensors"), found)
    point = _point(names, found, test) | {
        "epochs": epochs,
        "rank_s": round(ranked - began[0], 1),
        "train_s": round(trained[0] - ranked, 1),
        "cpu_s": round(trained[1] - began[1], 1),
    }
    point["tiles"] = len(known) + len(names)
    before, now = (_matrices(one) for one in (points[-1], point))
    blocks = sorted(now)
    told, judged = (
        paired_difference({name: before[name] for name in some}, {name: now[name] for name in some})
        for some in (blocks[::2], blocks[1::2])
    )
    _write(path, point | {"verdict": told, "effect": judged})
    return point | {"verdict": told, "effect": judged}


def _first(
    chosen: argparse.Namespace, checkpoint: Checkpoint, pool: Sequence[SeaTile], known: Sequence[str]
) -> list[str]:
    """Return the names of the tiles that are not corrected yet, in the order of the queue."""
    rest = [tile for tile in pool if tile.name not in known]
    rows = []
    for number, (tile, found) in enumerate(zip(rest, _predicted(checkpoint, rest), strict=True)):
        areas = np.bincount(found.mask[found.mask > 0], minlength=2)
        values = {name: value for name, value in found.values._asdict().items() if value is not None}
        rows.append(RankedTile(number, tile.block, int(areas.argmax()), values))
    return [rest[number].name for number in rank_tiles(chosen.order, rows, chosen.seed)]


def _predicted(checkpoint: Checkpoint, tiles: Sequence[SeaTile]) -> list[TilePrediction]:
    predictor, found = Predictor(checkpoint, classes=2), list[TilePrediction]()
    for at in range(0, len(tiles), BATCH):
        some = tiles[at : at + BATCH]
        found += predictor.predict([one.image for one in some], [one.statistics for one in some], None)
    return found


def _learn(
    chosen: argparse.Namespace,
    checkpoint: Checkpoint,
    taken: Sequence[SeaTile],
    known: Sequence[SeaTile],
    state: Path,
) -> tuple[Checkpoint, int]:
    """Fine-tune as the product does; earlier corrections are replayed."""
    radius_px = chosen_radius([tile.mask for tile in taken])
    changes = json.loads(chosen.changes) | {"seed": chosen.seed, "ignore_above_radius_px": radius_px}
    request = changed_request(FINETUNE[chosen.preset], changes)
    masks = [one.mask for one in _predicted(checkpoint, taken)]
    learned, held = split_holdout(list(zip(taken, masks, strict=True)), request.holdout_share)
    tiles = [part for tile, mask in learned for part in windows_of(_tile(tile, True), mask, request)]
    config = train_config(request, sum(one.mask.size for one in tiles), checkpoint.model.config)
    result = train(
        checkpoint,
        tiles + [_tile(one, False) for one in known],
        [],
        config,
        state_path=state,
        on_event=_show,
        should_stop=lambda: False,
        holdout=[_tile(tile, False) for tile, _ in held],
    )
    return result.checkpoint, result.epochs_done


def chosen_radius(masks: Sequence[Mask]) -> int:
    """Return the radius above which a run ignores slicks; see `seep.workflow.training.wide_slicks.choose_radius`."""
    seep = sum(int(np.count_nonzero(mask)) for mask in masks)
    wide = sum(
        int(np.count_nonzero(without_wide_slicks(mask, IGNORE_ABOVE_RADIUS_PX) != mask)) for mask in masks
    )
    return 0 if wide > MOST_IGNORED * seep else IGNORE_ABOVE_RADIUS_PX


def _tile(tile: SeaTile, corrected: bool) -> TrainingTile:
    return TrainingTile(tile.name, tile.image, tile.mask, tile.statistics, None, corrected=corrected)


def _point(names: Sequence[str], checkpoint: Checkpoint, test: Sequence[SeaTile]) -> dict[str, Any]:
    found = measure(Predictor(checkpoint, classes=2), test, "block")
    figures = found["figures"]
    return {
        "tiles": 0,
        "names": list(names),
        "iou": figures["binary_iou"],
        "interval": found["intervals"]["binary_iou"],
        "f1": figures["tolerance"]["f1"],
        "precision": figures["precision"],
        "recall": figures["recall"],
        "per_block": {name: np.asarray(one["matrix"]).tolist() for name, one in found["per_scene"].items()},
    }


def _matrices(point: Mapping[str, Any]) -> dict[str, Matrix]:
    return {name: np.array(one) for name, one in point["per_block"].items()}


def _kept(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text()) if path.exists() else None


def _write(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    write_atomic(path, json.dumps(values).encode())
    return values


def _show(event: dict[str, Any]) -> None:
    if event["kind"] != "step" or event["step"] % 20 == 0:
        print(json.dumps(event), flush=True)


def _table(points: Sequence[Mapping[str, Any]]) -> str:
    head = (
        "| corrected tiles | IoU (95 %) | F1 within 2 px | precision, recall | verdict | effect | minutes |"
    )
    return "\n".join(["", head, "| --- " * 7 + "|", *map(_line, points)])


def _line(point: Mapping[str, Any]) -> str:
    low, high = point["interval"] or (None, None)
    cells = [
        str(point["tiles"]),
        f"{_text(point['iou'])} ({_text(low)} to {_text(high)})",
        _text(point["f1"]),
        f"{_text(point['precision'])}, {_text(point['recall'])}",
    ]
    if "verdict" in point:
        cells += [point["verdict"]["verdict"], _text(point["effect"]["difference"])]
        cells.append(f"{point['train_s'] / 60:.1f}")
    else:
        cells += ["", "", ""]
    return f"| {' | '.join(cells)} |"


def _text(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="research.loop_abroad", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("seas", type=Path, help="folder with a folder per sea")
    parser.add_argument("name", help="sea on which the loop runs")
    parser.add_argument("--start", type=Path, required=True, help="checkpoint that has not seen the sea")
    parser.add_argument("--cache", type=Path, required=True, help="finished rounds are kept here")
    parser.add_argument("--after", type=ids, default=(10, 20, 40, 80), help="corrected tiles (10,20,40,80)")
    parser.add_argument("--preset", choices=NETWORK_PRESETS, default="quick")
    parser.add_argument("--changes", default="{}", help="other hyperparameters, JSON; use another cache")
    parser.add_argument(
        "--tuning",
        action="store_true",
        help="correct and measure within the training blocks, to choose settings",
    )
    parser.add_argument("--order", choices=ORDERS, default=ORDERS[0], help=f"of the queue ({ORDERS[0]})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
