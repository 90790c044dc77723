"""Suspected label errors: reviewed tiles whose mask differs from a newer prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVarTuple

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from seep.core.records import REVIEWED
from seep.store import audit_log
from seep.store.schema import Prediction, Revision, Tile, utc_now

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class MaskPair:
    """An accepted mask and a prediction that its author had not seen: ids, and SHA-256 of the three files."""

    tile_id: int
    revision_id: int
    prediction_id: int
    mask_sha256: str
    prediction_sha256: str
    probability_sha256: str


def pairs_to_compare(session: Session, after: int, limit: int) -> list[MaskPair]:
    """Return one page of reviewed tiles whose current prediction has not been reviewed, by tile id.

    Leaves out masks that were saved while this prediction was shown, and confirmed masks.

    Args:
        after: id of the last tile of the previous page, 0 for the first page.
        limit: maximum number of tiles.
    """
    columns = (
        *(Tile.id, Revision.id, Prediction.id),
        *(Revision.mask_sha256, Prediction.mask_sha256, Prediction.probability_sha256),
    )
    query = _comparable(select(*columns)).where(Tile.id > after).order_by(Tile.id)
    rows: Sequence[Any] = session.execute(query.limit(limit)).all()
    return [MaskPair(*row) for row in rows]


def count_comparable(session: Session) -> int:
    """Return the number of tiles that `pairs_to_compare` pages through."""
    return session.scalar(_comparable(select(func.count(Tile.id)))) or 0


def _comparable(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.join(Revision, Revision.id == Tile.head_revision_id)
        .join(Prediction, Prediction.id == Tile.prediction_id)
        .where(Tile.state.in_(REVIEWED), Prediction.probability_sha256.is_not(None))
        .where(Revision.prediction_id.is_distinct_from(Tile.prediction_id))
        .where(or_(Tile.confirmed_id.is_(None), Tile.confirmed_id != Tile.head_revision_id))
    )


def set_disagreements(session: Session, values: Mapping[MaskPair, float | None]) -> None:
    """Store how much each prediction disagrees with the mask, 0 to 1; None removes the tile from the list.

    Values of tiles whose mask or prediction has changed in the meantime are ignored.
    """
    for one, value in values.items():
        same = (Tile.head_revision_id == one.revision_id) & (Tile.prediction_id == one.prediction_id)
        session.execute(update(Tile).where(Tile.id == one.tile_id, same).values(label_error=value))


def confirm(session: Session, tile_ids: Sequence[int], author: str) -> int:
    """Confirm the masks of tiles; a confirmed mask is not listed again until it changes.

    Returns:
        The number of tiles removed from the list.
    """
    done = 0
    for tile_id in tile_ids:
        tile = session.get(Tile, tile_id)
        if tile is None or tile.label_error is None:
            continue
        tile.confirmed_id, tile.label_error, tile.updated_at = tile.head_revision_id, None, utc_now()
        audit_log.add(session, author, "mask is right", f"tile {tile_id}", {"revision": tile.confirmed_id})
        done += 1
    return done


def count(session: Session) -> int:
    """Return the number of suspected label errors."""
    return session.scalar(select(func.count(Tile.id)).where(Tile.label_error.is_not(None))) or 0
