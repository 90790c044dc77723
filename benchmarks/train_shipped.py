"""Make the shipped checkpoint.

    python -m benchmarks.train_shipped IMAGES MASKS --out models/seep-base.safetensors

Trains on real tiles (TIFFs named SCENE.TILE.tif, masks of the same names) and on synthetic scenes
together. Scenes are split by a seed: locked scenes are only reported, validation scenes choose the
epoch and the threshold. Prints progress; the state beside the output lets a killed run go on.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch

from benchmarks.model_card import complete, markdown
from seep.core.normalise import Statistics, statistics_of
from seep.core.synthesis import synthesize_scene
from seep.engine.checkpoint import Checkpoint, save_checkpoint, write_card
from seep.engine.dataset import TrainingTile
from seep.engine.train import TrainConfig, train
from seep.engine.unet import UNetConfig

NODATA = 0
CANDIDATE_COLUMNS = range(12, 31)
LOCKED, VALIDATION = 3, 2
MIN_TILES = 30
"""Scenes with fewer tiles always train: a figure on six tiles would say nothing."""

Tiles = dict[int, tuple[np.ndarray, np.ndarray]]


def read_scenes(images: Path, masks: Path) -> dict[str, Tiles]:
    """Tiles of both folders by scene and position."""
    scenes: dict[str, Tiles] = {}
    for path in sorted(images.glob("*.tif")):
        scene, position = path.stem.rsplit(".", 1)
        pair = (tifffile.imread(path), tifffile.imread(masks / path.name))
        scenes.setdefault(scene, {})[int(position)] = pair
    return scenes


def split_scenes(scenes: Mapping[str, Tiles], seed: int) -> dict[str, list[str]]:
    """Locked, validation and training scenes, drawn by seed among those that are large enough."""
    eligible = [name for name in sorted(scenes) if len(scenes[name]) >= MIN_TILES]
    drawn = [eligible[n] for n in np.random.default_rng(seed).permutation(len(eligible))]
    locked, validation = drawn[:LOCKED], drawn[LOCKED : LOCKED + VALIDATION]
    rest = [name for name in sorted(scenes) if name not in locked + validation]
    return {"locked": sorted(locked), "validation": sorted(validation), "train": rest}


def columns_of(tiles: Tiles) -> int | None:
    """How many tiles wide the scene's grid is, by which rows of pixels continue each other."""
    best: tuple[float, int] | None = None
    for columns in CANDIDATE_COLUMNS:
        found = [
            _continuity(tiles[n][0][-1], tiles[n + columns][0][0]) for n in tiles if n + columns in tiles
        ]
        found = [value for value in found if value is not None]
        if len(found) >= 8 and (best is None or np.mean(found) > best[0]):
            best = (float(np.mean(found)), columns)
    return best[1] if best is not None and best[0] > 0.1 else None


def _continuity(above: np.ndarray, below: np.ndarray) -> float | None:
    valid = (above != NODATA) & (below != NODATA)
    if valid.sum() < 50 or above[valid].std() == 0 or below[valid].std() == 0:
        return None
    return float(np.corrcoef(above[valid], below[valid])[0, 1])


def training_tiles(scene: str, tiles: Tiles, *, stitched: bool) -> list[TrainingTile]:
    """A scene's tiles; stitched into one image where the grid is known, so that crops cross borders."""
    statistics = statistics_of((image for image, _ in tiles.values()), NODATA)
    columns = columns_of(tiles) if stitched else None
    if columns is None:
        return [
            TrainingTile(f"{scene}.{n:06d}", image, mask, statistics, NODATA, True)
            for n, (image, mask) in tiles.items()
        ]
    size = next(iter(tiles.values()))[1].shape[0]
    rows = max(tiles) // columns + 1
    image = np.full((rows * size, columns * size), NODATA, np.uint16)
    mask = np.zeros((rows * size, columns * size), np.uint8)
    for n, (pixels, classes) in tiles.items():
        top, left = n // columns * size, n % columns * size
        image[top : top + size, left : left + size] = pixels
        mask[top : top + size, left : left + size] = classes
    print(f"{scene}: {len(tiles)} tiles on a grid of {columns} columns", flush=True)
    return [TrainingTile(scene, image, mask, statistics, NODATA, True)]


def synthetic_tiles(count: int, size_px: int, seed: int) -> list[TrainingTile]:
    """Synthetic scenes as base data: replayed at their own share beside the real tiles."""
    tiles = []
    for n in range(count):
        # Every third scene is clean sea with look-alikes: the real tiles hold next to none.
        share = 0.0 if n % 3 == 0 else None
        scene = synthesize_scene(seed + n, size_px, size_px, NODATA, seep_share=share)
        statistics: Statistics = statistics_of([scene.image], NODATA)
        tiles.append(TrainingTile(f"synthetic.{n}", scene.image, scene.mask, statistics, NODATA, False))
    return tiles


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, then write weights and card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--out", type=Path, default=Path("models/seep-base.safetensors"))
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument(
        "--stop-after-epochs", type=int, help="end early; the rate still falls as for --epochs"
    )
    parser.add_argument("--steps-per-epoch", type=int, default=250)
    parser.add_argument("--crop-px", type=int, default=160)
    parser.add_argument("--batch-size", type=int, default=12)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--levels", type=int, default=4)
    parser.add_argument("--stride", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--synthetic-scenes", type=int, default=24)
    parser.add_argument("--synthetic-share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))

    scenes = read_scenes(chosen.images, chosen.masks)
    splits = split_scenes(scenes, chosen.seed)
    print(json.dumps(splits), flush=True)
    tiles = [tile for name in splits["train"] for tile in training_tiles(name, scenes[name], stitched=True)]
    tiles += synthetic_tiles(chosen.synthetic_scenes, 768, chosen.seed + 1000)
    validation = [
        tile for name in splits["validation"] for tile in training_tiles(name, scenes[name], stitched=False)
    ]
    config = TrainConfig(
        epochs=chosen.epochs,
        steps_per_epoch=chosen.steps_per_epoch,
        batch_size=chosen.batch_size,
        crop_px=chosen.crop_px,
        learning_rate=chosen.learning_rate,
        replay_share=chosen.synthetic_share,
        validation_tiles=len(validation),
        seed=chosen.seed,
    )
    stop_at = (chosen.stop_after_epochs or chosen.epochs) * chosen.steps_per_epoch
    progress = Progress()
    result = train(
        UNetConfig(levels=chosen.levels, width=chosen.width, stride=chosen.stride),
        tiles,
        validation,
        config,
        state_path=chosen.out.with_suffix(".state"),
        on_event=progress.show,
        should_stop=lambda: progress.measured_step >= stop_at,
    )
    finish(result.checkpoint, chosen.images, chosen.masks, splits, chosen.out)
    chosen.out.with_suffix(".state").unlink(missing_ok=True)


def finish(
    checkpoint: Checkpoint, images: Path, masks: Path, splits: Mapping[str, Sequence[str]], out: Path
) -> None:
    """Measure the checkpoint and write weights, card and the card in words."""
    checkpoint = complete(checkpoint, images, masks, splits)
    print(save_checkpoint(out, checkpoint))
    write_card(out.with_suffix(".json"), checkpoint.card)
    words = markdown(checkpoint.card)
    out.with_suffix(".md").write_text(words)
    print(words)


class Progress:
    """One line an event, steps only now and then; remembers the last step that was measured."""

    def __init__(self) -> None:
        self.measured_step = 0

    def show(self, event: dict[str, Any]) -> None:
        """Print an event."""
        if event["kind"] == "epoch":
            self.measured_step = event["step"]
        if event["kind"] != "step" or event["step"] % 25 == 0:
            print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
