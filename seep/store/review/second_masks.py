"""Blind second masks: draw tiles for them, save them, and list pairs of masks.

A second mask is a revision of kind "second". It is never the head of its tile and no ground truth, so the tile does not
change until the pair is adjudicated.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from seep.core.records import REVIEWED, RevisionRecord, SecondMaskRecord
from seep.errors import ConflictError, MissingError
from seep.store import audit_log
from seep.store.review.tables import SecondMask
from seep.store.revisions import get_revision
from seep.store.schema import Checkpoint, Draft, Prediction, Revision, Scene, Tile, utc_now
from seep.store.tile_queries import value_column
from seep.store.tiles import tile_for_update

KIND = "second"
RANDOM = "random"
"""The order of a random sample; every other order is a column of the tile table, largest value first."""


@dataclass(frozen=True)
class Candidate:
    """A reviewed tile whose mask can be drawn a second time; `author` drew the first one."""

    tile_id: int
    revision_id: int
    author: str


@dataclass(frozen=True)
class MaskPair:
    """A finished second mask beside the first one.

    Attributes:
        id: of the second mask.
        tile_id, tile, scene: of the tile.
        width, height: of the tile, pixels.
        first_id, first_author, first_sha256: the first revision.
        second_id, second_author, second_sha256: the second one.
        finished_at: ISO 8601, UTC.
        shows_prediction: whether the second annotator saw the prediction.
        prediction_id, prediction_sha256: the prediction that the first annotator was shown; None without one.
        adjudication: one of `ADJUDICATIONS`; None where nobody chose.
        adjudicated_by: who chose.
        adjudicated_id: the revision that the choice made; None without one.
        head_id, head_author: the newest revision of the tile, None without one.
        head_is_truth: whether it was accepted.
    """

    id: int
    tile_id: int
    tile: str
    scene: str
    width: int
    height: int
    first_id: int
    first_author: str
    first_sha256: str
    second_id: int
    second_author: str
    second_sha256: str
    finished_at: str
    shows_prediction: bool
    prediction_id: int | None
    prediction_sha256: str | None
    adjudication: str | None
    adjudicated_by: str | None
    adjudicated_id: int | None
    head_id: int | None
    head_author: str | None
    head_is_truth: bool | None

    @property
    def is_repeat(self) -> bool:
        """Whether one person drew both masks."""
        return self.first_author == self.second_author

    @property
    def is_changed(self) -> bool:
        """Whether the tile has a mask that is newer than the pair and than its adjudication."""
        return self.head_id not in {self.first_id, self.adjudicated_id}

    @property
    def decision(self) -> str | None:
        """The mask that is ground truth: an adjudication, "third" for a mask accepted later, or None if undecided."""
        if self.is_changed:
            late = self.head_is_truth and self.head_id is not None and self.head_id > self.second_id
            return "third" if late else None
        return self.adjudication


@dataclass(frozen=True)
class FirstAccept:
    """The first accepted mask of a predicted tile: its version, and whether the prediction was kept as it was."""

    tile_id: int
    revision_id: int
    checkpoint: str
    unchanged: bool


def candidates(
    session: Session,
    person: str | None,
    before: str | None,
    order: str,
    limit: int,
    *,
    unchanged_only: bool = False,
) -> tuple[list[Candidate], int]:
    """Choose reviewed tiles for second masks, without those that have one.

    Args:
        person: who shall draw them; tiles on which this person has saved a mask are left out. None chooses
            tiles for their own authors, without imported masks.
        before: only masks saved up to this time, ISO 8601 in UTC; None for all.
        order: `RANDOM`, or a column of the tile table.
        limit: maximum number of tiles.
        unchanged_only: only masks that are their predictions, accepted without an edit.

    Returns:
        The chosen tiles, and the number of tiles to choose from.
    """
    chosen = [
        Tile.state.in_(REVIEWED),
        Revision.truth,
        ~exists().where(SecondMask.tile_id == Tile.id),
    ]
    if before is not None:
        chosen.append(Revision.created_at <= before)
    if unchanged_only:
        chosen += [
            Revision.kind == "accept",
            Revision.correction_px == 0,
            exists().where(Prediction.id == Revision.prediction_id),
        ]
    own = aliased(Revision)
    if person is None:
        chosen += [
            Revision.kind == "accept",
            ~exists().where(Draft.tile_id == Tile.id, Draft.author == Revision.author),
        ]
    else:
        chosen += [
            ~exists().where(own.tile_id == Tile.id, own.author == person),
            ~exists().where(Draft.tile_id == Tile.id, Draft.author == person),
        ]
    of_head = Revision.id == Tile.head_revision_id
    count = session.scalar(select(func.count(Tile.id)).join(Revision, of_head).where(*chosen)) or 0
    query = select(Tile.id, Revision.id, Revision.author).join(Revision, of_head).where(*chosen)
    first = func.random() if order == RANDOM else value_column(order).desc().nulls_last()
    return [Candidate(*row) for row in session.execute(query.order_by(first, Tile.id).limit(limit))], count


def request(
    session: Session, chosen: list[Candidate], person: str | None, *, shows_prediction: bool, author: str
) -> None:
    """Ask for a second mask of each candidate, by this person or by the author of the first mask.

    Raises:
        SettingsError: the name of the person is empty or too long.
    """
    audit_log.check_author(author if person is None else person)
    now = utc_now()
    for one in chosen:
        session.add(
            SecondMask(
                tile_id=one.tile_id,
                author=one.author if person is None else person,
                first_revision_id=one.revision_id,
                shows_prediction=shows_prediction,
                requested_by=author,
                requested_at=now,
            )
        )
    audit_log.add(
        session, author, "request second masks", f"{len(chosen)} tiles", {"from": person or "the same people"}
    )


def withdraw_requests(session: Session, author: str) -> int:
    """Delete all requests whose mask is not finished; returns their number. Saved masks stay in the history."""
    open_ids = list(session.scalars(select(SecondMask.id).where(SecondMask.finished_at.is_(None))))
    session.execute(delete(SecondMask).where(SecondMask.finished_at.is_(None)))
    if open_ids:
        audit_log.add(session, author, "withdraw second masks", f"{len(open_ids)} tiles", {})
    return len(open_ids)


def open_request(session: Session, tile_id: int, author: str) -> SecondMaskRecord | None:
    """Return the unfinished second mask of a person on a tile; None without one."""
    row = session.scalar(
        select(SecondMask).where(
            SecondMask.tile_id == tile_id, SecondMask.author == author, SecondMask.finished_at.is_(None)
        )
    )
    return None if row is None else _record(row)


def open_requests(session: Session, author: str) -> list[SecondMaskRecord]:
    """Return all unfinished second masks of a person, in the order in which they were drawn."""
    query = select(SecondMask).join(Tile, Tile.id == SecondMask.tile_id)
    query = query.where(SecondMask.author == author, SecondMask.finished_at.is_(None))
    return [_record(row) for row in session.scalars(query.order_by(SecondMask.id))]


def open_counts(session: Session) -> dict[str, int]:
    """Return the number of unfinished second masks by person."""
    query = select(SecondMask.author, func.count()).join(Tile, Tile.id == SecondMask.tile_id)
    query = query.where(SecondMask.finished_at.is_(None)).group_by(SecondMask.author)
    return {row[0]: row[1] for row in session.execute(query)}


def save(
    session: Session,
    second_mask_id: int,
    *,
    base_revision_id: int | None,
    mask_sha256: str,
    request_id: str,
    correction_px: int,
    prediction_id: int | None,
    finished: bool,
) -> RevisionRecord:
    """Save a second mask as a revision, and delete its author's draft; the tile does not change.

    Args:
        base_revision_id: the last saved second mask; None for the first one.
        request_id: unique per press of a button; a repeated id returns the existing revision.
        finished: whether the author is done; the pair can then be compared.

    Raises:
        ConflictError: another window of the same person saved in between; nothing was changed.
        MissingError: the request was withdrawn.
    """
    row = session.get(SecondMask, second_mask_id)
    if row is None:
        raise MissingError("The request for this second mask was withdrawn. Reload the tile.")
    tile_for_update(session, row.tile_id)
    done = session.scalar(select(Revision.id).where(Revision.request_id == request_id))
    if done is not None:
        return get_revision(session, done)
    if row.revision_id != base_revision_id:
        raise _conflict(session, row)
    revision = Revision(
        tile_id=row.tile_id,
        parent_id=base_revision_id,
        kind=KIND,
        author=row.author,
        created_at=utc_now(),
        mask_sha256=mask_sha256,
        correction_px=correction_px,
        request_id=request_id,
        restored_id=None,
        state="draft",
        truth=False,
        prediction_id=prediction_id,
    )
    session.add(revision)
    session.flush()
    row.revision_id = revision.id
    row.finished_at = revision.created_at if finished else None
    session.execute(delete(Draft).where(Draft.tile_id == row.tile_id, Draft.author == row.author))
    audit_log.add(session, row.author, KIND, f"tile {row.tile_id}", {"revision": revision.id})
    return get_revision(session, revision.id)


def adjudicate(session: Session, second_mask_id: int, choice: str, revision_id: int, author: str) -> None:
    """Record which mask of a pair became ground truth; a later choice replaces it."""
    row = session.get(SecondMask, second_mask_id)
    if row is None:
        raise MissingError("This second mask was deleted. Reload the page.")
    row.adjudication = choice
    row.adjudicated_by = author
    row.adjudicated_at = utc_now()
    row.adjudicated_id = revision_id
    audit_log.add(
        session,
        author,
        "adjudicate",
        f"tile {row.tile_id}",
        {
            "choice": choice,
            "first": row.first_revision_id,
            "second": row.revision_id,
            "revision": revision_id,
        },
    )


def first_accepts(session: Session) -> list[FirstAccept]:
    """Return the first accepted mask of each tile that had a prediction; those of imported masks are left out."""
    first = select(func.min(Revision.id)).where(Revision.truth).group_by(Revision.tile_id).scalar_subquery()
    query = (
        select(Tile.id, Revision.id, Checkpoint.name, Revision.correction_px == 0)
        .join(Tile, Tile.id == Revision.tile_id)
        .join(Prediction, Prediction.id == Revision.prediction_id)
        .join(Checkpoint, Checkpoint.id == Prediction.checkpoint_id)
        .where(Revision.kind == "accept", Revision.id.in_(first))
        .order_by(Checkpoint.id.desc(), Tile.id)
    )
    return [FirstAccept(row[0], row[1], row[2], bool(row[3])) for row in session.execute(query)]


def pairs(session: Session) -> list[MaskPair]:
    """Return all finished second masks with their first masks, newest first."""
    first, second, head = aliased(Revision), aliased(Revision), aliased(Revision)
    query = (
        select(
            *(SecondMask.id, Tile.id, Tile.name, Scene.name, Tile.width, Tile.height),
            *(first.id, first.author, first.mask_sha256),
            *(second.id, second.author, second.mask_sha256),
            *(SecondMask.finished_at, SecondMask.shows_prediction),
            *(Prediction.id, Prediction.mask_sha256),
            *(SecondMask.adjudication, SecondMask.adjudicated_by, SecondMask.adjudicated_id),
            *(head.id, head.author, head.truth),
        )
        .join(Tile, Tile.id == SecondMask.tile_id)
        .join(Scene, Scene.id == Tile.scene_id)
        .join(first, first.id == SecondMask.first_revision_id)
        .join(second, second.id == SecondMask.revision_id)
        .outerjoin(head, head.id == Tile.head_revision_id)
        .outerjoin(Prediction, Prediction.id == first.prediction_id)
        .where(SecondMask.finished_at.is_not(None))
        .order_by(SecondMask.id.desc())
    )
    rows: list[Any] = list(session.execute(query))
    return [MaskPair(*row) for row in rows]


def _conflict(session: Session, row: SecondMask) -> Exception:
    if row.revision_id is None:
        return MissingError("There is no such second mask to start from. Reload the tile.")
    head = get_revision(session, row.revision_id)
    return ConflictError(
        f"{head.author} saved this second mask at {head.created_at}, after you opened it.",
        revision_id=head.id,
        author=head.author,
        created_at=head.created_at,
    )


def _record(row: SecondMask) -> SecondMaskRecord:
    return SecondMaskRecord(**{name: getattr(row, name) for name in SecondMaskRecord.__dataclass_fields__})
