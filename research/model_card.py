"""The card of the shipped checkpoint: what was measured, in numbers (JSON) and in words (Markdown)."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np

from research.folds import FIGURES, paired
from research.quality.fold import LEVELS
from seep.core.image.normalize import statistics_of
from seep.core.metrics.slick_errors import WIDTHS
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import Checkpoint
from seep.engine.inference.predict import Predictor

THRESHOLD = 0.45
"""Threshold where no cross-validation says another one."""
DATA = (
    "Real tiles: 654 SAR tiles of natural oil seeps from 14 scenes (uint16, 256 x 256 px, one band, masks "
    "of 7 seep classes). The meaning of the classes is not documented. The license of the tiles is "
    "unknown, so they are not included. Synthetic tiles: scenes of seep.core.synthesis, a fifth of all "
    "crops together with the look-alikes; a third of them are clean sea. Look-alikes: 48 windows of the real "
    "scenes into which an area of low wind, rain cells or wind rows are composed."
)
LIMITS = (
    "The training masks are rough: shifted by one pixel, they have an IoU of 0.77 with themselves. "
    "Wide oil sheets were not trained on and are found in part only. Classes are hard to distinguish on "
    "scenes outside the training set: rely on the location and check the class. The data contain no real "
    "clean sea, so false alarms there are measured on other sensors and on synthetic scenes only. Images of other "
    "sensors were not trained on, and most of their wide oil is missed: check a few tiles first."
)
COLUMNS = {
    "seep-all-slicks": "all slicks",
    "seep": "wide slicks ignored",
    "network": "without the slick head",
    "slick head": "wide slicks ignored, slick head",
}
"""Names of the rows of benchmarks in the card."""
SETS = {"folds": "Cross-validation over scenes", "places": "Leave one place out"}
ROWS = tuple((figure.text[0].upper() + figure.text[1:], figure.key) for figure in FIGURES)
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


def fold_figures(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a card keeps of the JSON of `research.folds` or `research.slick_head`: the last and the first row."""
    first, last = document["results"][0], document["results"][-1]
    pooled, mean, scenes = last["pooled"], last["mean_over_scenes"], last["per_scene"]
    return rounded(
        {name: pooled[name] for name in ("binary_iou", "precision", "recall", "cldice", "mean_iou_seep")}
        | {"f1_within_2_px": pooled["f1_2px"], "ap50_any_class": pooled["ap50"]}
        | {"mean_scene_iou": mean["binary_iou"], "slick_errors": _slick_errors(pooled)}
        | {"steps": document["steps"], "seeds": document["seeds"], "by": document["by"]}
        | {"scenes": len(scenes), "tiles": document["tiles"]}
        | {"binary_iou_per_scene": {scene: one["binary_iou"] for scene, one in scenes.items()}}
        | ({} if first is last else {"before": first["pooled"] | {"mean_scene_iou": _iou_of(first)}})
        | {"after": pooled | {"mean_scene_iou": _iou_of(last)}}
        | {"columns": [COLUMNS.get(one["variant"], one["variant"]) for one in (first, last)]}
        | {"gain": {} if first is last else paired(first["per_scene"], last["per_scene"])}
    )


def fold_threshold(document: Mapping[str, Any]) -> float:
    """The mean of the thresholds that the folds chose for the last network."""
    decided = [one["decisions"] for one in document["results"] if "decisions" in one]
    chosen = [one["threshold"] for folds in decided[-1] for one in folds]
    return round(float(np.mean(chosen)) / LEVELS, 2)


def _iou_of(result: Mapping[str, Any]) -> float | None:
    found: float | None = result["mean_over_scenes"]["binary_iou"]
    return found


def _slick_errors(pooled: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "false_px_per_mpx": {width: pooled[f"false_{width}"] for width in WIDTHS},
        "mostly_false_tiles": pooled["mostly_false"],
        "slick_precision": pooled["slick_precision"],
        "slick_recall": pooled["slick_recall"],
    }


def words(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    shape, training = card["architecture"], card["training"]
    config, figures = training["config"], card["figures"]
    radius_px = config["ignore_above_radius_px"]
    return f"""# {card["name"]}

Finds oil seeps on SAR tiles and predicts their class. A new workspace starts with this model. It is meant to be
corrected and fine-tuned; do not use its masks without review.

## Network
A U-Net of width {shape["width"]} and {shape["levels"]} levels whose trunk works at
{"half" if shape["stride"] == 2 else "full"} resolution. One head predicts seep or background, the other one
the class. The input has one band, clipped and scaled by the statistics of its scene, and a channel of valid pixels.
A pixel is seep if its probability is at least {card["threshold"]:.2f}, averaged over four flips. Slicks with
fewer than {card.get("least_px", 0)} pixels are removed.{_head_words(card)}{scale_words(card)}

## Training data
{fill(card["data"], 100)}

It was trained on all {len(card["splits"]["train"])} scenes: {", ".join(card["splits"]["train"])}. No figure on
these scenes is given for its weights. The figures below are for its preset, on scenes that were left out.

Training took {training["steps"]} steps of {config["batch_size"]} crops of {config["crop_px"]} px. The weights are the
moving average of the last step. True slicks with an inscribed radius above {radius_px:g} px were ignored, because
wide oil sheets look like areas of low wind. So the network predicts none, and Review asks about wide dark areas of
the image instead.
The command is `python -m research.train_shipped IMAGES MASKS --out FILE`.
{fill(training.get("note", ""), 100)}

## Metrics
{_fold_words(figures)}
{_lookalike_words(figures)}{abroad_words(figures)}
On synthetic scenes with other seeds the binary IoU is {_shown(figures["synthetic"]["binary_iou"])}; in synthetic clean
sea with look-alikes, {100 * figures["synthetic"]["clean_sea_called_seep"]:.2f} % of the pixels are predicted as seep.

## Limits
{fill(card["limits"], 100)}
"""


def _head_words(card: Mapping[str, Any]) -> str:
    """The sentence about the slick head, if there is one."""
    head = card.get("slick_head")
    if not head:
        return ""
    return (
        f" A slick head then removes slicks\nthat it gives a probability below {head['threshold']:.2f}. It was "
        "trained on\nslicks that networks of the same preset predicted on unseen scenes."
    )


def scale_words(card: Mapping[str, Any]) -> str:
    """The sentence about several scales, if there are any."""
    if len(card.get("scales", [])) < 2:
        return ""
    return (
        f"\nImages whose grain is above {card['scales_above_grain']:g} are predicted at half and quarter "
        "resolution\ntoo, to find wide oil."
    )


def abroad_figures(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a card keeps of the JSON of `benchmarks.abroad`: by sea and by checkpoint with its scales."""
    return rounded(
        {
            sea: {key.replace(",", " at scale"): _sea_figures(one) for key, one in found.items()}
            for sea, found in document["results"].items()
        }
    )


def _sea_figures(one: Mapping[str, Any]) -> dict[str, Any]:
    false = one["slick_errors"]["false_px_per_mpx"]["all"]
    if one["figures"]["recall"] is None:
        return {"tiles": one["tiles"], "false_px_per_mpx": false, "many_false_share": one["many_false_share"]}
    figures = one["figures"]
    return {
        "tiles": one["tiles"],
        "binary_iou": figures["binary_iou"],
        "interval": one["intervals"]["binary_iou"],
        "f1_within_2_px": figures["tolerance"]["f1"],
        "precision": figures["precision"],
        "recall": figures["recall"],
        "false_px_per_mpx": false,
    }


def abroad_words(figures: Mapping[str, Any]) -> str:
    """The figures of other seas as a table, if there are any."""
    if "abroad" not in figures:
        return ""
    lines = [
        "",
        "On blocks of other seas that no network was trained on (`benchmarks.abroad`):",
        "",
        "| Sea | Checkpoint | Tiles | Binary IoU (95 %) | F1 within 2 px | Precision | Recall "
        "| False px per megapixel |",
        "| --- " * 8 + "|",
    ]
    for sea, found in figures["abroad"].items():
        for name, one in found.items():
            low, high = one.get("interval") or (None, None)
            iou = "" if low is None else f"{one['binary_iou']:.3f} ({low:.3f} to {high:.3f})"
            numbers = [
                _shown(one[key]) if key in one else "" for key in ("f1_within_2_px", "precision", "recall")
            ]
            cells = [sea, name, str(one["tiles"]), iou, *numbers, f"{one['false_px_per_mpx']:,.0f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _fold_words(figures: Mapping[str, Any]) -> str:
    """The figures of cross-validation over scenes and places, those that there are."""
    return "\n".join(_table(name, figures[key]) for key, name in SETS.items() if key in figures)


def _table(name: str, of: Mapping[str, Any]) -> str:
    columns = {of["columns"][1]: of["after"]}
    if "before" in of:
        columns = {of["columns"][0]: of["before"], **columns}
    heads = ["Metric", *columns, *(["gain, mean over scenes (95 %)"] if of["gain"] else [])]
    rows = [
        ("Binary IoU, mean over scenes", "mean_scene_iou", "binary_iou"),
        *((text, key, key) for text, key in ROWS),
    ]
    lines = [
        f"{name}: {of['scenes']} scenes, {of['tiles']} tiles, {of['steps']} steps per training.",
        "",
        f"| {' | '.join(heads)} |",
        f"{'| --- ' * len(heads)}|",
    ]
    for text, key, gained in rows:
        digits = 0 if key.startswith("false") or key == "mostly_false" else 3
        cells = [text, *(_shown(one[key], digits) for one in columns.values())]
        cells += [_gain(of["gain"], gained, digits)] if of["gain"] else []
        lines.append(f"| {' | '.join(cells)} |")
    shown = ", ".join(f"{scene} {_shown(value)}" for scene, value in of["binary_iou_per_scene"].items())
    return "\n".join([*lines, "", fill(f"Binary IoU by scene: {shown}.", 100), ""])


def _gain(gain: Mapping[str, Any], key: str, digits: int = 3) -> str:
    one = gain.get(key)
    if not one or one["difference"] is None:
        return "–"
    text = f"{one['difference']:+.{digits}f}"
    return text if one["low"] is None else f"{text} ({one['low']:+.{digits}f} to {one['high']:+.{digits}f})"


def _lookalike_words(figures: Mapping[str, Any]) -> str:
    """False alarms on look-alikes of the first and the last checkpoint that `research.lookalikes` measured."""
    found = figures.get("lookalikes")
    if not found:
        return ""
    lines = [
        "False-alarm area on look-alikes (`research.lookalikes`), px per megapixel of look-alike:",
        "",
        "| Look-alike | previous checkpoint | this checkpoint |",
        "| --- | --- | --- |",
    ]
    before, after = found["before"], found["after"]
    lines += [
        f"| {name} | {before[name]['false_px_per_mpx']:,.0f} | {after[name]['false_px_per_mpx']:,.0f} |"
        for name in after
    ]
    return "\n".join([*lines, ""])


def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Round every float to four decimals, also in nested values."""
    return {key: _rounded(value) for key, value in values.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return rounded(value)
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def _shown(value: float | None, digits: int = 3) -> str:
    return "no support" if value is None else f"{value:,.{digits}f}"
