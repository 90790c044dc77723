"""Doing a fine-tuning: the worker's part, from the revisions to a candidate checkpoint and a verdict."""

import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seep.core.mask import Mask
from seep.store import checkpoints, predictions, runs
from seep.store.records import JOB_ENDS, CheckpointRecord, JobRecord, NewPrediction, RunRecord
from seep.workflow.comparing import compare_masks, held_back_truth, masks_before
from seep.workflow.finetuning import FinetuneRequest, request_of
from seep.workflow.learning import TRAINING_SHARE, Learning, run_folder
from seep.workflow.predicting import Report, ShouldStop, active_checkpoint, predict_in_memory
from seep.workflow.truth import TruthTile, replay_tiles, revision_tiles
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace, free_name

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint


def run_finetune(workspace: Workspace, job: JobRecord, report: Report, should_stop: ShouldStop) -> str | None:
    """Do a fine-tuning job; called by the worker, and again after a kill: it goes on where it was.

    Args:
        workspace: where.
        job: of kind "finetune".
        report: called with progress 0..1, a message and events.
        should_stop: asked at every step; when True, this returns with the state kept for a resume.

    Returns:
        One sentence about the outcome; None when it was stopped.

    Raises:
        SeepError: it cannot be done; the message says why.
    """
    request = request_of(job)
    corrected = revision_tiles(workspace, request.revision_ids or ())
    run = _open_run(workspace, job, request, corrected)
    if run.state in JOB_ENDS:  # killed after the last transaction, before the job was marked done
        return str((run.outcome or {}).get("sentence", ""))
    report(0.0, "reads tiles", [])
    replayed = revision_tiles(workspace, run.config["replay_revision_ids"])
    began = time.monotonic()
    learning = Learning(workspace, run, request, report, should_stop)
    checkpoint = learning.train(corrected, replayed)
    if checkpoint is None:
        return None
    report(TRAINING_SHARE, "compares with the active checkpoint", [])
    held = held_back_truth(workspace)
    tiles = [one.tile for found in held.values() for one in found]
    found = predict_in_memory(workspace, checkpoint, tiles, should_stop)
    if found is None:
        return None
    against = active_checkpoint(workspace) or _base(workspace, request)
    old = masks_before(workspace, tiles, against, should_stop)
    if old is None:
        return None
    new: dict[int, Mask] = {tile_id: mask for tile_id, (_, mask) in found.items()}
    outcome = compare_masks(workspace, held, old, new) | {
        "against": {"id": against.id, "name": against.name},
        "elapsed_s": round(time.monotonic() - began, 1),
        **learning.figures(),
    }
    record = _finish(
        workspace,
        run=run,
        checkpoint=checkpoint,
        outcome=outcome,
        corrected=corrected,
        replayed=replayed,
        rows=[row for row, _ in found.values()],
    )
    return f"{record.name} is a candidate. {outcome['sentence']}"


def forget_states(workspace: Workspace) -> None:
    """Remove the state files of runs that have ended, however they ended."""
    folder = workspace.store.root / "runs"
    if not folder.is_dir():
        return
    with workspace.store.reading() as session:
        going_on = {str(run.id) for run in runs.list_runs(session) if run.state not in JOB_ENDS}
    for path in folder.iterdir():
        if path.name not in going_on:
            shutil.rmtree(path, ignore_errors=True)


def _open_run(
    workspace: Workspace, job: JobRecord, request: FinetuneRequest, corrected: list[TruthTile]
) -> RunRecord:
    """Find the run of this job, or begin it.

    What it replays is settled when it begins: were it looked up again after a kill, one tile saved in
    between would make it another training, which cannot go on from the state that was kept.
    """
    replayed = replay_tiles(workspace, {one.tile.id for one in corrected}) if request.replay_share else []
    config = {name: value for name, value in asdict(request).items() if name != "revision_ids"}
    config["replay_revision_ids"] = [one.revision.id for one in replayed]
    ids = list(request.revision_ids or ())
    with workspace.store.transaction() as session:
        return runs.add_run(session, job.id, request.base_checkpoint_id, config, ids, job.author)


def _base(workspace: Workspace, request: FinetuneRequest) -> CheckpointRecord:
    with workspace.store.reading() as session:
        return checkpoints.get_checkpoint(session, request.base_checkpoint_id or 0)


def _finish(
    workspace: Workspace,
    *,
    run: RunRecord,
    checkpoint: "Checkpoint",
    outcome: dict[str, Any],
    corrected: list[TruthTile],
    replayed: list[TruthTile],
    rows: list[NewPrediction],
) -> CheckpointRecord:
    """Keep weights, card, predictions of held-back tiles and the outcome; rows in one transaction."""
    from seep.engine.checkpoint import Checkpoint, save_checkpoint

    with workspace.store.reading() as session:
        taken = [one.name for one in checkpoints.list_checkpoints(session)]
        parent = checkpoints.get_checkpoint(session, run.base_checkpoint_id or 0)
    card = checkpoint.card | {
        "name": free_name(f"seep-{run.id}", taken),
        "parent": parent.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **_card_of_data(run, outcome, corrected, replayed),
    }
    path = run_folder(workspace, run.id) / "checkpoint.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, Checkpoint(checkpoint.model, card))
    sha256 = workspace.store.files.put_file(path, WEIGHTS_SUFFIX)
    with workspace.store.transaction() as session:
        record = checkpoints.add_checkpoint(
            session,
            name=card["name"],
            parent_id=parent.id,
            run_id=run.id,
            weights_sha256=sha256,
            card=card,
            author=run.author,
        )
        predictions.add_predictions(session, record.id, rows)
        runs.finish_run(session, run.id, "done", outcome, record.id)
    return record


def _card_of_data(
    run: RunRecord, outcome: dict[str, Any], corrected: list[TruthTile], replayed: list[TruthTile]
) -> dict[str, Any]:
    """What the card says of data, splits and figures."""
    splits = outcome["splits"]
    return {
        "data": {
            "run": run.id,
            "corrected_tiles": len(corrected),
            "replayed_tiles": len(replayed),
            "revisions": [one.revision.id for one in corrected],
            "people": sorted({one.revision.author for one in corrected}),
        },
        "splits": {
            "train": sorted({one.tile.scene for one in [*corrected, *replayed]}),
            **{split: found["scene_names"] for split, found in splits.items()},
        },
        "figures": {split: found["new"] for split, found in splits.items() if found["new"]},
    }
