"""How well the error budget keeps its promise: simulated reviews of real predictions.

    python -m seep import IMAGES --predict --workspace WORKSPACE
    python -m benchmarks.error_budget WORKSPACE MASKS                # 200 reviews per queue order
    python -m benchmarks.error_budget WORKSPACE MASKS --reviews 10   # a quick look

The workspace has predictions and no reviews; MASKS has what a person would accept, one mask per tile name. Each review
draws ten scenes and a quality sample, and goes through the queue of the app. After every ten tiles the bound is
compared with the true share of missing and false slicks among the slicks of an export. Columns, in percent:

- looks held: share of all looks where the true share is at most the bound.
- stops held: the same at the look where the bound meets the target. The promise is 95 %.
- target met: reviews whose true share at the stop is at most the target.
- true: mean true share at the stop; promised: mean bound there.
- reviewed: mean share of tiles reviewed at the stop; needed: mean share after which the true share meets the target.

Prints a table, and the same as JSON in the last line.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.components import slicks
from seep.core.metrics.agreement import slicks_alone
from seep.core.metrics.error_budget import estimate_errors, open_shares
from seep.io.masks import read_mask as read_mask_file
from seep.settings import read_settings
from seep.store import predictions, tile_queries
from seep.workflow.review.error_budget import DEFAULT_TARGET
from seep.workflow.review.quality_sample import MIN_TILES
from seep.workflow.review.queue import mix
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import open_workspace

LOOK_TILES = 10
SCENES = 10
ORDERS = ("likely_wrong", "useful", "scene", "random")
SHARES = (0.1, 0.2)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tiles:
    """Tiles with their order values, slicks of the true mask and of the prediction, and missing and false slicks."""

    scenes: npt.NDArray[np.str_]
    likely_wrong: Numbers
    useful: Numbers
    true: Numbers
    predicted: Numbers
    errors: Numbers


@dataclass(frozen=True)
class Look:
    """A look at the bar: the share of reviewed tiles, the true share of errors, and its bound."""

    reviewed: float
    true: float
    bound: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.error_budget")
    parser.add_argument("workspace", type=Path, metavar="WORKSPACE", help="workspace with predicted tiles")
    parser.add_argument("masks", type=Path, metavar="MASKS", help="folder of true masks")
    parser.add_argument("--reviews", type=int, default=200, help="reviews per order and share (200)")
    parser.add_argument("--target", type=float, default=DEFAULT_TARGET, help="share of errors (0.05)")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    tiles = read_tiles(chosen.workspace, chosen.masks)
    print(
        f"{len(tiles.errors)} tiles, {int(tiles.true.sum())} slicks, {int(tiles.errors.sum())} missing or false"
    )
    names = ("looks held", "stops held", "target met", "true", "promised", "reviewed", "needed")
    print(f"{'order':<14}{'sample':>8}" + "".join(f"{name:>12}" for name in names))
    rows = []
    random = np.random.default_rng(chosen.seed)
    for share in SHARES:
        for order in ORDERS:
            reviews = [review(tiles, order, share, random) for _ in range(chosen.reviews)]
            row = summary(reviews, chosen.target)
            rows.append({"order": order, "sample_share": share, **row})
            cells = (row[name.replace(" ", "_")] for name in names)
            print(f"{order:<14}{share:>8.0%}" + "".join(f"{100 * cell:>12.1f}" for cell in cells), flush=True)
    print(json.dumps({"reviews": chosen.reviews, "target": chosen.target, "rows": rows}))


def read_tiles(workspace_folder: Path, masks: Path) -> Tiles:
    """Read the predictions of a workspace and the true masks."""
    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(workspace_folder)}))
    rows: list[tuple[Any, ...]] = []
    with workspace.store.reading() as session:
        for tile in tile_queries.list_tiles(session, order="name", limit=None):
            if tile.prediction_id is None:
                continue
            shown = read_mask(workspace, predictions.get_prediction(session, tile.prediction_id).mask_sha256)
            truth = read_mask_file(masks / f"{tile.name}.tif")
            missing, false = slicks_alone(truth, shown)
            counts = [len(slicks((mask > 0).astype(np.uint8))[1]) for mask in (truth, shown)]
            values = tile.values
            rows.append((tile.scene, values.likely_wrong or 0, values.useful or 0, *counts, missing + false))
    scene, *numbers = zip(*rows, strict=True)
    return Tiles(np.array(scene), *(np.array(column, np.float64) for column in numbers))


def review(tiles: Tiles, order: str, share: float, random: np.random.Generator) -> list[Look]:
    """Simulate a review of some scenes; return a look at the bar after every `LOOK_TILES` tiles."""
    names = np.unique(tiles.scenes)
    chosen = np.flatnonzero(
        np.isin(tiles.scenes, random.choice(names, min(SCENES, len(names)), replace=False))
    )
    in_sample = random.random(len(chosen)) < share
    places = np.arange(len(chosen))
    scenes, values = tiles.scenes[chosen].tolist(), tiles.likely_wrong[chosen]
    true, predicted, errors = tiles.true[chosen], tiles.predicted[chosen], tiles.errors[chosen]
    keys = {
        "likely_wrong": -values,
        "useful": -tiles.useful[chosen],
        "scene": places.astype(np.float64),
        "random": random.random(len(chosen)),
    }[order]
    others = sorted(places[~in_sample].tolist(), key=lambda place: float(keys[place]))
    queue = mix(others, random.permutation(places[in_sample]).tolist(), share)
    is_open = np.ones(len(chosen), bool)
    sample: list[int] = []
    looks = []
    for done, place in enumerate(queue, 1):
        is_open[place] = False
        sample += [place] if in_sample[place] else []
        if done % LOOK_TILES or len(sample) < MIN_TILES:
            continue
        weights = open_shares(scenes, values.tolist(), is_open.tolist(), sample)
        estimate = estimate_errors(weights, errors[sample].astype(int).tolist(), int(is_open.sum()))
        shown = max(1.0, float(true[~is_open].sum() + predicted[is_open].sum()))
        bound = 1.0 if estimate.high is None else min(1.0, estimate.high / shown)
        looks.append(Look(done / len(chosen), float(errors[is_open].sum()) / shown, bound))
    return looks


def summary(reviews: Sequence[Sequence[Look]], target: float) -> dict[str, float]:
    """Return shares and means over reviews; see the module."""
    looks = [look for one in reviews for look in one]
    whole = Look(1.0, 0.0, 0.0)
    stops = [next((look for look in one if look.bound <= target), whole) for one in reviews]
    needed = [next((look.reviewed for look in one if look.true <= target), 1.0) for one in reviews]
    return {
        "looks_held": float(np.mean([look.true <= look.bound for look in looks])),
        "stops_held": float(np.mean([look.true <= look.bound for look in stops])),
        "target_met": float(np.mean([look.true <= target for look in stops])),
        "true": float(np.mean([look.true for look in stops])),
        "promised": float(np.mean([look.bound for look in stops])),
        "reviewed": float(np.mean([look.reviewed for look in stops])),
        "needed": float(np.mean(needed)),
    }


if __name__ == "__main__":
    main()
