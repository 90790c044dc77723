"""Runs beside each other: one row each for tables and parallel coordinates, and the same curve of some."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from seep.store import checkpoints, runs
from seep.store import runs as store_runs
from seep.store.records import CheckpointRecord, RunRecord
from seep.workflow.training import dataset
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.workspace import Workspace

MOST_RUNS = 200
"""More rows than anybody compares by eye; the newest are the ones that are asked for."""
KNOBS = tuple(
    one.name for one in fields(FinetuneRequest) if one.name not in {"revision_ids", "base_checkpoint_id"}
)
"""What can be set of a run besides its tiles and where it starts."""
SCORE = "binary_iou"


def run_table(workspace: Workspace, limit: int = MOST_RUNS) -> list[dict[str, Any]]:
    """List the newest runs for a comparison, newest first, ready for JSON.

    Args:
        workspace: where.
        limit: most rows.

    Returns:
        Rows {"id", "job_id", "state", "author", "created_at", "seconds" (of work where the run told it, else
        from beginning to end; None while it runs), "base" (name), "checkpoint" (name or None), "standing" of
        that checkpoint: "active", "candidate", "kept", "dropped" or None, "tiles" (corrected ones), "knobs":
        {name: value} of `KNOBS`, "epochs_done" or None, "best_iou" on validation scenes while it trained or
        None, and of its verdict: "verdict", "basis", "scenes", "iou", "difference", "low", "high", all None
        without one}. IoU is that of seep against no seep, 0 to 1.
    """
    with workspace.store.reading() as session:
        found = runs.list_runs(session)[:limit]
        scores = store_runs.best_values(session, SCORE)
        tiles = store_runs.revision_counts(session)
        made = {one.id: one for one in checkpoints.list_checkpoints(session)}
    return [_row(run, made, scores.get(run.id), tiles.get(run.id, 0)) for run in found]


def curves_of(
    workspace: Workspace, run_ids: Sequence[int], name: str = SCORE
) -> dict[int, list[tuple[int, float]]]:
    """Return one figure of some runs as points (step, value), steps ascending."""
    with workspace.store.reading() as session:
        return store_runs.curves(session, run_ids, name)


def request_of_run(workspace: Workspace, run_id: int) -> FinetuneRequest:
    """Return what a run was asked to do, its tiles named, to ask for it again or with changes.

    Raises:
        MissingError: there is no such run.
    """
    with workspace.store.reading() as session:
        run = runs.get_run(session, run_id)
        ids = runs.run_revisions(session, run_id)
    return dataset.request_of_run(run, ids)


def compared_by_run(
    workspace: Workspace, old_id: int, new_id: int
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return what the run that made a version measured of it and of the version it was compared with.

    Args:
        workspace: where.
        old_id: a checkpoint.
        new_id: another; whichever of the two the run made.

    Returns:
        Reports of `seep.core.metrics.evaluate.evaluate` by split, of the old and of the new one, on the same masks;
        None where no run compared these two.
    """
    with workspace.store.reading() as session:
        found = runs.list_runs(session)
    for run in found:
        against = ((run.outcome or {}).get("against") or {}).get("id")
        if run.checkpoint_id is not None and {run.checkpoint_id, against} == {old_id, new_id}:
            splits = (run.outcome or {})["splits"]
            of_old, of_new = ("old", "new") if run.checkpoint_id == new_id else ("new", "old")
            return (
                {split: one[of_old] for split, one in splits.items()},
                {split: one[of_new] for split, one in splits.items()},
            )
    return None


def changes_between(old: FinetuneRequest, new: FinetuneRequest) -> dict[str, Any]:
    """Return by name what is set differently in a new request, tiles apart."""
    names = ("base_checkpoint_id", *KNOBS)
    return {name: getattr(new, name) for name in names if getattr(new, name) != getattr(old, name)}


def varying(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the knobs that are not the same in all rows of `run_table`, in the order of `KNOBS`."""
    return [name for name in KNOBS if len({row["knobs"].get(name) for row in rows}) > 1]


def _row(
    run: RunRecord, made: Mapping[int, CheckpointRecord], best: float | None, tiles: int
) -> dict[str, Any]:
    base, new = made.get(run.base_checkpoint_id or 0), made.get(run.checkpoint_id or 0)
    outcome = run.outcome or {}
    return {
        "id": run.id,
        "job_id": run.job_id,
        "state": run.state,
        "author": run.author,
        "created_at": run.created_at,
        "seconds": outcome.get("elapsed_s") or _seconds(run),
        "base": base.name if base else None,
        "checkpoint": new.name if new else None,
        "standing": ("active" if new.active else new.state) if new else None,
        "tiles": tiles,
        "knobs": _knobs(run.config),
        "epochs_done": outcome.get("epochs_done"),
        "best_iou": best,
        **_verdict(outcome),
    }


def _knobs(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's record says of the knobs; one of an older version, which had fewer, says less."""
    return {name: config[name] for name in KNOBS if name in config}


def _verdict(outcome: Mapping[str, Any]) -> dict[str, Any]:
    basis = outcome.get("basis")
    found = (outcome.get("splits") or {}).get(basis) or {}
    difference = found.get("difference") or {}
    new = found.get("new") or {}
    return {
        "verdict": outcome.get("verdict"),
        "basis": basis,
        "scenes": found.get("scenes"),
        "iou": (new.get("figures") or {}).get(SCORE),
        **{name: difference.get(name) for name in ("difference", "low", "high")},
    }


def _seconds(run: RunRecord) -> float | None:
    if run.finished_at is None:
        return None
    begun, ended = (datetime.fromisoformat(one) for one in (run.created_at, run.finished_at))
    return round((ended - begun).total_seconds(), 1)
