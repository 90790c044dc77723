"""Fine-tuning at a new place: how many corrected tiles replace a training at that place.

    python -m research.simulation.places IMAGES MASKS --cache FOLDER [--steps 600] [--seeds 3]

For each place: a network is trained on the scenes of the other places. Tiles of this place are corrected, and it
is fine-tuned on them by the preset of the product. Both are measured on scenes of this place that are never
corrected. The gain on tiles of the corrected scenes that are not corrected themselves is given too. Beside it
stands a network that is trained on all other scenes of this place. The share of the gap between the two that
fine-tuning closes is what corrections are worth. A place is named by the first letters of its scenes. Trained
networks and finished curves are kept in the cache; a cache of other options is refused. Prints a table and, as its
last line, all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from research.cache import check_options
from research.simulation.curves import gain, verdicts
from research.simulation.dataset import Dataset, read_dataset
from research.simulation.options import SimulationOptions
from research.simulation.scoring import figures, measure
from research.simulation.simulation import simulate_on
from research.simulation.start_checkpoint import train_start
from seep.cli.arguments import ids
from seep.core.acquisition import RANDOM
from seep.core.files import write_atomic
from seep.engine.checkpoint import load_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.presets import preset
from seep.workflow.training.presets import FINETUNE, NETWORK_PRESETS

TEST_EVERY = 3
"""Every third scene of a place is a test scene."""
LEAST_GAP = 0.01
"""Smaller differences in IoU are within the range of the seeds; a share of them has no meaning."""

CACHE_OPTIONS = ("steps", "after", "order", "preset")
"""Options that change the networks and curves that the cache keeps."""


@dataclass(frozen=True)
class Direction:
    """Scenes of one new place and of the others.

    Attributes:
        place: first letters of the new place's scenes.
        start: scenes of the other places, which train the first network.
        validation: one of them, which selects the epochs.
        pool: scenes of the place that are corrected.
        test: test scenes of the place.
    """

    place: str
    start: tuple[str, ...]
    validation: tuple[str, ...]
    pool: tuple[str, ...]
    test: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, simulate, print."""
    chosen = _parser().parse_args(arguments)
    _open_cache(chosen)
    dataset = read_dataset(chosen.images, chosen.masks, SimulationOptions(chosen.cache / "none.safetensors"))
    found = [_measure(one, dataset, chosen) for one in directions([*dataset.scenes], chosen.place_letters)]
    print(table(found))
    curves = [curve for one in found for curve in one["curves"]]
    print(json.dumps({"steps": chosen.steps, "directions": found, "verdicts": verdicts(curves)}))


def _open_cache(options: argparse.Namespace) -> None:
    """Make the cache with a record of the options; an older one has none and is taken as it is.

    Raises:
        SystemExit: the cache is of other options.
    """
    cache, record = options.cache, options.cache / "options.json"
    asked = {name: getattr(options, name) for name in CACHE_OPTIONS}
    cache.mkdir(parents=True, exist_ok=True)
    if record.exists():
        check_options(record, json.loads(record.read_text()), asked)
    elif not any(cache.iterdir()):
        write_atomic(record, json.dumps(asked).encode())


def directions(scenes: Sequence[str], letters: int) -> list[Direction]:
    """Return one direction per place; places with fewer than three scenes only train."""
    places: dict[str, list[str]] = defaultdict(list)
    for scene in sorted(scenes):
        places[scene[:letters]].append(scene)
    found = []
    for place, own in places.items():
        others = [scene for scene in sorted(scenes) if scene not in own]
        if len(own) < TEST_EVERY or len(others) < 2:
            continue
        test = tuple(own[TEST_EVERY - 1 :: TEST_EVERY])
        pool = tuple(scene for scene in own if scene not in test)
        found.append(Direction(place, tuple(others[1:]), (others[0],), pool, test))
    if not found:
        raise SystemExit("No place has three scenes beside two of other places. Check --place-letters.")
    return found


def _measure(one: Direction, dataset: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    local = _train(dataset, options.cache / f"{one.place}.local.safetensors", one.pool, (), options)
    start = _train(
        dataset, options.cache / f"{one.place}.start.safetensors", one.start, one.validation, options
    )
    curves: list[dict[str, Any]] = []
    for seed in range(options.seeds):
        kept = options.cache / f"{one.place}.curve{seed}.json"
        if not kept.exists():
            wish = SimulationOptions(
                start,
                start=one.start,
                validation=one.validation,
                test=one.test,
                orders=(options.order,),
                after=options.after,
                whole_pool=False,
                seeds=(seed,),
                request=FINETUNE[options.preset],
                device=options.device,
            )
            kept.write_text(json.dumps(simulate_on(dataset, wish)["curves"]))
        curves += json.loads(kept.read_text())
    tiles = dataset.of(one.test)
    ceiling = figures(measure(Predictor(load_checkpoint(local), options.device), tiles)) or {}
    return {
        "place": one.place,
        "test": one.test,
        "local_iou": ceiling.get("binary_iou"),
        "points": closed(curves, ceiling.get("binary_iou") or 0.0),
        "curves": curves,
    }


def _train(
    dataset: Dataset,
    path: Path,
    scenes: Sequence[str],
    validation: Sequence[str],
    options: argparse.Namespace,
) -> Path:
    if not path.exists():
        chosen = preset("seep")
        stage = replace(chosen.stages[0], epochs=4, steps_per_epoch=max(1, options.steps // 4))
        train_start(dataset, scenes, validation, chosen.network, stage, path, options.device)
    return path


def closed(curves: Sequence[Mapping[str, Any]], local_iou: float) -> list[dict[str, float | None]]:
    """Return the mean IoU over seeds by number of corrected tiles, and the share of the gap that is closed.

    The share is None if the gap is smaller than `LEAST_GAP`. `gain_of_corrected_scenes` is that of their other
    tiles.

    Args:
        curves: of one place, with the same numbers of tiles.
        local_iou: of the network that was trained at the place.
    """
    found: list[dict[str, float | None]] = []
    first = 0.0
    for points in zip(*(curve["points"] for curve in curves), strict=True):
        ious = [point["test"]["binary_iou"] or 0.0 for point in points]
        mean = fmean(ious)
        first = mean if not found else first
        gap = local_iou - first
        share = (mean - first) / gap if gap >= LEAST_GAP and found else None
        seconds = [sum(point["seconds"].values()) for point in points]
        found.append(
            {
                "tiles": points[0]["tiles"],
                "binary_iou": mean,
                "low": min(ious),
                "high": max(ious),
                "closed": share,
                "gain_of_corrected_scenes": gain(points),
                "seconds": fmean(seconds),
            }
        )
    return found


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: a line per place and number of corrected tiles."""
    lines = [
        "| place | corrected tiles | binary IoU (range over seeds) | trained there | gap closed | other tiles of the "
        "corrected scenes |",
        "| --- " * 6 + "|",
    ]
    for one in found:
        for point in one["points"]:
            share = "" if point["closed"] is None else f"{point['closed']:.0%}"
            gained = point["gain_of_corrected_scenes"]
            lines.append(
                f"| {one['place']} | {point['tiles']} | {point['binary_iou']:.3f} ({point['low']:.3f} to "
                f"{point['high']:.3f}) | {one['local_iou'] or 0:.3f} | {share} | "
                f"{'' if gained is None else f'{gained:+.3f}'} |"
            )
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="networks, states and curves are kept here")
    parser.add_argument(
        "--place-letters", type=int, default=4, help="first letters of a scene that name its place"
    )
    parser.add_argument("--steps", type=int, default=600, help="steps of both trainings from scratch")
    parser.add_argument(
        "--after", type=ids, default=(20, 40, 80, 160), metavar="N,M", help="numbers of corrected tiles"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--order", default=RANDOM, help="queue order of the corrections")
    parser.add_argument("--preset", choices=NETWORK_PRESETS, default="quick", help="preset of fine-tuning")
    parser.add_argument("--device")
    return parser


if __name__ == "__main__":
    main()
