"""The fine-tuning job of the worker: from revisions to a candidate version and its verdict."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seep.core.masks.mask import Mask
from seep.core.model_card import fitted_card
from seep.core.records import JOB_ENDS, CheckpointRecord, JobRecord, NewPrediction, RunRecord
from seep.core.text import counted
from seep.errors import LossError, TrainingError
from seep.store import checkpoints, predictions, runs
from seep.workflow.evaluation.compare import (
    baseline_masks,
    compare_masks,
    evaluation_tiles,
    predictions_needed,
    without_trained_scenes,
)
from seep.workflow.evaluation.verdict import verdict_sentence
from seep.workflow.inference.tiles import Report, ShouldStop, active_checkpoint, predict_in_memory
from seep.workflow.labels import EXCLUDED_STATES, revision_tiles
from seep.workflow.training.dataset import (
    FrozenDataset,
    RunDataset,
    deleted_revisions,
    freeze_dataset,
    load_dataset,
)
from seep.workflow.training.mlflow import export_waiting, marked
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.remote import Train
from seep.workflow.training.requests import request_of
from seep.workflow.training.run_files import remove_state, run_folder
from seep.workflow.training.slick_head import HeadTrainer
from seep.workflow.training.trainer import READING_MESSAGE, Trainer
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace, free_name

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint


def run_finetune(
    workspace: Workspace,
    job: JobRecord,
    report: Report,
    should_stop: ShouldStop,
    train: Train | None = None,
) -> str | None:
    """Run a fine-tuning job. The worker calls it, and calls it again to resume after a kill.

    Args:
        job: of kind "finetune".
        report: called with progress 0..1, a message and events.
        should_stop: called before every step; when it returns True, the state is saved and this returns.
        train: trains the network; in this process by default.

    Returns:
        One sentence about the outcome; None when it was stopped.

    Raises:
        LossError: the loss was not finite; after the first epoch, the last good weights are a candidate.
        SeepError: the run failed; the message names the reason.
    """
    request = request_of(job)
    run = _open_run(workspace, job, request, report)
    if run.state in JOB_ENDS:  # killed after the last transaction, before the job was marked done
        return _outcome_sentence(run)
    report(0.0, READING_MESSAGE, [])
    with workspace.store.reading() as session:
        ids = runs.run_revisions(session, run.id)
    run, ids = _without_deleted(workspace, run, ids, report)
    dataset = load_dataset(workspace, run, revision_tiles(workspace, ids))
    trained_by = HeadTrainer if request.slick_head else Trainer
    trainer = trained_by(workspace, run, request, report, should_stop, train=train)
    checkpoint, loss_error = _train(trainer, dataset)
    if checkpoint is None:
        return None
    trainer.report_comparison(0, 0)
    compared = _compare(workspace, request, checkpoint, trainer, should_stop)
    if compared is None:
        trainer.pause()
        return None
    outcome, rows = compared
    outcome["elapsed_s"] = round(trainer.elapsed_s(), 1)
    record = _finish(
        workspace,
        run=run,
        checkpoint=checkpoint,
        outcome=outcome,
        dataset=dataset,
        rows=rows,
        loss_error=loss_error,
    )
    if loss_error:
        raise LossError(outcome["error"])
    written = export_waiting(workspace)
    if written:
        report(1.0, "Writing to MLflow", [{"kind": "log", "text": written}])
    return f"{record.name} is a candidate. {verdict_sentence(outcome)}"


def _outcome_sentence(run: RunRecord) -> str:
    outcome = run.outcome or {}
    if run.state != "done":
        raise TrainingError(outcome.get("error", f"Run {run.id} is {run.state}."))
    return verdict_sentence(outcome)


def _train(trainer: Trainer, dataset: RunDataset) -> "tuple[Checkpoint | None, str | None]":
    """Return the trained checkpoint, None when stopped, and the message of a loss that was not finite."""
    try:
        return trainer.train(dataset), None
    except LossError as error:
        loss_error = str(error)  # the error itself would keep the network in memory
    kept = trainer.last_good()
    if kept is None:
        raise LossError(f"{loss_error}. No epoch was finished, so no version was made.")
    return kept, loss_error


def _open_run(workspace: Workspace, job: JobRecord, request: FinetuneRequest, report: Report) -> RunRecord:
    """Return the run of a job, or start it and freeze its dataset.

    Tiles that were rejected or flagged after the run was queued are left out, except in a repeated run.
    """
    with workspace.store.reading() as session:
        started = runs.run_of_job(session, job.id)
    if started is not None:
        return started
    frozen, requested = FrozenDataset.of(job.params), revision_tiles(workspace, request.revision_ids or ())
    repeated = frozen != FrozenDataset()
    corrected = [one for one in requested if repeated or one.tile.state not in EXCLUDED_STATES]
    if not corrected:
        raise TrainingError(
            "All tiles of this run were rejected, flagged or deleted after it was queued. Accept tiles and start a "
            "new run."
        )
    for number, reason in (
        (len(requested) - len(corrected), "rejected or flagged"),
        (len(request.revision_ids or ()) - len(requested), "deleted"),
    ):
        if number:
            text = f"{counted(number, 'tile')} left out: {reason} after the run was queued"
            report(0.0, READING_MESSAGE, [{"kind": "log", "text": text}])
    config = freeze_dataset(workspace, request, corrected, frozen)
    ids = [one.revision.id for one in corrected]
    with workspace.store.transaction() as session:
        return runs.add_run(
            session,
            job.id,
            base_checkpoint_id=request.base_checkpoint_id,
            config=config,
            revision_ids=ids,
            author=job.author,
        )


def _without_deleted(
    workspace: Workspace, run: RunRecord, revision_ids: list[int], report: Report
) -> tuple[RunRecord, list[int]]:
    """Remove deleted tiles from the dataset of a run; training then starts again from the base weights.

    Returns:
        The run, and the revisions of its corrected tiles.

    Raises:
        TrainingError: no corrected tile is left.
    """
    gone = deleted_revisions(workspace, run, revision_ids)
    if not gone:
        return run, revision_ids
    left = [revision_id for revision_id in revision_ids if revision_id not in gone]
    if not left:
        raise TrainingError(
            "All tiles of this run were deleted. Restore them on the Data page, or start a new run."
        )
    again = remove_state(workspace, run.id)
    with workspace.store.transaction() as session:
        runs.leave_out_revisions(session, run.id, gone)
        run = runs.get_run(session, run.id)
    text = f"{counted(len(gone), 'tile')} left out: deleted after the run was queued"
    text += ". Training starts again" if again else ""
    report(0.0, READING_MESSAGE, [{"kind": "log", "text": text}])
    return run, left


def _compare(
    workspace: Workspace,
    request: FinetuneRequest,
    checkpoint: "Checkpoint",
    trainer: Trainer,
    should_stop: ShouldStop,
) -> tuple[dict[str, Any], list[NewPrediction]] | None:
    """Compare with the active version; return the outcome and the predictions to store, None when stopped."""
    against = active_checkpoint(workspace) or _base(workspace, request)
    trained = {one for one in (against.id, request.base_checkpoint_id) if one is not None}
    began, (held, met) = (
        time.monotonic(),
        without_trained_scenes(workspace, evaluation_tiles(workspace), trained),
    )
    needed = predictions_needed(workspace, held)
    tiles = [one.tile for found in held.values() for one in found]
    found = predict_in_memory(workspace, checkpoint, tiles, should_stop, trainer.report_comparison)
    if found is None:
        return None
    old = baseline_masks(workspace, tiles, against, should_stop)
    if old is None:
        return None
    trainer.time_left.compare(needed, time.monotonic() - began)
    new: dict[int, Mask] = {tile_id: mask for tile_id, (_, mask) in found.items()}
    outcome = compare_masks(workspace, held, old, new, met).to_json() | {
        "against": {"id": against.id, "name": against.name},
        **trainer.statistics(),
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
    dataset: RunDataset,
    rows: list[NewPrediction],
    loss_error: str | None,
) -> CheckpointRecord:
    """Store weights, card, predictions and outcome; all rows in one transaction."""
    with workspace.store.reading() as session:
        known = checkpoints.list_checkpoints(session)
    same = [one for one in known if loss_error and _is_same(one, run, checkpoint)]
    record = same[0] if same else None
    if record is None:
        card = fitted_card(
            checkpoint.card
            | {
                "name": free_name(f"seep-{run.id}", [one.name for one in known]),
                "parent": next(one.name for one in known if one.id == run.base_checkpoint_id),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                **_card_of_data(run, checkpoint, outcome, dataset),
            }
        )
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
        outcome |= {"error": _with_candidate(loss_error, record)} if loss_error else marked(workspace)
        runs.finish_run(session, run.id, "failed" if loss_error else "done", outcome, record.id)
    return record


def _with_candidate(loss_error: str, record: CheckpointRecord) -> str:
    epoch = record.card["training"]["epoch"]
    return f"{loss_error}. The last good weights, of epoch {epoch}, are kept: {record.name} is a candidate."


def _is_same(known: CheckpointRecord, run: RunRecord, checkpoint: "Checkpoint") -> bool:
    """Whether a resumed run failed at the same step again and has stored these weights already."""
    if known.id != run.checkpoint_id or known.state == "dropped":
        return False
    return all(known.card["training"][one] == checkpoint.card["training"][one] for one in ("steps", "epoch"))


def _write(workspace: Workspace, run: RunRecord, checkpoint: "Checkpoint", card: dict[str, Any]) -> str:
    """Store weights and card in a file; return its SHA-256."""
    from seep.engine.checkpoint import save_checkpoint

    path = run_folder(workspace, run.id) / "checkpoint.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, replace(checkpoint, card=card))
    return workspace.store.files.put_file(path, WEIGHTS_SUFFIX)


def _card_of_data(
    run: RunRecord, checkpoint: "Checkpoint", outcome: dict[str, Any], dataset: RunDataset
) -> dict[str, Any]:
    """Return the data, splits and metrics for the card."""
    splits, corrected, replay = outcome["splits"], dataset.corrected, dataset.replay
    trained = {one.tile.scene for one in [*corrected, *replay]}
    if run.config.get("slick_head"):  # the network of the base stays, and so do its scenes
        trained |= {*((checkpoint.card.get("splits") or {}).get("train") or ())}
    return {
        "data": {
            "run": run.id,
            "corrected_tiles": len(corrected),
            "holdout_tiles": len(dataset.holdout),
            "replayed_tiles": len(replay),
            "revisions": [one.revision.id for one in corrected],
            "people": sorted({one.revision.author for one in corrected}),
        },
        "splits": {
            "train": sorted(trained),
            **{split: found["scene_names"] for split, found in splits.items()},
        },
        "figures": {split: found["new"] for split, found in splits.items() if found["new"]},
    }
