"""Running a network on tiles: load it, read ahead, predict, keep what it found as files."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.image.normalize import Statistics
from seep.core.masks.mask import Mask, encode_mask, encode_probability
from seep.errors import DeviceMemoryError, SeepError
from seep.store import checkpoints, classes, scenes
from seep.store.records import NewPrediction, TileRecord
from seep.workflow.inference.context import Seen, around_tiles
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, WEIGHTS_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.inference.predict import Predictor, TilePrediction

Batch = tuple[list[TileRecord], list[Seen], list[tuple[str, str]]]
"""Tiles that could be read, what the network sees of them, and name and reason of those that could not."""


def warm_up() -> None:
    """Import torch and the engine, so that the next job starts at once."""
    import seep.engine.inference.predict
    import seep.engine.training.train  # noqa: F401 - imported to have been imported


def load(workspace: Workspace, checkpoint_id: int) -> "Checkpoint":
    """Load a checkpoint of the workspace, its hash checked.

    Raises:
        MissingError: there is no such checkpoint.
        CheckpointError: its file is gone, damaged or foreign.
    """
    from seep.engine.checkpoint import load_checkpoint

    with workspace.store.reading() as session:
        record = checkpoints.get_checkpoint(session, checkpoint_id)
    path = workspace.store.files.path(record.weights_sha256, WEIGHTS_SUFFIX)
    return load_checkpoint(path, record.weights_sha256)


def ready(workspace: Workspace, checkpoint: "Checkpoint") -> "Predictor":
    """Make a checkpoint ready for prediction with the workspace's classes, on the device of its settings.

    Raises:
        CheckpointError: it knows more classes than the workspace, and the workspace has not just two.
        DeviceError: the device is not there.
    """
    from seep.engine.inference.predict import Predictor

    with workspace.store.reading() as session:
        count = len(classes.list_classes(session))
    return Predictor(checkpoint, workspace.settings.device, classes=count)


def scene_statistics(workspace: Workspace) -> dict[int, Statistics]:
    """Return how each scene is normalized, by the scene's id."""
    with workspace.store.reading() as session:
        return {scene.id: Statistics.from_dict(scene.statistics) for scene in scenes.list_scenes(session)}


def read_ahead(workspace: Workspace, batches: list[list[TileRecord]]) -> Iterator[Batch]:
    """Read the next batch, with what lies around its tiles, while the present one is predicted."""
    see = around_tiles(workspace)

    def read(batch: list[TileRecord]) -> Batch:
        tiles, images, failed = list[TileRecord](), list[Seen](), list[tuple[str, str]]()
        for tile in batch:
            try:
                images.append(see(tile))
                tiles.append(tile)
            except SeepError as error:
                failed.append((tile.name, str(error)))
        return tiles, images, failed

    with ThreadPoolExecutor(1) as pool:
        ahead: Future[Batch] = pool.submit(read, batches[0])
        for following in [*batches[1:], None]:
            present = ahead.result()
            if following is not None:
                ahead = pool.submit(read, following)
            yield present


def predict_batch(
    predictor: "Predictor",
    tiles: Sequence[TileRecord],
    seen: Sequence[Seen],
    statistics: dict[int, Statistics],
) -> "list[TilePrediction]":
    """Predict tiles whose images were read."""
    return predict_mixed(
        predictor,
        [one.image for one in seen],
        [statistics[tile.scene_id] for tile in tiles],
        [tile.nodata for tile in tiles],
        [one.margin_px for one in seen],
        names=[tile.name for tile in tiles],
    )


def predict_mixed(
    predictor: "Predictor",
    images: Sequence[Any],
    statistics: Sequence[Statistics],
    nodata: Sequence[float | None],
    margins_px: Sequence[int],
    *,
    names: Sequence[str],
) -> "list[TilePrediction]":
    """Predict images of which each has its own nodata value and margin; like ones go through together.

    Raises:
        DeviceMemoryError: an image does not fit the device's memory alone; the message begins with its name.
    """
    try:
        return _predicted(predictor, images, statistics, nodata, margins_px)
    except DeviceMemoryError as error:
        if len(images) == 1:
            raise DeviceMemoryError(f"{names[0]}: {error}") from error
    each = zip(images, statistics, nodata, margins_px, names, strict=True)
    return [
        predict_mixed(predictor, [image], [own], [value], [margin_px], names=[name])[0]
        for image, own, value, margin_px, name in each
    ]


def _predicted(
    predictor: "Predictor",
    images: Sequence[Any],
    statistics: Sequence[Statistics],
    nodata: Sequence[float | None],
    margins_px: Sequence[int],
) -> "list[TilePrediction]":
    kinds = list(zip(nodata, margins_px, strict=True))
    found: dict[int, TilePrediction] = {}
    for value, margin_px in dict.fromkeys(kinds):
        chosen = [number for number, one in enumerate(kinds) if one == (value, margin_px)]
        predicted = predictor.predict(
            [images[number] for number in chosen],
            [statistics[number] for number in chosen],
            value,
            margin_px,
        )
        found |= dict(zip(chosen, predicted, strict=True))
    return [found[number] for number in range(len(images))]


def kept(
    workspace: Workspace, tiles: Sequence[TileRecord], found: "Sequence[TilePrediction]"
) -> list[NewPrediction]:
    """Keep masks and probabilities as files; returns the rows to add."""
    files = workspace.store.files
    return [
        NewPrediction(
            tile_id=tile.id,
            mask_sha256=files.put(encode_mask(one.mask), MASK_SUFFIX),
            probability_sha256=files.put(encode_probability(_in_bytes(one.seep_probability)), MASK_SUFFIX),
            likely_wrong=one.disagreement,
            useful=one.usefulness,
            confident=one.confidence,
            has_something=one.image_probability,
            classes=class_areas(one.mask),
        )
        for tile, one in zip(tiles, found, strict=True)
    ]


def _in_bytes(probability: Any) -> Mask:
    """0..1 as 0..255: a quarter of the size, and finer than anyone sees."""
    return np.rint(np.asarray(probability, np.float32) * 255).astype(np.uint8)
