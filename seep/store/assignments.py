"""Assignments of tiles to persons, and tile locks: who has a tile open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from seep.core.records import OPEN
from seep.store import audit_log
from seep.store.schema import Tile, stamp, utc_now
from seep.store.tiles import tile_for_update

_CHUNK = 500
"""Ids per statement; some databases accept at most 999 parameters."""


def assign(session: Session, tile_ids: Sequence[int], person: str | None, author: str) -> int:
    """Assign tiles to a person, or unassign them; replaces earlier assignments.

    Args:
        tile_ids: ids of the tiles; unknown ids are ignored.
        person: the new assignee; None to unassign.
        author: who assigns, for the activity log.

    Returns:
        The number of tiles whose assignment changed.

    Raises:
        SettingsError: the name is empty or longer than 80 characters.
    """
    if person is not None:
        audit_log.check_author(person)
    values = {"assigned_to": person, "assigned_at": None if person is None else utc_now()}
    changed = 0
    for start in range(0, len(tile_ids), _CHUNK):
        chosen = Tile.id.in_(tile_ids[start : start + _CHUNK]) & Tile.assigned_to.is_distinct_from(person)
        ids = list(session.scalars(select(Tile.id).where(chosen)))
        session.execute(update(Tile).where(Tile.id.in_(ids)).values(values))
        changed += len(ids)
    if changed:
        audit_log.add(session, author, "assign", f"{changed} tiles", {"to": person})
    return changed


def lock_tile(session: Session, tile_id: int, author: str, seconds: float) -> tuple[str, str] | None:
    """Lock a tile for its author, or renew the lock; fails if another person has locked it.

    Args:
        seconds: duration of the lock, unless it is renewed.

    Returns:
        None if the tile is locked now. Otherwise the name of the holder and the end of the holder's lock
        (ISO 8601, UTC), and nothing changed.

    Raises:
        MissingError: there is no such tile.
        SettingsError: the name is empty or longer than 80 characters.
    """
    audit_log.check_author(author)
    tile = tile_for_update(session, tile_id)
    if tile.locked_by not in {None, author} and (tile.locked_until or "") > utc_now():
        return str(tile.locked_by), str(tile.locked_until)
    tile.locked_by = author
    tile.locked_until = stamp(datetime.now(UTC) + timedelta(seconds=seconds))
    return None


def unlock_tile(session: Session, tile_id: int, author: str) -> None:
    """Unlock a tile; nothing happens if the author has not locked it.

    Raises:
        MissingError: there is no such tile.
    """
    tile = tile_for_update(session, tile_id)
    if tile.locked_by == author:
        tile.locked_by = tile.locked_until = None


def unavailable_to(session: Session, tile_ids: Sequence[int], author: str) -> dict[int, str]:
    """Return which of these tiles are locked by or assigned to others, as {tile id: name}."""
    locked = Tile.locked_by.is_not(None) & (Tile.locked_by != author) & (Tile.locked_until > utc_now())
    assigned = Tile.assigned_to.is_not(None) & (Tile.assigned_to != author)
    found: dict[int, str] = {}
    for start in range(0, len(tile_ids), _CHUNK):
        query = select(Tile.id, Tile.locked_by, Tile.assigned_to).where(
            Tile.id.in_(tile_ids[start : start + _CHUNK]), or_(locked, assigned)
        )
        for tile_id, locked_by, assigned_to in session.execute(query):
            found[tile_id] = str(assigned_to if assigned_to not in {None, author} else locked_by)
    return found


def closed_tiles(session: Session, tile_ids: Sequence[int]) -> dict[int, str]:
    """Return which of these tiles are no longer open, as {tile id: state}."""
    found: dict[int, str] = {}
    for start in range(0, len(tile_ids), _CHUNK):
        query = select(Tile.id, Tile.state).where(Tile.id.in_(tile_ids[start : start + _CHUNK]))
        found |= {tile_id: state for tile_id, state in session.execute(query) if state not in OPEN}
    return found


def assigned_people(session: Session) -> list[str]:
    """Return the names of all assignees, sorted."""
    query = select(Tile.assigned_to).where(Tile.assigned_to.is_not(None)).distinct()
    return sorted(str(one) for one in session.scalars(query))
