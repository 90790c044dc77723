"""What the curves of the loop say about its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from research.simulation import curves as kinds

FEW, MANY = 40, 80
"""Tiles after which half of the gap is to be closed; of random, what the best order is to reach sooner."""
HALF, SOONER = 0.5, 50


def report(runs: Sequence[Mapping[str, Any]], whole: Mapping[int, float]) -> dict[str, Any]:
    """Put everything together.

    Args:
        runs: curves, as `research.simulation.simulate` returns them.
        whole: test IoU by seed of a training on start and pool together.
    """
    found = kinds.summary(runs)
    return {
        **found,
        "whole": dict(whole),
        "gaps": [gap(row, runs, whole) for row in found["orders"]],
        "sooner": sooner(found["orders"]),
        "against_random": [one for one in (against_random(row, runs) for row in found["orders"]) if one],
    }


def gap(
    row: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], whole: Mapping[int, float]
) -> dict[str, Any]:
    """How much of the gap between the start and training on all a few corrected tiles close.

    Means over the seeds whose training on all is there; "by_loop" measures the gap to the loop's own end.
    """
    own = _runs(runs, row)
    compared = [run for run in own if run["seed"] in whole and _at(run, FEW) is not None]
    start = fmean(_iou(run["points"][0]) for run in own)
    few = kinds.mean_at(row["points"], FEW)
    last = row["points"][-1]["mean"]
    every = sum(whole[run["seed"]] - _iou(run["points"][0]) for run in compared)
    closed = sum((_at(run, FEW) or 0.0) - _iou(run["points"][0]) for run in compared)
    return {
        **{name: row[name] for name in ("order", "replay")},
        "start": start,
        "few": few,
        "end_of_loop": last,
        "whole": fmean(whole[run["seed"]] for run in compared) if compared else None,
        "closed": closed / every if compared and every > 0 else None,
        "by_loop": (few - start) / (last - start) if few is not None and last > start else None,
    }


def sooner(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """After how many tiles each order reaches what random reaches after `MANY`, by mean curves."""
    found = []
    for row in rows:
        drawn = next(
            (one for one in rows if (one["order"], one["replay"]) == ("random", row["replay"])), None
        )
        wanted = kinds.mean_at(drawn["points"], MANY) if drawn else None
        if wanted is not None:
            needed = kinds.tiles_needed(row["points"], wanted)
            found.append({"order": row["order"], "replay": row["replay"], "iou": wanted, "tiles": needed})
    return found


def against_random(row: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """An order's IoU minus random's on the same seed, by number of tiles: mean, lowest, highest."""
    drawn = {run["seed"]: run for run in _runs(runs, {"order": "random", "replay": row["replay"]})}
    own = [run for run in _runs(runs, row) if run["seed"] in drawn]
    if row["order"] == "random" or not own:
        return None
    points = []
    for point in row["points"]:
        changes = [
            (_at(run, point["tiles"]) or 0.0) - (_at(drawn[run["seed"]], point["tiles"]) or 0.0)
            for run in own
            if _at(run, point["tiles"]) is not None and _at(drawn[run["seed"]], point["tiles"]) is not None
        ]
        if changes:
            points.append(
                {"tiles": point["tiles"], "mean": fmean(changes), "low": min(changes), "high": max(changes)}
            )
    return {"order": row["order"], "replay": row["replay"], "points": points}


def table(found: Mapping[str, Any]) -> str:
    """Everything as text, and which targets are met."""
    lines = [kinds.table(found), "", f"share of the gap closed by {FEW} tiles"]
    for one in found["gaps"]:
        lines.append(
            f"{_name(one)}from {_shown(one['start'])}, then {_shown(one['few'])}; training on all "
            f"{_shown(one['whole'])}: {_shown(one['closed'])} closed; of its own {_shown(one['by_loop'])}"
        )
    lines += ["", f"tiles to reach what random reaches with {MANY}"]
    lines += [f"{_name(one)}{_shown(one['iou'])} after {_count(one['tiles'])}" for one in found["sooner"]]
    lines += ["", "IoU minus random's on the same seed: mean (lowest to highest)"]
    for one in found["against_random"]:
        parts = [
            f"{point['tiles']:.0f}: {point['mean']:+.3f} ({point['low']:+.3f} to {point['high']:+.3f})"
            for point in one["points"][1:]
        ]
        lines.append(_name(one) + ", ".join(parts))
    return "\n".join([*lines, "", *_targets(found)])


def _targets(found: Mapping[str, Any]) -> list[str]:
    closed = [one["closed"] for one in found["gaps"] if one["replay"] and one["closed"] is not None]
    needed = [
        one["tiles"] for one in found["sooner"] if one["order"] != "random" and one["tiles"] is not None
    ]
    soonest, told = min(needed, default=None), found["verdicts"]
    return [
        f"target: {FEW} tiles close half of the gap: best order {_shown(max(closed, default=None))}, "
        f"{_met(bool(closed), max(closed, default=0) >= HALF)}",
        f"target: no fine-tuning that lost more than {kinds.HARM} is called better: "
        f"{told['harmed_called_better']} of {told['harmed']}, {_met(True, not told['harmed_called_better'])}",
        f"target: the best order reaches random's {MANY}-tile score with {SOONER}: "
        f"{_count(soonest)}, {_met(bool(found['sooner']), soonest is not None and soonest <= SOONER)}",
    ]


def _runs(runs: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [run for run in runs if (run["order"], run["replay"]) == (row["order"], row["replay"])]


def _iou(point: Mapping[str, Any]) -> float:
    return float(point["test"]["binary_iou"] or 0.0)


def _at(run: Mapping[str, Any], tiles: float) -> float | None:
    return next((_iou(point) for point in run["points"] if point["tiles"] == tiles), None)


def _name(one: Mapping[str, Any]) -> str:
    return f"{one['order']:14}{'with' if one['replay'] else 'without':9}"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _count(tiles: float | None) -> str:
    return "never" if tiles is None else f"{tiles:.0f} tiles"


def _met(measured: bool, yes: bool) -> str:
    if not measured:
        return "not measured"
    return "met" if yes else "missed"
