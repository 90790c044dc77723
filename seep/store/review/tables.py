"""The tables of this package, as SQLAlchemy models; see `seep.store.schema`."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from seep.store.schema import AUTHOR, TIME, WORD, Base


class SecondMask(Base):
    """A mask of a reviewed tile that `author` draws without seeing the first one; both are revisions.

    `revision_id` is the second mask, of kind "second" and never the head. `adjudication` is one of `ADJUDICATIONS`, and
    `adjudicated_id` the revision that became ground truth.
    """

    __tablename__ = "second_mask"
    id: Mapped[int] = mapped_column(primary_key=True)
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"))
    author: Mapped[str] = mapped_column(AUTHOR)
    first_revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    shows_prediction: Mapped[bool]
    requested_by: Mapped[str] = mapped_column(AUTHOR)
    requested_at: Mapped[str] = mapped_column(TIME)
    revision_id: Mapped[int | None]
    finished_at: Mapped[str | None] = mapped_column(TIME)
    adjudication: Mapped[str | None] = mapped_column(WORD)
    adjudicated_by: Mapped[str | None] = mapped_column(AUTHOR)
    adjudicated_at: Mapped[str | None] = mapped_column(TIME)
    adjudicated_id: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("tile_id", "author"),
        Index("ix_second_mask_author", "author", "finished_at"),
    )


class ActiveTime(Base):
    """A piece of the active time of a person on a tile; `events` counts clicks, keys, undo steps and edits by tool."""

    __tablename__ = "active_time"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(String(64), unique=True)
    tile_id: Mapped[int] = mapped_column(ForeignKey("tile.id"), index=True)
    author: Mapped[str] = mapped_column(AUTHOR, index=True)
    started_at: Mapped[str] = mapped_column(TIME)
    looking_ms: Mapped[int]
    drawing_ms: Mapped[int]
    deciding_ms: Mapped[int]
    events: Mapped[dict[str, Any]]
