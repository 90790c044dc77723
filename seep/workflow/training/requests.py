"""Fine-tuning as it is asked for: from where, how long it takes, the job that does it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from seep.errors import SettingsError, TrainingError
from seep.store import checkpoints, jobs, runs, scenes
from seep.store.records import JOB_ENDS, CheckpointRecord, JobRecord, RunRecord
from seep.workflow.evaluation.compare import evaluation_tiles, predictions_needed
from seep.workflow.inference.tiles import require_active
from seep.workflow.models.compatibility import check_bands, reads_bands
from seep.workflow.training.dataset import (
    SETTLED,
    LabeledTile,
    check_split,
    replay_tiles,
    request_of_run,
    revision_tiles,
    still_settled,
)
from seep.workflow.training.eta import Costs, Work
from seep.workflow.training.presets import FinetuneRequest, check_request, split_holdout, steps_an_epoch
from seep.workflow.training.run_files import STATE_DAYS, can_resume
from seep.workflow.training.selection import chosen_revisions
from seep.workflow.workspace import Workspace

__all__ = [
    "FinetuneRequest",
    "bases",
    "enqueue_finetune",
    "estimate",
    "known_costs",
    "list_runs",
    "repeat",
    "request_of",
    "resume",
    "settled_of",
]


def bases(workspace: Workspace) -> list[CheckpointRecord]:
    """List what a fine-tuning may start from, newest first: it reads images such as the training scenes have.

    Dropped checkpoints are left out. In an empty workspace all others fit.
    """
    with workspace.store.reading() as session:
        bands = {scene.bands for scene in scenes.list_scenes(session) if scene.split == "train"}
        known = checkpoints.list_checkpoints(session)
    return [one for one in known if one.state != "dropped" and reads_bands(one, bands)]


def estimate(workspace: Workspace, request: FinetuneRequest) -> dict[str, Any]:
    """Guess how long a fine-tuning takes at most; from the last run of such a network where there is one.

    Returns:
        {"seconds", "steps", "tiles" (corrected), "holdout_tiles" of them, "replay_tiles", "basis": where the
        pace is from}.

    Raises:
        SettingsError: a value of the request is out of range.
    """
    check_request(request)
    tiles = _requested_tiles(workspace, request)
    replayed = replay_tiles(workspace, {one.tile.id for one in tiles}) if request.replay_share else []
    trained, holdout = split_holdout(tiles, request.holdout_share)
    area = sum(one.tile.height * one.tile.width for one in trained)
    steps = request.epochs * steps_an_epoch(request, area)
    held = evaluation_tiles(workspace)
    costs, basis = known_costs(workspace, request.base_checkpoint_id)
    compared = predictions_needed(workspace, held)
    measured = min(len(held["validation"]), request.validation_tiles) + len(holdout)
    work = Work.of(request, steps, measured=measured, compared=compared)
    return {
        "seconds": round(costs.start_s + work.seconds(costs)),
        "steps": steps,
        "tiles": len(tiles),
        "holdout_tiles": len(holdout),
        "replay_tiles": len(replayed),
        "basis": basis,
    }


def known_costs(workspace: Workspace, base_checkpoint_id: int | None) -> tuple[Costs, str]:
    """Say what runs cost here, and where that is from: the last run from a network of the same shape.

    Args:
        workspace: where.
        base_checkpoint_id: what a run would start from; None for the active checkpoint.
    """
    with workspace.store.reading() as session:
        shapes = {one.id: one.card.get("architecture") for one in checkpoints.list_checkpoints(session)}
        active = checkpoints.active_checkpoint(session)
    wanted = base_checkpoint_id or (active.id if active else None)
    for run in list_runs(workspace):
        found = Costs.from_outcome(run.outcome)
        if found and shapes.get(run.base_checkpoint_id or 0) == shapes.get(wanted or 0):
            return found, f"the pace of run {run.id}"
    return Costs(), "four CPU cores"


def enqueue_finetune(
    workspace: Workspace, request: FinetuneRequest, author: str, request_id: str | None = None
) -> int:
    """Queue a fine-tuning; what it trains on is settled now, so later reviews do not change it.

    Args:
        workspace: where.
        request: what to do.
        author: who asks.
        request_id: unique for each press of the button; the same one again queues nothing more.

    Returns:
        The id of the job.

    Raises:
        SettingsError: a value of the request is out of range.
        TrainingError: there is nothing to train on, or a revision is of a scene that never trains.
        CheckpointError: no base was named and none is active, or it reads images of other bands.
        MissingError: a revision or the base checkpoint does not exist.
    """
    return _enqueue(workspace, request, author, request_id, {})


def repeat(
    workspace: Workspace,
    run_id: int,
    author: str,
    changes: Mapping[str, Any] | None = None,
    request_id: str | None = None,
) -> int:
    """Queue a run again from its record, with changes or without.

    Without changes it trains on the same revisions, replays and validates on the same ones, and gives the
    same weights on the same machine's CPU.

    Args:
        workspace: where.
        run_id: which run; however it ended.
        author: who asks.
        changes: what shall be different, by the names of `FinetuneRequest`.
        request_id: as for `enqueue_finetune`.

    Returns:
        The id of the new job.

    Raises:
        MissingError: there is no such run.
        SettingsError: a change has an unknown name or is out of range.
        TrainingError: a scene was moved to another split since.
        CheckpointError: the base does not fit the images.
    """
    changes = dict(changes or {})
    with workspace.store.reading() as session:
        run, ids = runs.get_run(session, run_id), runs.run_revisions(session, run_id)
    before = request_of_run(run, ids)
    unknown = sorted(changes.keys() - asdict(before).keys())
    if unknown:
        raise SettingsError(
            f"A run has no setting {unknown[0]!r}; change one of {', '.join(asdict(before))}."
        )
    request = replace(before, **changes)
    return _enqueue(workspace, request, author, request_id, still_settled(run, before, request))


def resume(workspace: Workspace, run_id: int, author: str) -> int:
    """Let a run that was canceled or failed go on from its state; one that goes on already is left alone.

    The state is kept until it is `STATE_DAYS` old.

    Returns:
        The id of its job, which is queued again.

    Raises:
        MissingError: there is no such run.
        TrainingError: the run is done, or its state is gone.
    """
    with workspace.store.transaction() as session:
        run = runs.get_run(session, run_id)
        if run.state in JOB_ENDS and not can_resume(workspace, run):
            raise TrainingError(
                f"Run {run_id} is {run.state} and left no state to go on from; states are kept for "
                f"{STATE_DAYS} days. Start it anew."
            )
        if run.job_id is None:
            raise TrainingError(f"Run {run_id} was not asked for here, so it cannot be resumed.")
        return jobs.requeue(session, run.job_id, author).id


def request_of(job: JobRecord) -> FinetuneRequest:
    """Read the request back from a job's parameters."""
    asked = {name: value for name, value in job.params.items() if name not in SETTLED}
    asked["revision_ids"] = tuple(int(one) for one in asked["revision_ids"])
    return FinetuneRequest(**asked)


def settled_of(job: JobRecord) -> dict[str, Any]:
    """Read from a job's parameters what of its material is settled already."""
    return {name: job.params[name] for name in SETTLED if name in job.params}


def list_runs(workspace: Workspace) -> list[RunRecord]:
    """List all runs, newest first."""
    with workspace.store.reading() as session:
        return runs.list_runs(session)


def _enqueue(
    workspace: Workspace,
    request: FinetuneRequest,
    author: str,
    request_id: str | None,
    settled: Mapping[str, Any],
) -> int:
    check_request(request)
    tiles = _requested_tiles(workspace, request)
    if not tiles:
        raise TrainingError(
            "There is nothing to train on: nothing new was reviewed in training scenes. "
            "Accept or correct some tiles first."
        )
    check_split(tiles, "train")
    check_split(revision_tiles(workspace, settled.get("replay_revision_ids", ())), "train")
    check_split(revision_tiles(workspace, settled.get("validation_revision_ids", ())), "validation")
    base = request.base_checkpoint_id or require_active(workspace).id
    params = asdict(request) | {
        "revision_ids": [one.revision.id for one in tiles],
        "base_checkpoint_id": base,
        **settled,
    }
    with workspace.store.transaction() as session:
        record = checkpoints.get_checkpoint(session, base)
        for one in tiles:
            check_bands(record, {one.tile.bands})
        return jobs.enqueue(session, "finetune", params, author, request_id).id


def _requested_tiles(workspace: Workspace, request: FinetuneRequest) -> list[LabeledTile]:
    if request.revision_ids is not None:
        return revision_tiles(workspace, sorted(set(request.revision_ids)))
    return revision_tiles(workspace, chosen_revisions(workspace, "new"))
