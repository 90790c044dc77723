"""Prediction of the workspace's tiles by one of its checkpoints, ahead of review."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from seep.core.masks.mask import Mask
from seep.core.records import (
    OPEN,
    CheckpointRecord,
    NewPrediction,
    SceneRecord,
    TileRecord,
)
from seep.errors import CheckpointError, DeviceMemoryError, ImageError
from seep.store import checkpoints, jobs, predictions, scenes, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.compatibility import bands_read, check_bands, check_fit, reads_bands
from seep.workflow.inference.raster_scenes import RasterJob, RasterSummary, predict_raster_scene
from seep.workflow.inference.runner import (
    Unreadable,
    load,
    make_predictor,
    predict_inputs,
    prefetch_batches,
    workspace_reader,
    write_predictions,
)
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.inference.predict import Predictor

BATCH_TILES = 8
"""A batch of 256 px tiles takes at most 4 s on 2 cores, so a cancel takes effect soon. 16 would be faster."""

_READ_AT_ONCE = 2000
"""Tiles whose rows are read at once."""

Event = dict[str, Any]
"""An entry of a job's log: "kind", and what that kind has; stored as JSON as it is."""
Report = Callable[[float, str, list[Event]], None]
"""Called with progress 0..1, a message and events."""
ShouldStop = Callable[[], bool]
PredictTiles = Callable[[Workspace, Sequence[int], int, Report, ShouldStop], "PredictionSummary"]
"""`predict_tiles`, or what predicts the tiles on other machines."""


@dataclass(frozen=True)
class PredictionSummary:
    """Counts of a prediction of many tiles.

    Attributes:
        done: tiles predicted now.
        known: tiles that this checkpoint had predicted before.
        unreadable: tiles whose image could not be read.
        stopped: True when `should_stop` ended it.
    """

    done: int
    known: int
    unreadable: list[Unreadable]
    stopped: bool


@requires("annotator", "predict tiles")
def enqueue_predict(
    workspace: Workspace,
    actor: Actor,
    tile_ids: Sequence[int] | None = None,
    request_id: str | None = None,
    *,
    reviewed: bool = False,
) -> int | None:
    """Queue a prediction by the active checkpoint.

    Tiles with other bands than the checkpoint reads are left out; see `readable_tiles`.

    Args:
        tile_ids: which tiles; None for all open ones that the checkpoint has not predicted yet.
        request_id: unique per click; a repeated id queues nothing more.
        reviewed: predict all reviewed tiles instead, and find possible label errors among them.

    Returns:
        The id of the job, or None when nothing is left to predict.

    Raises:
        CheckpointError: no checkpoint is active, or the active one fits no scene of the workspace or none of the
            tiles.
    """
    active = require_active(workspace)
    with workspace.store.transaction() as session:
        if tile_ids is None and not reviewed:
            if not predictions.any_without_prediction(session, active.id, OPEN):
                return None
            check_fit(session, active)
            if not predictions.any_without_prediction(session, active.id, OPEN, bands=bands_read(active)):
                return None
        check_fit(session, active)
        if tile_ids is not None:
            readable, other = _by_bands(session, active, tile_ids)
            if not readable:
                check_bands(active, {tile.bands for tile in other})
                return None  # all of them were deleted
            tile_ids = sorted(tile.id for tile in readable)
        params: dict[str, Any] = {"checkpoint_id": active.id, "tile_ids": tile_ids}
        if reviewed:
            params["reviewed"] = True
        for job in jobs.list_jobs(session, 100):
            if job.state == "queued" and job.kind == "predict" and job.params == params:
                return job.id  # an equal job is queued already
        return jobs.enqueue(session, "predict", params, actor.name, request_id).id


def predict_tiles(
    workspace: Workspace,
    tile_ids: Sequence[int],
    checkpoint_id: int,
    report: Report,
    should_stop: ShouldStop,
) -> PredictionSummary:
    """Predict tiles and store masks, probabilities and scores; each batch is stored as soon as it is done.

    Args:
        tile_ids: which tiles; those that the checkpoint has predicted before are skipped.
        report: called with progress 0..1, a message and events after each batch.
        should_stop: called before each batch, and after each block of a large raster.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: the weights are missing, damaged or do not fit the classes.
        DeviceError: the device of the settings is not available, or has too little memory for one tile.
    """
    from seep.engine.scale_rule import scales_text

    todo = tiles_to_predict(workspace, tile_ids, checkpoint_id)
    known, done, total = len(tile_ids) - len(todo), 0, len(todo)
    if not todo:
        return PredictionSummary(0, known, [], stopped=False)
    report(0.0, "Loading the network", [])
    predictor = make_predictor(workspace, load(workspace, checkpoint_id))
    unreadable, logged, used = list[Unreadable](), 0, list[tuple[float, ...]]()
    report(0.0, "Predicting", [])
    rasters, files = split_rasters(workspace, todo)
    for scene, ids in rasters:
        tiles = list(_readable(predictor, read_tiles(workspace, ids), unreadable))
        begun = (done + len(unreadable)) / total
        report(begun, "Predicting", log_events(unreadable[logged:]))
        logged = len(unreadable)
        if not tiles:
            continue
        job = RasterJob(scene, tiles, checkpoint_id, predictor)
        partial = scaled(report, len(tiles) / total, begun)
        used += [predictor.scales.of(scene.statistics.get("grain"))] * len(tiles)
        result, failed = _predict_raster(workspace, job, partial, should_stop)
        done, unreadable = done + result.done, unreadable + failed
        logged = len(unreadable)
        if result.stopped:
            return PredictionSummary(done, known, unreadable, stopped=True)
    tiles_of_files = _readable(predictor, read_tiles(workspace, files), unreadable)
    for batch in prefetch_batches(workspace_reader(workspace), tiles_of_files, BATCH_TILES):
        if should_stop():
            return PredictionSummary(done, known, unreadable, stopped=True)
        unreadable += batch.unreadable
        if batch.tiles:
            predicted = predict_inputs(predictor, batch.inputs)
            used += [one.scales for one in predicted]
            rows = write_predictions(workspace.store.files.put, batch.tiles, predicted)
            with workspace.store.transaction() as session:
                predictions.add_predictions(session, checkpoint_id, rows)
        done += len(batch.tiles)
        tried = done + len(unreadable)
        report(tried / total, f"{tried} of {total} tiles", log_events(unreadable[logged:]))
        logged = len(unreadable)
    events = log_events(unreadable[logged:])
    if any(len(one) > 1 for one in used):
        text = f"{scales_text(used, 'tile')}. Several are used where the grain is coarser than in training."
        events.append({"kind": "log", "text": text})
    if events:
        report(1.0, f"{total} of {total} tiles", events)
    return PredictionSummary(done, known, unreadable, stopped=False)


def tiles_to_predict(workspace: Workspace, tile_ids: Sequence[int], checkpoint_id: int) -> list[int]:
    """Return the ids of those of some tiles that a checkpoint has not predicted yet, in the given order.

    Raises:
        MissingError: there is no such checkpoint.
    """
    with workspace.store.reading() as session:
        checkpoints.get_checkpoint(session, checkpoint_id)
        missing = set(predictions.tiles_without_prediction(session, checkpoint_id))
        return [tile_id for tile_id in tile_ids if tile_id in missing]


def read_tiles(workspace: Workspace, tile_ids: Sequence[int]) -> Iterator[TileRecord]:
    """Yield tiles in the order of `tile_ids`, without those that were deleted.

    The rows are read as they are needed: a million of them take 10 s and much memory.
    """
    for first in range(0, len(tile_ids), _READ_AT_ONCE):
        with workspace.store.reading() as session:
            tiles = tile_queries.tiles_by_id(session, tile_ids[first : first + _READ_AT_ONCE])
        yield from tiles


def readable_tiles(workspace: Workspace, tile_ids: Sequence[int]) -> tuple[list[int], list[int]]:
    """Split tiles into those whose images the active checkpoint reads, and those with other bands.

    Raises:
        CheckpointError: no checkpoint is active.
    """
    active = require_active(workspace)
    with workspace.store.reading() as session:
        readable, other = _by_bands(session, active, tile_ids)
    return [tile.id for tile in readable], [tile.id for tile in other]


def _by_bands(
    session: Session, record: CheckpointRecord, tile_ids: Sequence[int]
) -> tuple[list[TileRecord], list[TileRecord]]:
    groups: tuple[list[TileRecord], list[TileRecord]] = ([], [])
    for tile in tile_queries.tiles_by_id(session, list(dict.fromkeys(tile_ids))):
        groups[not reads_bands(record, {tile.bands})].append(tile)
    return groups


@cached_until_commit
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
    """Predict tiles by a checkpoint that is not in the workspace yet; files are written, rows are not added.

    Args:
        checkpoint: the network and its card.
        should_stop: called before each batch.
        on_tiles: called after each batch with (done, total).

    Returns:
        By tile id, the row to add once the checkpoint is stored, and the mask. Tiles that cannot be read, or
        have other bands than the network reads, are left out. None when stopped.
    """
    found: dict[int, tuple[NewPrediction, Mask]] = {}
    if not tiles:
        return found
    predictor = make_predictor(workspace, checkpoint)
    tiles = [tile for tile in tiles if not misfit(predictor, tile)]
    for number, batch in enumerate(prefetch_batches(workspace_reader(workspace), tiles, BATCH_TILES), 1):
        if should_stop():
            return None
        predicted = predict_inputs(predictor, batch.inputs)
        rows = write_predictions(workspace.store.files.put, batch.tiles, predicted)
        found |= {row.tile_id: (row, one.mask) for row, one in zip(rows, predicted, strict=True)}
        on_tiles(min(number * BATCH_TILES, len(tiles)), len(tiles))
    return found


def misfit(predictor: "Predictor", tile: TileRecord) -> str | None:
    """Return why a network cannot read a tile; None if it can."""
    if tile.bands == predictor.config.bands:
        return None
    return f"it has {tile.bands} band(s), the checkpoint reads {predictor.config.bands}"


def log_events(unreadable: Sequence[Unreadable]) -> list[Event]:
    """Return one log event per unreadable tile, as `Report` takes them."""
    return [{"kind": "log", "text": f"{one.name}: {one.reason}"} for one in unreadable]


def _predict_raster(
    workspace: Workspace, job: RasterJob, report: Report, should_stop: ShouldStop
) -> tuple[RasterSummary, list[Unreadable]]:
    """Predict windows of a raster; an unreadable file fails all of its windows and nothing else."""
    try:
        return predict_raster_scene(workspace, job, report, should_stop), []
    except ImageError as error:
        return RasterSummary(0, stopped=False), [Unreadable(tile.name, str(error)) for tile in job.tiles]
    except DeviceMemoryError as error:
        raise DeviceMemoryError(f"{job.scene.name}: {error}") from error


def _readable(
    predictor: "Predictor", tiles: Iterable[TileRecord], unreadable: list[Unreadable]
) -> Iterator[TileRecord]:
    """Yield the tiles that a network can read; add the others to `unreadable`."""
    for tile in tiles:
        if reason := misfit(predictor, tile):
            unreadable.append(Unreadable(tile.name, reason))
        else:
            yield tile


def split_rasters(
    workspace: Workspace, tile_ids: Sequence[int]
) -> tuple[list[tuple[SceneRecord, list[int]]], list[int]]:
    """Split the ids of tiles into the windows of each raster scene, and tiles that are files of their own."""
    with workspace.store.reading() as session:
        rasters = {scene.id: scene for scene in scenes.list_scenes(session) if scene.path is not None}
        if not rasters:
            return [], list(tile_ids)
        scene_ids = tile_queries.scene_ids(session, tile_ids)
    windows: dict[int, list[int]] = {}
    for tile_id, scene_id in scene_ids.items():
        if scene_id in rasters:
            windows.setdefault(scene_id, []).append(tile_id)
    files = [tile_id for tile_id, scene_id in scene_ids.items() if scene_id not in rasters]
    return [(rasters[scene_id], found) for scene_id, found in windows.items()], files


def scaled(report: Report, share: float, offset: float) -> Report:
    """Map the progress of a part to the progress of the whole."""
    return lambda progress, message, events: report(offset + share * progress, message, events)
