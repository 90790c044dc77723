"""Which tiles, in which order: conditions and orders that the indexes of `tile` answer."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from seep.store.records import TileFilter
from seep.store.schema import Revision, Scene, Tile, TileClass

_ORDER_COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "uncertainty": Tile.uncertainty,
    "seep_area": Tile.seep_area_px,
    "updated": Tile.updated_at,
}


def pieces(order: str, last: Tile | None) -> list[list[ColumnElement[bool]]]:
    """Cut what follows `last` into ranges that an index answers one after the other.

    One condition with OR would say the same, but the database then walks the index from its start.
    """
    if order == "name":
        return [[] if last is None else [Tile.name > last.name]]
    column = _ORDER_COLUMNS[order]
    if last is None:
        return [[column.is_not(None)], [column.is_(None)]]
    value = getattr(last, column.key)
    if value is None:
        return [[column.is_(None), Tile.id > last.id]]
    return [[column == value, Tile.id > last.id], [column < value], [column.is_(None)]]


def order_by(order: str) -> list[ColumnElement[Any]]:
    """Say as SQL how tiles are ordered; see `seep.store.scenes.list_tiles`."""
    if order == "name":
        return [Tile.name.asc(), Tile.id.asc()]
    return [_ORDER_COLUMNS[order].desc(), Tile.id.asc()]


def conditions(chosen: TileFilter) -> list[ColumnElement[bool]]:
    """Say as SQL which tiles a filter leaves."""
    found: list[ColumnElement[bool]] = []
    if chosen.scene is not None:
        found.append(Tile.scene_id.in_(select(Scene.id).where(Scene.name == chosen.scene)))
    if chosen.split is not None:
        # Not as the scene above: a split is a large part of all tiles, so the index of the order has to lead.
        found.append(exists().where(Scene.id == Tile.scene_id, Scene.split == chosen.split))
    if chosen.state is not None:
        found.append(Tile.state == chosen.state)
    if chosen.class_id == 0:
        found.append(Tile.seep_area_px == 0)
    elif chosen.class_id is not None:
        has_class = (TileClass.class_id == chosen.class_id) & (TileClass.tile_id == Tile.id)
        found.append(exists().where(has_class))
    if chosen.author is not None:
        found.append(exists().where(Revision.tile_id == Tile.id, Revision.author == chosen.author))
    if chosen.text:
        found.append(Tile.name.icontains(chosen.text, autoescape=True))
    return found
