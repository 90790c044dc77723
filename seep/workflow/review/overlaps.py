"""Overlapping windows of one raster: changes of shared pixels are copied to the neighbors."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from seep.core.masks.mask import Mask, encode_mask
from seep.core.records import OPEN, RevisionRecord, TileRecord
from seep.store import predictions, revisions, scenes
from seep.store.tiles import overlapping
from seep.workflow.tile_data import class_areas, read_mask
from seep.workflow.tile_images import shown_sha256
from seep.workflow.workspace import MASK_SUFFIX, Workspace


@dataclass(frozen=True)
class Before:
    """A tile before a save: its newest revision, and the SHA-256 of the shown mask."""

    revision_id: int | None
    mask_sha256: str | None


def before_saving(session: Session, tile: TileRecord) -> Before | None:
    """Return the state of a tile for `join`; None if its scene has no overlaps."""
    if scenes.get_scene(session, tile.scene_id).overlap_px == 0:
        return None
    now = scenes.get_tile(session, tile.id)
    return Before(now.head_revision_id, shown_sha256(session, now))


def join(
    workspace: Workspace,
    session: Session,
    tile: TileRecord,
    *,
    before: Before | None,
    revision: RevisionRecord,
    mask: Mask,
    keep_reviewed: bool,
) -> list[int]:
    """Copy the pixels that a save changed to the windows that share them.

    Each neighbor gets its own revision of kind "join" on top of its newest one, in the same transaction. Only
    pixels changed by this save are copied. Its state changes as by a save: an unreviewed window becomes a
    draft, a reviewed one stays reviewed. Drafts on it stay, and saving them reports a conflict. A repeated
    request has no further effect.

    Args:
        before: from `before_saving`.
        revision: the revision that the save created, now or at the first request.
        mask: (H, W) uint8, of that revision.
        keep_reviewed: leave reviewed and rejected neighbors as they are: the author may not change them.

    Returns:
        Ids of the neighbors that changed.

    Raises:
        StorageError: a mask is missing, damaged or cannot be written; the whole save is rolled back.
    """
    head = scenes.get_tile(session, tile.id).head_revision_id
    if before is None or before.revision_id == revision.id or head != revision.id:
        return []
    old = np.zeros_like(mask) if before.mask_sha256 is None else read_mask(workspace, before.mask_sha256)
    changed = mask != old
    if not changed.any():
        return []
    joined = []
    for other in overlapping(session, tile.id):
        neighbor = scenes.get_tile(session, other)
        if keep_reviewed and neighbor.state not in OPEN:
            continue
        part, spot = shared(tile, neighbor)
        shown = _shown_mask(workspace, session, neighbor)
        new = shown.copy()
        np.copyto(new[spot], mask[part], where=changed[part])
        if (new != shown).any():
            _save(workspace, session, neighbor, new, revision)
            joined.append(other)
    return joined


def shared(tile: TileRecord, other: TileRecord) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the overlap of two windows of a scene, as slices of the first and of the second one."""
    left, top = max(tile.x, other.x), max(tile.y, other.y)
    right = max(left, min(tile.x + tile.width, other.x + other.width))
    bottom = max(top, min(tile.y + tile.height, other.y + other.height))

    def within(one: TileRecord) -> tuple[slice, slice]:
        return slice(top - one.y, bottom - one.y), slice(left - one.x, right - one.x)

    return within(tile), within(other)


def _shown_mask(workspace: Workspace, session: Session, tile: TileRecord) -> Mask:
    sha256 = shown_sha256(session, tile)
    return np.zeros((tile.height, tile.width), np.uint8) if sha256 is None else read_mask(workspace, sha256)


def _save(
    workspace: Workspace, session: Session, tile: TileRecord, mask: Mask, cause: RevisionRecord
) -> None:
    draft = revisions.get_draft(session, tile.id, cause.author)
    predicted = None
    if tile.prediction_id is not None:
        predicted = predictions.get_prediction(session, tile.prediction_id).mask_sha256
    untouched = np.zeros_like(mask) if predicted is None else read_mask(workspace, predicted)
    revisions.save_revision(
        session,
        tile.id,
        base_revision_id=tile.head_revision_id,
        mask_sha256=workspace.store.files.put(encode_mask(mask), MASK_SUFFIX),
        kind="join",
        author=cause.author,
        request_id=f"join {cause.id} {tile.id}",
        correction_px=int(np.count_nonzero(mask != untouched)),
        classes=class_areas(mask),
    )
    if draft is not None:  # a save drops the author's draft, but this draft was not saved
        revisions.save_draft(session, tile.id, cause.author, draft.base_revision_id, draft.mask_sha256)
