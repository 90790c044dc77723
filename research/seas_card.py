"""Write the checkpoint for several seas with its cards.

    python -m research.seas_card TRAINED --abroad FILE --left-out FILE... --out models/seep-seas.safetensors

TRAINED is the output of `research.train_seas`, FILE that of `benchmarks.abroad`: --abroad for this checkpoint on the
test blocks, --left-out for networks that were trained without the sea on which they are measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import Any

from research.model_card import abroad_figures, abroad_words, scale_words
from research.train_shipped import HOME_GRAIN, LEAST_PX, last_line
from seep.engine.checkpoint import load_checkpoint, save_checkpoint, write_card
from seep.engine.scale_rule import SCALES

THRESHOLD = 0.41
DATA = (
    "Crops of home, 45 %: 654 SAR tiles of natural oil seeps from 14 scenes, license unknown; true slicks above "
    "12 px radius ignored. 14 % each: 200 tiles of PALSAR, Gulf of Mexico, and 150 tiles of Sentinel-1, Persian "
    "Gulf, both of the data set SOS (Zhu et al. 2022, DOI 10.1109/TGRS.2021.3115492) in public copies without a "
    "license, whose authors write 'mainly used for scientific purposes'; 370 windows of open water of Sentinel-1, "
    "Eastern Mediterranean, of DARTIS (PANGAEA 980773) in a public copy without a license; and synthetic scenes of "
    "seep.core.synthesis with look-alikes. None of the tiles is included."
)
LIMITS = (
    "On images like those of home it is worse than seep-base: it predicts more false slicks. Wide oil that fills most "
    "of a scene is missed in part, because the scene is normalized by its own statistics. The masks of the other seas "
    "are rough polygons. It has no slick head, because that of seep-base removes thin slicks of other sensors. It was "
    "trained on tiles without a stated license: check whether your use allows that, or use seep-base."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write weights and cards."""
    chosen = _parser().parse_args(arguments)
    trained = load_checkpoint(chosen.trained)
    card = {key: value for key, value in trained.card.items() if key not in ("slick_head", "dark_area_depth")}
    figures = {"abroad": abroad_figures(last_line(chosen.abroad))}
    for file in chosen.left_out:
        for sea, found in abroad_figures(last_line(file)).items():
            figures["abroad"].setdefault(sea, {}).update(found)
    card |= {
        "name": chosen.out.stem,
        "parent": "seep-base",
        "data": DATA,
        "limits": LIMITS,
        "threshold": THRESHOLD,
        "least_px": LEAST_PX,
        "scales": [*SCALES],
        "scales_above_grain": HOME_GRAIN,
        "splits": {"train": chosen.scenes, "validation": [], "test": []},
        "figures": figures,
    }
    print(save_checkpoint(chosen.out, replace(trained, card=card, slick_head=None)))
    write_card(chosen.out.with_suffix(".json"), card)
    chosen.out.with_suffix(".md").write_text(words(card))


def words(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    training = card["training"]
    config = training["config"]
    return f"""# {card["name"]}

Finds oil on SAR images of other sensors and seas than `seep-base`, thin slicks and wide sheets. It is meant to be
corrected and fine-tuned; do not use its masks without review. Use `seep-base` where your images are like its own.

## Network
The network of `seep-base`, without a slick head. A pixel is seep if its probability is at least
{card["threshold"]:.2f}, averaged over four flips. Slicks with fewer than {card["least_px"]} pixels are
removed.{scale_words(card)}

## Training data
{fill(card["data"], 100)}

Training started from `seep-base` and took {training["steps"]} steps of {config["batch_size"]} crops of
{config["crop_px"]} px at a rate of {config["learning_rate"]:g}. The commands are
`python -m research.train_seas IMAGES MASKS --seas FOLDER --start models/seep-base.safetensors --steps 2000 --out FILE`
and `python -m research.seas_card FILE --abroad FIGURES --out models/seep-seas.safetensors`.

## Metrics
{abroad_words(card["figures"]).strip()}

Rows named "without this sea" are of networks of the same training without the sea in the row, at a threshold of 0.30.

## Limits
{fill(card["limits"], 100)}
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="research.seas_card", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("trained", type=Path)
    parser.add_argument(
        "--abroad", type=Path, required=True, help="output of benchmarks.abroad for this checkpoint"
    )
    parser.add_argument(
        "--left-out", type=Path, nargs="*", default=[], help="the same for networks without the sea"
    )
    parser.add_argument(
        "--scenes", nargs="*", default=[], help="scenes of home in the training, for the splits"
    )
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    main()
