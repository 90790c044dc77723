"""Pixels and masks of stored tiles."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.core.image.normalize import Statistics, normalize
from seep.core.masks.mask import UNSURE, Mask, count_ids, decode_mask
from seep.core.records import TileRecord
from seep.errors import ImageError, MissingError
from seep.io.images import read_window
from seep.store import predictions, revisions
from seep.store.store import StoredFiles
from seep.workflow.actor import Actor, requires
from seep.workflow.locators import local_path
from seep.workflow.workspace import MASK_SUFFIX, Workspace


def read_pixels(workspace: Workspace, tile: TileRecord) -> npt.NDArray[Any]:
    """Read the pixels of a tile where its file lies; see `read_stored_pixels`."""
    return read_stored_pixels(workspace.store, tile)


def read_stored_pixels(store: StoredFiles, tile: TileRecord) -> npt.NDArray[Any]:
    """Read the pixels of a tile where its file lies.

    Returns:
        (H, W) or (H, W, bands), the file's dtype.

    Raises:
        ImageError: the file is gone, damaged, or has another size than at import.
        StorageError: it lies in a bucket that cannot be read.
    """
    try:
        return read_window(local_path(store, tile.path), Window(tile.x, tile.y, tile.width, tile.height))
    except ImageError as error:
        raise ImageError(f"The pixels of tile {tile.name} cannot be read: {error}") from error


def normalized_pixels(
    workspace: Workspace, tile: TileRecord, statistics: Statistics
) -> npt.NDArray[np.float32]:
    """Read the pixels of a tile as the input of a network, without its surroundings; errors as `read_stored_pixels`.

    Returns:
        float32 (bands + 1, H, W); see `seep.core.image.normalize`.
    """
    return normalize(read_pixels(workspace, tile), statistics, tile.nodata)


def image_path(workspace: Workspace, tile: TileRecord) -> Path:
    """Return the path of a tile's image on this machine; see `local_path`."""
    return local_path(workspace.store, tile.path)


def class_areas(mask: Mask) -> dict[int, int]:
    """Count the pixels of every seep class in a mask; background and unsure are left out."""
    counts = count_ids(mask)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts) if value not in {0, UNSURE}}


def read_mask(workspace: Workspace, sha256: str) -> Mask:
    """Read a stored mask, (H, W) uint8.

    Raises:
        StorageError: its file is gone or damaged.
    """
    return decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX))


def revision_mask(workspace: Workspace, revision_id: int) -> Mask:
    """Return the mask of a revision, (H, W) uint8.

    Raises:
        MissingError: there is no such revision.
        StorageError: its file is gone or damaged.
    """
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
    return read_mask(workspace, revision.mask_sha256)


def prediction_mask(workspace: Workspace, prediction_id: int) -> Mask:
    """Return the mask of a prediction, (H, W) uint8; errors as `revision_mask`."""
    with workspace.store.reading() as session:
        prediction = predictions.get_prediction(session, prediction_id)
    return read_mask(workspace, prediction.mask_sha256)


def prediction_probability(workspace: Workspace, prediction_id: int) -> Mask:
    """Return the seep probability of a prediction, (H, W) uint8: 0 is 0.0, 255 is 1.0."""
    with workspace.store.reading() as session:
        prediction = predictions.get_prediction(session, prediction_id)
    if prediction.probability_sha256 is None:
        raise MissingError(f"Prediction {prediction_id} kept no probability.")
    return read_mask(workspace, prediction.probability_sha256)


@requires("viewer", "open tiles")
def draft_mask(workspace: Workspace, tile_id: int, actor: Actor) -> Mask:
    """Return the draft that this author has on a tile, (H, W) uint8.

    Raises:
        MissingError: there is none.
    """
    with workspace.store.reading() as session:
        draft = revisions.get_draft(session, tile_id, actor.name)
    if draft is None:
        raise MissingError(f"{actor.name} has no draft on tile {tile_id}.")
    return read_mask(workspace, draft.mask_sha256)


def tile_version(tile: TileRecord) -> str:
    """Return a name for a tile's current look: its pixels, head revision and prediction."""
    return f"{tile.sha256[:8]}-{tile.head_revision_id or 0}-{tile.prediction_id or 0}"
