"""Compare presets on unseen scenes, by cross-validation.

    python -m research.quality IMAGES MASKS --cache FOLDER [--variants seep unet-binary ...] [--pflop 0.02]

The scenes are divided into folds. Each variant is trained once for each fold on the others, with one budget of
operations, and evaluated on the fold that it has not seen; all figures are over all scenes together. Threshold and
least size of a slick are selected on the predictions of the other folds. Trainings are kept in the cache, and
killed ones resume. Prints a table and, as its last line, all figures as JSON; --markdown also writes the table for
docs/results.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from research.quality.fold import Task, read_folder, run
from research.quality.plan import PEERS, VARIANTS, Budget, folds
from research.quality.score import Kept, figures
from research.quality.tables import table
from seep.core.metrics.intervals import paired_difference


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, judge, print."""
    chosen = _parser().parse_args(arguments)
    tiles, _ = read_folder(chosen.images, chosen.masks, chosen.classes)
    split_holdout = chosen.held_out or folds(Counter(tile.scene for tile in tiles), chosen.folds)
    chosen.cache.mkdir(parents=True, exist_ok=True)
    budget = Budget(chosen.pflop * 1e15, chosen.width or None, chosen.least_rate, chosen.cycles)
    tasks = [
        Task(
            chosen.images,
            chosen.masks,
            variant,
            tuple(split_holdout[number]),
            number,
            budget,
            chosen.classes,
            chosen.seed,
            chosen.flips,
            chosen.cache,
            chosen.threads,
        )
        for variant in chosen.variants
        for number in chosen.only_folds or range(len(split_holdout))
    ]
    with ProcessPoolExecutor(chosen.processes, multiprocessing.get_context("spawn")) as pool:
        facts = list(pool.map(run, tasks))
    named = {tile.path.stem: tile for tile in tiles}
    results = []
    for variant in chosen.variants:
        own = [one for one in facts if one["variant"] == variant]
        found = figures(Kept(chosen.cache, variant, own, flips=chosen.flips), named, chosen.classes)
        results.append(summary(variant, own, found))
    compare(results)
    print(table(results))
    if chosen.markdown:
        chosen.markdown.write_text(table(results))
    told = {
        name: getattr(chosen, name) for name in ("pflop", "width", "least_rate", "cycles", "seed", "flips")
    }
    for one in results:
        del one["matrices"]
    print(json.dumps(told | {"split_holdout": split_holdout, "results": results}))


def summary(variant: str, facts: Sequence[dict[str, Any]], found: dict[str, Any]) -> dict[str, Any]:
    """What the table shows of a variant, and its confusion matrices by scene for comparisons."""
    values, objects = found["figures"], found["figures"]["instances"]
    classless = facts[0]["classes"] == 2
    return {
        "variant": variant,
        "scenes": found["scenes"],
        "tiles": found["tiles"],
        "width": facts[0]["width"],
        "steps": sum(facts[0]["steps"]),
        "train_s": round(sum(one["train_s"] for one in facts)),
        "binary_iou": values["binary_iou"],
        "interval": found["intervals"]["binary_iou"],
        "f1_2px": values["tolerance"]["f1"],
        "cldice": values["cldice"],
        "mean_iou_seep": None if classless else values["mean_iou_seep"],
        "iou_per_class": None if classless else values["iou_per_class"],
        "ap50_any": objects["any_class"]["ap50"],
        "ap25_any": objects["any_class"]["ap25"],
        "ap50_mean": None if classless else objects["mean"]["ap50"],
        "ap50_per_class": None if classless else [one["ap50"] for one in objects["per_class"]],
        "iou_per_scene": {name: one["figures"]["binary_iou"] for name, one in found["per_scene"].items()},
        "decisions": found["decisions"],
        "matrices": {name: one["matrix"] for name, one in found["per_scene"].items()},
    }


def compare(results: Sequence[dict[str, Any]]) -> None:
    """Say of each variant how far the first is ahead of it on the same scenes, with a paired interval."""
    first = results[0]
    for one in results[1:]:
        shared = sorted(set(first["matrices"]) & set(one["matrices"]))
        both = [{name: np.asarray(of["matrices"][name]) for name in shared} for of in (one, first)]
        one["behind_first"] = paired_difference(both[0], both[1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="research.quality", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="weights and predictions are kept here")
    parser.add_argument("--variants", nargs="+", default=["seep", *PEERS], choices=list(VARIANTS))
    parser.add_argument("--folds", type=int, default=3, help="number of folds, with as many tiles each")
    parser.add_argument(
        "--held-out",
        type=lambda text: text.split(","),
        nargs="+",
        metavar="A,B",
        help="scenes of each fold by name, instead of --folds",
    )
    parser.add_argument("--only-folds", type=int, nargs="+", help="numbers of the folds to compute, from 0")
    parser.add_argument("--pflop", type=float, default=0.02, help="operations of each training, in 10^15")
    parser.add_argument(
        "--width",
        type=int,
        default=16,
        help="maximum channels of other presets at their first level; 0: as published",
    )
    parser.add_argument("--least-rate", type=float, default=3e-4, help="raise lower learning rates to this")
    parser.add_argument(
        "--cycles", type=int, default=1, help="warm restarts of the learning rate within the budget"
    )
    parser.add_argument("--classes", type=int, default=8, help="number of classes, background included")
    parser.add_argument("--flips", action="store_true", help="average predictions over four flips")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1, help="trainings at the same time")
    parser.add_argument("--threads", type=int, default=4, help="threads of each training")
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    return parser


if __name__ == "__main__":
    main()
