"""Which tiles, in which order: conditions and orders that the indexes of `tile` answer."""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from seep.errors import SettingsError
from seep.store.clock import utc_now
from seep.store.records import OPEN, TileFilter
from seep.store.schema import Revision, Scene, Tile, TileClass

_ORDERS: dict[str, InstrumentedAttribute[Any]] = {
    "likely_wrong": Tile.likely_wrong,
    "useful": Tile.useful,
    "confident": Tile.confident,
    "has_something": Tile.has_something,
    "name": Tile.name,
    "seep_area": Tile.seep_area_px,
    "class": TileClass.area_px,
    "updated": Tile.updated_at,
    "second_look": Tile.second_look,
}
ORDERS = (*_ORDERS,)


def start(order: str, chosen: TileFilter) -> Select[Tile]:
    """Begin a query for tiles in an order.

    Raises:
        SettingsError: an unknown order, or "class" without a class to go by.
    """
    if order not in _ORDERS:
        raise SettingsError(f"There is no order {order!r}; choose one of {', '.join(ORDERS)}.")
    if order != "class":
        return select(Tile)
    if not chosen.class_id:
        raise SettingsError("The order by area of a class needs a class: choose one in the filters.")
    area = (TileClass.tile_id == Tile.id) & (TileClass.class_id == chosen.class_id)
    return select(Tile).join(TileClass, area)


def pieces(order: str, last: Tile | None, value: Any) -> list[list[ColumnElement[bool]]]:
    """Cut what follows `last`, whose value of the order is `value`, into ranges that an index answers.

    One condition with OR would say the same, but the database then walks the index from its start.
    """
    if order == "name":  # names are unique and never missing
        return [[] if last is None else [Tile.name > last.name]]
    column = _ORDERS[order]
    if last is None:
        return [[column.is_not(None)], [column.is_(None)]]
    if value is None:
        return [[column.is_(None), Tile.id > last.id]]
    return [[column == value, Tile.id > last.id], [column < value], [column.is_(None)]]


def value_column(order: str) -> InstrumentedAttribute[Any]:
    """Return the column that an order goes by."""
    return _ORDERS[order]


def order_by(order: str) -> list[ColumnElement[Any]]:
    """Say as SQL how tiles are ordered; see `seep.store.scenes.list_tiles`."""
    if order == "name":
        return [Tile.name.asc(), Tile.id.asc()]
    return [_ORDERS[order].desc(), (TileClass.tile_id if order == "class" else Tile.id).asc()]


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
        held = aliased(TileClass)  # the order by class joins the table too
        found.append(exists().where(held.class_id == chosen.class_id, held.tile_id == Tile.id))
    if chosen.author is not None:
        found.append(exists().where(Revision.tile_id == Tile.id, Revision.author == chosen.author))
    if chosen.text:
        found.append(Tile.name.icontains(chosen.text, autoescape=True))
    return found + _of_people(chosen)


def _of_people(chosen: TileFilter) -> list[ColumnElement[bool]]:
    """Say as SQL whose tiles a filter leaves, and which of them are still to be decided."""
    found: list[ColumnElement[bool]] = []
    if chosen.assigned_to is not None:
        nobody = Tile.assigned_to.is_(None)
        found.append(Tile.assigned_to == chosen.assigned_to if chosen.assigned_to else nobody)
    if chosen.offered_to is not None:
        found += [
            or_(Tile.assigned_to.is_(None), Tile.assigned_to == chosen.offered_to),
            or_(Tile.taken_by.is_(None), Tile.taken_by == chosen.offered_to, Tile.taken_until < utc_now()),
        ]
    if chosen.audit is not None:
        found.append(Tile.audit.is_(chosen.audit))
    if chosen.undecided:
        found.append(Tile.state.in_(OPEN))
    if chosen.contradicted:
        found.append(Tile.second_look.is_not(None))
    return found
