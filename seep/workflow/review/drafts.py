"""Drafts: unsaved changes of a tile, one per person, shared by all browser windows of that person."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from sqlalchemy.orm import Session

from seep.core.masks.mask import Mask, check_mask, encode_mask
from seep.core.records import DraftRecord, PredictionRecord, TileRecord
from seep.errors import MaskError, StorageError
from seep.store import classes, predictions, revisions, scenes
from seep.workflow.actor import Actor, requires
from seep.workflow.review.second_masks import as_seen_by
from seep.workflow.review.tile_document import prediction_of
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import MASK_SUFFIX, Workspace


@dataclass(frozen=True)
class ClientView:
    """What the saving browser window showed.

    Attributes:
        draft: SHA-256 of the author's draft, "" for none; None if not sent.
        prediction_id: the shown prediction; None if not sent.
    """

    draft: str | None = None
    prediction_id: int | None = None


class DraftResult(TypedDict):
    """The answer to a saved draft, as JSON.

    `state` is the tile's state after it. `draft` is the SHA-256 of the saved mask, "" for no draft. `joined` tells
    whether changes of another window were merged in.
    """

    saved_at: str
    base_revision_id: int | None
    state: str
    draft: str
    joined: bool


@requires("annotator", "edit tiles")
def save_draft(
    workspace: Workspace,
    tile_id: int,
    mask: Mask,
    actor: Actor,
    base_revision_id: int | None,
    *,
    known: str | None = None,
) -> DraftResult:
    """Save a mask as this author's draft; the tile's shown mask does not change.

    A mask equal to what the tile opens with is no draft: it deletes the last one. If another window of the author
    has changed the draft, both are merged: pixels that this window changed win.

    Args:
        mask: (H, W) uint8 class ids.
        base_revision_id: the revision that the author started from; None without one.
        known: SHA-256 of the draft that the window started from, "" for none; None replaces any draft.

    Raises:
        MaskError: the size differs from the tile's, or class ids are out of range.
        MissingError: there is no such tile.
        StorageError: it could not be written; nothing changed.
    """
    with workspace.store.reading() as session:
        tile, class_count = scenes.get_tile(session, tile_id), classes.count_classes(session)
    sha256 = put_mask(workspace, tile, mask, class_count)
    joined = False
    with workspace.store.transaction() as session:
        other = revisions.get_draft(session, tile_id, actor.name)
        if other is not None and known is not None and other.mask_sha256 not in {known, sha256}:
            both = _merged(
                workspace,
                session,
                tile,
                mask,
                other=other,
                known=known,
                base_revision_id=base_revision_id,
            )
            joined = not np.array_equal(both, mask)  # equal if only the last answer was lost
            mask, sha256 = both, workspace.store.files.put(encode_mask(both), MASK_SUFFIX)
            base_revision_id = max(base_revision_id or 0, other.base_revision_id or 0) or None
        draft = revisions.save_draft(session, tile_id, actor.name, base_revision_id, sha256)
        tile, second = as_seen_by(session, scenes.get_tile(session, tile_id), actor.name)
        whole = base_revision_id == tile.head_revision_id
        if whole and starts_with(workspace, session, tile, sha256):
            revisions.drop_draft(session, tile_id, actor.name)
            sha256 = ""
        state = "draft" if second else scenes.get_tile(session, tile_id).state
    return DraftResult(
        saved_at=draft.saved_at,
        base_revision_id=draft.base_revision_id,
        state=state,
        draft=sha256,
        joined=joined,
    )


@requires("annotator", "edit tiles")
def drop_draft(workspace: Workspace, tile_id: int, actor: Actor) -> None:
    """Delete this author's draft of a tile, if there is one."""
    with workspace.store.transaction() as session:
        revisions.drop_draft(session, tile_id, actor.name)


def put_mask(workspace: Workspace, tile: TileRecord, mask: Mask, class_count: int) -> str:
    """Check a mask against its tile and the number of classes, and store it; return its SHA-256.

    Raises:
        MaskError: the size differs from the tile's, or class ids are out of range.
        StorageError: it could not be written.
    """
    check_mask(mask, (tile.height, tile.width), class_count, f"The mask of {tile.name}")
    return workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)


def shown_prediction(session: Session, tile: TileRecord, view: ClientView) -> PredictionRecord | None:
    """Return the prediction that the author was shown, which may not be the current one.

    Raises:
        MissingError: there is no such prediction.
    """
    if view.prediction_id is None or view.prediction_id == tile.prediction_id:
        return prediction_of(session, tile)
    found = predictions.get_prediction(session, view.prediction_id)
    return found if found.tile_id == tile.id else prediction_of(session, tile)


def _merged(
    workspace: Workspace,
    session: Session,
    tile: TileRecord,
    mask: Mask,
    *,
    other: DraftRecord,
    known: str,
    base_revision_id: int | None,
) -> Mask:
    """Merge the changes of this window over the other draft; return the mask as sent if a file is missing."""
    began = known or _start(session, tile, base_revision_id)
    try:
        before = read_mask(workspace, began) if began else np.zeros_like(mask)
        theirs = read_mask(workspace, other.mask_sha256)
    except (MaskError, StorageError):  # the draft is saved anyway
        return mask
    return np.where(mask == before, theirs, mask).astype(np.uint8)


def _start(session: Session, tile: TileRecord, revision_id: int | None) -> str | None:
    """Return the hash of the mask that a tile opens with without a draft: of a revision, else the prediction."""
    if revision_id is not None:
        return revisions.get_revision(session, revision_id).mask_sha256
    prediction = prediction_of(session, tile)
    return prediction.mask_sha256 if prediction else None


def starts_with(workspace: Workspace, session: Session, tile: TileRecord, sha256: str) -> bool:
    """Return whether a tile opens with this stored mask without a draft."""
    start = _start(session, tile, tile.head_revision_id)
    # Pixels are compared too: earlier versions encoded the same mask in other bytes.
    if sha256 == start:
        return True
    try:
        mask = read_mask(workspace, sha256)
        return np.array_equal(mask, read_mask(workspace, start)) if start else not mask.any()
    except (MaskError, StorageError):  # the draft is saved anyway
        return False
