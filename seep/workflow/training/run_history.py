"""The history of runs: one record per run for tables and plots, and one metric of several runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seep.core.records import CheckpointRecord, RunRecord
from seep.store import checkpoints, runs
from seep.workflow.evaluation.verdict import SCORE, RunVerdict
from seep.workflow.training import dataset
from seep.workflow.training.presets import HYPERPARAMETERS, FinetuneRequest
from seep.workflow.workspace import Workspace

MAX_RUNS = 200

Hyperparameters = Mapping[str, bool | float | None]


@dataclass(frozen=True)
class RunSummary:
    """One run with its result.

    Attributes:
        id: of the run.
        state: of its job.
        author: who queued it.
        created_at: ISO 8601 in UTC.
        seconds: of work; from start to end for runs of earlier versions; None while it runs.
        base: name of the version that it started from.
        checkpoint: name of the version that it made; None where it made none.
        checkpoint_state: "active", "candidate", "kept" or "dropped".
        tiles: number of corrected tiles.
        hyperparameters: by name; runs of earlier versions have fewer.
        epochs_done: None while it runs.
        best_iou: highest IoU of seep on validation scenes; None where it was not measured.
        verdict: None where it has none.
    """

    id: int
    state: str
    author: str
    created_at: str
    seconds: float | None
    base: str | None
    checkpoint: str | None
    checkpoint_state: str | None
    tiles: int
    hyperparameters: Hyperparameters
    epochs_done: int | None
    best_iou: float | None
    verdict: RunVerdict | None

    @property
    def difference(self) -> float | None:
        """Difference in IoU on which the verdict is based; None without a verdict."""
        return self.verdict.basis.difference if self.verdict and self.verdict.basis else None


def run_summaries(workspace: Workspace, limit: int = MAX_RUNS) -> list[RunSummary]:
    """List the newest runs, newest first."""
    with workspace.store.reading() as session:
        listed = runs.list_runs(session)[:limit]
        scores = runs.best_values(session, SCORE)
        tiles = runs.revision_counts(session)
        versions = {checkpoint.id: checkpoint for checkpoint in checkpoints.list_checkpoints(session)}
    return [_summary(run, versions, scores.get(run.id), tiles.get(run.id, 0)) for run in listed]


def metric_curves(
    workspace: Workspace, run_ids: Sequence[int], name: str = SCORE
) -> dict[int, list[tuple[int, float]]]:
    """Return one metric of several runs as (step, value), steps ascending."""
    with workspace.store.reading() as session:
        return runs.curves(session, run_ids, name)


def request_of_run(workspace: Workspace, run_id: int) -> FinetuneRequest:
    """Return the request of a run, with its tiles.

    Raises:
        MissingError: there is no such run.
    """
    with workspace.store.reading() as session:
        run = runs.get_run(session, run_id)
        ids = runs.run_revisions(session, run_id)
    return dataset.request_of_run(run, ids)


def compared_by_run(
    workspace: Workspace, old_id: int, new_id: int
) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Return what the run that made a version measured of it and of the version it was compared with.

    Args:
        new_id: another; whichever of the two the run made.

    Returns:
        Reports of `seep.core.metrics.evaluate.evaluate` by split, of the old and of the new one, on the same masks;
        None where no run compared these two, or its outcome has no split with both reports.
    """
    with workspace.store.reading() as session:
        found = runs.list_runs(session)
    for run in found:
        against = ((run.outcome or {}).get("against") or {}).get("id")
        if run.checkpoint_id is not None and {run.checkpoint_id, against} == {old_id, new_id}:
            splits = (run.outcome or {}).get("splits") or {}
            of_old, of_new = ("old", "new") if run.checkpoint_id == new_id else ("new", "old")
            both = {split: one for split, one in splits.items() if one.get(of_old) and one.get(of_new)}
            if both:
                return (
                    {split: one[of_old] for split, one in both.items()},
                    {split: one[of_new] for split, one in both.items()},
                )
    return None


def changes_between(old: FinetuneRequest, new: FinetuneRequest) -> Mapping[str, object]:
    """Return the new values of the base and the hyperparameters that differ, by name."""
    names = ("base_checkpoint_id", *HYPERPARAMETERS)
    return {name: getattr(new, name) for name in names if getattr(new, name) != getattr(old, name)}


def differing_hyperparameters(summaries: Sequence[RunSummary]) -> list[str]:
    """Return the hyperparameters that are not the same in all runs, in the order of `HYPERPARAMETERS`."""
    return [name for name in HYPERPARAMETERS if len({one.hyperparameters.get(name) for one in summaries}) > 1]


def _summary(
    run: RunRecord, versions: Mapping[int, CheckpointRecord], best_iou: float | None, tiles: int
) -> RunSummary:
    base, new = versions.get(run.base_checkpoint_id or 0), versions.get(run.checkpoint_id or 0)
    outcome = run.outcome or {}
    return RunSummary(
        id=run.id,
        state=run.state,
        author=run.author,
        created_at=run.created_at,
        seconds=outcome.get("elapsed_s") or _seconds(run),
        base=base.name if base else None,
        checkpoint=new.name if new else None,
        checkpoint_state=("active" if new.active else new.state) if new else None,
        tiles=tiles,
        hyperparameters={name: run.config[name] for name in HYPERPARAMETERS if name in run.config},
        epochs_done=outcome.get("epochs_done"),
        best_iou=best_iou,
        verdict=RunVerdict.from_outcome(outcome),
    )


def _seconds(run: RunRecord) -> float | None:
    if run.finished_at is None:
        return None
    began, ended = (datetime.fromisoformat(one) for one in (run.created_at, run.finished_at))
    return round((ended - began).total_seconds(), 1)
