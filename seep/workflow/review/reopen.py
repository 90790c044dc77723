"""Reopen reviewed tiles, and undo accepts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.orm import Session

from seep.core.records import OPEN, REVIEWED, RevisionRecord, TileRecord
from seep.store import revisions, scenes, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.review.drafts import starts_with
from seep.workflow.tile_data import class_areas, read_mask
from seep.workflow.workspace import Workspace


@dataclass(frozen=True)
class Reopened:
    """The result of reopening tiles or of undoing accepts.

    Attributes:
        tile_ids: tiles that are open again.
        skipped: names of tiles that stay as they are.
    """

    tile_ids: list[int]
    skipped: list[str]


@requires("reviewer", "reopen tiles")
def reopen(workspace: Workspace, tile_ids: Sequence[int], actor: Actor) -> Reopened:
    """Move tiles back to the queue.

    A reviewed tile becomes a draft with its mask, as a new revision of kind "reopen"; it no longer counts as ground
    truth. A rejected or flagged tile loses that decision. Open tiles are skipped.

    Raises:
        StorageError: a mask is missing or damaged; nothing changed.
    """
    done, skipped = [], []
    with workspace.store.transaction() as session:
        for tile in tile_queries.tiles_by_id(session, list(dict.fromkeys(tile_ids))):
            if tile.state in OPEN and tile.state != "flagged":
                skipped.append(tile.name)
                continue
            reopen_one(workspace, session, tile, actor)
            done.append(tile.id)
    return Reopened(done, skipped)


@requires("reviewer", "undo accepts")
def undo_accept(workspace: Workspace, tile_ids: Sequence[int], actor: Actor) -> Reopened:
    """Undo the last accept of tiles: each shows again what it showed before.

    The accepted mask is kept as a draft of whoever accepted it, if it differs from that.

    Skipped are tiles whose newest revision is no accept, and tiles that have a draft or a decision since.

    Raises:
        StorageError: a mask is missing or damaged; nothing changed.
    """
    done, skipped = [], []
    with workspace.store.transaction() as session:
        for tile in tile_queries.tiles_by_id(session, list(dict.fromkeys(tile_ids))):
            if undo_one(workspace, session, tile, actor):
                done.append(tile.id)
            else:
                skipped.append(tile.name)
    return Reopened(done, skipped)


@requires("reviewer", "reopen tiles")
def reopen_one(
    workspace: Workspace, session: Session, tile: TileRecord, actor: Actor
) -> RevisionRecord | None:
    """Reopen a tile; return the new revision of a tile whose mask was reviewed, else None. Drafts are kept."""
    head = None if tile.head_revision_id is None else revisions.get_revision(session, tile.head_revision_id)
    if head is None or tile.state in OPEN or not (tile.state in REVIEWED or head.state in REVIEWED):
        revisions.decide(session, tile.id, "unreviewed", actor.name)
        return None
    return _save_again(workspace, session, head, actor)


@requires("reviewer", "undo accepts")
def undo_one(workspace: Workspace, session: Session, tile: TileRecord, actor: Actor) -> bool:
    """Undo the last accept of a tile; False, with nothing changed, for a tile that `undo_accept` skips."""
    if tile.state not in REVIEWED or tile.head_revision_id is None:
        return False
    head = revisions.get_revision(session, tile.head_revision_id)
    if head.kind != "accept" or revisions.has_draft(session, tile.id):
        return False
    if head.parent_id is None:
        if not revisions.withdraw(session, tile.id, head.id, actor.name):
            return False
        base = None
    else:
        before = revisions.get_revision(session, head.parent_id)
        base = _save_again(workspace, session, before, actor, base_revision_id=head.id).id
    after = scenes.get_tile(session, tile.id)
    if not starts_with(workspace, session, after, head.mask_sha256):
        revisions.save_draft(session, tile.id, head.author, base, head.mask_sha256)
    return True


def _save_again(
    workspace: Workspace,
    session: Session,
    revision: RevisionRecord,
    actor: Actor,
    base_revision_id: int | None = None,
) -> RevisionRecord:
    """Save the mask of a revision again: as a reopened draft, or as an earlier revision on a newer one."""
    restoring = base_revision_id is not None
    return revisions.save_revision(
        session,
        revision.tile_id,
        base_revision_id=base_revision_id or revision.id,
        mask_sha256=revision.mask_sha256,
        kind="restore" if restoring else "reopen",
        author=actor.name,
        request_id=uuid4().hex,
        correction_px=revision.correction_px,
        classes=class_areas(read_mask(workspace, revision.mask_sha256)),
        prediction_id=revision.prediction_id,
        restored_id=revision.id if restoring else None,
        draft_sha256="",
    )
