"""A study of the time that analysts need with and without Seep's predictions; the protocol is in `docs/study.md`.

    python -m benchmarks.study plan --people ana,jo,max --scenes s1,s2,s3,s4,s5,s6 --seed 1
    python -m benchmarks.study measure study.json

`plan` prints who works on which scenes in which arm and period, as CSV. The arms of each person are a row of a Latin
square, so every arm is in every period and on every group of scenes equally often, up to a remainder.

`measure` reads the recorded sessions: `study.json` names a folder of reference masks and the workspaces,

    {"reference": "masks", "sessions": [{"arm": "manual", "workspace": "ws-manual"}]}

with paths relative to the file. A cell is one person on one scene in one arm: minutes of active time, clicks, keys,
undo steps, F1 within 2 px against the reference, slicks missed and false, and predictions accepted unchanged. A scene
counts where the person has decided about all of its tiles. Minutes at equal quality come from
log(minutes) = arm + person + scene + F1, fitted by least squares, at the mean F1 of all cells. Fixed effects of person
and scene take the place of the random ones of a mixed model, which few people do not support. Intervals are 95 %
percentiles of a bootstrap over scenes. Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap".

Prints tables and, as the last line, JSON.
"""

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from seep.core.metrics.agreement import agreement_counts, figures, slicks_alone
from seep.core.metrics.centerline import Counts, tolerance_counts
from seep.core.records import REVIEWED, TileRecord
from seep.errors import SettingsError
from seep.io.masks import read_mask as read_mask_file
from seep.settings import read_settings
from seep.store import classes, revisions, tile_queries
from seep.store.review import second_masks
from seep.store.review.tables import ActiveTime
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace, open_workspace

ARMS = ("manual", "prediction", "loop")
"""Manual tools only; predictions to correct; predictions, all tools, and fine-tuning on the own corrections."""
RESAMPLES = 2000
MIN_SCENES = 3

Values = npt.NDArray[np.float64]


@dataclass
class Cell:
    """One person on one scene in one arm; `f1` is 0 to 1, None without seep in either mask."""

    arm: str
    person: str
    scene: str
    tiles: int = 0
    minutes: float = 0.0
    clicks: int = 0
    keys: int = 0
    undos: int = 0
    f1: float | None = None
    missed: int = 0
    false: int = 0
    predicted: int = 0
    unchanged: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Plan a study, or measure one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study")
    commands = parser.add_subparsers(dest="command", required=True)
    planned = commands.add_parser("plan", help="print who works on which scenes in which arm")
    planned.add_argument("--people", required=True, metavar="A,B", help="names, separated by commas")
    planned.add_argument("--scenes", required=True, metavar="S,T", help="scenes, separated by commas")
    planned.add_argument("--seed", type=int, default=0, help="of the order of people and scenes (0)")
    measured = commands.add_parser("measure", help="measure recorded sessions")
    measured.add_argument("study", type=Path, metavar="FILE", help="JSON file that names the sessions")
    chosen = parser.parse_args(arguments)
    if chosen.command == "plan":
        rows = plan(chosen.people.split(","), chosen.scenes.split(","), chosen.seed)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("person", "period", "arm", "scene"))
        writer.writerows(rows)
        return
    cells, repeats = read_sessions(chosen.study)
    result = {"arms": compare(cells), "repeats": repeats, "cells": [asdict(cell) for cell in cells]}
    _print(result)
    print(json.dumps(result))


def plan(people: Sequence[str], scenes: Sequence[str], seed: int = 0) -> list[tuple[str, int, str, str]]:
    """Return (person, period from 1, arm, scene) rows of a Latin square.

    Raises:
        SettingsError: fewer scenes than arms, or a name occurs twice.
    """
    if len(scenes) < len(ARMS):
        raise SettingsError(
            f"A study needs {len(ARMS)} scenes or more, one per arm; {len(scenes)} were given."
        )
    for names in (people, scenes):
        if len({*names}) < len(names) or not all(names):
            raise SettingsError(f"Each name has to occur once: {', '.join(names)}.")
    random = np.random.default_rng(seed)
    groups = np.array_split(random.permutation(np.array(scenes)), len(ARMS))
    rows = []
    for row, person in enumerate(random.permutation(np.array(people))):
        for period in range(len(ARMS)):
            arm = ARMS[(row + period) % len(ARMS)]
            group = groups[(row // len(ARMS) + period) % len(ARMS)]
            rows += [(str(person), period + 1, arm, str(scene)) for scene in group]
    return rows


def read_sessions(path: Path) -> tuple[list[Cell], dict[str, float | None]]:
    """Return the cells of a study, and per arm the F1 of repeated tiles: agreement with oneself.

    Raises:
        SettingsError: the file or a workspace cannot be read, or an arm is unknown.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        reference = path.parent / content["reference"]
        sessions = [(str(one["arm"]), path.parent / one["workspace"]) for one in content["sessions"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} does not describe a study ({error}). See docs/study.md.") from error
    cells: list[Cell] = []
    repeated: dict[str, list[float]] = defaultdict(list)
    for arm, folder in sessions:
        if arm not in ARMS:
            raise SettingsError(f"{path} has an unknown arm {arm!r}. Use {', '.join(ARMS)}.")
        workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(folder)}), create=False)
        cells += _cells(workspace, arm, reference)
        repeated[arm] += _repeats(workspace)
    means = {arm: float(np.mean(values)) if values else None for arm, values in repeated.items()}
    return cells, means


def _cells(workspace: Workspace, arm: str, reference: Path) -> list[Cell]:
    by_scene: dict[str, list[TileRecord]] = defaultdict(list)
    times: dict[tuple[str, int], list[ActiveTime]] = defaultdict(list)
    with workspace.store.reading() as session:
        for tile in tile_queries.list_tiles(session, order="name", limit=None):
            by_scene[tile.scene].append(tile)
        for time in session.scalars(select(ActiveTime)):
            times[time.author, time.tile_id].append(time)
        found = []
        for scene, tiles in by_scene.items():
            heads = [
                revisions.get_revision(session, tile.head_revision_id)
                for tile in tiles
                if tile.head_revision_id is not None and tile.state in REVIEWED
            ]
            authors = {head.author for head in heads if head.kind == "accept"}
            if len(heads) < len(tiles) or len(authors) != 1:
                continue
            cell = Cell(arm, authors.pop(), scene, len(tiles))
            counts = Counts()
            for tile, head in zip(tiles, heads, strict=True):
                truth = read_mask_file(reference / f"{tile.name}.tif", (tile.height, tile.width))
                mask = read_mask(workspace, head.mask_sha256)
                counts = counts + tolerance_counts(truth, mask)
                missed, false = slicks_alone(truth, mask)
                cell.missed, cell.false = cell.missed + missed, cell.false + false
                cell.predicted += head.prediction_id is not None
                cell.unchanged += head.prediction_id is not None and not head.correction_px
                for time in times[cell.person, tile.id]:
                    cell.minutes += (time.looking_ms + time.drawing_ms + time.deciding_ms) / 60_000
                    cell.clicks += int(time.events.get("clicks", 0))
                    cell.keys += int(time.events.get("keys", 0))
                    cell.undos += int(time.events.get("undos", 0))
            cell.f1 = counts.f1
            found.append(cell)
    return found


def _repeats(workspace: Workspace) -> list[float]:
    with workspace.store.reading() as session:
        pairs = [pair for pair in second_masks.pairs(session) if pair.is_repeat]
        class_count = classes.count_classes(session)
    found = [
        figures(
            agreement_counts(
                read_mask(workspace, pair.first_sha256), read_mask(workspace, pair.second_sha256), class_count
            )
        )["f1"]
        for pair in pairs
    ]
    return [value for value in found if value is not None]


def compare(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return per arm the minutes per scene at equal quality and their ratio to the first arm, with 95 % intervals.

    Cells without time or without seep are left out.

    Raises:
        SettingsError: there is one arm only, or the sessions cannot separate arms from people and scenes.
    """
    used = [cell for cell in cells if cell.minutes > 0 and cell.f1 is not None]
    arms = [arm for arm in ARMS if any(cell.arm == arm for cell in used)]
    if len(arms) < 2:
        raise SettingsError("A comparison needs complete scenes with active time in two arms or more.")
    levels = adjusted_minutes(used, arms)
    if levels is None:
        raise SettingsError(
            "The sessions cannot separate the arms from people, scenes and F1. Record more people or scenes as "
            "`python -m benchmarks.study plan` says."
        )
    scenes = sorted({cell.scene for cell in used})
    random = np.random.default_rng(0)
    draws = []
    for _ in range(RESAMPLES if len(scenes) >= MIN_SCENES else 0):
        chosen = random.choice(scenes, len(scenes))
        draw = adjusted_minutes([cell for name in chosen for cell in used if cell.scene == name], arms)
        draws += [] if draw is None else [draw]
    drawn = np.array(draws).reshape(-1, len(arms))
    return [
        {
            "arm": arm,
            "cells": sum(cell.arm == arm for cell in used),
            "minutes": float(levels[at]),
            "interval": _percentiles(drawn[:, at]),
            "ratio": float(levels[at] / levels[0]),
            "ratio_interval": _percentiles(drawn[:, at] / drawn[:, 0]),
            "f1": float(np.mean([cell.f1 for cell in used if cell.arm == arm and cell.f1 is not None])),
            "unchanged": _share(used, arm),
        }
        for at, arm in enumerate(arms)
    ]


def adjusted_minutes(cells: Sequence[Cell], arms: Sequence[str]) -> Values | None:
    """Return the minutes per scene of each arm at the mean F1, for the mean person and scene; None if not defined."""
    people, scenes = sorted({cell.person for cell in cells}), sorted({cell.scene for cell in cells})
    quality = np.array([cell.f1 or 0.0 for cell in cells])
    columns = [np.ones(len(cells))]
    columns += [np.array([cell.arm == arm for cell in cells], float) for arm in arms[1:]]
    columns += [np.array([cell.person == name for cell in cells], float) for name in people[1:]]
    columns += [np.array([cell.scene == name for cell in cells], float) for name in scenes[1:]]
    if np.ptp(quality) > 0:
        columns.append(quality - quality.mean())
    design = np.stack(columns, axis=1)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    logs = np.log([cell.minutes for cell in cells])
    solution = np.linalg.lstsq(design, logs, rcond=None)[0]
    base = design.copy()
    base[:, 1 : len(arms)] = 0
    level = float((base @ solution).mean())
    return np.asarray(np.exp(level + np.concatenate([[0.0], solution[1 : len(arms)]])), np.float64)


def _percentiles(values: Values) -> tuple[float, float] | None:
    if len(values) < RESAMPLES / 2:
        return None
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def _share(cells: Sequence[Cell], arm: str) -> float | None:
    predicted = sum(cell.predicted for cell in cells if cell.arm == arm)
    return sum(cell.unchanged for cell in cells if cell.arm == arm) / predicted if predicted else None


def _print(result: dict[str, Any]) -> None:
    print(
        f"{'arm':<12}{'scenes':>8}{'minutes per scene':>26}{'times the first':>24}{'F1':>7}{'unchanged':>11}"
    )
    for row in result["arms"]:
        print(
            f"{row['arm']:<12}{row['cells']:>8}{_text(row['minutes'], row['interval']):>26}"
            f"{_text(row['ratio'], row['ratio_interval']):>24}{row['f1']:>7.2f}"
            f"{'–' if row['unchanged'] is None else format(row['unchanged'], '.0%'):>11}"
        )
    for arm, f1 in result["repeats"].items():
        if f1 is not None:
            print(f"Repeated tiles, {arm}: F1 {f1:.2f} with oneself")


def _text(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.2f} " + ("(no interval)" if interval is None else "({:.2f} to {:.2f})".format(*interval))


if __name__ == "__main__":
    main()
