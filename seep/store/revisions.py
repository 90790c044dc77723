"""Revisions, drafts and decisions of tiles; revisions are never overwritten."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from seep.core.records import REVIEWED, REVISION_KINDS, STATES, AuditRecord, DraftRecord, RevisionRecord
from seep.errors import ConflictError, MissingError, SettingsError
from seep.store import audit_log
from seep.store.schema import Draft, Prediction, PredictionClass, Revision, Tile, utc_now
from seep.store.tiles import set_shown_areas, state_without_flag, tile_for_update


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
    """Add a revision to a tile, make it the head, and delete the author's draft.

    The tile's state afterward: "accept" makes it accepted, or corrected if pixels were changed; "save" makes
    an open or rejected tile a draft, and keeps a flagged tile flagged and a reviewed tile reviewed; "join", for
    pixels painted on an overlapping window, acts as "save"; "restore" restores the state after the restored
    revision; "import" keeps the state; "reopen" makes a reviewed tile a draft again.

    Args:
        base_revision_id: the head that the author started from; None if there was none.
        mask_sha256: hash of the mask file, already stored.
        kind: one of `REVISION_KINDS`.
        request_id: unique per press of a button; a repeated id returns the existing revision.
        correction_px: pixels that differ from the tile's prediction, or from an empty mask without one.
        prediction_id: the prediction that the author saw; None for the tile's current one.
        restored_id: for "restore", the restored revision; without it, a restore counts as a save.
        draft_sha256: delete the draft only if it has this mask, "" for none; None for any draft.

    Raises:
        ConflictError: the head is not the base; nothing was changed.
        MissingError: there is no such tile, or no such revision to restore.
        SettingsError: the kind is unknown, the author's name is invalid, or the request id belongs to another tile.
    """
    if kind not in REVISION_KINDS:
        raise SettingsError(f"Unknown kind of revision: {kind!r}. Use one of {', '.join(REVISION_KINDS)}.")
    audit_log.check_author(author)
    tile = tile_for_update(session, tile_id)
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


def existing_revisions(session: Session, ids: Sequence[int]) -> list[RevisionRecord]:
    """Return revisions in the order of `ids`, with one query per 500; unknown ids are ignored."""
    found: dict[int, RevisionRecord] = {}
    for start in range(0, len(ids), 500):
        query = select(Revision).where(Revision.id.in_(ids[start : start + 500]))
        found.update((row.id, _record(row)) for row in session.scalars(query))
    return [found[one] for one in ids if one in found]


def unchanged_predictions(session: Session, ids: Sequence[int], checkpoint_id: int) -> set[int]:
    """Return the revisions whose mask is the prediction of a version; those of imported masks are left out."""
    same = (Prediction.tile_id == Revision.tile_id) & (Prediction.mask_sha256 == Revision.mask_sha256)
    first = aliased(Revision)
    imported = exists().where(first.tile_id == Revision.tile_id, first.kind == "import")
    found: set[int] = set()
    for start in range(0, len(ids), 500):
        query = select(Revision.id).join(Prediction, same).where(Prediction.checkpoint_id == checkpoint_id)
        found.update(session.scalars(query.where(Revision.id.in_(ids[start : start + 500]), ~imported)))
    return found


def ground_truth(session: Session, tile_ids: list[int]) -> dict[int, RevisionRecord]:
    """Return the ground-truth revision of each tile, by tile id; tiles without ground truth are left out.

    It is the head, if its `truth` is True or the tile is reviewed.
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
    """Store an author's unsaved mask, replacing the author's previous draft.

    An unreviewed tile becomes a draft; other tiles keep their state. The base may be a revision that is no
    longer the head: saving the draft as a revision then raises ConflictError, and the draft is kept.

    Raises:
        MissingError: there is no such tile, or the base is no revision of it.
        SettingsError: the author's name is empty or too long.
    """
    audit_log.check_author(author)
    tile = tile_for_update(session, tile_id)
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
    """Delete an author's draft, if there is one; a tile without other drafts or revisions becomes unreviewed.

    Raises:
        MissingError: there is no such tile.
    """
    tile = tile_for_update(session, tile_id)
    session.execute(delete(Draft).where(Draft.tile_id == tile_id, Draft.author == author))
    if tile.state != "draft" or has_draft(session, tile_id):
        return
    head = None if tile.head_revision_id is None else session.get(Revision, tile.head_revision_id)
    if head is None or head.state != "draft":
        tile.state = "unreviewed"
        tile.updated_at = utc_now()


def decide(session: Session, tile_id: int, state: str, author: str, reason: str = "") -> None:
    """Reject, flag or reopen a tile; masks do not change. Reopening a flagged tile restores its reviewed state.

    The reason is kept in the activity log with the newest revision.

    Raises:
        MissingError: there is no such tile.
        SettingsError: the state is unknown, or only a save can set it.
    """
    allowed = [known for known in STATES if known not in REVIEWED]
    if state not in allowed:
        raise SettingsError(f"A decision cannot set the state {state!r}. Use one of {', '.join(allowed)}.")
    tile = tile_for_update(session, tile_id)
    details: dict[str, str | int | None] = {"from": tile.state}
    if reason:
        details |= {"reason": reason, "revision": tile.head_revision_id}
    audit_log.add(session, author, state, f"tile {tile_id}", details)
    tile.state = (
        state_without_flag(session, tile) if (state, tile.state) == ("unreviewed", "flagged") else state
    )
    tile.updated_at = utc_now()


def decisions(session: Session, tile_id: int) -> list[AuditRecord]:
    """Return the decisions about a tile without a mask, oldest first."""
    return audit_log.list_of_subject(
        session, f"tile {tile_id}", "rejected", "flagged", "unreviewed", "withdraw"
    )


def withdrawals(
    session: Session, history: Sequence[RevisionRecord], head_id: int | None
) -> dict[int, tuple[str, str]]:
    """Return who undid which accept of a tile, and when.

    Args:
        history: all revisions of the tile.
        head_id: its head; None if it has none.

    Returns:
        (author, time) by the id of the revision. The log is read only if a revision is neither the head nor a base.
    """
    followed = {head_id, *(one.parent_id for one in history)}
    alone = [one for one in history if one.kind == "accept" and one.id not in followed]
    if not alone:
        return {}
    rows = audit_log.list_of_subject(session, f"tile {alone[0].tile_id}", "withdraw")
    return {int(row.details["revision"]): (row.author, row.created_at) for row in rows}


def withdraw(session: Session, tile_id: int, revision_id: int, author: str) -> bool:
    """Undo a tile's first revision, so that the tile is unreviewed and shows its prediction again.

    The revision stays in the history, but is no longer the head.

    Returns:
        False, with nothing changed, if the tile has a newer revision, draft or decision.

    Raises:
        MissingError: there is no such tile.
    """
    tile = tile_for_update(session, tile_id)
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
    set_shown_areas(session, tile, {one.class_id: one.area_px for one in session.scalars(areas)})
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
    tile.label_error = None  # the author has seen the prediction
    set_shown_areas(session, tile, areas)
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
    if kind == "reopen":
        return "draft"
    if restored is not None:
        return reviewed if restored.state in REVIEWED else restored.state
    if tile.state in REVIEWED:
        return reviewed
    return "flagged" if tile.state == "flagged" else "draft"


def _withdrawn(session: Session, tile: Tile, base_revision_id: int | None) -> bool:
    """Tell whether a save starts from a withdrawn revision without successors."""
    if tile.head_revision_id is not None or base_revision_id is None:
        return False
    base = session.get(Revision, base_revision_id)
    return base is not None and base.tile_id == tile.id


def _same_request(row: Revision, tile_id: int) -> RevisionRecord:
    if row.tile_id != tile_id:
        raise SettingsError(f"The request id {row.request_id!r} belongs to another tile. Send a new id.")
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
