"""Audit tiles: which ones are drawn, and what became of them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from seep.core.records import OPEN, REVIEWED
from seep.store.key_value import get_value, set_value
from seep.store.schema import Prediction, Revision, Scene, Tile

DEFAULT_SHARE = 0.1
_LATE = "audit tiles drawn late"
"""A tenth: some 65 of 650 tiles, enough to tell an IoU of 0.4 from one of 0.5 over ten scenes."""

_SHARE = "audit_share"
_FACTOR, _MODULUS = 2654435761, 2**32


@dataclass(frozen=True)
class AuditPair:
    """A prediction and the first mask that was accepted after it, of an audit tile.

    Both are SHA-256 of masks; `checkpoint_id` predicted.
    """

    tile_id: int
    scene: str
    checkpoint_id: int
    prediction_sha256: str
    mask_sha256: str


def spread() -> ColumnElement[int]:
    """A number for each tile, 0 to 2^32, that knows nothing of what the tile shows.

    Knuth's multiplicative hash: multiples of the golden ratio lie evenly, so that any first part of them is
    spread over all scenes. No random function is the same on every database.
    """
    return (Tile.id * _FACTOR) % _MODULUS


def audit_share(session: Session) -> float:
    """Return which share of tiles is drawn, and of a review queue is audit tiles, 0 to 1."""
    return float(get_value(session, _SHARE, DEFAULT_SHARE))


def set_audit_share(session: Session, share: float) -> int:
    """Set the share and draw anew among tiles that nobody has touched; returns how many are drawn now."""
    if share > audit_share(session):
        before = select(func.count(Tile.id)).where(Tile.state.in_(REVIEWED), Tile.audit.is_(False))
        set_value(session, _LATE, session.scalar(before) or 0)
    set_value(session, _SHARE, share)
    return draw(session, share)


def reviewed_before(session: Session) -> int:
    """Return how many tiles had been reviewed, and could not be drawn, when the share was last raised."""
    return int(get_value(session, _LATE, 0))


def draw(session: Session, share: float, scene_id: int | None = None) -> int:
    """Draw the audit tiles among those that nobody has touched; all others stay what they are.

    A larger share adds tiles to the same ones, a smaller one takes some away.

    Args:
        session: of a transaction.
        share: of all tiles, 0 to 1.
        scene_id: only among the tiles of this scene; None for all.

    Returns:
        How many tiles are audit tiles now.
    """
    drawn = spread() < int(share * _MODULUS)
    untouched = (Tile.state == "unreviewed") & Tile.head_revision_id.is_(None) & (Tile.audit != drawn)
    if scene_id is not None:
        untouched &= Tile.scene_id == scene_id
    values = {"audit": case((drawn, True), else_=False)}
    session.execute(update(Tile).where(untouched).values(values).execution_options(synchronize_session=False))
    return session.scalar(select(func.count(Tile.id)).where(Tile.audit)) or 0


def waiting(session: Session, chosen: list[ColumnElement[bool]], limit: int) -> list[int]:
    """Return the ids of open audit tiles that meet conditions, in an order that knows nothing of them."""
    query = select(Tile.id).where(Tile.audit, Tile.state.in_(OPEN), *chosen)
    return list(session.scalars(query.order_by(spread(), Tile.id).limit(limit)))


def counts(session: Session) -> tuple[int, int]:
    """Return how many audit tiles there are, and how many of them are still open."""
    query = select(func.count(Tile.id), func.sum(case((Tile.state.in_(OPEN), 1), else_=0))).where(Tile.audit)
    total, still_open = session.execute(query).one()
    return int(total), int(still_open or 0)


def pairs(session: Session, limit: int) -> list[AuditPair]:
    """Return what was predicted and what was accepted for each audited tile, the newest `limit` of them.

    Only the first mask that became truth counts: no run can have trained on the tile before. Without a
    prediction at that time, or where the tile came with a mask, there is no pair.
    """
    first = select(func.min(Revision.id)).where(Revision.truth).group_by(Revision.tile_id).scalar_subquery()
    query = (
        select(Tile.id, Scene.name, Prediction.checkpoint_id, Prediction.mask_sha256, Revision.mask_sha256)
        .join(Revision, Revision.tile_id == Tile.id)
        .join(Prediction, Prediction.id == Revision.prediction_id)
        .join(Scene, Scene.id == Tile.scene_id)
        .where(Tile.audit, Revision.kind == "accept", Revision.id.in_(first))
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    return [AuditPair(*row) for row in session.execute(query)]
