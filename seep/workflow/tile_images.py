"""JPEG pictures of tiles, whole or in part, with a mask drawn over them."""

import hashlib

import numpy as np
from sqlalchemy.orm import Session

from seep.core.geo.grid import Window
from seep.core.image.arrays import displayed_bands
from seep.core.masks.mask import decode_mask
from seep.core.masks.thumbnail import thumbnail as draw_thumbnail
from seep.core.memory_cache import MemoryCache
from seep.core.records import TileRecord
from seep.errors import MissingError
from seep.store import classes, predictions, revisions, scenes
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

SIZES_PX = (16, 1024)

_cache = MemoryCache[str, bytes](4000)
"""JPEGs by ETag, about 8 kB each."""


def thumbnail(
    workspace: Workspace, tile_id: int, size_px: int = 128, overlay: bool = True
) -> tuple[bytes, str]:
    """Draw a thumbnail of a tile.

    Args:
        size_px: longer side in pixels, clipped to 16 to 1024.
        overlay: draw the newest revision, else the prediction, over the image.

    Returns:
        A JPEG, and an ETag that changes with the picture.

    Raises:
        MissingError: there is no such tile.
        ImageError: the tile's file is missing or damaged.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        sha256 = shown_sha256(session, tile) if overlay else None
    size_px = max(SIZES_PX[0], min(size_px, SIZES_PX[1]))
    return _picture(workspace, tile, sha256, Window(0, 0, tile.width, tile.height), size_px)


def part(
    workspace: Workspace,
    tile_id: int,
    window: Window,
    size_px: int,
    *,
    prediction_id: int | None = None,
    revision_id: int | None = None,
) -> tuple[bytes, str]:
    """Draw a part of a tile.

    Args:
        window: the part, in pixels of the tile; clipped to the tile.
        size_px: longer side in pixels; small parts are enlarged by an integer factor.
        prediction_id: prediction whose mask is drawn over the image.
        revision_id: revision whose mask is drawn instead; with neither, only the image is drawn.

    Returns:
        A JPEG, and an ETag that changes with the picture.

    Raises:
        MissingError: there is no such tile, prediction or revision of it, or the window is outside the tile.
        ImageError: the tile's file is missing or damaged.
        StorageError: the mask's file is missing or damaged.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        sha256 = _mask_sha256(session, tile_id, prediction_id, revision_id)
    if window.y >= tile.height or window.x >= tile.width:
        raise MissingError(
            f"Tile {tile.name} has {tile.width} x {tile.height} pixels; the window starts outside of it."
        )
    return _picture(workspace, tile, sha256, window, size_px, enlarge=True)


def shown_sha256(session: Session, tile: TileRecord) -> str | None:
    """Return the SHA-256 of a tile's shown mask: newest revision, else prediction, else None."""
    if tile.head_revision_id is not None:
        return revisions.get_revision(session, tile.head_revision_id).mask_sha256
    if tile.prediction_id is not None:
        return predictions.get_prediction(session, tile.prediction_id).mask_sha256
    return None


def _picture(
    workspace: Workspace,
    tile: TileRecord,
    sha256: str | None,
    window: Window,
    size_px: int,
    *,
    enlarge: bool = False,
) -> tuple[bytes, str]:
    with workspace.store.reading() as session:
        statistics = scenes.get_scene(session, tile.scene_id).statistics
        colors = {seep_class.id: seep_class.color for seep_class in classes.list_classes(session)}
    inside = np.s_[
        window.y : min(window.y + window.height, tile.height),
        window.x : min(window.x + window.width, tile.width),
    ]
    shown = displayed_bands(tile.bands)
    limits = tuple(zip(statistics["low"][:shown], statistics["high"][:shown], strict=True))
    key = f"{tile.sha256} {tile.x} {tile.y} {sha256} {inside} {size_px} {enlarge} {limits} {sorted(colors.items())}"
    etag = hashlib.sha256(key.encode()).hexdigest()[:32]
    cached = _cache.get(etag)
    if cached is not None:
        return cached, etag
    image = read_pixels(workspace, tile)[inside]
    mask = decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX))[inside] if sha256 else None
    # Enlarged before encoding: JPEG would blur colors across the pixels of a part of 64 px.
    factor = size_px // max(image.shape[:2]) if enlarge else 1
    if factor > 1:
        image = image.repeat(factor, axis=0).repeat(factor, axis=1)
        mask = None if mask is None else mask.repeat(factor, axis=0).repeat(factor, axis=1)
    data = draw_thumbnail(image, mask, tile.nodata, limits=limits, colors=colors, size_px=size_px)
    return _cache.put(etag, data), etag


def _mask_sha256(
    session: Session, tile_id: int, prediction_id: int | None, revision_id: int | None
) -> str | None:
    """Return the hash of a mask, which must be one of this tile."""
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
    raise MissingError(f"This mask does not belong to tile {tile_id}; reload the page.")
