"""The card of the shipped checkpoint: what was measured, in numbers (JSON) and in words (Markdown)."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np

from seep.core.image.normalize import statistics_of
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import Checkpoint
from seep.engine.inference.predict import Predictor

DATA = (
    "Real tiles: 654 SAR tiles of natural oil seeps from 14 scenes (uint16, 256 x 256 px, one band, masks "
    "of 7 seep classes). The meaning of the classes is not documented. The license of the tiles is "
    "unknown, so they are not included. Synthetic tiles: scenes of seep.core.synthesis, a fifth of all "
    "crops; a third of them are clean sea."
)
LIMITS = (
    "The training masks are rough: shifted by one pixel, they have an IoU of 0.77 with themselves. "
    "Classes are hard to distinguish on scenes outside the training set: rely on the location and check "
    "the class. The data contain no real clean sea, so false alarms there are measured on synthetic "
    "scenes only. Other sensors, pixel sizes and stretches are untested: check a few tiles first."
)
KEPT = ("binary_iou", "binary_dice", "precision", "recall", "cldice", "iou_per_class", "mean_iou_seep")
ROWS = (
    ("Binary IoU, strict", "binary_iou"),
    ("Binary Dice", "binary_dice"),
    ("Precision", "precision"),
    ("Recall", "recall"),
    ("F1 within 2 px", "f1_within_2_px"),
    ("clDice", "cldice"),
    ("AP50 of slicks of any class", "ap50_any_class"),
    ("Mean IoU of the classes 1 to 7", "mean_iou_seep"),
)
SPLITS = {
    "train": "training",
    "validation": "validation (selects the epoch and the threshold)",
    "locked": "test (locked: not used for training or selection)",
}
CLEAN_SEEDS = range(9000, 9006)
"""Synthetic scenes far from the seeds that training uses."""


def synthetic_figures(checkpoint: Checkpoint) -> dict[str, Any]:
    """Binary IoU on synthetic scenes, and the share of synthetic clean sea that is called seep."""
    predictor = Predictor(checkpoint)
    hits = union = alarms = clean = 0
    for seed in CLEAN_SEEDS:
        for share in (None, 0.0):
            scene = synthesize_scene(seed, 512, 512, 0, seep_share=share)
            (found,) = predictor.predict([scene.image], [statistics_of([scene.image], 0)], 0)
            called, truth, valid = found.mask > 0, scene.mask > 0, scene.image != 0
            if share is None:
                hits += int(np.count_nonzero(called & truth))
                union += int(np.count_nonzero((called | truth) & valid))
            else:
                alarms += int(np.count_nonzero(called & ~truth))
                clean += int(np.count_nonzero(valid & ~truth))
    return rounded({"binary_iou": hits / max(1, union), "clean_sea_called_seep": alarms / max(1, clean)})


def measured(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a card keeps of `seep.core.metrics.evaluate.evaluate`."""
    figures = result["figures"]
    return rounded(
        {name: figures[name] for name in KEPT}
        | {"f1_within_2_px": figures["tolerance"]["f1"]}
        | {"ap50_any_class": figures["instances"]["any_class"]["ap50"]}
        | {"binary_iou_interval": result["intervals"]["binary_iou"]}
        | {"tiles": result["tiles"], "scenes": result["scenes"]}
        | {"binary_iou_per_scene": {s: r["figures"]["binary_iou"] for s, r in result["per_scene"].items()}}
    )


def words(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    shape, training = card["architecture"], card["training"]
    seen = "\n".join(f"- {SPLITS[split]}: {', '.join(card['splits'][split])}" for split in SPLITS)
    figures = {split: card["figures"][split] for split in ("locked", "validation")}
    synthetic = card["figures"]["synthetic"]
    return f"""# {card["name"]}

Finds oil seeps on SAR tiles and predicts their class. A new workspace starts with this model. It is meant to be
corrected and fine-tuned; do not use its masks without review.

## Network
A U-Net of width {shape["width"]} and {shape["levels"]} levels whose trunk works at
{"half" if shape["stride"] == 2 else "full"} resolution. One head predicts seep or background, the other one
the class. The input has one band, clipped and scaled by the statistics of its scene, and a channel of valid pixels.
A pixel is seep if its probability is at least {card["threshold"]:.2f}, averaged over four flips. Slicks with
fewer than {card.get("least_px", 0)} pixels are removed.

## Training data
{fill(card["data"], 100)}

The splits are by scene, because neighboring tiles share slicks:
{seen}

Training took {training["steps"]} steps of {training["config"]["batch_size"]} crops of
{training["config"]["crop_px"]} px. The weights are the moving average of epoch {training["epoch"]}.
The command is `python -m benchmarks.train_shipped IMAGES MASKS --out FILE`.
{fill(training.get("note", ""), 100)}

## Metrics
{table(figures)}

{by_scene(figures)}

On synthetic scenes with other seeds the binary IoU is {_shown(synthetic["binary_iou"])}; in synthetic clean
sea with look-alikes, {100 * synthetic["clean_sea_called_seep"]:.2f} % of the pixels are predicted as seep.

## Limits
{fill(card["limits"], 100)}
"""


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """A column for each set of scenes, a line for each figure."""
    heads = [f"{name} ({of['tiles']} tiles, {of['scenes']} scenes)" for name, of in figures.items()]
    lines = [
        f"| Metric over all valid pixels | {' | '.join(heads)} |",
        f"| --- {'| --- ' * len(heads)}|",
    ]
    for text, key in ROWS:
        values = [_shown(of.get(key)) for of in figures.values()]
        lines.append(f"| {text} | {' | '.join(values)} |")
    classes = range(1, max(len(of["iou_per_class"]) for of in figures.values()))
    for number in classes:
        values = [_shown(of["iou_per_class"][number]) for of in figures.values()]
        lines.append(f"| IoU of class {number} | {' | '.join(values)} |")
    return "\n".join(lines)


def by_scene(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Binary IoU of each scene, and the interval over scenes."""
    lines = []
    for name, of in figures.items():
        shown = ", ".join(f"{scene} {_shown(value)}" for scene, value in of["binary_iou_per_scene"].items())
        interval = of["binary_iou_interval"]
        lines.append(
            f"Binary IoU by scene, {name}: {shown}."
            + (
                f" Resampling scenes gives {_shown(interval[0])} to {_shown(interval[1])} (95 %)."
                if interval
                else ""
            )
        )
    return "\n".join(fill(line, 100) for line in lines)


def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Round every float to four decimals, also in nested values."""
    return {key: _rounded(value) for key, value in values.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return rounded(value)
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def _shown(value: float | None) -> str:
    return "no support" if value is None else f"{value:.3f}"
