"""Reviewed tiles that a newer prediction contradicts: what to compare, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from seep.core.records import REVIEWED
from seep.store import audit_log
from seep.store.schema import Prediction, Revision, Tile, utc_now


@dataclass(frozen=True)
class Compared:
    """An accepted mask and a prediction that its author had not seen; ids, and SHA-256 of the three files."""

    tile_id: int
    revision_id: int
    prediction_id: int
    mask_sha256: str
    prediction_sha256: str
    probability_sha256: str


def to_compare(session: Session, after: int, limit: int) -> list[Compared]:
    """Return reviewed tiles whose present prediction nobody has judged, by id, a page at a time.

    Left out are masks that were saved with this prediction in sight, and those that somebody confirmed.

    Args:
        session: any.
        after: id of the last tile of the page before, 0 for the first page.
        limit: at most so many.
    """
    query = (
        select(
            *(Tile.id, Revision.id, Prediction.id),
            *(Revision.mask_sha256, Prediction.mask_sha256, Prediction.probability_sha256),
        )
        .join(Revision, Revision.id == Tile.head_revision_id)
        .join(Prediction, Prediction.id == Tile.prediction_id)
        .where(Tile.id > after, Tile.state.in_(REVIEWED), Prediction.probability_sha256.is_not(None))
        .where(Revision.prediction_id.is_distinct_from(Tile.prediction_id))
        .where(or_(Tile.confirmed_id.is_(None), Tile.confirmed_id != Tile.head_revision_id))
        .order_by(Tile.id)
    )
    rows = session.execute(query.limit(limit))
    return [Compared(*row[:-1], str(row[-1])) for row in rows]


def set_values(session: Session, values: Mapping[Compared, float | None]) -> None:
    """Keep how far each prediction contradicts the mask, 0 to 1; None takes the tile off the list.

    Where a mask was saved or another prediction is shown meanwhile, nothing is kept: it was about the old.
    """
    for one, value in values.items():
        same = (Tile.head_revision_id == one.revision_id) & (Tile.prediction_id == one.prediction_id)
        session.execute(update(Tile).where(Tile.id == one.tile_id, same).values(second_look=value))


def confirm(session: Session, tile_ids: Sequence[int], author: str) -> int:
    """Say that the masks of tiles are right as they are; until they change nobody is asked again.

    Returns:
        How many tiles are off the list now.
    """
    done = 0
    for tile_id in tile_ids:
        tile = session.get(Tile, tile_id)
        if tile is None or tile.second_look is None:
            continue
        tile.confirmed_id, tile.second_look, tile.updated_at = tile.head_revision_id, None, utc_now()
        audit_log.add(session, author, "mask is right", f"tile {tile_id}", {"revision": tile.confirmed_id})
        done += 1
    return done


def count(session: Session) -> int:
    """Return how many tiles wait for a second look."""
    return session.scalar(select(func.count(Tile.id)).where(Tile.second_look.is_not(None))) or 0
