"""Who works on which tile: tiles assigned to a person, and tiles that somebody has open just now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from seep.core.records import OPEN
from seep.store import audit_log
from seep.store.schema import Tile, stamp, utc_now
from seep.store.tiles import locked_tile

_CHUNK = 500
"""Ids in one statement: some databases take no more than 999 parameters."""


def assign(session: Session, tile_ids: Sequence[int], person: str | None, author: str) -> int:
    """Assign tiles to a person, or to nobody; what was said before gives way.

    Args:
        session: of a transaction.
        tile_ids: which tiles; ids that do not exist are left out.
        person: to whom; None for nobody.
        author: who says so.

    Returns:
        How many tiles are now assigned differently.

    Raises:
        SettingsError: a name that cannot be used.
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


def take(session: Session, tile_id: int, author: str, seconds: float) -> tuple[str, str] | None:
    """Take a tile for a while, or take it for longer; not where another person has it.

    Args:
        session: of a transaction.
        tile_id: which tile.
        author: who opens it.
        seconds: after which it is offered to others again, unless it is taken once more before.

    Returns:
        None, or who has it and until when (ISO 8601, UTC); then nothing changed.

    Raises:
        MissingError: there is no such tile.
        SettingsError: a name that cannot be used.
    """
    audit_log.check_author(author)
    tile = locked_tile(session, tile_id)
    if tile.taken_by not in {None, author} and (tile.taken_until or "") > utc_now():
        return str(tile.taken_by), str(tile.taken_until)
    tile.taken_by = author
    tile.taken_until = stamp(datetime.now(UTC) + timedelta(seconds=seconds))
    return None


def leave(session: Session, tile_id: int, author: str) -> None:
    """Give a tile back; nothing happens where the author does not have it.

    Raises:
        MissingError: there is no such tile.
    """
    tile = locked_tile(session, tile_id)
    if tile.taken_by == author:
        tile.taken_by = tile.taken_until = None


def with_others(session: Session, tile_ids: Sequence[int], author: str) -> dict[int, str]:
    """Return which of these tiles other people have open or are assigned, by id, with their name."""
    taken = Tile.taken_by.is_not(None) & (Tile.taken_by != author) & (Tile.taken_until > utc_now())
    assigned = Tile.assigned_to.is_not(None) & (Tile.assigned_to != author)
    found: dict[int, str] = {}
    for start in range(0, len(tile_ids), _CHUNK):
        query = select(Tile.id, Tile.taken_by, Tile.assigned_to).where(
            Tile.id.in_(tile_ids[start : start + _CHUNK]), or_(taken, assigned)
        )
        for tile_id, taken_by, assigned_to in session.execute(query):
            found[tile_id] = str(assigned_to if assigned_to not in {None, author} else taken_by)
    return found


def decided(session: Session, tile_ids: Sequence[int]) -> dict[int, str]:
    """Return which of these tiles are not open any more, by id, with their state."""
    found: dict[int, str] = {}
    for start in range(0, len(tile_ids), _CHUNK):
        query = select(Tile.id, Tile.state).where(Tile.id.in_(tile_ids[start : start + _CHUNK]))
        found |= {tile_id: state for tile_id, state in session.execute(query) if state not in OPEN}
    return found


def assigned_people(session: Session) -> list[str]:
    """Return everybody that a tile is assigned to, by name."""
    query = select(Tile.assigned_to).where(Tile.assigned_to.is_not(None)).distinct()
    return sorted(str(one) for one in session.scalars(query))
