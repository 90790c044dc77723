"""Active time of people on tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seep.core.records import REVIEWED
from seep.store.review.tables import ActiveTime
from seep.store.schema import Prediction, Revision, Scene, Tile


@dataclass(frozen=True)
class TimeRecord:
    """A piece of active time as a browser sends it; `events` are counts by name."""

    id: str
    tile_id: int
    started_at: str
    looking_ms: int
    drawing_ms: int
    deciding_ms: int
    events: dict[str, int]


@dataclass(frozen=True)
class TileTime:
    """The active time of a person on a tile.

    Attributes:
        tile_id, scene: of the tile.
        author: the person.
        state: of the tile.
        decided: whether this person's mask is the reviewed one, or the tile is rejected.
        last_at: start of the newest piece, ISO 8601, UTC.
        looking_ms, drawing_ms, deciding_ms: milliseconds.
        correction_px: pixels that the reviewed mask changed; None without one.
        predicted_px: seep pixels of the prediction that its author saw; None without one.
    """

    tile_id: int
    scene: str
    author: str
    state: str
    decided: bool
    last_at: str
    looking_ms: int
    drawing_ms: int
    deciding_ms: int
    correction_px: int | None
    predicted_px: int | None

    @property
    def seconds(self) -> float:
        """All active time, seconds."""
        return (self.looking_ms + self.drawing_ms + self.deciding_ms) / 1000


def add(session: Session, author: str, records: Sequence[TimeRecord]) -> int:
    """Store pieces of active time; returns how many are new. Those of tiles that do not exist are left out."""
    known = set(
        session.scalars(
            select(ActiveTime.record_id).where(ActiveTime.record_id.in_([record.id for record in records]))
        )
    )
    tiles = set(session.scalars(select(Tile.id).where(Tile.id.in_([record.tile_id for record in records]))))
    fresh = {record.id: record for record in records if record.id not in known and record.tile_id in tiles}
    for one in fresh.values():
        session.add(
            ActiveTime(
                record_id=one.id,
                tile_id=one.tile_id,
                author=author,
                started_at=one.started_at,
                looking_ms=one.looking_ms,
                drawing_ms=one.drawing_ms,
                deciding_ms=one.deciding_ms,
                events=one.events,
            )
        )
    return len(fresh)


def tile_times(session: Session, author: str | None = None) -> list[TileTime]:
    """Return the active time by tile and person; of one person, or of all with None."""
    sums = [
        func.sum(getattr(ActiveTime, name)).label(name)
        for name in ("looking_ms", "drawing_ms", "deciding_ms")
    ]
    per_tile = select(
        ActiveTime.tile_id, ActiveTime.author, func.max(ActiveTime.started_at).label("last_at"), *sums
    ).group_by(ActiveTime.tile_id, ActiveTime.author)
    if author is not None:
        per_tile = per_tile.where(ActiveTime.author == author)
    times = per_tile.subquery()
    query = (
        select(
            *(Tile.id, Scene.name, times.c.author, Tile.state, Revision.author, times.c.last_at),
            *(times.c.looking_ms, times.c.drawing_ms, times.c.deciding_ms),
            *(Revision.correction_px, Prediction.seep_area_px),
        )
        .join(Tile, Tile.id == times.c.tile_id)
        .join(Scene, Scene.id == Tile.scene_id)
        .outerjoin(Revision, Revision.id == Tile.head_revision_id)
        .outerjoin(Prediction, Prediction.id == Revision.prediction_id)
        .order_by(Tile.id)
    )
    rows: list[Any] = list(session.execute(query))
    return [
        TileTime(
            tile_id=row[0],
            scene=row[1],
            author=row[2],
            state=row[3],
            decided=row[3] == "rejected" or (row[3] in REVIEWED and row[4] == row[2]),
            last_at=row[5],
            looking_ms=int(row[6]),
            drawing_ms=int(row[7]),
            deciding_ms=int(row[8]),
            correction_px=row[9],
            predicted_px=row[10],
        )
        for row in rows
    ]
