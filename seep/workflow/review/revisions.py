"""Revisions: save masks, restore earlier ones, reject or flag tiles."""

from collections.abc import Callable
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from seep.core.masks.mask import Mask
from seep.core.records import OPEN, REVIEWED, PredictionRecord, TileRecord
from seep.core.text import checked_text
from seep.core.tile_states import REJECT_REASONS
from seep.errors import LostError, MissingError, SettingsError, UnconfirmedError
from seep.store import classes, revisions, scenes
from seep.store.comments import comments
from seep.store.review import second_masks
from seep.workflow.actor import Actor, Requirement, requires
from seep.workflow.review.comments import MAX_CHARACTERS, comment, comment_entry
from seep.workflow.review.drafts import ClientView, put_mask, shown_prediction
from seep.workflow.review.overlaps import before_saving, join
from seep.workflow.review.reopen import reopen_one, undo_one
from seep.workflow.review.second_masks import NO_DECISION, as_seen_by, check_revision_visible, is_blind
from seep.workflow.review.tile_document import (
    RejectionEntry,
    RevisionEntry,
    rejection_entries,
    revision_entry,
)
from seep.workflow.tile_data import (
    class_areas,
    read_mask,
    read_pixels,
)
from seep.workflow.workspace import Workspace

DECISIONS = {"reject": "rejected", "flag": "flagged"}
REOPENING = ("reopen", "undo-accept")
NO_ACCEPT = "The accept of {} was not undone: the tile was changed since, or has a draft. Reopen it instead."
SAVE_KINDS = ("save", "accept")
NO_VIEW = ClientView()
UNCONFIRMED = (
    "{} was not accepted: it has no prediction and no mask. Predict it, or confirm that it shows no seep."
)
ACCEPT = Requirement("reviewer", "accept tiles")
CHANGE_REVIEWED = Requirement("reviewer", "change reviewed or rejected tiles")


class SaveResult(TypedDict):
    """The answer to a save, as JSON.

    `state` is the tile's state after it. `correction_px` counts the pixels that differ from the prediction.
    `joined` are the ids of overlapping tiles that changed too.
    """

    revision: RevisionEntry
    state: str
    correction_px: int
    joined: list[int]


class DecisionResult(TypedDict):
    """The answer to a decision, as JSON: the tile's state after it, the revision that reopened a reviewed tile, the
    comments of the tile after a note, and its rejections.
    """

    state: str
    rejections: list[RejectionEntry]
    revision: RevisionEntry | None
    comments: list[dict[str, Any]] | None


def tile_image(workspace: Workspace, tile_id: int) -> npt.NDArray[Any]:
    """Read the pixels of a tile: (H, W) or (H, W, bands) in their own dtype.

    Raises:
        MissingError: there is no such tile.
        ImageError: its file is gone or damaged.
    """
    return read_pixels(workspace, get_tile(workspace, tile_id))


def get_tile(workspace: Workspace, tile_id: int) -> TileRecord:
    """Return the record of a tile.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        return scenes.get_tile(session, tile_id)


def mask_shape(workspace: Workspace, tile_id: int) -> tuple[int, int]:
    """Return the height and width of a tile.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        return scenes.tile_shape(session, tile_id)


@requires("annotator", "save masks")
def save_mask(
    workspace: Workspace,
    tile_id: int,
    mask: Mask,
    kind: str,
    *,
    actor: Actor,
    base_revision_id: int | None,
    request_id: str,
    view: ClientView = NO_VIEW,
    confirmed: bool = False,
    record: Callable[[Session, int], None] | None = None,
) -> SaveResult:
    """Keep a mask as a new revision of its tile; when this returns, it is on the disk.

    Args:
        mask: (H, W) uint8 class ids.
        kind: "save" (the tile stays open) or "accept" (it counts as reviewed).
        base_revision_id: the revision that the author started from; None when there was none.
        request_id: unique for each press of the button; the same one again changes nothing more.
        view: what the browser window showed; the mask is compared with that prediction, and a draft of another
            window stays.
        confirmed: whether the author confirmed an accept of an empty mask without a prediction and a revision.
        record: called with the id of the revision in its transaction, to store more about it.

    Raises:
        ConflictError: another revision came between.
        UnconfirmedError: the tile has no prediction, no revision and an empty mask, and `confirmed` is False.
        DeniedError: the actor is an annotator, and the kind is "accept" or the tile is reviewed or rejected, unless
            the mask is a second mask that was requested from the actor; see `seep.workflow.review.second_masks`.
        MaskError: another size than the tile, or ids out of range.
        MissingError: there is no such tile.
        SettingsError: an unknown kind.
        StorageError: it could not be written; nothing changed.
    """
    if kind not in SAVE_KINDS:
        raise SettingsError(f"There is no kind of revision {kind!r}; use {' or '.join(SAVE_KINDS)}.")
    return _save(
        workspace,
        tile_id,
        mask,
        kind,
        actor,
        base_revision_id=base_revision_id,
        request_id=request_id,
        view=view,
        confirmed=confirmed,
        record=record,
    )


@requires("annotator", "save masks")
def restore(
    workspace: Workspace,
    tile_id: int,
    revision_id: int,
    *,
    actor: Actor,
    base_revision_id: int | None,
    request_id: str,
    view: ClientView = NO_VIEW,
) -> SaveResult:
    """Make an earlier revision the newest one again, as a new revision of kind "restore".

    Returns and raises as `save_mask`; MissingError also when the revision is not one of this tile's.
    """
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
    check_revision_visible(workspace, revision_id, actor)
    if revision.tile_id != tile_id:
        raise MissingError(f"Revision {revision_id} does not belong to tile {tile_id}; reload the tile.")
    if revision.state in REVIEWED:
        ACCEPT.check(actor)
    mask = read_mask(workspace, revision.mask_sha256)
    return _save(
        workspace,
        tile_id,
        mask,
        "restore",
        actor,
        base_revision_id=base_revision_id,
        request_id=request_id,
        view=view,
        restored_id=revision_id,
        confirmed=True,
    )


@requires("reviewer", "decide about tiles")
def decide(
    workspace: Workspace, tile_id: int, decision: str, actor: Actor, note: str = "", *, reason: str = ""
) -> DecisionResult:
    """Reject a tile, flag it for a colleague, or open it again; see `seep.workflow.review.reopen`.

    Args:
        decision: a key of `DECISIONS`, or one of `REOPENING`.
        note: first comment of a new thread on the tile; "" for none.
        reason: of a rejection, one of `REJECT_REASONS`; "" for none.

    Raises:
        SettingsError: an unknown decision or reason, a note with control characters or too many, or an accept that
            cannot be undone.
        MissingError: there is no such tile.
    """
    if decision not in (*DECISIONS, *REOPENING):
        known = ", ".join((*DECISIONS, *REOPENING))
        raise SettingsError(f"There is no decision {decision!r}; use one of {known}.")
    if is_blind(workspace, tile_id, actor):
        raise SettingsError(NO_DECISION)
    if reason and (decision != "reject" or reason not in REJECT_REASONS):
        known = ", ".join(REJECT_REASONS)
        raise SettingsError(
            f"There is no reason {reason!r} of the decision {decision!r}; a rejection has one of {known}, or none."
        )
    note = checked_text("The note", note, MAX_CHARACTERS, lines=True)
    revision = None
    with workspace.store.transaction() as session:
        tile = scenes.get_tile(session, tile_id)
        if decision == "reopen":
            revision = reopen_one(workspace, session, tile, actor)
        elif decision == "undo-accept":
            if not undo_one(workspace, session, tile, actor):
                raise SettingsError(NO_ACCEPT.format(tile.name))
        else:
            revisions.decide(session, tile_id, DECISIONS[decision], actor.name, reason)
            if note:
                comment(session, tile_id, note, actor.name)
        state = scenes.get_tile(session, tile_id).state
        discussion = (
            [comment_entry(one) for one in comments.list_comments(session, tile_id)] if note else None
        )
        rejections = rejection_entries(session, tile_id)
    return DecisionResult(
        state=state,
        revision=revision_entry(revision) if revision else None,
        comments=discussion,
        rejections=rejections,
    )


def _save(
    workspace: Workspace,
    tile_id: int,
    mask: Mask,
    kind: str,
    actor: Actor,
    *,
    base_revision_id: int | None,
    request_id: str,
    view: ClientView,
    confirmed: bool,
    restored_id: int | None = None,
    record: Callable[[Session, int], None] | None = None,
) -> SaveResult:
    # All that takes time is done before the turn to write.
    with workspace.store.reading() as session:
        tile, second = as_seen_by(session, scenes.get_tile(session, tile_id), actor.name)
        class_count = classes.count_classes(session)
        shown = shown_prediction(session, tile, view)
    if kind == "accept" and second is None:
        ACCEPT.check(actor)
    untouched = shown is None and tile.head_revision_id is None and not mask.any()
    sha256 = put_mask(workspace, tile, mask, class_count)
    changed_px, areas = correction_px(workspace, shown, mask), class_areas(mask)
    with workspace.store.transaction() as session:
        if second is not None:
            if kind == "accept" and untouched and not confirmed:
                raise UnconfirmedError(UNCONFIRMED.format(tile.name))
            revision = second_masks.save(
                session,
                second.id,
                base_revision_id=base_revision_id,
                mask_sha256=sha256,
                request_id=request_id,
                correction_px=changed_px,
                prediction_id=shown.id if shown else None,
                finished=kind == "accept",
            )
            state = scenes.get_tile(session, tile_id).state if kind == "accept" else "draft"
            return SaveResult(
                revision=revision_entry(revision), state=state, correction_px=changed_px, joined=[]
            )
        scenes.keep_tile(session, tile_id)
        if scenes.get_tile(session, tile_id).state not in OPEN:
            CHANGE_REVIEWED.check(actor)
        before = before_saving(session, tile)
        if kind == "accept" and untouched and not confirmed:
            raise UnconfirmedError(UNCONFIRMED.format(tile.name))
        revision = revisions.save_revision(
            session,
            tile_id,
            base_revision_id=base_revision_id,
            mask_sha256=sha256,
            kind=kind,
            author=actor.name,
            request_id=request_id,
            correction_px=changed_px,
            prediction_id=shown.id if shown else None,
            draft_sha256=view.draft,
            classes=areas,
            restored_id=restored_id,
        )
        if record is not None:
            record(session, revision.id)
        joined = join(
            workspace,
            session,
            tile,
            before=before,
            revision=revision,
            mask=mask,
            keep_reviewed=CHANGE_REVIEWED.denial(actor) is not None,
        )
        state = scenes.get_tile(session, tile_id).state
    return SaveResult(
        revision=revision_entry(revision),
        state=state,
        correction_px=revision.correction_px,
        joined=joined,
    )


def correction_px(workspace: Workspace, shown: PredictionRecord | None, mask: Mask) -> int:
    """Count the pixels that differ from the prediction, or from an empty mask without one."""
    try:
        predicted = read_mask(workspace, shown.mask_sha256) if shown else np.uint8(0)
    except LostError:  # the save matters more than this count
        predicted = np.uint8(0)
    return int(np.count_nonzero(mask != predicted))
