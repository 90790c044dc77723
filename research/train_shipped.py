"""Make the shipped checkpoint and its cards.

    python -m research.train_shipped IMAGES MASKS --out models/seep-base.safetensors --folds FOLDS.json

It is trained on all scenes. Its card gives no figure on them: it cites the cross-validation of its variant
(`research.folds`), which also chose the threshold, and its false alarms on look-alikes
(`research.lookalikes`). docs/decisions says why. `research.slick_head` adds the slick head afterward. With
--measure an existing file is not trained but gets a new card; --folds then takes the output of
`research.slick_head`. A killed training resumes from the state in the folder of the output.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from research.model_card import (
    DATA,
    LIMITS,
    THRESHOLD,
    abroad_figures,
    fold_figures,
    fold_threshold,
    rounded,
    synthetic_figures,
    words,
)
from seep.core.masks.dark_areas import DARK_AREA_DEPTH
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX
from seep.engine.checkpoint import load_checkpoint, save_checkpoint, write_card
from seep.engine.scale_rule import SCALES
from seep.workflow.training.from_scratch import ScratchOptions, train_folder

SYNTHETIC, LOOKALIKES = 24, 48
"""Synthetic scenes, and windows of real scenes with a look-alike, beside the real tiles."""
HOME_GRAIN = 0.45
"""99 of 100 real tiles have a finer grain, those of other sensors a coarser one."""
LEAST_PX = 8
"""Of a slick: it costs nothing on the validation scenes, and leaves fewer specks to remove."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train or not, measure, then write weights and cards."""
    chosen = _parser().parse_args(arguments)
    if not chosen.measure:
        options = ScratchOptions(
            validation=(), test=(), synthetic=SYNTHETIC, lookalikes=LOOKALIKES, seed=chosen.seed
        )
        train_folder(chosen.images, chosen.masks, chosen.out, options, _show)
    checkpoint = load_checkpoint(chosen.out)
    folds = last_line(chosen.folds) if chosen.folds else None
    card = checkpoint.card | {
        "name": chosen.out.stem,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": DATA,
        "limits": LIMITS,
        "flips": True,
        "least_px": LEAST_PX,
        "wide_radius_px": WIDE_RADIUS_PX,
        "dark_area_depth": DARK_AREA_DEPTH,
        "scales": [*SCALES],
        "scales_above_grain": HOME_GRAIN,
        "threshold": fold_threshold(folds) if folds else THRESHOLD,
    }
    if chosen.note:
        card["training"] = card["training"] | {"note": chosen.note}
    figures: dict[str, Any] = {"folds": fold_figures(folds)} if folds else {}
    if chosen.places:
        figures["places"] = fold_figures(last_line(chosen.places))
    if chosen.lookalikes:
        pair = dict(zip(("before", "after"), last_line(chosen.lookalikes)["results"].values(), strict=True))
        figures["lookalikes"] = rounded(pair)
    if chosen.abroad:
        figures["abroad"] = abroad_figures(last_line(chosen.abroad))
    card["figures"] = figures | {"synthetic": synthetic_figures(replace(checkpoint, card=card))}
    print(save_checkpoint(chosen.out, replace(checkpoint, card=card)))
    write_card(chosen.out.with_suffix(".json"), card)
    chosen.out.with_suffix(".md").write_text(words(card))
    print(words(card))


def last_line(path: Path) -> dict[str, Any]:
    """Read the JSON in the last line of the output of a benchmark."""
    found: dict[str, Any] = json.loads(path.read_text().splitlines()[-1])
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument(
        "--out", type=Path, required=True, help="the checkpoint; its cards are written to the same folder"
    )
    parser.add_argument("--measure", action="store_true", help="do not train; write the cards again")
    parser.add_argument("--folds", type=Path, help="output of research.folds or research.slick_head")
    parser.add_argument("--places", type=Path, help="output of research.folds --by place")
    parser.add_argument(
        "--lookalikes", type=Path, help="output of research.lookalikes for the previous and this checkpoint"
    )
    parser.add_argument("--abroad", type=Path, help="output of benchmarks.abroad")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--note", default="", help="a sentence on the training, for the card")
    return parser


def _show(event: dict[str, Any]) -> None:
    """One line an event, steps only now and then."""
    if event["kind"] != "step" or event["step"] % 25 == 0:
        print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
