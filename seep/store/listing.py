"""Tiles in an order, a page at a time, and what else the queue asks for by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seep.errors import MissingError
from seep.store.ordering import conditions, order_by, pieces, start, value_column
from seep.store.records import TileFilter, TileRecord
from seep.store.schema import Scene, Tile, TileClass
from seep.store.tiles import tile_record

_CHUNK = 500
"""Ids in one statement: some databases take no more than 999 parameters."""


@dataclass(frozen=True)
class TileChance:
    """What the "useful" order needs of a tile: its scene, its largest class, and how useful it is."""

    id: int
    scene_id: int
    class_id: int
    useful: float | None


def list_tiles(
    session: Session,
    chosen: TileFilter | None = None,
    order: str = "name",
    limit: int | None = 50,
    after: int | None = None,
) -> list[TileRecord]:
    """Return one page of tiles.

    Pages go by key and not by number: a page deep in a million rows costs 0.1 ms this way and 67 ms with
    OFFSET, and tiles that leave the filter in between make none of the others skip.

    Args:
        session: any.
        chosen: which tiles; all by default.
        order: "likely_wrong", "confident", "has_something" (by the image head), "seep_area", "class" (area of
            the filter's class), "second_look", "useful", "updated": highest or latest first, None last;
            "name": scene after scene. Ties go by id.
        limit: at most so many; None for all.
        after: id of the last tile of the page before (it need not be in the filter any more).

    Raises:
        SettingsError: an unknown order, or "class" without a class in the filter.
        MissingError: there is no tile `after`.
    """
    asked = chosen or TileFilter()
    begun = start(order, asked)
    last = None if after is None else session.get(Tile, after)
    if after is not None and last is None:
        raise MissingError(f"There is no tile {after} to go on from; start again at the first page.")
    scenes = {row.id: (row.name, row.split) for row in session.scalars(select(Scene))}
    value = (
        None
        if last is None
        else session.scalar(begun.with_only_columns(value_column(order)).where(Tile.id == last.id))
    )
    wanted = conditions(asked)
    rows: list[Tile] = []
    for piece in pieces(order, last, value):
        if limit is not None and len(rows) >= limit:
            break
        query = begun.where(*wanted, *piece).order_by(*order_by(order))
        rows += session.scalars(query if limit is None else query.limit(limit - len(rows)))
    return [tile_record(row, *scenes[row.scene_id]) for row in rows]


def count_tiles(session: Session, chosen: TileFilter | None = None) -> int:
    """Return how many tiles a filter leaves."""
    return session.scalar(select(func.count(Tile.id)).where(*conditions(chosen or TileFilter()))) or 0


def tiles_by_id(session: Session, tile_ids: Sequence[int]) -> list[TileRecord]:
    """Return tiles in the order of their ids as given; those that do not exist are left out."""
    scenes = {row.id: (row.name, row.split) for row in session.scalars(select(Scene))}
    found: dict[int, TileRecord] = {}
    for first in range(0, len(tile_ids), _CHUNK):
        rows = session.scalars(select(Tile).where(Tile.id.in_(tile_ids[first : first + _CHUNK])))
        found |= {row.id: tile_record(row, *scenes[row.scene_id]) for row in rows}
    return [found[one] for one in tile_ids if one in found]


def candidates(session: Session, chosen: TileFilter, limit: int) -> list[TileChance]:
    """Return the most useful tiles of a filter, at most `limit`, those without a value last."""
    query = select(Tile.id, Tile.scene_id, Tile.useful).where(*conditions(chosen))
    rows: list[Any] = []
    for piece in pieces("useful", None, None):
        if len(rows) < limit:
            rows += session.execute(
                query.where(*piece).order_by(*order_by("useful")).limit(limit - len(rows))
            ).all()
    largest: dict[int, tuple[int, int]] = {}
    ids = [row.id for row in rows]
    for first in range(0, len(ids), _CHUNK):
        areas = select(TileClass.tile_id, TileClass.area_px, TileClass.class_id)
        for tile_id, area_px, class_id in session.execute(
            areas.where(TileClass.tile_id.in_(ids[first : first + _CHUNK]))
        ):
            largest[tile_id] = max(largest.get(tile_id, (0, 0)), (area_px, class_id))
    return [TileChance(row.id, row.scene_id, largest.get(row.id, (0, 0))[1], row.useful) for row in rows]


def class_areas(session: Session, class_id: int, tile_ids: Sequence[int]) -> dict[int, int]:
    """Return the pixels of a class in the shown masks of tiles, by tile id; tiles without it are left out."""
    found: dict[int, int] = {}
    for first in range(0, len(tile_ids), _CHUNK):
        query = select(TileClass.tile_id, TileClass.area_px).where(
            TileClass.class_id == class_id, TileClass.tile_id.in_(tile_ids[first : first + _CHUNK])
        )
        found |= {row.tile_id: row.area_px for row in session.execute(query)}
    return found
