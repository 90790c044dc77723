"""Opening a tile, saving what was corrected, deciding about it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.mask import Mask, check_mask, encode_mask
from seep.errors import MaskError, MissingError, SettingsError, StorageError
from seep.store import classes, revisions, scenes
from seep.store.records import TileRecord
from seep.store.store import Session
from seep.workflow.documents import TileDocument, prediction_of, revision_dict, tile_document
from seep.workflow.joining import before_saving, join
from seep.workflow.masks import (
    draft_mask,
    prediction_mask,
    prediction_probability,
    read_mask,
    revision_mask,
)
from seep.workflow.pixels import class_areas, read_pixels
from seep.workflow.thumbnails import thumbnail
from seep.workflow.workspace import MASK_SUFFIX, Workspace

__all__ = [
    "DECISIONS",
    "TileDocument",
    "decide",
    "draft_mask",
    "drop_draft",
    "get_tile",
    "prediction_mask",
    "prediction_probability",
    "restore",
    "revision_mask",
    "save_draft",
    "save_mask",
    "thumbnail",
    "tile_document",
    "tile_image",
]

DECISIONS = {"reject": "rejected", "flag": "flagged", "reopen": "unreviewed"}
SAVE_KINDS = ("save", "accept")


def tile_image(workspace: Workspace, tile_id: int) -> npt.NDArray[Any]:
    """Read the pixels of a tile: (H, W) or (H, W, bands) in their own dtype.

    Raises:
        MissingError: there is no such tile.
        ImageError: its file is gone or damaged.
    """
    return read_pixels(get_tile(workspace, tile_id))


def get_tile(workspace: Workspace, tile_id: int) -> TileRecord:
    """Return the record of a tile.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        return scenes.get_tile(session, tile_id)


def save_mask(  # noqa: PLR0917 - two callers, every value named there
    workspace: Workspace,
    tile_id: int,
    mask: Mask,
    kind: str,
    author: str,
    base_revision_id: int | None,
    request_id: str,
) -> dict[str, Any]:
    """Keep a mask as a new revision of its tile; when this returns, it is on the disk.

    Args:
        workspace: where to.
        tile_id: which tile.
        mask: (H, W) uint8 class ids.
        kind: "save" (the tile stays open) or "accept" (it counts as reviewed).
        author: who saves.
        base_revision_id: the revision that the author started from; None when there was none.
        request_id: unique for each press of the button; the same one again changes nothing more.

    Returns:
        {"revision": fields of the revision, "state": of the tile, "correction_px": pixels changed against
        the prediction, "joined": ids of overlapping windows that changed with it}.

    Raises:
        ConflictError: another revision came between.
        MaskError: another size than the tile, or ids out of range.
        MissingError: there is no such tile.
        SettingsError: an unknown kind.
        StorageError: it could not be written; nothing changed.
    """
    if kind not in SAVE_KINDS:
        raise SettingsError(f"A mask cannot be saved as {kind!r}; use {' or '.join(SAVE_KINDS)}.")
    return _keep(workspace, tile_id, mask, kind, author, base_revision_id, request_id)


def restore(  # noqa: PLR0917 - as `save_mask`
    workspace: Workspace,
    tile_id: int,
    revision_id: int,
    author: str,
    base_revision_id: int | None,
    request_id: str,
) -> dict[str, Any]:
    """Make an earlier revision the newest one again, as a new revision of kind "restore".

    Returns and raises as `save_mask`; MissingError also when the revision is not one of this tile's.
    """
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
    if revision.tile_id != tile_id:
        raise MissingError(f"Revision {revision_id} is not one of tile {tile_id}; reload the tile.")
    mask = read_mask(workspace, revision.mask_sha256)
    return _keep(workspace, tile_id, mask, "restore", author, base_revision_id, request_id, revision_id)


def save_draft(
    workspace: Workspace, tile_id: int, mask: Mask, author: str, base_revision_id: int | None
) -> dict[str, Any]:
    """Keep a mask as this author's draft; the tile itself does not change.

    A mask with which the tile would open anyway is no draft: where all was undone, the last one goes.

    Returns:
        {"saved_at", "base_revision_id", "state": of the tile}.

    Raises:
        MaskError, MissingError, StorageError: as `save_mask`.
    """
    sha256 = _put_checked(workspace, get_tile(workspace, tile_id), mask)
    with workspace.store.transaction() as session:
        draft = revisions.save_draft(session, tile_id, author, base_revision_id, sha256)
        tile = scenes.get_tile(session, tile_id)
        if base_revision_id == tile.head_revision_id and _starts_with(workspace, session, tile, sha256, mask):
            revisions.drop_draft(session, tile_id, author)
        state = scenes.get_tile(session, tile_id).state
    return {"saved_at": draft.saved_at, "base_revision_id": draft.base_revision_id, "state": state}


def drop_draft(workspace: Workspace, tile_id: int, author: str) -> None:
    """Forget this author's draft on a tile; nothing happens when there is none."""
    with workspace.store.transaction() as session:
        revisions.drop_draft(session, tile_id, author)


def decide(workspace: Workspace, tile_id: int, decision: str, author: str, note: str = "") -> dict[str, Any]:
    """Reject a tile, flag it for a colleague, or open it again.

    Args:
        workspace: where.
        tile_id: which tile.
        decision: a key of `DECISIONS`.
        author: who decides.
        note: why, for the record.

    Returns:
        {"state": the tile's state now}.

    Raises:
        SettingsError: an unknown decision.
        MissingError: there is no such tile.
    """
    if decision not in DECISIONS:
        raise SettingsError(f"There is no decision {decision!r}; use one of {', '.join(DECISIONS)}.")
    with workspace.store.transaction() as session:
        revisions.decide(session, tile_id, DECISIONS[decision], author, note)
        return {"state": scenes.get_tile(session, tile_id).state}


def _keep(  # noqa: PLR0917 - as `save_mask`
    workspace: Workspace,
    tile_id: int,
    mask: Mask,
    kind: str,
    author: str,
    base_revision_id: int | None,
    request_id: str,
    restored_id: int | None = None,
) -> dict[str, Any]:
    tile = get_tile(workspace, tile_id)
    sha256 = _put_checked(workspace, tile, mask)
    with workspace.store.transaction() as session:
        before = before_saving(session, tile)
        revision = revisions.save_revision(
            session,
            tile_id,
            base_revision_id=base_revision_id,
            mask_sha256=sha256,
            kind=kind,
            author=author,
            request_id=request_id,
            correction_px=_correction_px(workspace, session, tile, mask),
            classes=class_areas(mask),
            restored_id=restored_id,
        )
        joined = join(workspace, session, tile, before, revision, mask)
        state = scenes.get_tile(session, tile_id).state
    return {
        "revision": revision_dict(revision),
        "state": state,
        "correction_px": revision.correction_px,
        "joined": joined,
    }


def _starts_with(workspace: Workspace, session: Session, tile: TileRecord, sha256: str, mask: Mask) -> bool:
    """Tell whether a tile opens with this mask where there is no draft."""
    if tile.head_revision_id is not None:
        start = revisions.get_revision(session, tile.head_revision_id).mask_sha256
    elif (prediction := prediction_of(session, tile)) is not None:
        start = prediction.mask_sha256
    else:
        return not mask.any()
    # By its pixels too: files of earlier versions hold the same mask in other bytes.
    if sha256 == start:
        return True
    try:
        return np.array_equal(mask, read_mask(workspace, start))
    except (MaskError, StorageError):  # what is being painted is kept all the same
        return False


def _correction_px(workspace: Workspace, session: Session, tile: TileRecord, mask: Mask) -> int:
    """Pixels changed against the prediction; against an empty mask where nothing was predicted."""
    prediction = prediction_of(session, tile)
    if prediction is None:
        return int(np.count_nonzero(mask))
    return int(np.count_nonzero(mask != read_mask(workspace, prediction.mask_sha256)))


def _put_checked(workspace: Workspace, tile: TileRecord, mask: Mask) -> str:
    with workspace.store.reading() as session:
        class_count = len(classes.list_classes(session))
    check_mask(mask, (tile.height, tile.width), class_count, f"The mask of {tile.name}")
    return workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
