"""What curves say together: means over seeds, tiles needed, and what the product said of each fine-tuning."""

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

HARM = 0.01
"""A fall of the test IoU beyond this is one that an analyst would be sorry for."""

Run = Mapping[str, Any]


def summary(curves: Sequence[Run]) -> dict[str, Any]:
    """Put the curves of all seeds together.

    Args:
        curves: as `simulate` returns them; those of several simulations may be joined.

    Returns:
        {"orders": [{"order", "replay", "seeds": how many, "points": [{"tiles": the mean over seeds, "mean",
        "low", "high": of the test binary IoU over seeds, "gain": the mean over seeds of what the tiles that
        are left of the pool have gained since the start, None where none are left}], "seconds": the median of
        a round's ranking, training and measuring}], "verdicts": see `verdicts`}.
    """
    kinds = dict.fromkeys((run["order"], run["replay"]) for run in curves)
    return {
        "orders": [
            _together(
                order, replay, [run for run in curves if (run["order"], run["replay"]) == (order, replay)]
            )
            for order, replay in kinds
        ],
        "verdicts": verdicts(curves),
    }


def verdicts(curves: Sequence[Run]) -> dict[str, Any]:
    """Count what the product would have said of each fine-tuning, and what came of it.

    Returns:
        {"rounds", "better", "worse", "inconclusive": by the test scenes against the checkpoint before,
        "harmed": rounds whose test IoU fell by more than `HARM`, "harmed_called_better": those of them that
        were called better all the same, "harmed_liked": those whose validation scenes had gained, which is
        what speaks for a checkpoint where no test scene has truth, "worst": the largest fall}.
    """
    rounds = [point["against_before"] for run in curves for point in run["points"][1:]]
    changes = [(one, one["test"]["difference"] or 0.0) for one in rounds]
    harmed = [one for one, change in changes if change < -HARM]
    told = [one["test"]["verdict"] for one in rounds]
    return {
        "rounds": len(rounds),
        **{verdict: told.count(verdict) for verdict in ("better", "worse", "inconclusive")},
        "harmed": len(harmed),
        "harmed_called_better": sum(one["test"]["verdict"] == "better" for one in harmed),
        "harmed_liked": sum((one["validation"]["difference"] or 0) > 0 for one in harmed),
        "worst": min([0.0, *(change for _, change in changes)]),
    }


def tiles_needed(points: Sequence[Run], wanted: float) -> float | None:
    """Count the corrected tiles after which a curve first reaches an IoU, between points on a line.

    Args:
        points: of a kind of `summary`, by tiles.
        wanted: the IoU to reach.

    Returns:
        Tiles; None if it never gets there.
    """
    before = points[0]
    if before["mean"] >= wanted:
        return float(before["tiles"])
    for point in points[1:]:
        if point["mean"] >= wanted:
            share = (wanted - before["mean"]) / (point["mean"] - before["mean"])
            return float(before["tiles"] + share * (point["tiles"] - before["tiles"]))
        before = point
    return None


def mean_at(points: Sequence[Run], tiles: int) -> float | None:
    """Return the mean IoU after so many tiles; None where nothing was measured there."""
    return next((float(point["mean"]) for point in points if point["tiles"] == tiles), None)


def table(found: Mapping[str, Any]) -> str:
    """Draw the curves of a summary as text, a line each, with the seconds of a round."""
    rows = found["orders"]
    counts = [point["tiles"] for point in rows[0]["points"]]
    heads = [f"{count:>7.0f}" for count in counts[:-1]] + [f"{'all':>7}"]
    lines = [f"{'order':14}{'replay':8}{'seeds':>5}{''.join(heads)}{'s a round':>11}"]
    for row in rows:
        values = "".join(f"{_shown(point['mean']):>7}" for point in row["points"])
        with_it = "with" if row["replay"] else "without"
        lines.append(
            f"{row['order']:14}{with_it:8}{row['seeds']:>5}{values}{sum(row['seconds'].values()):>11.1f}"
        )
    lines += ["", "gained since the start on tiles of the pool that are not corrected yet"]
    for row in rows:
        gains = "".join(f"{_gained(point['gain']):>7}" for point in row["points"])
        lines.append(f"{row['order']:14}{'with' if row['replay'] else 'without':8}{'':5}{gains}")
    told = found["verdicts"]
    lines.append("")
    lines.append(
        f"{told['rounds']} fine-tunings: {told['better']} called better, {told['worse']} worse, "
        f"{told['inconclusive']} inconclusive; {told['harmed']} lost more than {HARM} on the test scenes, "
        f"{told['harmed_called_better']} of them called better"
    )
    return "\n".join(lines)


def _together(order: str, replay: bool, runs: Sequence[Run]) -> dict[str, Any]:
    rounds = [point for run in runs for point in run["points"][1:]]
    seconds = {
        name: median(point["seconds"].get(name, 0.0) for point in rounds)
        for name in ("rank", "train", "measure")
    }
    columns: dict[Any, list[Run]] = {}
    for run in runs:  # the last points belong together, however large the pools are
        for point in run["points"]:
            columns.setdefault("all" if point is run["points"][-1] else point["tiles"], []).append(point)
    whole = [column for column in columns.values() if len(column) == len(runs)]
    return {
        "order": order,
        "replay": replay,
        "seeds": len(runs),
        "points": sorted((_point(column) for column in whole), key=lambda point: point["tiles"]),
        "seconds": seconds,
    }


def _point(column: Sequence[Run]) -> dict[str, Any]:
    values = [point["test"]["binary_iou"] or 0.0 for point in column]
    return {
        "tiles": fmean(point["tiles"] for point in column),
        "mean": fmean(values),
        "low": min(values),
        "high": max(values),
        "gain": gain(column),
    }


def gain(column: Sequence[Run]) -> float | None:
    """Return what the IoU gained since the start on tiles that are not corrected, as a mean over runs.

    None unless each run has such tiles.

    Args:
        column: points with the same number of corrected tiles, one per run.
    """
    pairs = [
        (left["binary_iou"], left["start_binary_iou"]) for point in column if (left := point["uncorrected"])
    ]
    changes = [now - start for now, start in pairs if now is not None and start is not None]
    return fmean(changes) if changes and len(changes) == len(column) else None


def _shown(value: float) -> str:
    return f"{value:.3f}"


def _gained(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}"
