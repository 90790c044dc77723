"""Make the shipped checkpoints and their cards.

    python -m benchmarks.train_shipped base IMAGES MASKS [--out models/seep-base.safetensors]
    python -m benchmarks.train_shipped all IMAGES MASKS --quality FILE [--out models/seep-all.safetensors]

`base` leaves five scenes out: two choose, three only judge; with --measure an existing file is not trained
but measured again. `all` goes on from `base` on all scenes, so nothing is left to measure it on: its card
takes figures, threshold and least size of a slick from the cross-validation of the same preset, the JSON
that `python -m benchmarks.quality` prints last. A killed training goes on from the state beside the output.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.model_card import DATA, LIMITS, crossed, measured, synthetic_figures, words
from seep.core.grid import DEFAULT_PATTERN
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, write_card
from seep.engine.presets import preset
from seep.engine.train import train
from seep.workflow.evaluating import evaluate_folder
from seep.workflow.folders import folder_options, look_at_folder
from seep.workflow.scratch import ScratchOptions, synthetic_tiles, train_folder
from seep.workflow.stitching import training_tiles

CLASSES = 8
SYNTHETIC = 24
LOCKED = ("041871", "045580", "045590")
VALIDATION = ("041874", "045553")
"""Drawn by a seed among the scenes of 30 tiles or more, before any score was known."""
LEAST_PX = 8
"""Of a slick of `base`: it costs nothing on the validation scenes, and leaves fewer specks to remove."""

BASE = (
    "It is the model that a new workspace starts with: five of the real scenes stayed out of its training, "
    "so that a workspace of the same scenes can judge it, and what comes of it, fairly."
)
ALL = (
    "It goes on from seep-base on all real scenes, those that judge seep-base too. Promote it for scenes of "
    "your own; on the scenes below it says more than it knows."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, then write weights and card."""
    chosen = _parser().parse_args(arguments)
    checkpoint = _base(chosen) if chosen.which == "base" else _all(chosen)
    card = checkpoint.card | {
        "name": chosen.out.stem,
        "parent": None if chosen.which == "base" else "seep-base",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": DATA,
        "limits": LIMITS,
    }
    card["figures"] = card["figures"] | {"synthetic": synthetic_figures(Checkpoint(checkpoint.model, card))}
    print(save_checkpoint(chosen.out, Checkpoint(checkpoint.model, card)))
    write_card(chosen.out.with_suffix(".json"), card)
    chosen.out.with_suffix(".md").write_text(words(card))
    print(words(card))


def _base(chosen: argparse.Namespace) -> Checkpoint:
    """Train on nine scenes, or measure again what was; figures of the other five."""
    out = chosen.out
    if not chosen.measure:
        options = ScratchOptions(validation=VALIDATION, locked=LOCKED, synthetic=SYNTHETIC, seed=chosen.seed)
        train_folder(chosen.images, chosen.masks, out, options, _show)
    checkpoint = load_checkpoint(out)
    card = checkpoint.card | {"flips": True, "least_px": LEAST_PX, "purpose": BASE}
    card["training"] = card["training"] | {"note": chosen.note}
    save_checkpoint(out, Checkpoint(checkpoint.model, card))
    card["figures"] = {
        split: measured(evaluate_folder(chosen.images, chosen.masks, out, scenes))
        for split, scenes in (("validation", VALIDATION), ("locked", LOCKED))
    }
    return Checkpoint(checkpoint.model, card)


def _all(chosen: argparse.Namespace) -> Checkpoint:
    """Go on from `base` on all scenes; figures and decisions of the preset's cross-validation."""
    told = json.loads(chosen.quality.read_text().splitlines()[-1])
    own = next(one for one in told["results"] if one["variant"] == "seep")
    start = load_checkpoint(chosen.start)
    how = folder_options(DEFAULT_PATTERN, "auto", CLASSES)
    tiles, statistics, _ = look_at_folder(chosen.images, chosen.masks, how)
    learnt = training_tiles(tiles, statistics, binary=False, stitched=True)
    learnt += synthetic_tiles(SYNTHETIC, start.model.config, chosen.seed)
    config = replace(
        preset("seep").stages[0],
        epochs=1,
        steps_per_epoch=chosen.steps,
        learning_rate=chosen.learning_rate,
        seed=chosen.seed,
    )
    state = chosen.out.with_suffix(".state")
    found = train(start, learnt, [], config, state_path=state, on_event=_show, should_stop=lambda: False)
    state.unlink(missing_ok=True)
    card = found.checkpoint.card | {
        "threshold": round(median(one["threshold"] for one in own["decisions"]), 3),
        "least_px": int(median(one["least_px"] for one in own["decisions"])),
        "flips": True,
        "purpose": ALL,
        "splits": {"train": sorted({tile.scene for tile in tiles}), "validation": [], "locked": []},
        "figures": {"cross_validation": crossed(own)},
    }
    card["training"] = card["training"] | {"note": chosen.note}
    return Checkpoint(found.checkpoint.model, card)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("which", choices=("base", "all"))
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint; its cards lie beside it")
    parser.add_argument("--measure", action="store_true", help="do not train `base`, measure it again")
    parser.add_argument("--start", type=Path, default=Path("models/seep-base.safetensors"))
    parser.add_argument("--quality", type=Path, help="what benchmarks.quality printed; for `all`")
    parser.add_argument("--steps", type=int, default=600, help="of `all`")
    parser.add_argument("--learning-rate", type=float, default=3e-4, help="of `all`")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--note", default="", help="a sentence on the training, for the card")
    return parser


def _show(event: dict[str, Any]) -> None:
    """One line an event, steps only now and then."""
    if event["kind"] != "step" or event["step"] % 25 == 0:
        print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
