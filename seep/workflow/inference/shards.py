"""Prediction by several machines: tiles in shards, and what a machine needs to predict one.

A machine needs no database: the worker sends the rows of the tiles, and writes the rows of the predictions. Images are
read through their locators. Masks are stored in the bucket, or travel back to the worker where there is none.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from seep.core.image.normalize import Statistics
from seep.core.records import NewPrediction, SceneRecord, TileRecord
from seep.core.text import counted
from seep.errors import CheckpointError, LostError, StorageError
from seep.settings import settings
from seep.store import checkpoints, classes, predictions, scenes, tile_queries
from seep.store.store import open_files
from seep.workflow.inference.context import Corner, placed_tile_reader
from seep.workflow.inference.runner import (
    BatchReader,
    Unreadable,
    predict_inputs,
    prefetch_batches,
    write_predictions,
)
from seep.workflow.inference.tiles import (
    BATCH_TILES,
    PredictionSummary,
    Report,
    ShouldStop,
    log_events,
    misfit,
    predict_tiles,
    scaled,
    split_rasters,
    tiles_to_predict,
)
from seep.workflow.scenes.layout import infer_columns, tile_positions
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace

SHARD_TILES = 512
"""Most tiles of a shard: a lost machine costs their time."""
SHARDS_PER_JOB = 16
"""A small job is divided into this many shards, so that every machine has a part of it."""
_ROWS = 128
"""Predictions per transaction."""


@dataclass(frozen=True)
class PredictionSetup:
    """What a machine has to know before it can predict tiles.

    Attributes:
        name: of the checkpoint.
        weights: content of its file.
        weights_sha256: its hash.
        classes: number of classes of the workspace.
        root: folder of the workspace.
        files_url: bucket of the stored files; None for `root`, on a disk that all machines share.
        cache_mb: size of the copies from buckets, MiB.
        openvino: whether a CPU predicts with OpenVINO where it is installed.
    """

    name: str
    weights: bytes = field(repr=False)
    weights_sha256: str
    classes: int
    root: Path
    files_url: str | None
    cache_mb: int
    openvino: bool


@dataclass(frozen=True)
class Shard:
    """Some tiles of a scene, and what is needed to read them.

    Attributes:
        scene: name of the scene.
        tiles: those to predict.
        around: their neighbors.
        corners: left and upper edge in the scene, pixels, by tile id; without tiles whose place is not known.
        statistics: of the scene.
    """

    scene: str
    tiles: list[TileRecord]
    around: list[TileRecord]
    corners: dict[int, Corner]
    statistics: Statistics

    def __str__(self) -> str:
        """Return the tiles in words, for messages."""
        if len(self.tiles) == 1:
            return f"tile {self.tiles[0].name}"
        return f"{counted(len(self.tiles), 'tile')} from {self.tiles[0].name} to {self.tiles[-1].name}"


@dataclass(frozen=True)
class ShardResult:
    """The predictions of a shard.

    Attributes:
        rows: to add to the database.
        files: stored files by hash, for the worker to write; empty where they are in a bucket.
        unreadable: tiles whose image could not be read.
    """

    rows: list[NewPrediction]
    files: dict[str, bytes]
    unreadable: list[Unreadable]


class RunShards(Protocol):
    """Predicts shards on other machines."""

    def __call__(
        self,
        setup: PredictionSetup,
        shards: Iterator[Shard],
        on_done: Callable[[ShardResult], None],
        should_stop: ShouldStop,
    ) -> bool:
        """Call `on_done` with each result; return False when stopped.

        Raises:
            ClusterError: there are no machines, or some shards were lost again and again.
        """


class ShardPredictor:
    """A network on a machine of a cluster, which predicts one shard after the other.

    Args:
        setup: of the prediction.
        device: "cpu", "cuda" or "cuda:N".

    Raises:
        CheckpointError: the weights are damaged or do not fit the classes.
        DeviceError: the device is not available.
        StorageError: the bucket cannot be used from this machine.
    """

    def __init__(self, setup: PredictionSetup, device: str) -> None:
        os.environ["SEEP_OPENVINO"] = "1" if setup.openvino else "0"
        settings.cache_clear()
        from seep.engine.checkpoint import load_checkpoint
        from seep.engine.inference.predict import Predictor

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{setup.weights_sha256}{WEIGHTS_SUFFIX}"
            path.write_bytes(setup.weights)
            checkpoint = load_checkpoint(path, setup.weights_sha256)
        self._predictor = Predictor(checkpoint, device, classes=setup.classes)
        chosen = settings()
        base = (
            chosen.workspace
            if "workspace" in chosen.model_fields_set
            else Path(tempfile.gettempdir()) / "seep"
        )
        cache = base / "cache"
        self._store = open_files(setup.root, setup.files_url, cache, setup.cache_mb)

    def predict(self, shard: Shard) -> ShardResult:
        """Predict a shard; tiles whose image cannot be read are listed.

        Raises:
            DeviceMemoryError: a tile does not fit the memory of the device.
            StorageError: the bucket cannot be read or written from this machine.
        """
        reader = placed_tile_reader(self._store, [*shard.tiles, *shard.around], shard.corners)
        statistics = {shard.tiles[0].scene_id: shard.statistics}
        unreadable = [
            Unreadable(tile.name, reason)
            for tile in shard.tiles
            if (reason := misfit(self._predictor, tile)) is not None
        ]
        tiles = [tile for tile in shard.tiles if misfit(self._predictor, tile) is None]
        returned = _Returned()
        put = self._store.files.put if self._store.files.is_remote else returned.put
        rows: list[NewPrediction] = []
        for batch in prefetch_batches(BatchReader(reader, statistics), tiles, BATCH_TILES):
            unreadable += batch.unreadable
            if batch.tiles:
                rows += write_predictions(put, batch.tiles, predict_inputs(self._predictor, batch.inputs))
        return ShardResult(rows, returned.data, unreadable)


class _Returned:
    """Keeps files in memory; the worker stores them."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    def put(self, data: bytes, suffix: str) -> str:
        """Keep bytes and return their hash; see `FileStore.put`."""
        sha = hashlib.sha256(data).hexdigest()
        self.data[sha + suffix] = data
        return sha


def predict_by_shards(
    workspace: Workspace,
    tile_ids: Sequence[int],
    checkpoint_id: int,
    report: Report,
    should_stop: ShouldStop,
    *,
    run: RunShards,
) -> PredictionSummary:
    """Predict tiles on other machines; arguments and errors as `predict_tiles`.

    Windows of large rasters are predicted on this machine first, because each raster is streamed as a whole.

    Args:
        tile_ids: which tiles; those that the checkpoint has predicted before are skipped.
        report: called with progress 0..1, a message and events after each shard.
        should_stop: called about three times a second.

    Raises:
        ClusterError: there are no machines, or some shards were lost again and again; other shards are stored.
    """
    todo = tiles_to_predict(workspace, tile_ids, checkpoint_id)
    rasters, files = split_rasters(workspace, todo)
    windows = [tile_id for _, ids in rasters for tile_id in ids]
    share = len(windows) / max(1, len(todo))
    found = PredictionSummary(0, len(tile_ids) - len(todo), [], stopped=False)
    if rasters:
        text = f"{counted(len(rasters), 'large raster scene')} predicted on the worker's machine, not by Ray"
        report(0.0, "Predicting", [{"kind": "log", "text": text}])
        here = predict_tiles(workspace, windows, checkpoint_id, scaled(report, share, 0), should_stop)
        found = PredictionSummary(here.done, found.known, here.unreadable, here.stopped)
    if found.stopped or not files:
        return found
    report(share, "Waiting for machines of the Ray cluster", [])
    return _predict_files(
        workspace,
        files,
        checkpoint_id,
        scaled(report, 1 - share, share),
        should_stop=should_stop,
        run=run,
        before=found,
    )


def _predict_files(
    workspace: Workspace,
    tile_ids: Sequence[int],
    checkpoint_id: int,
    report: Report,
    *,
    should_stop: ShouldStop,
    run: RunShards,
    before: PredictionSummary,
) -> PredictionSummary:
    done, unreadable, total = 0, list[Unreadable](), len(tile_ids)

    def write(result: ShardResult) -> None:
        nonlocal done
        _store(workspace, checkpoint_id, result)
        done += len(result.rows)
        unreadable.extend(result.unreadable)
        tried = done + len(unreadable)
        report(tried / total, f"{tried} of {total} tiles", log_events(result.unreadable))

    finished = run(_setup(workspace, checkpoint_id), make_shards(workspace, tile_ids), write, should_stop)
    return PredictionSummary(
        before.done + done, before.known, [*before.unreadable, *unreadable], stopped=not finished
    )


def _store(workspace: Workspace, checkpoint_id: int, result: ShardResult) -> None:
    """Write the files of a shard, then its rows."""
    for name, data in result.files.items():
        sha, suffix = Path(name).stem, Path(name).suffix
        if workspace.store.files.put(data, suffix) != sha:
            raise StorageError(f"The stored file {name} arrived damaged. Queue the prediction again.")
    for first in range(0, len(result.rows), _ROWS):
        with workspace.store.transaction() as session:
            predictions.add_predictions(session, checkpoint_id, result.rows[first : first + _ROWS])


def _setup(workspace: Workspace, checkpoint_id: int) -> PredictionSetup:
    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
        count = len(classes.list_classes(session))
    try:
        weights = workspace.store.files.read(record.weights_sha256, WEIGHTS_SUFFIX)
    except LostError as error:
        raise CheckpointError(f"The weights of {record.name} cannot be read: {error}") from error
    chosen = workspace.settings
    return PredictionSetup(
        record.name,
        weights,
        record.weights_sha256,
        count,
        workspace.store.root,
        chosen.files_url,
        chosen.cache_mb,
        chosen.openvino,
    )


def make_shards(workspace: Workspace, tile_ids: Sequence[int]) -> Iterator[Shard]:
    """Divide tiles into shards: of one scene, and at most `SHARD_TILES`.

    Args:
        tile_ids: none of them a window of a large raster.
    """
    share = -(-len(tile_ids) // SHARDS_PER_JOB)
    size = min(SHARD_TILES, -(-share // BATCH_TILES) * BATCH_TILES)
    with workspace.store.reading() as session:
        scene_ids = tile_queries.scene_ids(session, tile_ids)
    for scene_id in sorted(set(scene_ids.values())):
        infer_columns(workspace, scene_id)
        with workspace.store.reading() as session:
            scene, known = scenes.get_scene(session, scene_id), scenes.tiles_of_scene(session, scene_id)
        chosen = sorted(
            (tile for tile in known if tile.id in scene_ids), key=lambda tile: (tile.number, tile.id)
        )
        corners = tile_positions(scene, known)
        for first in range(0, len(chosen), size):
            yield _shard(scene, chosen[first : first + size], known, corners)


def _shard(
    scene: SceneRecord,
    tiles: list[TileRecord],
    known: Sequence[TileRecord],
    corners: Mapping[int, Corner],
) -> Shard:
    """Keep the tiles of a scene that a shard reads: its own and those that touch them."""
    own = {tile.id for tile in tiles}
    wide = max((tile.width for tile in known), default=0)
    tall = max((tile.height for tile in known), default=0)
    cells = {
        (corners[one][0] + dx, corners[one][1] + dy)
        for one in own & corners.keys()
        for dx in (-wide, 0, wide)
        for dy in (-tall, 0, tall)
    }
    around = [tile for tile in known if tile.id not in own and corners.get(tile.id) in cells]
    near = own | {tile.id for tile in around}
    return Shard(
        scene.name,
        tiles,
        around,
        {one: corner for one, corner in corners.items() if one in near},
        Statistics.from_dict(scene.statistics),
    )
