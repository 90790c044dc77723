"""Drafts: what an analyst has painted on a tile and not saved; one for a person, in however many windows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from seep.core.masks.mask import Mask, check_mask, encode_mask
from seep.errors import MaskError, StorageError
from seep.store import classes, predictions, revisions, scenes
from seep.store.records import DraftRecord, PredictionRecord, TileRecord
from seep.store.store import Session
from seep.workflow.review.tile_document import prediction_of
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import MASK_SUFFIX, Workspace


@dataclass(frozen=True)
class Seen:
    """What stood on the window that saves.

    Attributes:
        draft: SHA-256 of the author's draft as the window knows it, "" for none; None where it does not say.
        prediction_id: the prediction that was shown; None where it does not say.
    """

    draft: str | None = None
    prediction_id: int | None = None


def save_draft(  # noqa: PLR0917 - as `seep.workflow.review.revisions.save_mask`
    workspace: Workspace,
    tile_id: int,
    mask: Mask,
    author: str,
    base_revision_id: int | None,
    known: str | None = None,
) -> dict[str, Any]:
    """Keep a mask as this author's draft; the tile itself does not change.

    A mask with which the tile would open anyway is no draft: where all was undone, the last one goes. Where
    another window of the author has changed the draft since, the two are joined: a pixel that this window
    changed is as it is here, any other as it is there.

    Args:
        workspace: where to.
        tile_id: which tile.
        mask: (H, W) uint8 class ids.
        author: who paints.
        base_revision_id: the revision that the author started from; None when there was none.
        known: SHA-256 of the draft that the window went on from, "" for none; None replaces any.

    Returns:
        {"saved_at", "base_revision_id", "state": of the tile, "draft": SHA-256 of what is kept now, "" for no
        draft, "joined": whether strokes of another window came in}.

    Raises:
        MaskError: another size than the tile, or ids out of range.
        MissingError: there is no such tile.
        StorageError: it could not be written; nothing changed.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
    sha256 = put_mask(workspace, tile, mask)
    joined = False
    with workspace.store.transaction() as session:
        there = revisions.get_draft(session, tile_id, author)
        if there is not None and known is not None and there.mask_sha256 not in {known, sha256}:
            both = _joined(workspace, session, tile, mask, there, known, base_revision_id)
            joined = not np.array_equal(both, mask)  # alike where only the last answer was lost on its way
            mask, sha256 = both, workspace.store.files.put(encode_mask(both), MASK_SUFFIX)
            base_revision_id = max(base_revision_id or 0, there.base_revision_id or 0) or None
        draft = revisions.save_draft(session, tile_id, author, base_revision_id, sha256)
        tile = scenes.get_tile(session, tile_id)
        whole = base_revision_id == tile.head_revision_id
        if whole and _starts_with(workspace, session, tile, sha256, mask):
            revisions.drop_draft(session, tile_id, author)
            sha256 = ""
        state = scenes.get_tile(session, tile_id).state
    return {
        "saved_at": draft.saved_at,
        "base_revision_id": draft.base_revision_id,
        "state": state,
        "draft": sha256,
        "joined": joined,
    }


def drop_draft(workspace: Workspace, tile_id: int, author: str) -> None:
    """Forget this author's draft on a tile; nothing happens when there is none."""
    with workspace.store.transaction() as session:
        revisions.drop_draft(session, tile_id, author)


def put_mask(workspace: Workspace, tile: TileRecord, mask: Mask) -> str:
    """Check a mask against its tile and keep it as a file; returns its SHA-256.

    Raises:
        MaskError: another size than the tile, or ids out of range.
        StorageError: it could not be written.
    """
    with workspace.store.reading() as session:
        class_count = len(classes.list_classes(session))
    check_mask(mask, (tile.height, tile.width), class_count, f"The mask of {tile.name}")
    return workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)


def shown_prediction(session: Session, tile: TileRecord, seen: Seen) -> PredictionRecord | None:
    """Return the prediction that an author was shown: the tile's may be another one by now.

    Raises:
        MissingError: there is no such prediction.
    """
    if seen.prediction_id is None or seen.prediction_id == tile.prediction_id:
        return prediction_of(session, tile)
    found = predictions.get_prediction(session, seen.prediction_id)
    return found if found.tile_id == tile.id else prediction_of(session, tile)


def _joined(  # noqa: PLR0917 - one caller
    workspace: Workspace,
    session: Session,
    tile: TileRecord,
    mask: Mask,
    there: DraftRecord,
    known: str,
    base_revision_id: int | None,
) -> Mask:
    """Changes of the window that sends, over what the other one made; as sent where that is lost."""
    began = known or _start(session, tile, base_revision_id)
    try:
        before = read_mask(workspace, began) if began else np.zeros_like(mask)
        theirs = read_mask(workspace, there.mask_sha256)
    except (MaskError, StorageError):  # what is being painted is kept all the same
        return mask
    return np.where(mask == before, theirs, mask).astype(np.uint8)


def _start(session: Session, tile: TileRecord, revision_id: int | None) -> str | None:
    """The mask that a tile opens with where there is no draft: a revision's, else what is predicted."""
    if revision_id is not None:
        return revisions.get_revision(session, revision_id).mask_sha256
    prediction = prediction_of(session, tile)
    return prediction.mask_sha256 if prediction else None


def _starts_with(workspace: Workspace, session: Session, tile: TileRecord, sha256: str, mask: Mask) -> bool:
    """Tell whether a tile opens with this mask where there is no draft."""
    start = _start(session, tile, tile.head_revision_id)
    if start is None:
        return not mask.any()
    # By its pixels too: files of earlier versions hold the same mask in other bytes.
    if sha256 == start:
        return True
    try:
        return np.array_equal(mask, read_mask(workspace, start))
    except (MaskError, StorageError):  # what is being painted is kept all the same
        return False
