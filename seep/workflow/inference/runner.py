"""Running a network on tiles: load it, prefetch images, predict, write the results."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.image.normalize import Statistics
from seep.core.masks.mask import Mask, encode_mask, encode_probability
from seep.core.records import NewPrediction, TileRecord
from seep.errors import CheckpointError, DeviceMemoryError, LostError, SeepError
from seep.store import checkpoints, classes, scenes
from seep.workflow.inference.context import PaddedTile, padded_tile_reader
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, WEIGHTS_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.inference.predict import Predictor, TilePrediction


PutFile = Callable[[bytes, str], str]
"""Stores bytes with a suffix; returns their hash."""


@dataclass(frozen=True, eq=False)
class TileInput:
    """One image for a network.

    Attributes:
        name: for error messages.
        padded: pixels and their margin.
        statistics: normalization of the image's scene.
        nodata: value of pixels without data; None for none.
    """

    name: str
    padded: PaddedTile
    statistics: Statistics
    nodata: float | None


@dataclass(frozen=True)
class Unreadable:
    """A tile that could not be predicted, and the reason as a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """Tiles of which the images were read, and those that could not be read."""

    tiles: list[TileRecord]
    inputs: list[TileInput]
    unreadable: list[Unreadable]


def load(workspace: Workspace, checkpoint_id: int) -> "Checkpoint":
    """Load a checkpoint of the workspace and check its hash.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: its file is missing, damaged or foreign.
    """
    from seep.engine.checkpoint import load_checkpoint

    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    try:
        path = workspace.store.files.local(record.weights_sha256, WEIGHTS_SUFFIX)
    except LostError as error:
        raise CheckpointError(f"The weights of {record.name} cannot be read: {error}") from error
    return load_checkpoint(path, record.weights_sha256)


def make_predictor(workspace: Workspace, checkpoint: "Checkpoint") -> "Predictor":
    """Build a predictor for the workspace's classes, on the device of its settings.

    Raises:
        CheckpointError: the checkpoint has more classes than the workspace, and the workspace has more than two.
        DeviceError: the device is not available.
    """
    from seep.engine.inference.predict import Predictor

    with workspace.store.reading() as session:
        count = len(classes.list_classes(session))
    return Predictor(checkpoint, workspace.settings.device, classes=count)


class BatchReader:
    """Reads tiles with their margins and the statistics of their scenes.

    Args:
        read: returns a tile's pixels.
        statistics: by id of the scene.
    """

    def __init__(
        self, read: Callable[[TileRecord], PaddedTile], statistics: Mapping[int, Statistics]
    ) -> None:
        self._read, self._statistics = read, statistics

    def read(self, tiles: Sequence[TileRecord]) -> Batch:
        """Read a batch; tiles whose file is unreadable are listed apart."""
        batch = Batch([], [], [])
        for tile in tiles:
            try:
                padded = self._read(tile)
            except SeepError as error:
                batch.unreadable.append(Unreadable(tile.name, str(error)))
                continue
            batch.tiles.append(tile)
            batch.inputs.append(TileInput(tile.name, padded, self._statistics[tile.scene_id], tile.nodata))
        return batch


def workspace_reader(workspace: Workspace) -> BatchReader:
    """Return a reader of the tiles of a workspace."""
    with workspace.store.reading() as session:
        known = scenes.list_scenes(session)
    statistics = {scene.id: Statistics.from_dict(scene.statistics) for scene in known}
    return BatchReader(padded_tile_reader(workspace), statistics)


def prefetch_batches(reader: BatchReader, tiles: Iterable[TileRecord], batch_tiles: int) -> Iterator[Batch]:
    """Read tiles batch by batch; the next batch is read while the caller predicts the present one."""
    left = iter(tiles)
    group = list(islice(left, batch_tiles))
    if not group:
        return
    with ThreadPoolExecutor(1) as pool:
        pending: Future[Batch] = pool.submit(reader.read, group)
        while group:
            batch = pending.result()
            group = list(islice(left, batch_tiles))
            if group:
                pending = pool.submit(reader.read, group)
            yield batch


def predict_inputs(predictor: "Predictor", inputs: Sequence[TileInput]) -> "list[TilePrediction]":
    """Predict images; those with the same nodata value and margin share a batch.

    Where a batch does not fit the device's memory, its images are predicted one by one.

    Raises:
        DeviceMemoryError: an image does not fit the device's memory alone; the message begins with its name.
    """
    try:
        return _predict_groups(predictor, inputs)
    except DeviceMemoryError as error:
        if len(inputs) == 1:
            raise DeviceMemoryError(f"{inputs[0].name}: {error}") from error
    return [predict_inputs(predictor, [one])[0] for one in inputs]


def _predict_groups(predictor: "Predictor", inputs: Sequence[TileInput]) -> "list[TilePrediction]":
    groups: dict[tuple[float | None, int], list[int]] = {}
    for index, one in enumerate(inputs):
        groups.setdefault((one.nodata, one.padded.margin_px), []).append(index)
    results: dict[int, TilePrediction] = {}
    for (nodata, margin_px), indices in groups.items():
        images = [inputs[index].padded.image for index in indices]
        statistics = [inputs[index].statistics for index in indices]
        predicted = predictor.predict(images, statistics, nodata, margin_px)
        results |= dict(zip(indices, predicted, strict=True))
    return [results[index] for index in range(len(inputs))]


def write_predictions(
    put: PutFile, tiles: Sequence[TileRecord], results: "Sequence[TilePrediction]"
) -> list[NewPrediction]:
    """Write masks and probabilities as files; returns the database rows, which are not added yet."""
    return [
        NewPrediction(
            tile_id=tile.id,
            mask_sha256=put(encode_mask(result.mask), MASK_SUFFIX),
            probability_sha256=put(encode_probability(_to_uint8(result.seep_probability)), MASK_SUFFIX),
            values=result.values,
            classes=class_areas(result.mask),
        )
        for tile, result in zip(tiles, results, strict=True)
    ]


def _to_uint8(probability: Any) -> Mask:
    """Scale 0..1 to 0..255: a quarter of the size of float32."""
    return np.rint(np.asarray(probability, np.float32) * 255).astype(np.uint8)
