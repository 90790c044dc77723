"""Make the shipped checkpoint and its cards.

    python -m benchmarks.train_shipped IMAGES MASKS --out models/seep-base.safetensors [--measure]

Five scenes stay out: two choose the epoch and the threshold, three only judge; docs/decisions says why. With
--measure an existing file is not trained but measured again. A killed training goes on from the state beside
the output.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.model_card import DATA, LIMITS, measured, synthetic_figures, words
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, write_card
from seep.workflow.evaluation.folders import evaluate_folder
from seep.workflow.training.from_scratch import ScratchOptions, train_folder

SYNTHETIC = 24
LOCKED = ("041871", "045580", "045590")
VALIDATION = ("041874", "045553")
"""Drawn by a seed among the scenes of 30 tiles or more, before any score was known."""
LEAST_PX = 8
"""Of a slick: it costs nothing on the validation scenes, and leaves fewer specks to remove."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train or not, measure, then write weights and cards."""
    chosen = _parser().parse_args(arguments)
    if not chosen.measure:
        options = ScratchOptions(validation=VALIDATION, locked=LOCKED, synthetic=SYNTHETIC, seed=chosen.seed)
        train_folder(chosen.images, chosen.masks, chosen.out, options, _show)
    checkpoint = load_checkpoint(chosen.out)
    card = checkpoint.card | {
        "name": chosen.out.stem,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": DATA,
        "limits": LIMITS,
        "flips": True,
        "least_px": LEAST_PX,
    }
    if chosen.note:
        card["training"] = card["training"] | {"note": chosen.note}
    save_checkpoint(chosen.out, Checkpoint(checkpoint.model, card))
    card["figures"] = {
        split: measured(evaluate_folder(chosen.images, chosen.masks, chosen.out, scenes=scenes).document)
        for split, scenes in (("validation", VALIDATION), ("locked", LOCKED))
    } | {"synthetic": synthetic_figures(Checkpoint(checkpoint.model, card))}
    print(save_checkpoint(chosen.out, Checkpoint(checkpoint.model, card)))
    write_card(chosen.out.with_suffix(".json"), card)
    chosen.out.with_suffix(".md").write_text(words(card))
    print(words(card))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint; its cards lie beside it")
    parser.add_argument("--measure", action="store_true", help="do not train, measure it again")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--note", default="", help="a sentence on the training, for the card")
    return parser


def _show(event: dict[str, Any]) -> None:
    """One line an event, steps only now and then."""
    if event["kind"] != "step" or event["step"] % 25 == 0:
        print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
