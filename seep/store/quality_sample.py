"""The quality sample: draw its tiles at random, and list their predictions and accepted masks."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, String, case, cast, exists, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from seep.core.records import OPEN, REVIEWED
from seep.store.key_value import get_value, set_value
from seep.store.schema import Audit, Prediction, Revision, Scene, Tile

DEFAULT_SHARE = 0.1
"""A tenth: about 65 of 650 tiles, enough to distinguish an IoU of 0.4 from 0.5 over ten scenes."""

# Keys of workspace values; stored databases use them.
_SHARE = "audit_share"
_LATE = "audit tiles drawn late"
_FACTOR, _MODULUS = 2654435761, 2**32


@dataclass(frozen=True)
class SamplePair:
    """The prediction and the first accepted mask of a tile of the quality sample.

    `prediction_sha256` and `mask_sha256` are hashes of mask files. `checkpoint_id` made the prediction.
    """

    tile_id: int
    scene: str
    checkpoint_id: int
    prediction_sha256: str
    mask_sha256: str


def random_key() -> ColumnElement[int]:
    """Return an expression that gives each tile a pseudo-random number, 0 to 2^32 - 1, by its id alone.

    Knuth's multiplicative hash spreads any range of values evenly over all scenes. SQL has no random function
    that gives the same numbers on every database.
    """
    return (cast(Tile.id, BigInteger) * literal(_FACTOR, BigInteger)) % literal(_MODULUS, BigInteger)


def quality_sample_share(session: Session) -> float:
    """Return the share of tiles in the quality sample, and of its tiles in a review queue, 0 to 1."""
    return float(get_value(session, _SHARE, DEFAULT_SHARE))


def set_quality_sample_share(session: Session, share: float) -> int:
    """Set the share and draw again among untouched tiles; returns the size of the sample."""
    if share > quality_sample_share(session):
        before = select(func.count(Tile.id)).where(Tile.state.in_(REVIEWED), Tile.in_sample.is_(False))
        set_value(session, _LATE, session.scalar(before) or 0)
    set_value(session, _SHARE, share)
    return draw(session, share)


def reviewed_before(session: Session) -> int:
    """Return how many reviewed tiles could not be drawn when the share was last raised."""
    return int(get_value(session, _LATE, 0))


def draw(session: Session, share: float, scene_id: int | None = None) -> int:
    """Draw the quality sample among untouched tiles; all other tiles keep their membership.

    A larger share adds tiles to the sample, a smaller share removes some of them.

    Args:
        share: share of all tiles, 0 to 1.
        scene_id: draw only among the tiles of this scene; None for all scenes.

    Returns:
        The number of tiles in the sample.
    """
    drawn = random_key() < literal(int(share * _MODULUS), BigInteger)
    untouched = (Tile.state == "unreviewed") & Tile.head_revision_id.is_(None) & (Tile.in_sample != drawn)
    if scene_id is not None:
        untouched &= Tile.scene_id == scene_id
    values = {"in_sample": case((drawn, True), else_=False)}
    session.execute(update(Tile).where(untouched).values(values).execution_options(synchronize_session=False))
    return session.scalar(select(func.count(Tile.id)).where(Tile.in_sample)) or 0


def open_tile_ids(session: Session, chosen: list[ColumnElement[bool]], limit: int) -> list[int]:
    """Return the ids of open tiles of the sample that meet all conditions, in random order."""
    query = select(Tile.id).where(Tile.in_sample, Tile.state.in_(OPEN), *chosen)
    return list(session.scalars(query.order_by(random_key(), Tile.id).limit(limit)))


def counts(session: Session) -> tuple[int, int]:
    """Return the number of tiles in the sample, and the number of those still open."""
    query = select(func.count(Tile.id), func.sum(case((Tile.state.in_(OPEN), 1), else_=0))).where(
        Tile.in_sample
    )
    total, still_open = session.execute(query).one()
    return int(total), int(still_open or 0)


def pairs(session: Session, limit: int) -> list[SamplePair]:
    """Return the prediction and the accepted mask of the reviewed tiles of the sample, newest `limit`.

    Only the first ground-truth mask counts: no run can have trained on the tile before. Tiles without a
    prediction at that time, and tiles imported with a mask, are left out. So are tiles whose first accept
    was undone or reopened: a run may have trained on the tile before its next accept.
    """
    after = aliased(Revision)
    reopened = exists().where(
        after.parent_id == Revision.id, after.kind.in_(("reopen", "restore")), after.truth.is_(False)
    )
    subject = literal("tile ").concat(cast(Tile.id, String))
    withdrawn = exists().where(Audit.subject == subject, Audit.action == "withdraw")
    first = select(func.min(Revision.id)).where(Revision.truth).group_by(Revision.tile_id).scalar_subquery()
    query = (
        select(Tile.id, Scene.name, Prediction.checkpoint_id, Prediction.mask_sha256, Revision.mask_sha256)
        .join(Revision, Revision.tile_id == Tile.id)
        .join(Prediction, Prediction.id == Revision.prediction_id)
        .join(Scene, Scene.id == Tile.scene_id)
        .where(Tile.in_sample, Revision.kind == "accept", Revision.id.in_(first), ~reopened, ~withdrawn)
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    return [SamplePair(*row) for row in session.execute(query)]
