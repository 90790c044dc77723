"""How fast the learning loop learns, by the order in which tiles are corrected.

    python -m research.loop IMAGES MASKS --cache DIR [--seeds 3] [--orders useful,random] [--processes 2]

For each seed, scenes are drawn: 3 test, 2 validation and 3 start scenes; the rest is the pool. A small network is
trained on the start, and for comparison one on the start and the whole pool, with as many passes per tile. Then
true masks replace the annotator (`research.simulation`), with every order, with replay and without. Finished
parts are kept in the cache, so a stopped run resumes; other settings need another cache. Each process computes on
one thread. Prints tables, and as its last line all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from research.loop_report import report, table
from research.simulation.dataset import Dataset, read_dataset
from research.simulation.options import ORDERS, SimulationOptions
from research.simulation.scoring import figures, measure
from research.simulation.simulation import simulate_on
from research.simulation.start_checkpoint import train_start
from seep.cli.arguments import ids, words
from seep.core.files import write_atomic
from seep.engine.checkpoint import load_checkpoint, save_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.training.schedule import TrainConfig
from seep.engine.unet import UNetConfig
from seep.workflow.training.presets import FINETUNE, NETWORK_PRESETS

LOCKED, VALIDATION, START = 3, 2, 3
MIN_TILES = 30
"""Scenes with fewer tiles always lie in the pool: a figure on six tiles would say nothing."""

EPOCH_STEPS, BATCH, RATE, DECAY = 50, 16, 1e-3, 0.995


@dataclass(frozen=True)
class Task:
    """One thing to compute and to keep in the cache: a checkpoint's training, or a curve."""

    images: Path
    masks: Path
    cache: Path
    seed: int
    width: int
    crop_px: int
    epochs: int
    after: tuple[int, ...]
    preset: str = "quick"
    kind: str = "start"
    order: str = ""
    replay: bool = True

    @property
    def path(self) -> Path:
        """Where it is kept."""
        if self.kind == "curve":
            return self.cache / f"{self.order}-{'with' if self.replay else 'without'}-{self.seed}.json"
        return self.cache / f"{self.kind}-{self.seed}.{'safetensors' if self.kind == 'start' else 'json'}"


def draw_scenes(dataset: Dataset, seed: int) -> dict[str, list[str]]:
    """Draw the part that each scene plays."""
    eligible = [name for name in sorted(dataset.scenes) if len(dataset.scenes[name]) >= MIN_TILES]
    drawn = [eligible[at] for at in np.random.default_rng(seed).permutation(len(eligible))]
    ends = np.cumsum([LOCKED, VALIDATION, START])
    names = [sorted(part) for part in np.split(drawn, ends)[:3]]
    parts = dict(zip(("test", "validation", "start"), names, strict=True))
    parts["pool"] = sorted({*dataset.scenes} - {name for part in names for name in part})
    return {part: [str(name) for name in names] for part, names in parts.items()}


def do(task: Task) -> Path:
    """Compute a task, if it is not in the cache yet."""
    if not task.path.exists():
        torch.set_num_threads(1)
        dataset = cached_dataset(task.images, task.masks)
        parts = draw_scenes(dataset, task.seed)
        (do_curve if task.kind == "curve" else do_training)(task, dataset, parts)
    return task.path


@lru_cache(maxsize=1)
def cached_dataset(images: Path, masks: Path) -> Dataset:
    """Read the tiles, once a process."""
    return read_dataset(images, masks, SimulationOptions(Path()))


def do_training(task: Task, dataset: Dataset, parts: dict[str, list[str]]) -> None:
    """Train on the start, or on start and pool together; the latter is only measured.

    Each tile is gone through as often in the one as in the other.
    """
    scenes = parts["start"] if task.kind == "start" else sorted(parts["start"] + parts["pool"])
    config = TrainConfig(
        epochs=round(task.epochs * len(dataset.of(scenes)) / len(dataset.of(parts["start"]))),
        steps_per_epoch=EPOCH_STEPS,
        batch_size=BATCH,
        crop_px=task.crop_px,
        learning_rate=RATE,
        ema_decay=DECAY,
        seed=task.seed,
    )
    out = task.path.with_suffix(".training.safetensors")
    train_start(
        dataset, scenes, parts["validation"], UNetConfig(width=task.width, stride=2), config, out, "cpu"
    )
    found = load_checkpoint(out)
    # Predicted without flips, at a quarter of the cost; the ranking of "likely wrong" asks for them itself.
    checkpoint = replace(found, card=found.card | {"flips": False})
    if task.kind == "start":
        save_checkpoint(task.path, checkpoint)
    else:
        test = figures(measure(Predictor(checkpoint, "cpu"), dataset.of(parts["test"])))
        write_atomic(task.path, json.dumps({"seed": task.seed, "test": test}).encode())
    out.unlink()


def do_curve(task: Task, dataset: Dataset, parts: dict[str, list[str]]) -> None:
    """Simulate one curve."""
    wish = SimulationOptions(
        replace(task, kind="start").path,
        start=parts["start"],
        validation=parts["validation"],
        test=parts["test"],
        orders=(task.order,),
        replay=(task.replay,),
        seeds=(task.seed,),
        after=task.after,
        request=replace(FINETUNE[task.preset], crop_px=task.crop_px),
        device="cpu",
    )
    found = simulate_on(dataset, wish)
    write_atomic(task.path, json.dumps(found).encode())


def tasks_of(chosen: argparse.Namespace) -> list[list[Task]]:
    """Stages of tasks; those of one stage do not wait for each other."""
    names = ("images", "masks", "cache", "width", "crop_px", "epochs", "after", "preset")
    given = {name: getattr(chosen, name) for name in names}
    starts = [Task(seed=seed, **given) for seed in range(chosen.seeds)]
    curves = [
        replace(start, kind="curve", order=order, replay=replay)
        for replay in (True, False)
        for start in starts
        for order in chosen.orders
        if replay or order in chosen.without_replay
    ]
    return [starts, [*curves, *(replace(start, kind="all") for start in starts)]]


def run(stages: Sequence[Sequence[Task]], processes: int) -> None:
    """Compute all tasks, some at a time."""
    # Of the processes that are started. OpenVINO takes seconds to make each new network ready, and here
    # a network predicts some hundred tiles before the next one comes.
    os.environ |= {"OMP_NUM_THREADS": "1", "SEEP_OPENVINO": "0"}
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        for stage in stages:
            for path in pool.map(do, stage):
                print(path.name, flush=True)


def collected(tasks: Sequence[Task]) -> tuple[list[dict[str, Any]], dict[int, float]]:
    """Read curves, and IoU by seed of training on all, as far as they are there."""
    curves, whole = [], {}
    for task in tasks:
        if task.kind != "start" and task.path.exists():
            found = json.loads(task.path.read_text())
            if task.kind == "curve":
                curves += found["curves"]
            else:
                whole[task.seed] = found["test"]["binary_iou"]
    return curves, whole


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate what is not in the cache yet, and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="finished parts are kept here")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--orders", type=words, default=tuple(ORDERS))
    parser.add_argument(
        "--without-replay",
        type=words,
        default=tuple(ORDERS),
        help="orders that are also simulated without replay",
    )
    parser.add_argument("--after", type=ids, default=(20, 40, 80, 160))
    parser.add_argument("--width", type=int, default=12, help="channels of the network at its first level")
    parser.add_argument("--crop-px", type=int, default=96)
    parser.add_argument(
        "--epochs", type=int, default=16, help=f"epochs of the start checkpoint, {EPOCH_STEPS} steps each"
    )
    parser.add_argument("--preset", choices=NETWORK_PRESETS, default="quick", help="preset of fine-tuning")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--report-only", action="store_true", help="report what is in the cache so far")
    chosen = parser.parse_args(arguments)
    chosen.cache.mkdir(parents=True, exist_ok=True)
    stages = tasks_of(chosen)
    if not chosen.report_only:
        run(stages, chosen.processes)
    curves, whole = collected([task for stage in stages for task in stage])
    if not curves:
        raise SystemExit("no curve is finished yet: run without --report-only")
    found = report(curves, whole)
    print(table(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
