"""Causes of slicks as analysts decide them. Rows are only added; the newest one in a slick holds."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from seep.core.sites.causes import CauseDecision
from seep.store import audit_log
from seep.store.schema import AUTHOR, TIME, WORD, Base, utc_now


class SlickCause(Base):
    """The cause of the slick at a point of a scene, pixels; "" takes an earlier decision back."""

    __tablename__ = "slick_cause"
    id: Mapped[int] = mapped_column(primary_key=True)
    scene_id: Mapped[int] = mapped_column(ForeignKey("scene.id"), index=True)
    x: Mapped[float]
    y: Mapped[float]
    cause: Mapped[str] = mapped_column(WORD)
    author: Mapped[str] = mapped_column(AUTHOR)
    created_at: Mapped[str] = mapped_column(TIME)


def decide(session: Session, scene_id: int, point: tuple[float, float], cause: str, author: str) -> None:
    """Add a decision.

    Args:
        point: x and y within the slick, pixels of the scene.
        cause: key of `CAUSES`, or "".

    Raises:
        SettingsError: the author's name cannot be used.
    """
    audit_log.check_author(author)
    x, y = point
    session.add(SlickCause(scene_id=scene_id, x=x, y=y, cause=cause, author=author, created_at=utc_now()))
    details = {"x": round(x, 1), "y": round(y, 1), "to": cause}
    audit_log.add(session, author, "cause", f"scene {scene_id}", details)


def list_causes(session: Session, scene_ids: Sequence[int]) -> dict[int, list[CauseDecision]]:
    """Return the decisions in scenes by scene id, the newest first."""
    query = select(SlickCause).where(SlickCause.scene_id.in_(scene_ids)).order_by(SlickCause.id.desc())
    found: dict[int, list[CauseDecision]] = {}
    for row in session.scalars(query):
        decision = CauseDecision(row.x, row.y, row.cause, row.author, row.created_at)
        found.setdefault(row.scene_id, []).append(decision)
    return found
