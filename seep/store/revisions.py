"""Revisions, drafts and decisions: what people save about a tile, none of it ever overwritten."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from seep.core.records import REVIEWED, REVISION_KINDS, STATES, DraftRecord, RevisionRecord
from seep.errors import ConflictError, MissingError, SettingsError
from seep.store import audit_log
from seep.store.schema import Draft, PredictionClass, Revision, Tile, utc_now
from seep.store.tiles import locked_tile, show, unflagged


def save_revision(
    session: Session,
    tile_id: int,
    *,
    base_revision_id: int | None,
    mask_sha256: str,
    kind: str,
    author: str,
    request_id: str,
    correction_px: int,
    classes: Mapping[int, int],
    prediction_id: int | None = None,
    restored_id: int | None = None,
    draft_sha256: str | None = None,
) -> RevisionRecord:
    """Add a revision to a tile and make it the head; the author's draft is dropped with it.

    The tile's state afterward: "accept" makes it accepted, or corrected if pixels were changed; "save" makes
    an open or rejected tile a draft, leaves a flagged one flagged and a reviewed one reviewed; "join", pixels
    painted on an overlapping window, does as "save"; "restore" brings back the state that the restored
    revision left; "import" leaves the state alone.

    Args:
        session: of a transaction.
        tile_id: which tile.
        base_revision_id: the head that the author started from; None when there was none.
        mask_sha256: the mask, already kept as a file.
        kind: one of `REVISION_KINDS`.
        author: who saves.
        request_id: unique for each press of a button; the same one again returns the revision it made.
        correction_px: pixels changed against the tile's prediction, against an empty mask without one.
        classes: areas of the mask.
        prediction_id: what the author was shown; None for what the tile shows now.
        restored_id: for "restore", the revision brought back; without it a restore counts as a save.
        draft_sha256: only the draft with this mask is dropped, "" for none; None for whatever is there.

    Raises:
        ConflictError: the head is another revision than the base; nothing was changed.
        MissingError: there is no such tile, or no such revision to restore.
        SettingsError: an unknown kind, an unusable author, a request id used for another tile.
    """
    if kind not in REVISION_KINDS:
        raise SettingsError(f"There is no kind of revision {kind!r}; use {', '.join(REVISION_KINDS)}.")
    tile = locked_tile(session, tile_id)
    done = session.scalar(select(Revision).where(Revision.request_id == request_id))
    if done is not None:
        return _same_request(done, tile_id)
    if tile.head_revision_id != base_revision_id and not _withdrawn(session, tile, base_revision_id):
        raise _conflict(session, tile)
    restored = None if restored_id is None else _of_tile(session, restored_id, tile_id)
    row = Revision(
        tile_id=tile_id,
        parent_id=base_revision_id,
        kind=kind,
        author=author,
        created_at=utc_now(),
        mask_sha256=mask_sha256,
        correction_px=correction_px,
        request_id=request_id,
        restored_id=restored_id,
        state=_state_after(tile, kind, correction_px, restored),
        truth=restored.truth if restored else kind in {"import", "accept"},
        prediction_id=prediction_id or tile.prediction_id,
    )
    _to_head(session, tile, row, classes, draft_sha256)
    return _record(row)


def history(session: Session, tile_id: int) -> list[RevisionRecord]:
    """Return a tile's revisions, newest first."""
    query = select(Revision).where(Revision.tile_id == tile_id).order_by(Revision.id.desc())
    return [_record(row) for row in session.scalars(query)]


def get_revision(session: Session, revision_id: int) -> RevisionRecord:
    """Return a revision.

    Raises:
        MissingError: there is no such revision.
    """
    row = session.get(Revision, revision_id)
    if row is None:
        raise MissingError(f"There is no revision {revision_id} in this workspace; reload the tile.")
    return _record(row)


def revisions_by_id(session: Session, ids: Sequence[int]) -> list[RevisionRecord]:
    """Return several revisions, in the order asked for; one query for 500 of them.

    Raises:
        MissingError: one of them does not exist.
    """
    found: dict[int, RevisionRecord] = {}
    for start in range(0, len(ids), 500):
        query = select(Revision).where(Revision.id.in_(ids[start : start + 500]))
        found.update((row.id, _record(row)) for row in session.scalars(query))
    return [found.get(one) or get_revision(session, one) for one in ids]


def truths(session: Session, tile_ids: list[int]) -> dict[int, RevisionRecord]:
    """Return the revision that is the truth of each tile, by tile id; tiles without truth are left out.

    It is the head, if it counts by its own kind or the tile is reviewed.
    """
    found: dict[int, RevisionRecord] = {}
    for start in range(0, len(tile_ids), 500):
        query = (
            select(Revision)
            .join(Tile, Tile.head_revision_id == Revision.id)
            .where(Tile.id.in_(tile_ids[start : start + 500]))
            .where(Revision.truth | Tile.state.in_(REVIEWED))
        )
        found.update((row.tile_id, _record(row)) for row in session.scalars(query))
    return found


def save_draft(
    session: Session, tile_id: int, author: str, base_revision_id: int | None, mask_sha256: str
) -> DraftRecord:
    """Keep what an author has painted so far, in place of the same author's last draft.

    An unreviewed tile becomes a draft; any other keeps its state. A draft may rest on a revision that is
    no longer the head: that is found out, with nothing lost, when it is saved as a revision.

    Raises:
        MissingError: there is no such tile, or the base is no revision of it.
        SettingsError: the author's name cannot be used.
    """
    audit_log.check_author(author)
    tile = locked_tile(session, tile_id)
    if base_revision_id is not None:
        _of_tile(session, base_revision_id, tile_id)
    row = session.get(Draft, (tile_id, author)) or Draft(tile_id=tile_id, author=author)
    row.base_revision_id = base_revision_id
    row.mask_sha256 = mask_sha256
    row.saved_at = utc_now()
    session.add(row)
    if tile.state == "unreviewed":
        tile.state = "draft"
        tile.updated_at = row.saved_at
    return _draft_record(row)


def get_draft(session: Session, tile_id: int, author: str) -> DraftRecord | None:
    """Return an author's draft on a tile, None if there is none."""
    row = session.get(Draft, (tile_id, author))
    return None if row is None else _draft_record(row)


def has_draft(session: Session, tile_id: int) -> bool:
    """Tell whether anyone has a draft on a tile."""
    return bool(session.scalar(select(exists().where(Draft.tile_id == tile_id))))


def drop_draft(session: Session, tile_id: int, author: str) -> None:
    """Forget an author's draft, if there is one; a tile that was only drafts is unreviewed again.

    Raises:
        MissingError: there is no such tile.
    """
    tile = locked_tile(session, tile_id)
    session.execute(delete(Draft).where(Draft.tile_id == tile_id, Draft.author == author))
    if tile.state != "draft" or has_draft(session, tile_id):
        return
    head = None if tile.head_revision_id is None else session.get(Revision, tile.head_revision_id)
    if head is None or head.state != "draft":
        tile.state = "unreviewed"
        tile.updated_at = utc_now()


def decide(session: Session, tile_id: int, state: str, author: str, note: str = "") -> None:
    """Set a tile's state: reject, flag, open again (a flag taken back leaves a review as it was). Masks stay.

    Raises:
        MissingError: there is no such tile.
        SettingsError: an unknown state, or one that only a save can give.
    """
    allowed = [known for known in STATES if known not in REVIEWED]
    if state not in allowed:
        raise SettingsError(f"A decision cannot make a tile {state!r}; use one of {', '.join(allowed)}.")
    tile = locked_tile(session, tile_id)
    audit_log.add(session, author, state, f"tile {tile_id}", {"from": tile.state, "note": note})
    tile.state = unflagged(session, tile) if (state, tile.state) == ("unreviewed", "flagged") else state
    tile.updated_at = utc_now()


def withdraw(session: Session, tile_id: int, revision_id: int, author: str) -> bool:
    """Take a tile's first revision back, so that it is unreviewed and shows its prediction again.

    The revision stays in the history; only the tile no longer points at it.

    Returns:
        False, and nothing changed, where somebody went on since: another revision, a draft, a decision.

    Raises:
        MissingError: there is no such tile.
    """
    tile = locked_tile(session, tile_id)
    row = session.get(Revision, revision_id)
    if row is None or tile.head_revision_id != revision_id or tile.state != row.state:
        return False
    if has_draft(session, tile_id):
        return False
    if row.parent_id is not None:
        return False
    tile.head_revision_id = None
    tile.state = "unreviewed"
    tile.updated_at = utc_now()
    areas = select(PredictionClass).where(PredictionClass.prediction_id == tile.prediction_id)
    show(session, tile, {one.class_id: one.area_px for one in session.scalars(areas)})
    if tile.prediction_id is None:
        tile.seep_area_px = None
    audit_log.add(session, author, "withdraw", f"tile {tile_id}", {"revision": revision_id})
    return True


def _to_head(session: Session, tile: Tile, row: Revision, areas: Mapping[int, int], seen: str | None) -> None:
    session.add(row)
    session.flush()
    tile.head_revision_id = row.id
    tile.state = row.state
    tile.updated_at = row.created_at
    tile.second_look = None  # whoever saves has seen the prediction
    show(session, tile, areas)
    known = [] if seen is None else [Draft.mask_sha256 == seen]
    session.execute(delete(Draft).where(Draft.tile_id == tile.id, Draft.author == row.author, *known))
    details = {"revision": row.id, "base": row.parent_id, "correction_px": row.correction_px}
    audit_log.add(session, row.author, row.kind, f"tile {tile.id}", details)


def _state_after(tile: Tile, kind: str, correction_px: int, restored: Revision | None) -> str:
    reviewed = "corrected" if correction_px else "accepted"
    if kind == "import":
        return tile.state
    if kind == "accept":
        return reviewed
    if restored is not None:
        return reviewed if restored.state in REVIEWED else restored.state
    if tile.state in REVIEWED:
        return reviewed
    return "flagged" if tile.state == "flagged" else "draft"


def _withdrawn(session: Session, tile: Tile, base_revision_id: int | None) -> bool:
    """Tell whether a save starts from a revision that was taken back, with nothing after it."""
    if tile.head_revision_id is not None or base_revision_id is None:
        return False
    base = session.get(Revision, base_revision_id)
    return base is not None and base.tile_id == tile.id


def _same_request(row: Revision, tile_id: int) -> RevisionRecord:
    if row.tile_id != tile_id:
        raise SettingsError(f"The request id {row.request_id!r} was used for another tile; send a new one.")
    return _record(row)


def _conflict(session: Session, tile: Tile) -> Exception:
    """Say whose revision came between."""
    head = None if tile.head_revision_id is None else session.get(Revision, tile.head_revision_id)
    if head is None:
        return MissingError(f"Tile {tile.name} has no such revision to start from; reload the tile.")
    return ConflictError(
        f"{head.author} saved tile {tile.name} at {head.created_at}, after you opened it. "
        "Your painting is still here: look at both, then keep yours, theirs, or a mix.",
        revision_id=head.id,
        author=head.author,
        created_at=head.created_at,
    )


def _of_tile(session: Session, revision_id: int, tile_id: int) -> Revision:
    row = session.get(Revision, revision_id)
    if row is None or row.tile_id != tile_id:
        raise MissingError(f"Revision {revision_id} is not one of tile {tile_id}; reload the tile.")
    return row


def _record(row: Revision) -> RevisionRecord:
    return RevisionRecord(**{name: getattr(row, name) for name in RevisionRecord.__dataclass_fields__})


def _draft_record(row: Draft) -> DraftRecord:
    return DraftRecord(**{name: getattr(row, name) for name in DraftRecord.__dataclass_fields__})
