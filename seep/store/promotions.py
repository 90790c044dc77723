"""The promotion stack: the newest promotion that was not rolled back names the active checkpoint."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from seep.core.records import PromotionRecord
from seep.errors import MissingError
from seep.store.schema import Promotion, utc_now


def active_checkpoint_id(session: Session) -> int | None:
    """Return the id of the active checkpoint, None before the first promotion."""
    top = _top(session)
    return None if top is None else top.checkpoint_id


def push(session: Session, checkpoint_id: int, author: str) -> None:
    """Add a checkpoint to the top of the stack."""
    session.add(Promotion(checkpoint_id=checkpoint_id, author=author, created_at=utc_now()))
    session.flush()


def pop(session: Session, author: str) -> int:
    """Mark the newest active promotion as rolled back; returns the id of the new active checkpoint.

    Raises:
        MissingError: the stack has no earlier promotion.
    """
    top, below = (*_standing(session, 2), None, None)[:2]
    if top is None or below is None:
        raise MissingError(
            "No other version was active before this one, so it cannot be rolled back. "
            "Promote another version instead."
        )
    top.rolled_back_by = author
    top.rolled_back_at = utc_now()
    session.flush()
    return below.checkpoint_id


def is_on_stack(session: Session, checkpoint_id: int) -> bool:
    """Tell whether a checkpoint is active or a rollback could make it active."""
    query = exists().where(Promotion.checkpoint_id == checkpoint_id, Promotion.rolled_back_at.is_(None))
    return bool(session.scalar(select(query)))


def list_promotions(session: Session) -> list[PromotionRecord]:
    """Return all promotions, newest first, including those that were rolled back."""
    return [
        PromotionRecord(**{name: getattr(row, name) for name in PromotionRecord.__dataclass_fields__})
        for row in session.scalars(select(Promotion).order_by(Promotion.id.desc()))
    ]


def _top(session: Session) -> Promotion | None:
    return next(iter(_standing(session, 1)), None)


def _standing(session: Session, count: int) -> list[Promotion]:
    query = select(Promotion).where(Promotion.rolled_back_at.is_(None)).order_by(Promotion.id.desc())
    return list(session.scalars(query.limit(count)))
