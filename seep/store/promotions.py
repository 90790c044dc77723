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
    """Put a checkpoint on the stack."""
    session.add(Promotion(checkpoint_id=checkpoint_id, author=author, created_at=utc_now()))
    session.flush()


def pop(session: Session, author: str) -> int:
    """Mark the newest standing promotion as rolled back; returns the checkpoint that is active now.

    Raises:
        MissingError: no other promotion stands below it.
    """
    top, below = (*_standing(session, 2), None, None)[:2]
    if top is None or below is None:
        raise MissingError(
            "No other checkpoint was active before this one, so there is nothing to roll back to; "
            "promote another checkpoint instead."
        )
    top.rolled_back_by = author
    top.rolled_back_at = utc_now()
    session.flush()
    return below.checkpoint_id


def stands(session: Session, checkpoint_id: int) -> bool:
    """Tell whether a checkpoint is active or can become so by rolling back."""
    query = exists().where(Promotion.checkpoint_id == checkpoint_id, Promotion.rolled_back_at.is_(None))
    return bool(session.scalar(select(query)))


def list_promotions(session: Session) -> list[PromotionRecord]:
    """Return all promotions, newest first, those that were rolled back among them."""
    return [
        PromotionRecord(**{name: getattr(row, name) for name in PromotionRecord.__dataclass_fields__})
        for row in session.scalars(select(Promotion).order_by(Promotion.id.desc()))
    ]


def _top(session: Session) -> Promotion | None:
    return next(iter(_standing(session, 1)), None)


def _standing(session: Session, count: int) -> list[Promotion]:
    query = select(Promotion).where(Promotion.rolled_back_at.is_(None)).order_by(Promotion.id.desc())
    return list(session.scalars(query.limit(count)))
