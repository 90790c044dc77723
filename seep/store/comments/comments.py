"""Comments on tiles: threads of a first comment and its replies."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ForeignKey, Text, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.database import is_one_of
from seep.store.schema import AUTHOR, TIME, Base, Tile, utc_now

_CHUNK = 2000


class Comment(Base):
    """A comment on a tile or at one of its pixels; `parent_id` is the first one of its thread, else None.

    `mentions` holds the names after @ between commas: ",ana,jo,". A thread is resolved in its first comment.
    """

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"), index=True)
    parent_id: Mapped[int | None]
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)
    text: Mapped[str] = mapped_column(Text)
    x: Mapped[int | None]
    y: Mapped[int | None]
    mentions: Mapped[str] = mapped_column(Text)
    resolved_by: Mapped[str | None] = mapped_column(AUTHOR)
    resolved_at: Mapped[str | None] = mapped_column(TIME)


@dataclass(frozen=True)
class CommentRecord:
    """A comment; see `Comment`. `mentions` are names."""

    id: int
    tile_id: int
    parent_id: int | None
    author: str
    created_at: str
    text: str
    x: int | None
    y: int | None
    mentions: tuple[str, ...]
    resolved_by: str | None
    resolved_at: str | None


def add(
    session: Session,
    tile_id: int,
    text: str,
    author: str,
    *,
    at: tuple[int, int] | None = None,
    parent_id: int | None = None,
    mentions: Sequence[str] = (),
) -> CommentRecord:
    """Add a comment; a reply opens a resolved thread again.

    Raises:
        MissingError: the tile has no such thread.
        SettingsError: the author's name cannot be used.
    """
    audit_log.check_author(author)
    if parent_id is not None:
        first = _thread(session, parent_id)
        if first.tile_id != tile_id:
            raise MissingError(f"Comment {parent_id} is not on this tile. Reload the tile.")
        first.resolved_by = first.resolved_at = None
    row = Comment(
        tile_id=tile_id,
        parent_id=parent_id,
        author=author,
        created_at=utc_now(),
        text=text,
        x=at[0] if at else None,
        y=at[1] if at else None,
        mentions="".join(f"{name}," for name in ("", *mentions)) if mentions else "",
    )
    session.add(row)
    session.flush()
    details = {"comment": row.id, "reply_to": parent_id, "mentions": list(mentions)}
    audit_log.announce(session, "tile.commented", author, f"tile {tile_id}", details)
    return _record(row)


def resolve(session: Session, comment_id: int, author: str, *, resolved: bool) -> CommentRecord:
    """Resolve a thread by its first comment, or open it again.

    Raises:
        MissingError: there is no such thread.
    """
    row = _thread(session, comment_id)
    row.resolved_by = author if resolved else None
    row.resolved_at = utc_now() if resolved else None
    action = "resolve comment" if resolved else "reopen comment"
    audit_log.add(session, author, action, f"tile {row.tile_id}", {"comment": row.id})
    return _record(row)


def list_comments(session: Session, tile_id: int) -> list[CommentRecord]:
    """Return the comments of a tile, oldest first."""
    query = select(Comment).where(Comment.tile_id == tile_id).order_by(Comment.id)
    return [_record(row) for row in session.scalars(query)]


def tile_of(session: Session, comment_id: int) -> int:
    """Return the tile of a thread.

    Raises:
        MissingError: there is no such thread.
    """
    return _thread(session, comment_id).tile_id


def open_counts(session: Session, tile_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of open threads of those tiles that have any."""
    found: dict[int, int] = {}
    for first in range(0, len(tile_ids), _CHUNK):
        chosen = is_one_of(session, Comment.tile_id, tile_ids[first : first + _CHUNK])
        query = select(Comment.tile_id, func.count()).where(_is_open(), chosen).group_by(Comment.tile_id)
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def count_open(session: Session, mentioned: str | None = None) -> int:
    """Return the number of tiles with open threads, or of those where somebody is mentioned in one."""
    return session.scalar(select(func.count(Tile.id)).where(has_open(mentioned))) or 0


def has_any(session: Session) -> bool:
    """Return whether the workspace has a comment."""
    return session.scalar(select(Comment.id).limit(1)) is not None


def has_open(mentioned: str | None = None) -> ColumnElement[bool]:
    """Return the SQL condition of tiles with an open thread, or with one that mentions a person."""
    if mentioned is None:
        return exists().where(Comment.tile_id == Tile.id, _is_open())
    first = Comment.__table__.alias("first_comment")
    return exists().where(
        Comment.tile_id == Tile.id,
        Comment.mentions.icontains(f",{mentioned},", autoescape=True),
        first.c.id == func.coalesce(Comment.parent_id, Comment.id),
        first.c.resolved_at.is_(None),
    )


def _is_open() -> ColumnElement[bool]:
    return Comment.parent_id.is_(None) & Comment.resolved_at.is_(None)


def _thread(session: Session, comment_id: int) -> Comment:
    row = session.get(Comment, comment_id)
    if row is None:
        raise MissingError(f"There is no comment {comment_id}. Reload the tile.")
    if row.parent_id is not None:
        raise SettingsError(f"Comment {comment_id} is a reply. Use the first comment of its thread.")
    return row


def _record(row: Comment) -> CommentRecord:
    return CommentRecord(
        row.id,
        row.tile_id,
        row.parent_id,
        row.author,
        row.created_at,
        row.text,
        row.x,
        row.y,
        tuple(name for name in row.mentions.split(",") if name),
        row.resolved_by,
        row.resolved_at,
    )
