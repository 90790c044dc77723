"""Requests for a fine-tuning: base models, the time estimate, and queuing, repeating and resuming runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from seep.core.records import JOB_ENDS, CheckpointRecord, JobRecord, RunRecord
from seep.errors import MissingError, TrainingError
from seep.store import checkpoints, jobs, revisions, runs, scenes
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.compatibility import check_bands, reads_bands
from seep.workflow.evaluation.compare import evaluation_tiles, predictions_needed
from seep.workflow.inference.tiles import require_active
from seep.workflow.labels import LabeledTile, revision_tiles
from seep.workflow.training.dataset import (
    FrozenDataset,
    check_split,
    replay_tiles,
    request_of_run,
    reusable_parts,
    supported_tiles,
)
from seep.workflow.training.eta import HEAD_S, Costs, Work
from seep.workflow.training.presets import (
    FIELDS,
    FinetuneRequest,
    changed_request,
    check_request,
    split_holdout,
    steps_per_epoch,
)
from seep.workflow.training.run_files import STATE_DAYS, can_resume
from seep.workflow.training.selection import chosen_revisions
from seep.workflow.training.wide_slicks import RadiusChoice, choose_radius
from seep.workflow.workspace import Workspace


@dataclass(frozen=True)
class Estimate:
    """How long a fine-tuning takes at most.

    Attributes:
        seconds: to its end.
        steps: of the training; 0 for a slick head.
        tiles: corrected tiles.
        holdout_tiles: how many of them are held out.
        replay_tiles: other tiles that are replayed.
        basis: what the estimate is based on, "run 4" or "four CPU cores".
        unchanged: how many of the corrected tiles hold the prediction of the base without a change; 0 for a slick head,
            which learns from them too.
        unsupported: names of tiles that are left out because the base reads images with other bands.
        radius: how wide slicks are treated, if the request leaves it open; None for a slick head.
    """

    seconds: int
    steps: int
    tiles: int
    holdout_tiles: int
    replay_tiles: int
    basis: str
    unchanged: int = 0
    unsupported: Sequence[str] = ()
    radius: RadiusChoice | None = None


@cached_until_commit
def base_models(workspace: Workspace) -> list[CheckpointRecord]:
    """List the versions from which a fine-tuning can start, newest first.

    They read images with as many bands as the training scenes have, and are not dropped. In an empty
    workspace, all bands fit.
    """
    with workspace.store.reading() as session:
        bands = {scene.bands for scene in scenes.list_scenes(session) if scene.split == "train"}
        known = checkpoints.list_checkpoints(session)
    return [one for one in known if one.state != "dropped" and reads_bands(one, bands)]


def estimate(workspace: Workspace, request: FinetuneRequest) -> Estimate:
    """Estimate how long a fine-tuning takes at most, from the newest run of the same architecture if any.

    Raises:
        SettingsError: a value of the request is out of range.
    """
    check_request(request)
    base = request.base_checkpoint_id or require_active(workspace).id
    tiles, unsupported = supported_tiles(workspace, _requested_tiles(workspace, request), base)
    replayed = replay_tiles(workspace, {tile.tile.id for tile in tiles}) if request.replay_share else []
    trained, holdout = split_holdout(tiles, request.holdout_share)
    area = sum(one.tile.height * one.tile.width for one in trained)
    steps = request.epochs * steps_per_epoch(request, area)
    held = evaluation_tiles(workspace)
    work = Work(
        request.epochs,
        steps,
        request.crop_px,
        validated=min(len(held["validation"]), request.validation_tiles) + len(holdout),
        compared=predictions_needed(workspace, held),
    )
    costs, basis = earlier_costs(workspace, request.base_checkpoint_id)
    seconds = work.seconds(costs)
    if request.slick_head:
        steps, seconds = 0, HEAD_S + len(tiles) * costs.compared_s + work.compared * costs.compared_s
    return Estimate(
        seconds=round(costs.start_s + seconds),
        steps=steps,
        tiles=len(tiles),
        holdout_tiles=len(holdout),
        replay_tiles=len(replayed),
        basis=basis,
        unchanged=0 if request.slick_head else _count_unchanged(workspace, tiles, base),
        unsupported=[one.tile.name for one in unsupported],
        radius=choose_radius(workspace, tiles) if _leaves_radius_open(request) else None,
    )


def _leaves_radius_open(request: FinetuneRequest) -> bool:
    return request.ignore_above_radius_px is None and not request.slick_head


def _count_unchanged(workspace: Workspace, tiles: Sequence[LabeledTile], base_checkpoint_id: int) -> int:
    """Count the tiles whose mask is the base's own prediction; tiles with an imported mask do not count."""
    with workspace.store.reading() as session:
        ids = [tile.revision.id for tile in tiles]
        return len(revisions.unchanged_predictions(session, ids, base_checkpoint_id))


def earlier_costs(workspace: Workspace, base_checkpoint_id: int | None) -> tuple[Costs, str]:
    """Return the costs of the newest run of the same architecture, and their source; else the defaults.

    Args:
        base_checkpoint_id: version from which a run would start; None for the active one.
    """
    with workspace.store.reading() as session:
        shapes = {
            checkpoint.id: checkpoint.card.get("architecture")
            for checkpoint in checkpoints.list_checkpoints(session)
        }
        active = checkpoints.active_checkpoint(session)
    wanted = base_checkpoint_id or (active.id if active else None)
    for run in list_runs(workspace):
        costs = Costs.from_outcome(run.outcome)
        if costs and shapes.get(run.base_checkpoint_id or 0) == shapes.get(wanted or 0):
            return costs, f"run {run.id}"
    return Costs(), "four CPU cores"


@requires("lead", "train models")
def enqueue_finetune(
    workspace: Workspace, request: FinetuneRequest, actor: Actor, request_id: str | None = None
) -> int:
    """Queue a fine-tuning. Its tiles are chosen now; later reviews do not change them.

    Args:
        request: tiles, base and hyperparameters.
        request_id: unique per click; a second call with the same one queues nothing.

    Returns:
        The id of the job.

    Raises:
        SettingsError: a value of the request is out of range.
        TrainingError: there are no tiles to train on, or one is not in a training scene.
        CheckpointError: no version is named or active, or it reads images with other bands.
        MissingError: a revision or the base version does not exist.
    """
    return _enqueue(workspace, request, actor, request_id, FrozenDataset())


@requires("lead", "train models")
def repeat(
    workspace: Workspace,
    run_id: int,
    actor: Actor,
    changes: Mapping[str, object] | None = None,
    request_id: str | None = None,
) -> int:
    """Queue a run again from its record, with or without changes.

    Without changes, it trains, replays and validates on the same revisions, and gives the same weights on
    the same CPU.

    Args:
        run_id: of the run, in any state.
        changes: new values by field name of `FinetuneRequest`.
        request_id: as for `enqueue_finetune`.

    Returns:
        The id of the new job.

    Raises:
        MissingError: there is no such run.
        SettingsError: a change has an unknown name, is out of range, or is not used by the run.
        TrainingError: a scene was moved to another split in the meantime.
        CheckpointError: the base reads images with other bands.
    """
    with workspace.store.reading() as session:
        run, ids = runs.get_run(session, run_id), runs.run_revisions(session, run_id)
    before = request_of_run(run, ids)
    request = changed_request(before, changes or {})
    return _enqueue(workspace, request, actor, request_id, reusable_parts(run, before, request))


@requires("lead", "train models")
def resume(workspace: Workspace, run_id: int, actor: Actor) -> int:
    """Queue a canceled or failed run again; it resumes from its state. An active run is left as it is.

    The state is kept for `STATE_DAYS`.

    Returns:
        The id of its job.

    Raises:
        MissingError: there is no such run.
        TrainingError: the run is done, or its state is deleted.
    """
    with workspace.store.transaction() as session:
        run = runs.get_run(session, run_id)
        if run.state in JOB_ENDS and not can_resume(workspace, run):
            raise TrainingError(
                f"Run {run_id} is {run.state} and has no saved state; states are kept for {STATE_DAYS} days. "
                "Clone the run to start it again."
            )
        if run.job_id is None:
            raise TrainingError(f"Run {run_id} has no job, so it cannot be resumed. Clone it instead.")
        return jobs.requeue(session, run.job_id, actor.name).id


def request_of(job: JobRecord) -> FinetuneRequest:
    """Read the request from a job's parameters."""
    values = {name: value for name, value in job.params.items() if name in FIELDS}
    values["revision_ids"] = tuple(int(one) for one in values["revision_ids"])
    return FinetuneRequest(**values)


def list_runs(workspace: Workspace) -> list[RunRecord]:
    """List all runs, newest first."""
    with workspace.store.reading() as session:
        return runs.list_runs(session)


def _enqueue(
    workspace: Workspace,
    request: FinetuneRequest,
    actor: Actor,
    request_id: str | None,
    frozen: FrozenDataset,
) -> int:
    check_request(request)
    tiles = _requested_tiles(workspace, request)
    if not tiles and request.revision_ids:
        ids = ", ".join(map(str, request.revision_ids[:5]))
        raise MissingError(f"There is no revision {ids} of a tile. Choose other reviewed tiles.")
    if not tiles:
        raise TrainingError("No newly reviewed tiles in training scenes. Accept or correct tiles first.")
    base = request.base_checkpoint_id or require_active(workspace).id
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, base)
    tiles, unsupported = supported_tiles(workspace, tiles, base)
    if not tiles:
        check_bands(record, {one.tile.bands for one in unsupported})
    check_split(tiles, "train")
    check_split(revision_tiles(workspace, frozen.replay_revision_ids or ()), "train")
    check_split(revision_tiles(workspace, frozen.validation_revision_ids or ()), "validation")
    if _leaves_radius_open(request):
        request = replace(request, ignore_above_radius_px=choose_radius(workspace, tiles).radius_px)
    params = asdict(request) | {
        "revision_ids": [tile.revision.id for tile in tiles],
        "base_checkpoint_id": base,
        **frozen.to_dict(),
    }
    with workspace.store.transaction() as session:
        return jobs.enqueue(session, "finetune", params, actor.name, request_id).id


def _requested_tiles(workspace: Workspace, request: FinetuneRequest) -> list[LabeledTile]:
    if request.revision_ids is not None:
        return revision_tiles(workspace, sorted(set(request.revision_ids)))
    return revision_tiles(workspace, chosen_revisions(workspace, "new"))
