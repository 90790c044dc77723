"""Tile rows and the areas of their shown masks, for the other modules of the store."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import UNSURE
from seep.core.records import REVIEWED, NewTile, TileRecord
from seep.errors import MissingError
from seep.store.schema import Revision, Tile, TileClass

WITH_TRASH = {"with_trash": True}
"""Execution options of a query that reads deleted tiles and scenes too; see `seep.store.deleted`."""

IMPORTER = "import"
"""The author of imported masks."""


def tile_for_update(session: Session, tile_id: int) -> Tile:
    """Return a tile's row, locked until the transaction ends (SELECT FOR UPDATE; SQLite locks the database).

    Raises:
        MissingError: there is no such tile.
    """
    row = session.scalar(select(Tile).where(Tile.id == tile_id).with_for_update())
    if row is None:
        raise missing_tile(session, tile_id)
    return row


def missing_tile(session: Session, tile_id: int) -> MissingError:
    """Return the error about a tile that is in the trash, or that never existed or was deleted permanently."""
    name = session.scalar(select(Tile.trashed_name).where(Tile.id == tile_id), execution_options=WITH_TRASH)
    if name is not None:
        return MissingError(f"Tile {name} is in the trash. Restore it on the Data page.")
    return MissingError(
        f"There is no tile {tile_id} in this workspace; open the queue to choose another tile."
    )


def state_without_flag(session: Session, tile: Tile) -> str:
    """Return the state of a flagged tile after removing the flag: its reviewed state, else "unreviewed"."""
    head = None if tile.head_revision_id is None else session.get(Revision, tile.head_revision_id)
    return head.state if head is not None and head.state in REVIEWED else "unreviewed"


def is_seep(class_id: int) -> bool:
    """Tell whether a mask value is a seep class: neither background nor unsure."""
    return class_id not in (0, UNSURE)


def seep_area(classes: Mapping[int, int]) -> int:
    """Return the total area of all seep classes in pixels."""
    return sum(area for class_id, area in classes.items() if is_seep(class_id))


def class_rows(key: str, owner_id: int, classes: Mapping[int, int]) -> list[dict[str, int]]:
    """Return rows of `tile_class` or `prediction_class`; background and empty classes are left out."""
    return [
        {key: owner_id, "class_id": int(class_id), "area_px": int(area)}
        for class_id, area in classes.items()
        if class_id != 0 and area > 0
    ]


def set_shown_areas(session: Session, tile: Tile, classes: Mapping[int, int]) -> None:
    """Store the class areas of a tile's shown mask, for filters and orders."""
    tile.seep_area_px = seep_area(classes)
    session.execute(delete(TileClass).where(TileClass.tile_id == tile.id))
    rows = class_rows("tile_id", tile.id, classes)
    if rows:
        session.execute(insert(TileClass), rows)


def new_row(tile: NewTile, scene_id: int, now: str, import_id: int | None = None) -> Tile:
    """Return the row of a new tile, without its head revision."""
    return Tile(
        scene_id=scene_id,
        name=tile.name,
        number=tile.number,
        path=tile.path,
        x=tile.x,
        y=tile.y,
        width=tile.width,
        height=tile.height,
        bands=tile.bands,
        dtype=tile.dtype,
        nodata=tile.nodata,
        sha256=tile.sha256,
        state=tile.state,
        seep_area_px=None if tile.mask_sha256 is None else seep_area(tile.classes),
        updated_at=now,
        import_id=import_id,
    )


def import_revision(tile_id: int, mask_sha256: str, state: str, now: str) -> Revision:
    """Return the row of an imported mask's revision."""
    return Revision(
        tile_id=tile_id,
        kind="import",
        author=IMPORTER,
        created_at=now,
        mask_sha256=mask_sha256,
        correction_px=0,
        state=state,
        truth=True,
    )


def overlapping(session: Session, tile_id: int) -> list[int]:
    """Return the ids of the windows that share pixels with a window of the same raster, lowest first.

    Raises:
        MissingError: there is no such tile.
    """
    tile = session.scalar(select(Tile).where(Tile.id == tile_id))
    if tile is None:
        raise missing_tile(session, tile_id)
    query = select(Tile.id).where(
        Tile.scene_id == tile.scene_id,
        Tile.id != tile_id,
        Tile.x < tile.x + tile.width,
        Tile.x + Tile.width > tile.x,
        Tile.y < tile.y + tile.height,
        Tile.y + Tile.height > tile.y,
    )
    return list(session.scalars(query.order_by(Tile.id)))


_OWN = TileRecord._fields[:-3]
"""All but the values of the prediction, and the name and the split of the scene."""


def tile_columns() -> list[InstrumentedAttribute[Any]]:
    """Return the columns that `tile_record` reads."""
    return [getattr(Tile, name) for name in (*_OWN, *OrderValues._fields)]


def tile_record(row: Any, scene: str, split: str) -> TileRecord:
    """Return a tile's record from its row, or a row with `tile_columns`, and the name and split of its scene."""
    values = row if isinstance(row, Row) else [getattr(row, name) for name in (*_OWN, *OrderValues._fields)]
    own = len(_OWN)
    return TileRecord._make((*values[:own], OrderValues._make(values[own:]), scene, split))
