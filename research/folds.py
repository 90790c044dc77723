"""Cross-validation over scenes and over places: what a variant scores on scenes that it has not seen.

    python -m research.folds IMAGES MASKS --cache FOLDER [--by place] [--variants seep-all-slicks seep] [--seeds 0 1]

Each variant is trained once per fold on the scenes of the other folds, with the same number of steps. The
threshold and the least size of a slick of a fold are chosen on the other folds. With `--by place`, a fold is a
place: scenes whose names begin with the same letters. Variants are variants of `research.quality`; the last one
is compared with each other one, scene by scene. A killed run resumes from the cache. Prints a table and, as its
last line, all figures as JSON; --markdown also writes the table.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from research.quality.fold import Task, read_folder, run
from research.quality.plan import VARIANTS, budget_of, folds
from research.quality.score import Kept, decided_pairs, decisions_of
from seep.core.image.normalize import Statistics
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.metrics.intervals import LEVEL
from seep.workflow.inference.folder_dataset import FolderTile

SceneFigures = Mapping[str, Mapping[str, float | None]]
"""Figures by scene: name of the figure -> value, None without support."""


@dataclass(frozen=True)
class Figure:
    """A figure of the table.

    Attributes:
        text: in the table.
        key: in the JSON.
        path: keys that lead to it in the result of `evaluate`.
        digits: after the point.
    """

    text: str
    key: str
    path: tuple[str, ...]
    digits: int = 3


class FoldDataset(NamedTuple):
    """Statistics by scene, the scenes of each fold, and the tiles with masks by name."""

    statistics: dict[str, Statistics]
    held: list[list[str]]
    named: dict[str, FolderTile]


def _false(width: str, text: str) -> Figure:
    path = ("slick_errors", "false_px_per_mpx", width)
    return Figure(f"false px per megapixel, {text}", f"false_{width}", path, 0)


FIGURES = (
    Figure("binary IoU", "binary_iou", ("figures", "binary_iou")),
    Figure("F1 within 2 px", "f1_2px", ("figures", "tolerance", "f1")),
    Figure("clDice", "cldice", ("figures", "cldice")),
    Figure("AP50 of slicks of any class", "ap50", ("figures", "instances", "any_class", "ap50")),
    Figure("precision", "precision", ("figures", "precision")),
    Figure("recall", "recall", ("figures", "recall")),
    Figure("mean IoU of the seep classes", "mean_iou_seep", ("figures", "mean_iou_seep")),
    _false("narrow", "slicks under 8 px radius"),
    _false("medium", "8 to 20 px"),
    _false("wide", "above 20 px"),
    Figure("tiles with more false than true area", "mostly_false", ("slick_errors", "mostly_false_tiles"), 0),
    Figure("slick precision", "slick_precision", ("slick_errors", "slick_precision")),
    Figure("slick recall", "slick_recall", ("slick_errors", "slick_recall")),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, evaluate, print."""
    chosen = parser().parse_args(arguments)
    _, held, named = read_dataset(chosen)
    results = [measure(name, held, named, chosen) for name in chosen.variants]
    text = table(results)
    print(text)
    if chosen.markdown:
        chosen.markdown.write_text(text)
    told = {name: getattr(chosen, name) for name in ("by", "steps", "seeds", "flips")} | {"tiles": len(named)}
    print(json.dumps(told | {"folds": held, "results": results, "paired": _compared(results)}))


def read_dataset(options: argparse.Namespace) -> FoldDataset:
    """Read the tiles, and assign their scenes to folds."""
    torch.set_num_threads(options.threads)
    tiles, statistics = read_folder(options.images, options.masks, options.classes)
    held = held_out(Counter(tile.scene for tile in tiles), options)
    return FoldDataset(statistics, held, {tile.path.stem: tile for tile in tiles})


def held_out(tile_counts: Mapping[str, int], options: argparse.Namespace) -> list[list[str]]:
    """Return the scenes of each fold."""
    if options.by == "scene":
        return folds(tile_counts, options.folds)
    places: dict[str, list[str]] = defaultdict(list)
    for scene in sorted(tile_counts):
        places[scene[: options.place_letters]].append(scene)
    if len(places) < 2:
        raise SystemExit(f"All scenes are of one place: {', '.join(places)}. Check --place-letters.")
    return [*places.values()]


def measure(
    variant: str, held: Sequence[Sequence[str]], tiles: Mapping[str, FolderTile], options: argparse.Namespace
) -> dict[str, Any]:
    """Train a variant on every fold with every seed; return its figures, averaged over the seeds."""
    pooled, by_scene, decisions, seconds = [], [], [], 0.0
    for seed in options.seeds:
        kept, train_s = kept_predictions(variant, held, tiles, options, seed)
        seconds += train_s
        decisions.append(decisions_of(kept, tiles))
        pairs: dict[str, list[Pair]] = defaultdict(list)
        for pair in decided_pairs(kept, tiles, decisions[-1]):
            pairs[pair[1]].append(pair)
        every = [pair for some in pairs.values() for pair in some]
        pooled.append(chosen_figures(evaluate(every, options.classes)))
        by_scene.append(
            {scene: chosen_figures(evaluate(some, options.classes)) for scene, some in sorted(pairs.items())}
        )
    scenes = {scene: mean_figures([one[scene] for one in by_scene]) for scene in by_scene[0]}
    return {
        "variant": variant,
        "train_s": round(seconds),
        "decisions": decisions,
        "pooled": mean_figures(pooled),
        "mean_over_scenes": mean_figures([*scenes.values()]),
        "per_scene": scenes,
    }


def kept_predictions(
    variant: str,
    held: Sequence[Sequence[str]],
    tiles: Mapping[str, FolderTile],
    options: argparse.Namespace,
    seed: int,
) -> tuple[Kept, float]:
    """Train a variant on every fold, unless the cache has it; return its predictions and the seconds of training."""
    bands = next(iter(tiles.values())).bands
    budget = budget_of(
        VARIANTS[variant],
        bands,
        options.classes,
        options.steps,
        width=options.width,
        least_rate=options.least_rate,
    )
    cache = options.cache / f"{options.by}-{options.steps}-seed{seed}"
    cache.mkdir(parents=True, exist_ok=True)
    tasks = [
        Task(
            options.images,
            options.masks,
            variant,
            tuple(names),
            number,
            budget,
            options.classes,
            seed,
            options.flips,
            cache,
            options.threads,
        )
        for number, names in enumerate(held)
    ]
    facts = [run(task) for task in tasks]
    return Kept(cache, variant, facts, flips=options.flips), sum(one["train_s"] for one in facts)


def chosen_figures(result: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the figures of `FIGURES` from the result of `evaluate`."""
    found: dict[str, float | None] = {}
    for figure in FIGURES:
        value: Any = result
        for key in figure.path:
            value = value[key]
        found[figure.key] = None if value is None else float(value)
    return found


def mean_figures(rows: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return the mean of each figure over rows that have it."""
    found: dict[str, float | None] = {}
    for figure in FIGURES:
        values = [value for row in rows if (value := row[figure.key]) is not None]
        found[figure.key] = float(np.mean(values)) if values else None
    return found


def paired(before: SceneFigures, after: SceneFigures) -> dict[str, dict[str, float | None]]:
    """Compare two variants on the same scenes.

    Returns:
        By figure: `difference`, the mean over scenes of after - before, and its 95 % interval `low` and `high` (paired
        t interval; None with fewer than two scenes).
    """
    found: dict[str, dict[str, float | None]] = {}
    for figure in FIGURES:
        values = [
            new - old
            for scene in sorted(set(before) & set(after))
            if (new := after[scene][figure.key]) is not None
            and (old := before[scene][figure.key]) is not None
        ]
        found[figure.key] = mean_difference(values)
    return found


def mean_difference(values: Sequence[float]) -> dict[str, float | None]:
    """Return the mean of paired differences and its t interval.

    Returns:
        `difference`, None without a value; `low` and `high`, None for fewer than two values and for equal ones.
    """
    from scipy import stats

    low = high = None
    if len(values) > 1 and np.ptp(values) > 1e-9:
        interval = stats.ttest_1samp(values, 0).confidence_interval(LEVEL)
        low, high = float(interval.low), float(interval.high)
    return {"difference": float(np.mean(values)) if len(values) else None, "low": low, "high": high}


def _compared(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float | None]]]:
    last = results[-1]
    return {one["variant"]: paired(one["per_scene"], last["per_scene"]) for one in results[:-1]}


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: a line per figure with its mean over scenes, and the last variant's gain over the first."""
    names = [one["variant"] for one in results]
    gains = paired(results[0]["per_scene"], results[-1]["per_scene"]) if len(results) > 1 else {}
    head = [
        "mean over scenes (pooled)",
        *names,
        *([f"{names[-1]} - {names[0]}, paired by scene"] if gains else []),
    ]
    lines = [f"| {' | '.join(head)} |", f"{'| --- ' * len(head)}|"]
    for figure in FIGURES:
        cells = [figure.text]
        for one in results:
            mean, pooled = one["mean_over_scenes"][figure.key], one["pooled"][figure.key]
            cells.append(f"{shown(mean, figure.digits)} ({shown(pooled, figure.digits)})")
        if gains:
            cells.append(gain_text(gains[figure.key], figure.digits))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def gain_text(of: Mapping[str, float | None], digits: int) -> str:
    """Return a difference of `paired` with its interval."""
    if of["difference"] is None:
        return "none"
    text = f"{of['difference']:+.{digits}f}"
    return text if of["low"] is None else f"{text} ({of['low']:+.{digits}f} to {of['high']:+.{digits}f})"


def shown(value: float | None, digits: int) -> str:
    """Return a figure, or "none"."""
    return "none" if value is None else f"{value:.{digits}f}"


def parser() -> argparse.ArgumentParser:
    """Return the options; `research.slick_head` has the same."""
    parser = argparse.ArgumentParser(prog="research.folds", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument(
        "--cache", type=Path, required=True, help="weights, states and predictions are kept here"
    )
    parser.add_argument("--by", choices=("scene", "place"), default="scene", help="what a fold leaves out")
    parser.add_argument(
        "--place-letters", type=int, default=4, help="first letters of a scene that name its place"
    )
    parser.add_argument("--variants", nargs="+", default=["seep-all-slicks", "seep"], choices=list(VARIANTS))
    parser.add_argument(
        "--folds", type=int, default=3, help="number of folds with --by scene, with as many tiles each"
    )
    parser.add_argument("--steps", type=int, default=600, help="steps of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument(
        "--width", type=int, help="narrow wider networks to this; variants of `seep` keep theirs"
    )
    parser.add_argument("--least-rate", type=float, default=0.0, help="raise lower learning rates to this")
    parser.add_argument("--flips", action="store_true", help="average predictions over flips")
    parser.add_argument("--classes", type=int, default=8, help="number of classes, background included")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    return parser


if __name__ == "__main__":
    main()
