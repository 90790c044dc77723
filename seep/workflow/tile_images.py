"""Small pictures of tiles, whole or in part, under any mask that is kept of them."""

import hashlib
from threading import Lock

import numpy as np
from cachetools import LRUCache

from seep.core.geo.grid import Window
from seep.core.image.arrays import thumbnail as draw_thumbnail
from seep.core.masks.mask import decode_mask
from seep.errors import MissingError
from seep.store import classes, predictions, revisions, scenes
from seep.store.records import TileRecord
from seep.store.store import Session
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

SIZES_PX = (16, 1024)

_kept: LRUCache[str, bytes] = LRUCache(4000)
"""JPEGs by ETag, about 8 kB each."""
_lock = Lock()


def thumbnail(
    workspace: Workspace, tile_id: int, size_px: int = 128, overlay: bool = True
) -> tuple[bytes, str]:
    """Draw a small picture of a tile, with its newest mask over it if wanted.

    Args:
        workspace: where from.
        tile_id: which tile.
        size_px: longer side, 16 to 1024 pixels; other values are moved into that range.
        overlay: lay the newest revision, else the prediction, over the image.

    Returns:
        A JPEG, and an ETag that changes when the picture does.

    Raises:
        MissingError: there is no such tile.
        ImageError: its file is gone or damaged.
    """
    size_px = max(SIZES_PX[0], min(size_px, SIZES_PX[1]))
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        statistics = scenes.get_scene(session, tile.scene_id).statistics
        sha256 = shown_sha256(session, tile) if overlay else None
        colors = {one.id: one.color for one in classes.list_classes(session)}
    limits = (statistics["low"][0], statistics["high"][0])
    key = f"{tile.sha256} {tile.x} {tile.y} {sha256} {size_px} {limits} {sorted(colors.items())}"
    etag = hashlib.sha256(key.encode()).hexdigest()[:32]
    with _lock:
        if etag in _kept:
            return _kept[etag], etag
    mask = decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX)) if sha256 else None
    image = read_pixels(tile)
    data = draw_thumbnail(image, mask, tile.nodata, limits, colors, size_px)
    with _lock:
        _kept[etag] = data
    return data, etag


def shown_sha256(session: Session, tile: TileRecord) -> str | None:
    """Return the SHA-256 of the mask that stands for a tile: newest revision, else prediction, else None."""
    if tile.head_revision_id is not None:
        return revisions.get_revision(session, tile.head_revision_id).mask_sha256
    if tile.prediction_id is not None:
        return predictions.get_prediction(session, tile.prediction_id).mask_sha256
    return None


MAX_SIZE_PX = 1024


def part(
    workspace: Workspace,
    tile_id: int,
    window: Window,
    size_px: int,
    *,
    prediction_id: int | None = None,
    revision_id: int | None = None,
) -> tuple[bytes, str]:
    """Draw a part of a tile, a mask laid over it.

    Args:
        workspace: where from.
        tile_id: which tile.
        window: which part, in the tile's pixels; what lies outside of the tile is cut off.
        size_px: longer side of the picture; small parts are enlarged by whole numbers up to it.
        prediction_id: draw the mask of this prediction.
        revision_id: or that of this revision; with neither, the image alone.

    Returns:
        A JPEG, and an ETag that changes when the picture does.

    Raises:
        MissingError: there is no such tile, prediction or revision of it, or nothing of the tile is in the
            window.
        ImageError: the tile's file is gone or damaged.
        StorageError: the mask's file is gone or damaged.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        statistics = scenes.get_scene(session, tile.scene_id).statistics
        sha256 = _mask_sha256(session, tile_id, prediction_id, revision_id)
        colors = {one.id: one.color for one in classes.list_classes(session)}
    inside = np.s_[
        window.y : min(window.y + window.height, tile.height),
        window.x : min(window.x + window.width, tile.width),
    ]
    if window.y >= tile.height or window.x >= tile.width:
        raise MissingError(f"Tile {tile.name} has {tile.width} x {tile.height} pixels and no such part.")
    limits = (statistics["low"][0], statistics["high"][0])
    key = f"{tile.sha256} {tile.x} {tile.y} {sha256} {inside} {size_px} {limits} {sorted(colors.items())}"
    etag = hashlib.sha256(key.encode()).hexdigest()[:32]
    with _lock:
        if etag in _kept:
            return _kept[etag], etag
    image = read_pixels(tile)[inside]
    mask = decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX))[inside] if sha256 else None
    # Enlarged before it is encoded: JPEG would blur colors across the pixels of a part of 64 px.
    factor = max(1, size_px // max(image.shape[:2]))
    image = image.repeat(factor, axis=0).repeat(factor, axis=1)
    mask = None if mask is None else mask.repeat(factor, axis=0).repeat(factor, axis=1)
    data = draw_thumbnail(image, mask, tile.nodata, limits, colors, size_px)
    with _lock:
        _kept[etag] = data
    return data, etag


def _mask_sha256(
    session: Session, tile_id: int, prediction_id: int | None, revision_id: int | None
) -> str | None:
    """Find a mask, which must be of this tile: another one's would be drawn over the wrong sea."""
    if prediction_id is not None:
        prediction = predictions.get_prediction(session, prediction_id)
        if prediction.tile_id == tile_id:
            return prediction.mask_sha256
    elif revision_id is not None:
        revision = revisions.get_revision(session, revision_id)
        if revision.tile_id == tile_id:
            return revision.mask_sha256
    else:
        return None
    raise MissingError(f"That mask is not one of tile {tile_id}; reload the page.")
