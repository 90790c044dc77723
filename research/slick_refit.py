"""What a slick head gains when it is trained again with the corrected tiles of a customer.

    python -m research.slick_refit IMAGES MASKS --cache FOLDER [--by place] [--seeds 1 2] [--tiles 20 40 80]

Networks and slicks are those of `research.slick_head` with the same options. The scenes of each fold stand for a
customer: neither the network nor the head was trained on them. Half of these scenes are corrected, in random order
of their tiles; the other half are test scenes. Then the halves change places. The head is trained again as in the
product (`seep.engine.slick_head`): on the slicks of the corrected tiles together with its own examples, and on
the former alone, as for a checkpoint without a head. Figures are means over scenes, draws and seeds, and
differences are paired by scene against the head as it was. Prints a table and, as its last line, all figures as
JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from research import folds
from research.slick_head import (
    TRAINING,
    PredictedTile,
    auc,
    averaged,
    by_tile,
    check_variants,
    figures,
    filtered,
    mean_score,
    predicted_tiles,
    rescored,
)
from seep.core.metrics.evaluate import Pair
from seep.engine.slick_head import SlickExamples, SlickHead, fit_slick_head, joined_examples

NETWORK, BEFORE = "network alone", "head of other scenes"
SHOWN = ("binary_iou", "f1_2px", "precision", "recall", "slick_precision", "slick_recall")
PAIRED = ("binary_iou", "slick_precision")
LEAST_SLICKS = 2
"""A head learns from at least so many slicks, and so many look-alikes."""

Row = tuple[str, list[Pair], dict[str, Any]]
"""Name, truth and prediction of the tested tiles, and facts."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, measure, print."""
    options = _options(arguments)
    statistics, held, named = folds.read_dataset(options)
    measured: dict[str, list[dict[str, Any]]] = defaultdict(list)
    facts: list[dict[str, Any]] = []
    for seed in options.seeds:
        kept, _ = folds.kept_predictions(options.variants[0], held, named, options, seed)
        predicted = list(predicted_tiles(kept, named, statistics))
        for draw in range(options.draws):
            pairs: dict[str, list[Pair]] = defaultdict(list)
            for scenes in held:
                for name, some, fact in customer(predicted, scenes, options.tiles, draw):
                    pairs[name] += some
                    facts.append({"seed": seed, "draw": draw, "row": name} | fact)
            for name, of_row in pairs.items():
                measured[name].append(figures(iter(of_row), options.classes))
    if not measured:
        raise SystemExit(
            "No fold can be measured. It needs two scenes with tiles, and other folds with at least "
            f"{LEAST_SLICKS} predicted slicks and {LEAST_SLICKS} look-alikes. Check --folds and --place-letters."
        )
    results = [averaged(name, of_draws) for name, of_draws in measured.items()]
    before = next(one for one in results if one["variant"] == BEFORE)["per_scene"]
    gains = {
        one["variant"]: folds.paired(before, one["per_scene"]) for one in results if one["variant"] != BEFORE
    }
    text = table(results, gains, facts)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    told = {name: getattr(options, name) for name in ("by", "steps", "seeds", "draws")}
    print(json.dumps(told | {"results": results, "paired": gains, "facts": facts}))


def customer(
    predicted: Sequence[PredictedTile], scenes: Sequence[str], counts: Sequence[int], draw: int
) -> Iterator[Row]:
    """Yield the rows of one customer; each tests on one half of the scenes.

    A half is left out if it or the other one has no tiles, and a row if its head has too few slicks to learn from.

    Args:
        counts: numbers of corrected tiles; where there are fewer, all of them.
        draw: seed of the halves and of the order of tiles.
    """
    own = [tile for tile in predicted if tile.scene in scenes]
    others = by_tile([tile for tile in predicted if tile.scene not in scenes])
    if not _can_teach(others):
        return
    base, base_threshold = fit_slick_head(others, TRAINING)
    random = np.random.default_rng(draw)
    shuffled = [scenes[number] for number in random.permutation(len(scenes))]
    for half in (shuffled[::2], shuffled[1::2]):
        tested = [tile for tile in own if tile.scene not in half]
        given = [tile for tile in own if tile.scene in half]
        if not tested or not given:
            continue
        found = by_tile(tested)
        alone = np.concatenate([mean_score(tile) for tile in tested])
        same = filtered(tested, np.ones(len(found), bool), alone)
        yield NETWORK, [*same], {"auc": auc(found.is_slick, alone)}
        yield _row(BEFORE, tested, found, base, base_threshold)
        order = random.permutation(len(given))
        for count in counts:
            learned = by_tile([given[at] for at in order[:count]])
            ways = {"with the others": joined_examples([others, learned]), "alone": learned}
            for way, examples in ways.items():
                if not _can_teach(examples):
                    continue
                began = time.perf_counter()
                head, threshold = fit_slick_head(examples, TRAINING)
                name, pairs, facts = _row(f"{count} tiles, {way}", tested, found, head, threshold)
                spent = round(time.perf_counter() - began, 2)
                yield name, pairs, facts | {"slicks": len(learned), "fit_s": spent}


def _can_teach(examples: SlickExamples) -> bool:
    true = int(examples.is_slick.sum())
    return min(true, len(examples) - true) >= LEAST_SLICKS


def _row(
    name: str, tested: Sequence[PredictedTile], found: SlickExamples, head: SlickHead, threshold: float
) -> Row:
    scores = head.probabilities(found.features)
    pairs = [*rescored(tested, scores, np.full(len(scores), threshold))]
    return name, pairs, {"threshold": threshold, "auc": auc(found.is_slick, scores)}


def table(
    results: Sequence[Mapping[str, Any]],
    gains: Mapping[str, Mapping[str, Mapping[str, float | None]]],
    facts: Sequence[Mapping[str, Any]],
) -> str:
    """Markdown: a line per row with means over scenes, the mean AUC, and differences to the head before."""
    head = ["", *SHOWN, "AUC", *(f"difference of {name}" for name in PAIRED)]
    lines = [f"| {' | '.join(head)} |", f"{'| --- ' * len(head)}|"]
    for one in results:
        name, mean = one["variant"], one["mean_over_scenes"]
        aucs = [fact["auc"] for fact in facts if fact["row"] == name and fact["auc"] is not None]
        cells = [
            name,
            *(folds.shown(mean[key], 3) for key in SHOWN),
            folds.shown(float(np.mean(aucs)) if aucs else None, 3),
        ]
        cells += [folds.gain_text(gains[name][key], 3) if name in gains else "" for key in PAIRED]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = folds.parser()
    parser.prog, parser.description = "research.slick_refit", (__doc__ or "").splitlines()[0]
    parser.set_defaults(variants=["seep"])
    parser.add_argument(
        "--tiles", type=int, nargs="+", default=[20, 40, 80], help="numbers of corrected tiles"
    )
    parser.add_argument("--draws", type=int, default=1, help="draws of halves and of the order of tiles")
    options = parser.parse_args(arguments)
    check_variants(parser, options)
    return options


if __name__ == "__main__":
    main()
