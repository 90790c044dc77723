"""Train one network for several seas, or for all but one.

    python -m research.train_seas IMAGES MASKS --seas FOLDER --leave-out NAME --start FILE --steps N --out FILE

IMAGES and MASKS are the tiles of home, FOLDER the other seas (`benchmarks.seas`), of which the training blocks are
used. Crops of home make up the share of --home; the others come equally often from each sea and from synthetic scenes
with look-alikes. Wide slicks are ignored at home only. A killed training resumes from the state beside the output.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.seas import sea_training_tiles
from research.train_shipped import LOOKALIKES, SYNTHETIC
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from seep.engine.presets import WIDE_RADIUS_PX, preset
from seep.engine.training.dataset import TrainingTile, ignore_wide_slicks
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.train import train
from seep.engine.unet import UNetConfig
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.training.from_scratch import synthetic_tiles
from seep.workflow.training.lookalikes import lookalike_tiles
from seep.workflow.training.mosaics import training_tiles

PARTS = 20
"""The training is divided into so many epochs, only to report."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write the checkpoint."""
    chosen = _parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    start = load_checkpoint(chosen.start) if chosen.start else preset("seep").network_for(1, 8)
    seas = sorted(one.name for one in chosen.seas.iterdir() if (one / "images").is_dir())
    unknown = {*chosen.leave_out} - {*seas, "home"}
    if unknown:
        raise SystemExit(f"There is no sea {sorted(unknown)}: use home or one of {', '.join(seas)}.")
    used = [] if chosen.home_only else [name for name in seas if name not in chosen.leave_out]
    tiles = _tiles(chosen, used, start)
    print(json.dumps({"crops": Counter(f"{tile.corrected} {tile.sea}" for tile in tiles)}), flush=True)
    result = train(
        start, tiles, [], _config(chosen), state_path=chosen.out.with_suffix(".state"), on_event=_show,
        should_stop=lambda: False,
    )  # fmt: skip
    card = result.checkpoint.card | {
        "name": chosen.out.stem,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "splits": {"seas": used, "left_out": [*chosen.leave_out, *chosen.hold_out]},
    }
    print(
        save_checkpoint(chosen.out, Checkpoint(result.checkpoint.model, card, result.checkpoint.slick_head))
    )


def _config(chosen: argparse.Namespace) -> TrainConfig:
    stage = replace(
        preset("seep").stages[0],
        epochs=PARTS,
        steps_per_epoch=max(1, chosen.steps // PARTS),
        learning_rate=chosen.rate,
        ema_decay=chosen.ema_decay,
        seed=chosen.seed,
        # Home is not given by its radius here: its wide slicks are taken out before the seas join it.
        ignore_above_radius_px=0.0,
    )
    if chosen.home_only:
        return stage
    return replace(
        stage, augmentation="sensors", least_scale=chosen.least_scale, loss_by_source=True,
        replay_share=1 - chosen.home,
    )  # fmt: skip


def _tiles(
    chosen: argparse.Namespace, seas: Sequence[str], start: Checkpoint | UNetConfig
) -> list[TrainingTile]:
    network = start if isinstance(start, UNetConfig) else start.model.config
    synthetic = synthetic_tiles(chosen.synthetic, network, chosen.seed)
    home = []
    if "home" not in chosen.leave_out:
        dataset = scan_folder(
            chosen.images, chosen.masks, folder_options(DEFAULT_PATTERN, "auto", network.classes)
        )
        with_masks = dataset.with_masks(chosen.images, chosen.masks)
        seen = [tile for tile in with_masks.tiles if tile.scene not in chosen.hold_out]
        home = training_tiles(seen, with_masks.statistics, binary=False, stitched=True)
        home = ignore_wide_slicks(home, WIDE_RADIUS_PX)
        synthetic += lookalike_tiles(home, LOOKALIKES if chosen.synthetic else 0, chosen.seed)
    others = [replace(tile, sea="synthetic") for tile in ignore_wide_slicks(synthetic, WIDE_RADIUS_PX)]
    return home + others + sea_training_tiles(chosen.seas, seas)


def _show(event: dict[str, Any]) -> None:
    if event["kind"] != "step" or event["step"] % 25 == 0:
        print(json.dumps(event | {"at": datetime.now(UTC).isoformat(timespec="seconds")}), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="research.train_seas", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--seas", type=Path, required=True, help="folder of the other seas")
    parser.add_argument(
        "--leave-out", nargs="*", default=[], metavar="SEA", help="seas that are not used, or home"
    )
    parser.add_argument(
        "--hold-out", nargs="*", default=[], metavar="SCENE", help="scenes of home that are not used"
    )
    parser.add_argument("--home-only", action="store_true", help="the preset seep without the other seas")
    parser.add_argument("--start", type=Path, help="a checkpoint; without it, training starts from scratch")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--ema-decay", type=float, default=0.998)
    parser.add_argument("--home", type=float, default=0.45, help="share of the crops of home (0.45)")
    parser.add_argument("--least-scale", type=float, default=0.25)
    parser.add_argument("--synthetic", type=int, default=SYNTHETIC, help=f"synthetic scenes ({SYNTHETIC})")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
