"""Prediction of the workspace's tiles by one of its checkpoints, ahead of review."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seep.core.masks.mask import Mask
from seep.errors import CheckpointError, DeviceMemoryError, ImageError
from seep.store import checkpoints, jobs, predictions, scenes
from seep.store.records import (
    OPEN,
    REVIEWED,
    CheckpointRecord,
    JobRecord,
    NewPrediction,
    SceneRecord,
    TileRecord,
)
from seep.store.store import Session
from seep.workflow.inference.raster_scenes import Swept, sweep
from seep.workflow.inference.remeasuring import remeasure
from seep.workflow.inference.runner import (
    kept,
    load,
    predict_batch,
    read_ahead,
    ready,
    scene_statistics,
    warm_up,
)
from seep.workflow.models.compatibility import check_fit
from seep.workflow.review.label_errors import measure
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.inference.predict import Predictor

__all__ = [
    "Predicted",
    "active_checkpoint",
    "enqueue_predict",
    "predict_in_memory",
    "predict_tiles",
    "require_active",
    "run_predict",
    "warm_up",
]

BATCH_TILES = 8
"""Half of what is fastest: a batch of 256 px tiles takes at most 4 s on 2 cores, so a cancel takes effect."""

Report = Callable[[float, str, list[dict[str, Any]]], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True)
class Predicted:
    """What a prediction of many tiles did.

    Attributes:
        done: tiles predicted now.
        known: tiles that this checkpoint had predicted before.
        unreadable: name and reason of tiles whose image could not be read.
        stopped: True when `should_stop` ended it.
    """

    done: int
    known: int
    unreadable: list[tuple[str, str]]
    stopped: bool


def enqueue_predict(
    workspace: Workspace,
    author: str,
    tile_ids: Sequence[int] | None = None,
    request_id: str | None = None,
    *,
    reviewed: bool = False,
) -> int | None:
    """Queue a prediction by the active checkpoint.

    Args:
        workspace: where.
        author: who asks.
        tile_ids: which tiles; None for all open ones that the checkpoint has not predicted yet.
        request_id: unique for each press of the button; the same one again queues nothing more.
        reviewed: predict all reviewed tiles instead, and say which of them want a second look.

    Returns:
        The id of the job, or None when nothing is left to predict.

    Raises:
        CheckpointError: no checkpoint is active, or the active one fits no scene of the workspace.
    """
    active = require_active(workspace)
    with workspace.store.transaction() as session:
        if tile_ids is None and not reviewed and not _left(session, active.id):
            return None
        check_fit(session, active)
        params = {
            "checkpoint_id": active.id,
            "tile_ids": None if tile_ids is None else sorted(set(tile_ids)),
        }
        if reviewed:
            params["reviewed"] = True
        for job in jobs.list_jobs(session, 100):
            if job.state == "queued" and job.kind == "predict" and job.params == params:
                return job.id  # what waits already will do the same
        return jobs.enqueue(session, "predict", params, author, request_id).id


def run_predict(workspace: Workspace, job: JobRecord, report: Report, should_stop: ShouldStop) -> str | None:
    """Do a prediction job; called by the worker.

    Returns:
        One sentence about what was done; None when it was stopped.

    Raises:
        SeepError: nothing could be predicted; the message says why.
    """
    checkpoint_id = int(job.params["checkpoint_id"])
    remeasure(workspace, checkpoint_id)
    tile_ids, reviewed = job.params.get("tile_ids"), bool(job.params.get("reviewed"))
    if tile_ids is None:
        with workspace.store.reading() as session:
            states = REVIEWED if reviewed else OPEN
            tile_ids = predictions.unpredicted(session, checkpoint_id, states=states)
    found = predict_tiles(workspace, tile_ids, checkpoint_id, report, should_stop)
    if found.stopped:
        return None
    if found.unreadable and not found.done + found.known:
        name, reason = found.unreadable[0]
        raise ImageError(f"None of {len(found.unreadable)} tiles could be read; the first, {name}: {reason}")
    looks = f"; {measure(workspace)} want a second look" if reviewed else ""
    unread = f"; {len(found.unreadable)} could not be read" if found.unreadable else ""
    return f"{found.done} tiles predicted{unread}{looks}"


def _left(session: Session, checkpoint_id: int) -> bool:
    """Tell whether open tiles are not predicted, or predictions lack what the queue orders by."""
    unpredicted = predictions.unpredicted(session, checkpoint_id, states=OPEN)
    return bool(unpredicted or predictions.unmeasured(session, checkpoint_id, 1))


def predict_tiles(
    workspace: Workspace,
    tile_ids: Sequence[int],
    checkpoint_id: int,
    report: Report,
    should_stop: ShouldStop,
) -> Predicted:
    """Predict tiles and keep mask, probability and figures; each batch is kept as soon as it is done.

    Args:
        workspace: where.
        tile_ids: which tiles; those that the checkpoint has predicted before are left as they are.
        checkpoint_id: by which checkpoint.
        report: called with progress 0..1, a message and events after each batch.
        should_stop: asked before each batch, and after each block of a large raster.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: the weights are missing, damaged or do not fit the classes.
        DeviceError: the device of the settings is not there, or has too little memory for one tile alone.
    """
    with workspace.store.reading() as session:
        checkpoints.get_checkpoint(session, checkpoint_id)
        waiting = set(predictions.unpredicted(session, checkpoint_id))
        todo = [scenes.get_tile(session, tile_id) for tile_id in tile_ids if tile_id in waiting]
    statistics = scene_statistics(workspace)
    known, done, unreadable = len(tile_ids) - len(todo), 0, list[tuple[str, str]]()
    if not todo:
        return Predicted(0, known, [], stopped=False)
    report(0.0, "loads the network", [])
    predictor = ready(workspace, load(workspace, checkpoint_id))
    unreadable += [(tile.name, reason) for tile in todo if (reason := _misfit(predictor, tile))]
    report(0.0, "predicts", _told(unreadable))
    total, todo = len(todo), [tile for tile in todo if not _misfit(predictor, tile)]
    windows, todo = _of_rasters(workspace, todo)
    for scene, tiles in windows:
        part = _part(report, len(tiles) / total, (done + len(unreadable)) / total)
        swept, failed = _sweep(workspace, scene, tiles, checkpoint_id, predictor, part, should_stop)
        done, unreadable = done + swept.done, unreadable + failed
        if swept.stopped:
            return Predicted(done, known, unreadable, stopped=True)
    batches = [todo[at : at + BATCH_TILES] for at in range(0, len(todo), BATCH_TILES)]
    for batch, images, failed in read_ahead(workspace, batches) if batches else ():
        if should_stop():
            return Predicted(done, known, unreadable, stopped=True)
        unreadable += failed
        if batch:
            found = predict_batch(predictor, batch, images, statistics)
            _keep(workspace, checkpoint_id, kept(workspace, batch, found))
        done += len(batch)
        tried = done + len(unreadable)
        report(tried / total, f"{tried} of {total} tiles", _told(failed))
    return Predicted(done, known, unreadable, stopped=False)


def active_checkpoint(workspace: Workspace) -> CheckpointRecord | None:
    """Return the active checkpoint; None when there is none."""
    with workspace.store.reading() as session:
        return checkpoints.active_checkpoint(session)


def require_active(workspace: Workspace) -> CheckpointRecord:
    """Return the active checkpoint.

    Raises:
        CheckpointError: none is active.
    """
    active = active_checkpoint(workspace)
    if active is None:
        raise CheckpointError("No checkpoint is active; promote one on the Models page.")
    return active


def predict_in_memory(
    workspace: Workspace,
    checkpoint: "Checkpoint",
    tiles: Sequence[TileRecord],
    should_stop: ShouldStop,
    on_tiles: Callable[[int, int], None] = lambda done, total: None,
) -> dict[int, tuple[NewPrediction, Mask]] | None:
    """Predict tiles by a checkpoint that is not in the workspace yet; files are kept, rows are not.

    Args:
        workspace: where.
        checkpoint: by which.
        tiles: which tiles.
        should_stop: asked before each batch.
        on_tiles: called after each batch with how many tiles are done, and of how many.

    Returns:
        By tile id, what to add once the checkpoint is there, and the mask; tiles that cannot be read, or have
        other bands than it reads, are left out. None when stopped.
    """
    found: dict[int, tuple[NewPrediction, Mask]] = {}
    if not tiles:
        return found
    predictor, statistics = ready(workspace, checkpoint), scene_statistics(workspace)
    tiles = [tile for tile in tiles if not _misfit(predictor, tile)]
    batches = [list(tiles[at : at + BATCH_TILES]) for at in range(0, len(tiles), BATCH_TILES)]
    for number, (batch, images, _) in enumerate(read_ahead(workspace, batches), 1):
        if should_stop():
            return None
        predicted = predict_batch(predictor, batch, images, statistics)
        rows = kept(workspace, batch, predicted)
        found |= {row.tile_id: (row, one.mask) for row, one in zip(rows, predicted, strict=True)}
        on_tiles(min(number * BATCH_TILES, len(tiles)), len(tiles))
    return found


def _misfit(predictor: "Predictor", tile: TileRecord) -> str | None:
    """Say why a network cannot read a tile; None if it can."""
    if tile.bands == predictor.config.bands:
        return None
    return f"it has {tile.bands} band(s), the checkpoint reads {predictor.config.bands}"


def _told(failed: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"kind": "log", "text": f"{name}: {reason}"} for name, reason in failed]


def _sweep(  # noqa: PLR0917 - as `sweep`
    workspace: Workspace,
    scene: SceneRecord,
    tiles: list[TileRecord],
    checkpoint_id: int,
    predictor: "Predictor",
    report: Report,
    should_stop: ShouldStop,
) -> tuple[Swept, list[tuple[str, str]]]:
    """Predict windows of a raster; a file that cannot be read fails all of them and ends nothing else."""
    try:
        return sweep(workspace, scene, tiles, checkpoint_id, predictor, report, should_stop), []
    except ImageError as error:
        return Swept(0, stopped=False), [(tile.name, str(error)) for tile in tiles]
    except DeviceMemoryError as error:
        raise DeviceMemoryError(f"{scene.name}: {error}") from error


def _of_rasters(
    workspace: Workspace, tiles: list[TileRecord]
) -> tuple[list[tuple[SceneRecord, list[TileRecord]]], list[TileRecord]]:
    """Part tiles into the windows of each raster scene, and tiles that are files of their own."""
    with workspace.store.reading() as session:
        rasters = {scene.id: scene for scene in scenes.list_scenes(session) if scene.path is not None}
    windows: dict[int, list[TileRecord]] = {}
    for tile in tiles:
        if tile.scene_id in rasters:
            windows.setdefault(tile.scene_id, []).append(tile)
    files = [tile for tile in tiles if tile.scene_id not in rasters]
    return [(rasters[scene_id], found) for scene_id, found in windows.items()], files


def _part(report: Report, share: float, before: float) -> Report:
    """Make a report of a part of the work one of all of it."""
    return lambda progress, message, events: report(before + share * progress, message, events)


def _keep(workspace: Workspace, checkpoint_id: int, rows: list[NewPrediction]) -> None:
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, checkpoint_id, rows)
