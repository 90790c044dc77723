"""The trash: deleted tiles and scenes keep all their rows, and no query sees them until they are restored."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Table,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    union,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from seep.core.masks.mask import UNSURE
from seep.core.records import TrashRecord
from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.key_value import get_value, set_value
from seep.store.schema import Base, Prediction, Revision, Scene, Tile, TileClass, Trash, utc_now
from seep.store.tiles import WITH_TRASH

_CHUNK = 500
"""Ids per statement; some databases accept at most 999 parameters."""

_GONE = 0
"""Entry of the rows that are deleted permanently but still exist; no entry has this id."""

_CHANGES = "trash changes"
_MAX_NAMES = 3
_NO_SYNC = {"synchronize_session": False}


def put_tiles(session: Session, tile_ids: Sequence[int], kind: str, name: str, author: str) -> TrashRecord:
    """Move tiles to the trash as one entry; a scene whose last tile goes, goes too.

    Revisions, drafts and predictions stay as they are. Locks of the tiles end.

    Args:
        tile_ids: of the tiles; ids without a tile, and of deleted tiles, are ignored.
        kind: one of `TRASH_KINDS`.
        name: name of the entry, such as that of the scene.

    Raises:
        MissingError: none of the tiles exists.
        SettingsError: the author's name is invalid.
    """
    audit_log.check_author(author)
    entry = Trash(kind=kind, name=name[:255], author=author, created_at=utc_now())
    session.add(entry)
    session.flush()
    for first in range(0, len(tile_ids), _CHUNK):
        chosen = Tile.id.in_(tile_ids[first : first + _CHUNK]) & Tile.trash_id.is_(None)
        values = {
            "trash_id": entry.id,
            "trashed_name": Tile.name,
            "name": _hidden_name(Tile.id),
            "locked_by": None,
            "locked_until": None,
        }
        session.execute(update(Tile).where(chosen).values(values), execution_options=_NO_SYNC)
    in_entry = select(Tile.scene_id).where(Tile.trash_id == entry.id)
    kept = exists().where(Tile.scene_id == Scene.id, Tile.trash_id.is_(None)).correlate(Scene)
    scene = {"trash_id": entry.id, "trashed_name": Scene.name, "name": _hidden_name(Scene.id)}
    session.execute(
        update(Scene).where(Scene.id.in_(in_entry), ~kept).values(scene), execution_options=_NO_SYNC
    )
    record = _after(session, entry.id)
    if not record.tiles:
        raise MissingError("There are no such tiles in this workspace; reload the list of tiles.")
    details = {"tiles": record.tiles, "scenes": record.scenes}
    audit_log.add(session, author, "delete", f"trash {entry.id}", details | {"name": record.name})
    return record


def list_trash(session: Session) -> list[TrashRecord]:
    """Return the entries of the trash, newest first."""
    tiles = _counts(session, Tile)
    scenes = _counts(session, Scene)
    rows = session.scalars(select(Trash).order_by(Trash.id.desc()))
    return [_record(row, tiles.get(row.id, 0), scenes.get(row.id, 0)) for row in rows]


def get_trash(session: Session, trash_id: int) -> TrashRecord:
    """Return an entry of the trash.

    Raises:
        MissingError: there is no such entry.
    """
    for record in list_trash(session):
        if record.id == trash_id:
            return record
    raise MissingError(f"The trash has no entry {trash_id}. It was restored or deleted; reload the list.")


def restore(session: Session, trash_id: int, author: str) -> TrashRecord:
    """Move the tiles of an entry back, with the scenes that they need, and remove the entry.

    Raises:
        SettingsError: tiles or scenes of the same names were imported in the meantime; nothing changed.
        MissingError: there is no such entry.
    """
    record = get_trash(session, trash_id)
    in_entry = select(Tile.scene_id).where(Tile.trash_id == trash_id)
    scenes = Scene.trash_id.is_not(None) & (Scene.id.in_(in_entry) | (Scene.trash_id == trash_id))
    tiles = Tile.trash_id == trash_id
    _check_names(session, Scene, scenes, "scene")
    _check_names(session, Tile, tiles, "tile")
    for table, chosen in ((Scene, scenes), (Tile, tiles)):
        values = {"name": table.trashed_name, "trashed_name": None, "trash_id": None}
        session.execute(update(table).where(chosen).values(values), execution_options=_NO_SYNC)
    session.execute(delete(Trash).where(Trash.id == trash_id))
    _count_tiles(session)
    details = {"tiles": record.tiles, "scenes": record.scenes, "name": record.name}
    audit_log.add(session, author, "undelete", f"trash {trash_id}", details)
    return record


def delete_permanently(session: Session, trash_id: int, author: str) -> TrashRecord:
    """Delete the tiles of an entry with all their revisions, drafts and predictions, and remove the entry.

    Runs keep their weights and metrics, but no longer list the deleted revisions. Rows with the highest ids stay
    hidden until later rows exist: SQLite would give their ids to new rows, and browsers keep pixels by id.

    Raises:
        MissingError: there is no such entry.
    """
    record = get_trash(session, trash_id)
    for table in (Tile, Scene):
        gone = update(table).where(table.trash_id == trash_id).values(trash_id=_GONE)
        session.execute(gone, execution_options=_NO_SYNC)
    tile, scene = _table(Tile), _table(Scene)
    _delete_rows(session, tile, (tile.c.trash_id == _GONE) & tile.c.id.not_in(_newest_tiles()))
    held = exists().where(tile.c.scene_id == scene.c.id).correlate(scene)
    newest = select(func.max(Scene.id)).scalar_subquery()
    _delete_rows(session, scene, (scene.c.trash_id == _GONE) & ~held & (scene.c.id != newest))
    session.execute(delete(Trash).where(Trash.id == trash_id))
    session.expunge_all()
    details = {"tiles": record.tiles, "scenes": record.scenes, "name": record.name}
    audit_log.add(session, author, "delete forever", f"trash {trash_id}", details)
    return record


def _newest_tiles() -> Select[int]:
    """Return a query for the tiles with the highest ids of tiles, revisions and predictions."""
    newest = [
        select(Tile.id).where(Tile.id == select(func.max(Tile.id)).scalar_subquery()),
        *(
            select(table.tile_id).where(table.id == select(func.max(table.id)).scalar_subquery())
            for table in (Revision, Prediction)
        ),
    ]
    return select(union(*newest).subquery().c[0])


def class_ids(session: Session) -> set[int]:
    """Return the class ids in the shown masks of tiles that can be restored; see `class_rows`."""
    query = select(TileClass.class_id).join(Tile, Tile.id == TileClass.tile_id).where(Tile.trash_id != _GONE)
    return {*session.scalars(query.distinct(), execution_options=WITH_TRASH)} - {UNSURE}


def changes(session: Session) -> int:
    """Return how often tiles were deleted or restored; what is cached of a scene's tiles is valid for one value."""
    return int(get_value(session, _CHANGES, 0))


def _after(session: Session, trash_id: int) -> TrashRecord:
    _count_tiles(session)
    return get_trash(session, trash_id)


def _count_tiles(session: Session) -> None:
    """Count the tiles of each scene again, and forget the loaded rows."""
    live = select(func.count(Tile.id)).where(Tile.scene_id == Scene.id, Tile.trash_id.is_(None))
    count = live.correlate(Scene).scalar_subquery()
    session.execute(update(Scene).values(tile_count=count), execution_options=_NO_SYNC)
    session.flush()
    session.expunge_all()
    set_value(session, _CHANGES, changes(session) + 1)


def _check_names(
    session: Session, table: type[Tile] | type[Scene], chosen: ColumnElement[bool], word: str
) -> None:
    """Check that the names of deleted rows are still free."""
    wanted = select(table.trashed_name).where(chosen)
    query = select(table.name).where(table.name.in_(wanted)).order_by(table.name)
    taken = list(session.scalars(query, execution_options=WITH_TRASH))
    if taken:
        more = ", ..." if len(taken) > _MAX_NAMES else ""
        raise SettingsError(
            f"This workspace has another {word} named {', '.join(taken[:_MAX_NAMES])}{more}. Nothing was restored. "
            f"Delete that {word} first, then restore this entry."
        )


def _counts(session: Session, table: type[Tile] | type[Scene]) -> dict[int, int]:
    query = select(table.trash_id, func.count()).where(table.trash_id.is_not(None)).group_by(table.trash_id)
    return {key: n for key, n in session.execute(query, execution_options=WITH_TRASH) if key is not None}


def _delete_rows(session: Session, table: Table, chosen: ColumnElement[bool]) -> None:
    """Delete rows, and first the rows of other tables that refer to them."""
    ids = select(table.c.id).where(chosen)
    for other in Base.metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is table and other is not table:
                condition = key.parent.in_(ids)
                if "id" in other.c:
                    _delete_rows(session, other, condition)
                else:
                    session.execute(delete(other).where(condition))
    session.execute(delete(table).where(chosen))


def _hidden_name(key: InstrumentedAttribute[int]) -> ColumnElement[str]:
    return literal("deleted ").concat(cast(key, String))


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _record(row: Trash, tiles: int, scenes: int) -> TrashRecord:
    return TrashRecord(row.id, row.kind, row.name, row.author, row.created_at, tiles, scenes)
