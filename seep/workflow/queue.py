"""The review queue: which tiles, in which order, and why in that order."""

from dataclasses import dataclass
from zlib import crc32

from seep.errors import SettingsError
from seep.store import classes, scenes
from seep.store.records import TileFilter, TileRecord
from seep.workflow.workspace import Workspace

__all__ = ["MAX_LIMIT", "ORDERS", "QueueItem", "TileFilter", "count", "queue", "tile_version"]

ORDERS = {
    "likely_wrong": "Most doubtful prediction first: 1 minus its soft Dice with itself, 0 to 1.",
    "seep_area": "Largest predicted or drawn seep area first, in pixels.",
    "name": "By name: scene after scene, tile after tile.",
    "updated": "Changed last first.",
}

MAX_LIMIT = 10_000


@dataclass(frozen=True)
class QueueItem:
    """One line of the queue.

    Attributes:
        id: of the tile.
        name: of the tile.
        scene: its scene's name.
        state: unreviewed, draft, accepted, corrected, rejected or flagged.
        value: what the queue is ordered by: uncertainty 0..1, area in pixels; None for orders without.
        split: train, validation or locked.
        version: changes when the picture, its shown mask or the colours of classes change; part of
            thumbnail addresses.
    """

    id: int
    name: str
    scene: str
    state: str
    value: float | None
    split: str
    version: str


def queue(
    workspace: Workspace,
    chosen: TileFilter | None = None,
    order: str = "likely_wrong",
    limit: int = 1000,
) -> list[QueueItem]:
    """List tiles for review or browsing.

    Args:
        workspace: where from.
        chosen: which tiles; None for all.
        order: a key of `ORDERS`.
        limit: at most this many, 1 to 10,000.

    Raises:
        SettingsError: an unknown order.
    """
    if order not in ORDERS:
        raise SettingsError(f"There is no order {order!r}; choose one of {', '.join(ORDERS)}.")
    with workspace.store.reading() as session:
        tiles = scenes.list_tiles(
            session, chosen or TileFilter(), order=order, limit=max(1, min(limit, MAX_LIMIT))
        )
        colours = "".join(one.colour for one in classes.list_classes(session))
    look = f"{crc32(colours.encode()):08x}"
    return [_item(tile, order, look) for tile in tiles]


def count(workspace: Workspace, chosen: TileFilter | None = None) -> int:
    """Count the tiles that a filter leaves."""
    with workspace.store.reading() as session:
        return scenes.count_tiles(session, chosen or TileFilter())


def tile_version(tile: TileRecord) -> str:
    """Name the present look of a tile: its pixels, head revision and prediction."""
    return f"{tile.sha256[:8]}-{tile.head_revision_id or 0}-{tile.prediction_id or 0}"


def _item(tile: TileRecord, order: str, look: str) -> QueueItem:
    values = {"likely_wrong": tile.likely_wrong, "seep_area": tile.seep_area_px}
    value = values.get(order)
    return QueueItem(
        id=tile.id,
        name=tile.name,
        scene=tile.scene,
        state=tile.state,
        value=None if value is None else float(value),
        split=tile.split,
        version=f"{tile_version(tile)}-{look}",
    )
