"""Small pictures of tiles, for the queue and for Browse."""

import hashlib
from collections import OrderedDict
from threading import Lock

from seep.core.mask import decode_mask
from seep.core.raster import thumbnail as draw_thumbnail
from seep.store import classes, predictions, revisions, scenes
from seep.store.records import TileRecord
from seep.store.store import Session
from seep.workflow.pixels import read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

SIZES_PX = (16, 1024)

_MAX_KEPT = 4000  # some 7 kB each
_kept: OrderedDict[str, bytes] = OrderedDict()
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
        colours = {one.id: one.colour for one in classes.list_classes(session)}
    limits = (statistics["low"][0], statistics["high"][0])
    key = f"{tile.sha256} {tile.x} {tile.y} {sha256} {size_px} {limits} {sorted(colours.items())}"
    etag = hashlib.sha256(key.encode()).hexdigest()[:32]
    with _lock:
        if etag in _kept:
            _kept.move_to_end(etag)
            return _kept[etag], etag
    mask = decode_mask(workspace.store.files.read(sha256, MASK_SUFFIX)) if sha256 else None
    image = read_pixels(tile)
    data = draw_thumbnail(image, mask, tile.nodata, limits, colours, size_px)
    with _lock:
        _kept[etag] = data
        if len(_kept) > _MAX_KEPT:
            _kept.popitem(last=False)
    return data, etag


def shown_sha256(session: Session, tile: TileRecord) -> str | None:
    """Return the SHA-256 of the mask that stands for a tile: newest revision, else prediction, else None."""
    if tile.head_revision_id is not None:
        return revisions.get_revision(session, tile.head_revision_id).mask_sha256
    if tile.prediction_id is not None:
        return predictions.get_prediction(session, tile.prediction_id).mask_sha256
    return None
