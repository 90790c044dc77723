"""Doing a fine-tuning: the worker's part, from the revisions to a candidate checkpoint and a verdict."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seep.core.masks.mask import Mask
from seep.core.text import counted
from seep.errors import LossError, TrainingError
from seep.store import checkpoints, predictions, runs
from seep.store.records import JOB_ENDS, CheckpointRecord, JobRecord, NewPrediction, RunRecord
from seep.workflow.evaluation.compare import (
    baseline_masks,
    compare_masks,
    evaluation_tiles,
    predictions_needed,
    without_trained_scenes,
)
from seep.workflow.inference.tiles import Report, ShouldStop, active_checkpoint, predict_in_memory
from seep.workflow.training.dataset import DOUBTFUL, Material, material_of, revision_tiles, settle
from seep.workflow.training.mlflow import export_waiting, marked
from seep.workflow.training.requests import FinetuneRequest, request_of, settled_of
from seep.workflow.training.run_files import forget_states, run_folder
from seep.workflow.training.trainer import Learning
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace, free_name

__all__ = ["forget_states", "run_finetune"]

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint


UNCHANGED = (
    " It kept the weights that it started from: validation and hold-out tiles liked them clearly better than "
    "any mixture with the new ones."
)


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
        LossError: the loss was not finite; what was good before is a candidate, if an epoch was finished.
        SeepError: it cannot be done; the message says why.
    """
    request = request_of(job)
    run = _open_run(workspace, job, request, report)
    if run.state in JOB_ENDS:  # killed after the last transaction, before the job was marked done
        return _told(run)
    report(0.0, "reads tiles", [])
    with workspace.store.reading() as session:
        ids = runs.run_revisions(session, run.id)
    material = material_of(workspace, run, revision_tiles(workspace, ids))
    learning = Learning(workspace, run, request, report, should_stop)
    checkpoint, broken = _train(learning, material)
    if checkpoint is None:
        return None
    learning.comparing(0, 0)
    compared = _compare(workspace, request, checkpoint, learning, should_stop)
    if compared is None:
        learning.pause()
        return None
    outcome, rows = compared
    outcome["elapsed_s"] = round(learning.elapsed_s(), 1)
    if learning.alpha == 0:
        outcome["sentence"] += UNCHANGED
    record = _finish(
        workspace,
        run=run,
        checkpoint=checkpoint,
        outcome=outcome,
        material=material,
        rows=rows,
        broken=broken,
    )
    if broken:
        raise LossError(outcome["error"])
    written = export_waiting(workspace)
    if written:
        report(1.0, "writes to MLflow", [{"kind": "log", "text": written}])
    return f"{record.name} is a candidate. {outcome['sentence']}"


def _told(run: RunRecord) -> str:
    """Say again how a run ended."""
    outcome = run.outcome or {}
    if run.state != "done":
        raise TrainingError(outcome.get("error", f"Run {run.id} is {run.state}."))
    return str(outcome.get("sentence", ""))


def _train(learning: Learning, material: Material) -> "tuple[Checkpoint | None, str | None]":
    """Train; what was made, None when stopped, and what was wrong with the loss where that ended it."""
    try:
        return learning.train(material), None
    except LossError as error:
        broken = str(error)  # the error itself would hold a whole network in memory
    kept = learning.last_good()
    if kept is None:
        raise LossError(f"{broken}. No epoch was finished, so nothing is better than what it started from.")
    return kept, broken


def _open_run(workspace: Workspace, job: JobRecord, request: FinetuneRequest, report: Report) -> RunRecord:
    """Find the run of this job, or begin it: what it learns from is settled then.

    What was rejected or flagged since the run was asked for is no truth any more and is left out, unless the
    run is another one's record done again.
    """
    with workspace.store.reading() as session:
        there = runs.run_of_job(session, job.id)
    if there is not None:
        return there
    settled, asked = settled_of(job), revision_tiles(workspace, request.revision_ids or ())
    corrected = [one for one in asked if settled or one.tile.state not in DOUBTFUL]
    out = len(asked) - len(corrected)
    if not corrected:
        raise TrainingError("Every tile of this run was rejected or flagged since; nothing is left to learn.")
    if out:
        told = f"{counted(out, 'tile')} left out, rejected or flagged since the run was asked for"
        report(0.0, "reads tiles", [{"kind": "log", "text": told}])
    config = settle(workspace, request, corrected, settled)
    ids = [one.revision.id for one in corrected]
    with workspace.store.transaction() as session:
        return runs.add_run(session, job.id, request.base_checkpoint_id, config, ids, job.author)


def _compare(
    workspace: Workspace,
    request: FinetuneRequest,
    checkpoint: "Checkpoint",
    learning: Learning,
    should_stop: ShouldStop,
) -> tuple[dict[str, Any], list[NewPrediction]] | None:
    """Compare what was made with the active checkpoint; the outcome and rows to keep, None when stopped."""
    against = active_checkpoint(workspace) or _base(workspace, request)
    trained = {one for one in (against.id, request.base_checkpoint_id) if one is not None}
    began, (held, met) = (
        time.monotonic(),
        without_trained_scenes(workspace, evaluation_tiles(workspace), trained),
    )
    needed = predictions_needed(workspace, held)
    tiles = [one.tile for found in held.values() for one in found]
    found = predict_in_memory(workspace, checkpoint, tiles, should_stop, learning.comparing)
    if found is None:
        return None
    old = baseline_masks(workspace, tiles, against, should_stop)
    if old is None:
        return None
    learning.compared(needed, time.monotonic() - began)
    new: dict[int, Mask] = {tile_id: mask for tile_id, (_, mask) in found.items()}
    outcome = compare_masks(workspace, held, old, new, met).to_json() | {
        "against": {"id": against.id, "name": against.name},
        **learning.figures(),
    }
    return outcome, [row for row, _ in found.values()]


def _base(workspace: Workspace, request: FinetuneRequest) -> CheckpointRecord:
    with workspace.store.reading() as session:
        return checkpoints.get_checkpoint(session, request.base_checkpoint_id or 0)


def _finish(
    workspace: Workspace,
    *,
    run: RunRecord,
    checkpoint: "Checkpoint",
    outcome: dict[str, Any],
    material: Material,
    rows: list[NewPrediction],
    broken: str | None,
) -> CheckpointRecord:
    """Keep weights, card, predictions of held-back tiles and the outcome; rows in one transaction."""
    with workspace.store.reading() as session:
        known = checkpoints.list_checkpoints(session)
    same = [one for one in known if broken and _is_same(one, run, checkpoint)]
    record = same[0] if same else None
    if record is None:
        card = checkpoint.card | {
            "name": free_name(f"seep-{run.id}", [one.name for one in known]),
            "parent": next(one.name for one in known if one.id == run.base_checkpoint_id),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **_card_of_data(run, outcome, material),
        }
        sha256 = _write(workspace, run, checkpoint, card)
    with workspace.store.transaction() as session:
        if record is None:
            record = checkpoints.add_checkpoint(
                session,
                name=card["name"],
                parent_id=run.base_checkpoint_id,
                run_id=run.id,
                weights_sha256=sha256,
                card=card,
                author=run.author,
            )
            predictions.add_predictions(session, record.id, rows)
        outcome |= {"error": _with_candidate(broken, record)} if broken else marked(workspace)
        runs.finish_run(session, run.id, "failed" if broken else "done", outcome, record.id)
    return record


def _with_candidate(broken: str, record: CheckpointRecord) -> str:
    epoch = record.card["training"]["epoch"]
    return f"{broken}. The last good weights, of epoch {epoch}, are kept: {record.name} is a candidate."


def _is_same(known: CheckpointRecord, run: RunRecord, checkpoint: "Checkpoint") -> bool:
    """Whether a run that was resumed, and failed at the same step again, left these weights already."""
    if known.id != run.checkpoint_id or known.state == "dropped":
        return False
    return all(known.card["training"][one] == checkpoint.card["training"][one] for one in ("steps", "epoch"))


def _write(workspace: Workspace, run: RunRecord, checkpoint: "Checkpoint", card: dict[str, Any]) -> str:
    """Keep weights and card in a file; returns its SHA-256."""
    from seep.engine.checkpoint import Checkpoint, save_checkpoint

    path = run_folder(workspace, run.id) / "checkpoint.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, Checkpoint(checkpoint.model, card))
    return workspace.store.files.put_file(path, WEIGHTS_SUFFIX)


def _card_of_data(run: RunRecord, outcome: dict[str, Any], material: Material) -> dict[str, Any]:
    """What the card says of data, splits and figures."""
    splits, corrected, replayed = outcome["splits"], material.corrected, material.replayed
    return {
        "data": {
            "run": run.id,
            "corrected_tiles": len(corrected),
            "holdout_tiles": len(material.holdout),
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
