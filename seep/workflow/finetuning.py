"""Fine-tuning as it is asked for: what would train, how long it takes, the job that does it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from seep.errors import TrainingError
from seep.store import checkpoints, jobs, runs
from seep.store.records import REVIEWED, JobRecord, RunRecord
from seep.workflow.fitting import check_bands
from seep.workflow.pixels import class_areas
from seep.workflow.predicting import require_active
from seep.workflow.recipes import BATCH_CROPS, FINETUNE, FinetuneRequest, check_request, steps_an_epoch
from seep.workflow.truth import TruthTile, read_truth, replay_tiles, revision_tiles, truth_tiles
from seep.workflow.workspace import Workspace

CROPS_A_SECOND = 12.0
"""Of 128 px, at width 16 on 4 busy cores; used until a run of this workspace has been timed."""
VALIDATION_TILES_A_SECOND = 4.0
START_S = 8.0


PRESETS = {name.capitalize(): request for name, request in FINETUNE.items()}


def candidates(workspace: Workspace) -> dict[str, Any]:
    """Say what a fine-tuning would train on now, ready for JSON.

    Returns:
        {"revision_ids": reviewed since the last run, in scenes of the train split, "tiles": how many,
        "by_state": {state: tiles}, "people": {author: tiles}, "classes": [{"id", "tiles", "area_px"}],
        "replay_tiles", "validation_tiles", "validation_scenes", "locked_tiles", "locked_scenes": tiles and
        scenes with truth, "held_back": reviewed tiles of other splits, "ready": bool, "reason": why not}.
    """
    with workspace.store.reading() as session:
        ids = runs.revisions_since_last_run(session)
    tiles = revision_tiles(workspace, ids)
    replayed = replay_tiles(workspace, {one.tile.id for one in tiles})
    held = {split: truth_tiles(workspace, split) for split in ("validation", "locked")}
    reason = None
    if not tiles:
        reason = (
            "Nothing was reviewed in training scenes since the last run; accept or correct some tiles first."
        )
    return {
        "revision_ids": [one.revision.id for one in tiles],
        "tiles": len(tiles),
        "by_state": dict(Counter(one.tile.state for one in tiles)),
        "people": dict(Counter(one.revision.author for one in tiles)),
        "classes": _class_counts(workspace, tiles),
        "replay_tiles": len(replayed),
        **{f"{split}_tiles": len(found) for split, found in held.items()},
        **{f"{split}_scenes": len({one.tile.scene for one in found}) for split, found in held.items()},
        "held_back": sum(one.tile.state in REVIEWED for found in held.values() for one in found),
        "ready": reason is None,
        "reason": reason,
    }


def estimate(workspace: Workspace, request: FinetuneRequest) -> dict[str, Any]:
    """Guess how long a fine-tuning takes; from the pace of this workspace's last run where there is one.

    Returns:
        {"seconds", "steps", "tiles" (corrected), "replay_tiles", "basis": where the pace is from}.

    Raises:
        SettingsError: a value of the request is out of range.
    """
    check_request(request)
    tiles = _requested_tiles(workspace, request)
    replayed = replay_tiles(workspace, {one.tile.id for one in tiles}) if request.replay_share else []
    area = sum(one.tile.height * one.tile.width for one in tiles)
    steps = request.epochs * steps_an_epoch(request, area)
    validation = min(request.validation_tiles, len(truth_tiles(workspace, "validation")))
    pace, basis = _pace(workspace)
    learning = steps * BATCH_CROPS * (request.crop_px / 128) ** 2 / pace
    measuring = request.epochs * validation / VALIDATION_TILES_A_SECOND
    return {
        "seconds": round(START_S + learning + measuring),
        "steps": steps,
        "tiles": len(tiles),
        "replay_tiles": len(replayed),
        "basis": basis,
    }


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
    check_request(request)
    tiles = _requested_tiles(workspace, request)
    if not tiles:
        raise TrainingError(
            "There is nothing to train on: nothing was reviewed in training scenes since the last run. "
            "Accept or correct some tiles first."
        )
    for one in tiles:
        if one.tile.split != "train":
            raise TrainingError(
                f"{one.tile.name} is in scene {one.tile.scene}, which is kept for {one.tile.split}; "
                "leave it out of the training."
            )
    base = request.base_checkpoint_id or require_active(workspace).id
    params = asdict(request) | {
        "revision_ids": [one.revision.id for one in tiles],
        "base_checkpoint_id": base,
    }
    with workspace.store.transaction() as session:
        record = checkpoints.get_checkpoint(session, base)
        for one in tiles:
            check_bands(record, {one.tile.bands})
        return jobs.enqueue(session, "finetune", params, author, request_id).id


def request_of(job: JobRecord) -> FinetuneRequest:
    """Read the request back from a job's parameters."""
    ids = tuple(int(one) for one in job.params["revision_ids"])
    return FinetuneRequest(**{**job.params, "revision_ids": ids})


def list_runs(workspace: Workspace) -> list[RunRecord]:
    """List all runs, newest first."""
    with workspace.store.reading() as session:
        return runs.list_runs(session)


def _requested_tiles(workspace: Workspace, request: FinetuneRequest) -> list[TruthTile]:
    ids: Sequence[int]
    if request.revision_ids is None:
        with workspace.store.reading() as session:
            ids = runs.revisions_since_last_run(session)
    else:
        ids = request.revision_ids
    return revision_tiles(workspace, ids)


def _class_counts(workspace: Workspace, tiles: Sequence[TruthTile]) -> list[dict[str, int]]:
    areas, counts = Counter[int](), Counter[int]()
    for one in tiles:
        found = class_areas(read_truth(workspace, one))
        areas.update(found)
        counts.update(found.keys())
    return [{"id": number, "tiles": counts[number], "area_px": areas[number]} for number in sorted(areas)]


def _pace(workspace: Workspace) -> tuple[float, str]:
    """Crops of 128 px a second, and where that number is from."""
    for run in list_runs(workspace):
        measured = (run.outcome or {}).get("crops_a_second")
        if measured:
            return float(measured), f"the pace of run {run.id}"
    return CROPS_A_SECOND, "four busy CPU cores"
