"""Causes of slicks as analysts decide them. Rows are only added; the newest one in a slick holds."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, ForeignKey, exists, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from seep.core.records import TileRecord
from seep.core.sites.causes import CauseDecision
from seep.store import audit_log
from seep.store.schema import AUTHOR, TIME, WORD, Base, Tile, utc_now


class SlickCause(Base):
    """The cause of the slick at a point, pixels of the tile; "" takes an earlier decision back.

    Without a tile, as in rows of version 0019, the point is in pixels of the scene.
    """

    __tablename__ = "slick_cause"
    id: Mapped[int] = mapped_column(primary_key=True)
    scene_id: Mapped[int] = mapped_column(ForeignKey("scene.id"), index=True)
    tile_id: Mapped[int | None] = mapped_column(ForeignKey("tile.id"), index=True)
    x: Mapped[float]
    y: Mapped[float]
    cause: Mapped[str] = mapped_column(WORD)
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)


def decide(session: Session, tile: TileRecord, point: tuple[float, float], cause: str, author: str) -> None:
    """Add a decision; one at the point of an earlier one replaces it.

    Args:
        point: x and y within the slick, pixels of the tile.
        cause: key of `CAUSES`, or "".

    Raises:
        SettingsError: the author's name cannot be used.
    """
    audit_log.check_author(author)
    x, y = point
    row = SlickCause(
        scene_id=tile.scene_id, tile_id=tile.id, x=x, y=y, cause=cause, author=author, created_at=utc_now()
    )
    session.add(row)
    details = {"x": round(x, 1), "y": round(y, 1), "to": cause}
    audit_log.add(session, author, "cause", f"tile {tile.id}", details)


def list_causes(session: Session, scene_ids: Sequence[int]) -> dict[int, list[CauseDecision]]:
    """Return the decisions in scenes by scene id, the newest first; points are as in `SlickCause`."""
    query = select(SlickCause).where(SlickCause.scene_id.in_(scene_ids)).order_by(SlickCause.id.desc())
    found: dict[int, list[CauseDecision]] = {}
    for row in session.scalars(query):
        decision = CauseDecision(row.x, row.y, row.cause, row.author, row.created_at, row.tile_id)
        found.setdefault(row.scene_id, []).append(decision)
    return found


def has_cause(causes: Collection[str]) -> ColumnElement[bool]:
    """Return the SQL condition of tiles on which one of the causes is decided and not replaced by another."""
    return exists().where(SlickCause.tile_id == Tile.id, SlickCause.cause.in_(causes), _is_newest())


def count_tiles(session: Session) -> dict[str, int]:
    """Return the number of tiles on which each cause is decided, by cause; without those of no tile."""
    query = (
        select(SlickCause.cause, func.count(Tile.id.distinct()))
        .join(Tile, Tile.id == SlickCause.tile_id)
        .where(SlickCause.cause != "", _is_newest())
        .group_by(SlickCause.cause)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _is_newest() -> ColumnElement[bool]:
    later = aliased(SlickCause)
    same_point = (later.tile_id == SlickCause.tile_id) & (later.x == SlickCause.x) & (later.y == SlickCause.y)
    return ~exists().where(same_point, later.id > SlickCause.id)
