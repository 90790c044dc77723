"""Evaluation of a checkpoint on the workspace's validation and test scenes: the job, and its stored result."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.metrics.model_metrics import Metrics, metrics_by_split
from seep.core.records import JobRecord
from seep.core.text import counted
from seep.errors import MissingError
from seep.store import checkpoints, jobs, predictions
from seep.store.classes import list_classes
from seep.store.key_value import get_value, set_value
from seep.workflow.actor import Actor, requires
from seep.workflow.compatibility import check_fit
from seep.workflow.evaluation.accumulator import Accumulator, EvaluatedTile
from seep.workflow.evaluation.compare import EVALUATION_SPLITS, evaluation_tiles
from seep.workflow.inference.runner import (
    load,
    make_predictor,
    predict_inputs,
    prefetch_batches,
    workspace_reader,
    write_predictions,
)
from seep.workflow.inference.tiles import BATCH_TILES, Report, ShouldStop, log_events
from seep.workflow.labels import LabeledTile, read_label
from seep.workflow.workspace import Workspace

KIND = "evaluate"


@dataclass(frozen=True)
class CheckpointEvaluation:
    """The stored evaluation of a checkpoint.

    Attributes:
        evaluated_at: ISO 8601, UTC.
        actor: name of the person who queued it.
        outdated: whether masks were added or changed since.
        splits: metrics of "test" and "validation", those that had masks.
    """

    evaluated_at: str
    author: str
    outdated: bool
    splits: Mapping[str, Metrics]


@requires("lead", "evaluate versions")
def enqueue_evaluate(
    workspace: Workspace, checkpoint_id: int, actor: Actor, request_id: str | None = None
) -> int:
    """Queue the evaluation of a checkpoint on all masks of validation and test scenes.

    Args:
        checkpoint_id: of the checkpoint; an evaluation that is queued or running is not queued again.
        request_id: unique per click.

    Returns:
        The id of the job.

    Raises:
        MissingError: there is no such checkpoint, or no mask to compare with.
        CheckpointError: it does not fit the images or the classes of the workspace.
    """
    if not any(evaluation_tiles(workspace).values()):
        raise MissingError(
            "No tile of a validation or test scene has a reviewed or imported mask. Review some there first."
        )
    with workspace.store.transaction() as session:
        check_fit(session, checkpoints.get_checkpoint(session, checkpoint_id))
        active = evaluation_job(jobs.list_jobs(session, 100), checkpoint_id)
        if active is not None:
            return active.id
        return jobs.enqueue(session, KIND, {"checkpoint_id": checkpoint_id}, actor.name, request_id).id


def evaluation_job(listed: Sequence[JobRecord], checkpoint_id: int) -> JobRecord | None:
    """Return the queued or running job that evaluates a checkpoint; None if there is none."""
    for job in listed:
        matches = job.kind == KIND and job.params.get("checkpoint_id") == checkpoint_id
        if matches and job.state in {"queued", "running"}:
            return job
    return None


def evaluation_of(workspace: Workspace, checkpoint_id: int) -> CheckpointEvaluation | None:
    """Return the last evaluation of a checkpoint; None if it was not evaluated in this workspace."""
    with workspace.store.reading() as session:
        found = get_value(session, evaluation_key(checkpoint_id))
    if found is None:
        return None
    outdated = found["truth"] != _fingerprint(evaluation_tiles(workspace))
    return CheckpointEvaluation(
        found["made_at"], found["author"], outdated, metrics_by_split(found["splits"])
    )


def run_evaluate(workspace: Workspace, job: JobRecord, report: Report, should_stop: ShouldStop) -> str | None:
    """Do an evaluation job; called by the worker.

    New predictions are stored too, so that slicks can be compared.

    Returns:
        One sentence about the result; None when it was stopped, and then the previous evaluation stays.

    Raises:
        SeepError: it cannot be done; the message says why.
    """
    checkpoint_id = int(job.params["checkpoint_id"])
    report(0.0, "Loading the network", [])
    truth = evaluation_tiles(workspace)
    evaluator = _Evaluator(workspace, checkpoint_id, sum(map(len, truth.values())), report, should_stop)
    splits = {split: evaluator.evaluate_split(truth[split]) for split in EVALUATION_SPLITS}
    if evaluator.stopped:
        return None
    value = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "author": job.author,
        "truth": _fingerprint(truth),
        "splits": splits,
    }
    with workspace.store.transaction() as session:
        set_value(session, evaluation_key(checkpoint_id), value)
        name = checkpoints.get_checkpoint(session, checkpoint_id).name
    unread = f"; {evaluator.unreadable} could not be read" if evaluator.unreadable else ""
    return f"{name} evaluated on {counted(evaluator.done, 'tile')}{_score(splits)}{unread}"


class _Evaluator:
    """One pass over the tiles with masks, split by split."""

    def __init__(
        self, workspace: Workspace, checkpoint_id: int, total: int, report: Report, should_stop: ShouldStop
    ) -> None:
        self.workspace, self.checkpoint_id, self.total = workspace, checkpoint_id, total
        self.report, self.should_stop = report, should_stop
        self.predictor = make_predictor(workspace, load(workspace, checkpoint_id))
        with workspace.store.reading() as session:
            self.class_count = len(list_classes(session))
        self.done, self.unreadable, self.stopped = 0, 0, False

    def evaluate_split(self, truth: Sequence[LabeledTile]) -> dict[str, object] | None:
        """Return the JSON of one split; None where no tile of it has a mask and the network's bands."""
        fitting = [one for one in truth if one.tile.bands == self.predictor.config.bands]
        if not fitting or self.stopped:
            return None
        accumulator = Accumulator(self.class_count)
        found = evaluate(self._pairs(fitting, accumulator), self.class_count)
        if not found["tiles"]:
            return None
        return found | accumulator.to_json() | {"worst": self._worst(accumulator, fitting)}

    def _pairs(self, truth: Sequence[LabeledTile], accumulator: Accumulator) -> Iterator[Pair]:
        by_id = {one.tile.id: one for one in truth}
        for batch in prefetch_batches(
            workspace_reader(self.workspace), [one.tile for one in truth], BATCH_TILES
        ):
            if self.should_stop():
                self.stopped = True
                return
            results = predict_inputs(self.predictor, batch.inputs)
            rows = write_predictions(self.workspace.store.files.put, batch.tiles, results)
            with self.workspace.store.transaction() as session:
                predictions.add_predictions(session, self.checkpoint_id, rows)
            for tile, inputs, result in zip(batch.tiles, batch.inputs, results, strict=True):
                image, mask = inputs.padded.center, read_label(self.workspace, by_id[tile.id])
                valid = valid_pixels(image, tile.nodata)
                accumulator.add(
                    EvaluatedTile(
                        str(tile.id), image, tile.nodata, mask, result.mask, result.probabilities, valid
                    )
                )
                yield tile.name, tile.scene, mask, result.mask, np.asarray(result.seep_probability), valid
            self.done += len(batch.tiles)
            self.unreadable += len(batch.unreadable)
            tried = self.done + self.unreadable
            self.report(tried / self.total, f"{tried} of {self.total} tiles", log_events(batch.unreadable))

    def _worst(self, accumulator: Accumulator, truth: Sequence[LabeledTile]) -> list[dict[str, Any]]:
        """Return the worst tiles by their ids; the page draws them when it is opened."""
        by_id = {one.tile.id: one for one in truth}
        rows = []
        with self.workspace.store.reading() as session:
            for worst in accumulator.worst():
                one = by_id[int(worst.name)]
                prediction = predictions.find_prediction(session, one.tile.id, self.checkpoint_id)
                rows.append(
                    {
                        "tile_id": one.tile.id,
                        "name": one.tile.name,
                        "binary_iou": worst.binary_iou,
                        "prediction_id": prediction.id if prediction else None,
                        "revision_id": one.revision.id,
                    }
                )
        return rows


def _fingerprint(truth: Mapping[str, Sequence[LabeledTile]]) -> str:
    """Return a hash of the revisions, so that a page can tell whether masks have changed.

    It contains "locked" for "test", so that the hashes of earlier versions still match.
    """
    names = {"test": "locked"}
    ids = {
        names.get(split, split): sorted(tile.revision.id for tile in tiles) for split, tiles in truth.items()
    }
    return hashlib.sha256(str(sorted(ids.items())).encode()).hexdigest()


def _score(splits: Mapping[str, object]) -> str:
    for split, metrics in metrics_by_split(splits).items():
        if metrics.binary_iou is not None:
            return f"; IoU {metrics.binary_iou:.3f} on {split} scenes"
    return ""


def evaluation_key(checkpoint_id: int) -> str:
    """Return the key of a checkpoint's evaluation in the key-value table."""
    return f"evaluation {checkpoint_id}"
