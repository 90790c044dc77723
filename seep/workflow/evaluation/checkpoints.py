"""What a checkpoint scores on the workspace's scenes that never train: a job, and what it found."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.metrics.evaluate import Pair, evaluate
from seep.errors import MissingError
from seep.store import checkpoints, jobs, predictions
from seep.store.classes import list_classes
from seep.store.key_value import get_value, set_value
from seep.store.records import JobRecord
from seep.workflow.evaluation.accumulator import Tally
from seep.workflow.evaluation.compare import HELD_BACK, evaluation_tiles
from seep.workflow.inference.runner import kept, load, predict_batch, read_ahead, ready, scene_statistics
from seep.workflow.inference.tiles import BATCH_TILES, Report, ShouldStop
from seep.workflow.models.compatibility import check_fit
from seep.workflow.training.dataset import LabeledTile, read_label
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor

KIND = "evaluate"


def enqueue_evaluate(
    workspace: Workspace, checkpoint_id: int, author: str, request_id: str | None = None
) -> int:
    """Queue the measuring of a checkpoint on all truth in validation and locked scenes.

    Args:
        workspace: where.
        checkpoint_id: which; one that waits or runs already is not queued again.
        author: who asks.
        request_id: unique for each press of the button.

    Returns:
        The id of the job.

    Raises:
        MissingError: there is no such checkpoint, or no truth to measure it on.
        CheckpointError: it does not fit the images or the classes of the workspace.
    """
    if not any(evaluation_tiles(workspace).values()):
        raise MissingError(
            "No tile of a validation or locked scene has a reviewed or imported mask; "
            "review some there first."
        )
    with workspace.store.transaction() as session:
        check_fit(session, checkpoints.get_checkpoint(session, checkpoint_id))
        going_on = evaluation_job(jobs.list_jobs(session, 100), checkpoint_id)
        if going_on is not None:
            return going_on.id
        return jobs.enqueue(session, KIND, {"checkpoint_id": checkpoint_id}, author, request_id).id


def evaluation_job(listed: Sequence[JobRecord], checkpoint_id: int) -> JobRecord | None:
    """Find the job that measures a checkpoint, waiting or running, among listed ones."""
    for job in listed:
        mine = job.kind == KIND and job.params.get("checkpoint_id") == checkpoint_id
        if mine and job.state in {"queued", "running"}:
            return job
    return None


def evaluation_of(workspace: Workspace, checkpoint_id: int) -> dict[str, Any] | None:
    """Return what the last measuring of a checkpoint found; None where it was not measured.

    Returns:
        {"made_at", "author", "stale": whether truth came or changed since, "splits": {"validation": ...,
        "locked": ...}}. A split is None without truth, else what `seep.core.metrics.evaluate.evaluate` returns with
        "curves" and "slicks" of `seep.workflow.evaluation.accumulator`, and "worst": [{"tile_id", "name", "binary_iou",
        "prediction_id", "revision_id"}], worst first.
    """
    with workspace.store.reading() as session:
        found = get_value(session, _key(checkpoint_id))
    if found is None:
        return None
    stale = found["truth"] != _fingerprint(evaluation_tiles(workspace))
    return {name: found[name] for name in ("made_at", "author", "splits")} | {"stale": stale}


def run_evaluate(workspace: Workspace, job: JobRecord, report: Report, should_stop: ShouldStop) -> str | None:
    """Do a measuring job; called by the worker.

    The predictions are kept too, where the checkpoint had none, so that slicks can be compared.

    Returns:
        One sentence about the outcome; None when it was stopped, and then the figures of before stay.

    Raises:
        SeepError: it cannot be done; the message says why.
    """
    checkpoint_id = int(job.params["checkpoint_id"])
    report(0.0, "loads the network", [])
    held = evaluation_tiles(workspace)
    measuring = _Measuring(workspace, checkpoint_id, sum(map(len, held.values())), report, should_stop)
    splits = {split: measuring.split(held[split]) for split in HELD_BACK}
    if measuring.stopped:
        return None
    value = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "author": job.author,
        "truth": _fingerprint(held),
        "splits": splits,
    }
    with workspace.store.transaction() as session:
        set_value(session, _key(checkpoint_id), value)
        name = checkpoints.get_checkpoint(session, checkpoint_id).name
    unread = f"; {measuring.unreadable} could not be read" if measuring.unreadable else ""
    return f"{name} measured on {measuring.done} tiles{_score(splits)}{unread}"


class _Measuring:
    """One pass over the tiles with truth, split by split."""

    def __init__(
        self, workspace: Workspace, checkpoint_id: int, total: int, report: Report, should_stop: ShouldStop
    ) -> None:
        self.workspace, self.checkpoint_id, self.total = workspace, checkpoint_id, total
        self.report, self.should_stop = report, should_stop
        self.predictor: Predictor = ready(workspace, load(workspace, checkpoint_id))
        self.statistics = scene_statistics(workspace)
        with workspace.store.reading() as session:
            self.class_count = len(list_classes(session))
        self.done, self.unreadable, self.stopped = 0, 0, False

    def split(self, tiles: Sequence[LabeledTile]) -> dict[str, Any] | None:
        """Measure on one split; None where no tile of it has truth that this network can be compared with."""
        fitting = [one for one in tiles if one.tile.bands == self.predictor.config.bands]
        if not fitting or self.stopped:
            return None
        tally = Tally(self.class_count)
        found = evaluate(self._pairs(fitting, tally), self.class_count)
        return found | tally.to_dict() | {"worst": self._worst(tally, fitting)} if found["tiles"] else None

    def _pairs(self, tiles: Sequence[LabeledTile], tally: Tally) -> Iterator[Pair]:
        truths = {one.tile.id: one for one in tiles}
        chosen = [one.tile for one in tiles]
        batches = [chosen[at : at + BATCH_TILES] for at in range(0, len(chosen), BATCH_TILES)]
        for batch, seen, failed in read_ahead(self.workspace, batches):
            if self.should_stop():
                self.stopped = True
                return
            found = predict_batch(self.predictor, batch, seen, self.statistics)
            rows = kept(self.workspace, batch, found)
            with self.workspace.store.transaction() as session:
                predictions.add_predictions(session, self.checkpoint_id, rows)
            for tile, image, one in zip(batch, (around.own for around in seen), found, strict=True):
                truth, valid = read_label(self.workspace, truths[tile.id]), valid_pixels(image, tile.nodata)
                tally.add(str(tile.id), image, tile.nodata, truth, one.mask, one.probabilities, valid)
                yield tile.name, tile.scene, truth, one.mask, np.asarray(one.seep_probability), valid
            self.done, self.unreadable = self.done + len(batch), self.unreadable + len(failed)
            tried = self.done + self.unreadable
            told = [{"kind": "log", "text": f"{name}: {reason}"} for name, reason in failed]
            self.report(tried / self.total, f"{tried} of {self.total} tiles", told)

    def _worst(self, tally: Tally, tiles: Sequence[LabeledTile]) -> list[dict[str, Any]]:
        """The worst tiles by their ids: pages draw them when they are looked at."""
        by_id = {one.tile.id: one for one in tiles}
        rows = []
        with self.workspace.store.reading() as session:
            for worst in tally.worst():
                one = by_id[int(worst["name"])]
                row = predictions.find_prediction(session, one.tile.id, self.checkpoint_id)
                rows.append(
                    {
                        "tile_id": one.tile.id,
                        "name": one.tile.name,
                        "binary_iou": float(worst["binary_iou"]),
                        "prediction_id": row.id if row else None,
                        "revision_id": one.revision.id,
                    }
                )
        return rows


def _fingerprint(held: Mapping[str, Sequence[LabeledTile]]) -> str:
    """What the truth was, so that a page can say when it is another."""
    ids = {split: sorted(one.revision.id for one in tiles) for split, tiles in held.items()}
    return hashlib.sha256(str(sorted(ids.items())).encode()).hexdigest()


def _score(splits: Mapping[str, Any]) -> str:
    basis = next((name for name in ("locked", "validation") if splits[name]), None)
    iou = splits[basis]["figures"]["binary_iou"] if basis else None
    return "" if iou is None else f"; IoU {iou:.3f} on {basis} scenes"


def _key(checkpoint_id: int) -> str:
    return f"evaluation {checkpoint_id}"
