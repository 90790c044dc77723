"""What a person did in the current session: work without a pause of half an hour."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import cv2
import numpy as np

from seep.core.masks.mask import UNSURE, Mask
from seep.core.records import REVIEWED, AuditRecord
from seep.store import audit_log, predictions, revisions, scenes, tile_queries
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

PAUSE = timedelta(minutes=30)
"""A longer pause ends a session."""

_DECISIONS = {"rejected": "rejected", "flagged": "flagged"}
_UNDOING = ("unreviewed", "withdraw", "reopen")
_ACTIONS = ("save", "accept", "restore", *_UNDOING, *_DECISIONS)


@dataclass(frozen=True)
class SessionSummary:
    """Counts of one session; all 0 if the last action is more than half an hour old.

    Attributes:
        tiles: tiles that were saved or decided; reopened and deleted tiles do not count.
        accepted, corrected, rejected, flagged, drafts: tiles by the last action on them; after a save or a restore,
            by their state.
        slicks_changed: slicks of accepted masks that differ from the prediction.
        minutes: from the first action to the last one.
    """

    tiles: int
    accepted: int
    corrected: int
    rejected: int
    flagged: int
    drafts: int
    slicks_changed: int
    minutes: int


def session_summary(workspace: Workspace, person: str, now: datetime | None = None) -> SessionSummary:
    """Summarize a person's session, from the newest 20,000 actions of the workspace.

    Args:
        now: the current time by default; a session ends `PAUSE` after its last action.
    """
    now = now or datetime.now(UTC)
    actions = _last_actions(workspace, person)
    if not actions or now - _time(actions[0]) > PAUSE:
        return SessionSummary(0, 0, 0, 0, 0, 0, 0, 0)
    elapsed = _time(actions[0]) - _time(actions[-1])
    return replace(_counts(workspace, person), minutes=round(elapsed.total_seconds() / 60))


@cached_until_commit
def _counts(workspace: Workspace, person: str) -> SessionSummary:
    """Count what a person did in the last session, which may have ended; without its minutes."""
    actions = _last_actions(workspace, person)
    last: dict[int, AuditRecord] = {}
    for action in actions:  # newest first
        last.setdefault(_tile_id(action), action)
    with workspace.store.reading() as session:
        states = {tile.id: tile.state for tile in tile_queries.tiles_by_id(session, list(last))}
    accepts = {action.details["revision"] for action in actions if action.action == "accept"}
    last = {
        key: action
        for key, action in last.items()
        if key in states and not _undoes(action, accepts, states[key])
    }
    outcomes = [_outcome(action, states[key]) for key, action in last.items()]
    corrected = [
        action for action, outcome in zip(last.values(), outcomes, strict=True) if outcome == "corrected"
    ]
    return SessionSummary(
        tiles=len(last),
        accepted=outcomes.count("accepted"),
        corrected=len(corrected),
        rejected=outcomes.count("rejected"),
        flagged=outcomes.count("flagged"),
        drafts=outcomes.count("draft"),
        slicks_changed=sum(_changed_slicks_of(workspace, one.details["revision"]) for one in corrected),
        minutes=0,
    )


def changed_slicks(mask: Mask, predicted: Mask) -> int:
    """Count the slicks that were drawn, erased, reshaped or reclassified.

    Slicks are the 8-connected components of seep in either mask; a slick counts if any pixel of it differs.

    Args:
        mask: (H, W) uint8, as corrected.
        predicted: (H, W) uint8.
    """
    differs = mask != predicted
    if not differs.any():
        return 0
    seep = ((mask > 0) & (mask != UNSURE)) | ((predicted > 0) & (predicted != UNSURE))
    _, labels = cv2.connectedComponents(seep.view(np.uint8), connectivity=8)
    return int(np.count_nonzero(np.unique(labels[differs])))


@cached_until_commit
def _last_actions(workspace: Workspace, person: str) -> list[AuditRecord]:
    """Return a person's newest actions about tiles back to the first pause between two of them, newest first."""
    with workspace.store.reading() as session:
        actions = audit_log.list_by_author(session, person)
    kept: list[AuditRecord] = []
    for action in actions:
        if action.action not in _ACTIONS or not action.subject.startswith("tile "):
            continue
        if kept and _time(kept[-1]) - _time(action) > PAUSE:
            break
        kept.append(action)
    return kept


def _undoes(action: AuditRecord, accepts: set[int], state: str) -> bool:
    """Tell whether an action leaves nothing to count; an undone accept restores the version before it, if any."""
    undone = action.action == "restore" and action.details["base"] in accepts and state not in REVIEWED
    return undone or action.action in _UNDOING


def _outcome(action: AuditRecord, state: str) -> str:
    if action.action == "accept":
        return "corrected" if action.details["correction_px"] else "accepted"
    return _DECISIONS.get(action.action, state)


def _changed_slicks_of(workspace: Workspace, revision_id: int) -> int:
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
        tile = scenes.get_tile(session, revision.tile_id)
        prediction = (
            None if tile.prediction_id is None else predictions.get_prediction(session, tile.prediction_id)
        )
    return _cached_changed_slicks(
        workspace, revision.mask_sha256, prediction.mask_sha256 if prediction else None
    )


@lru_cache(maxsize=4096)
def _cached_changed_slicks(workspace: Workspace, mask_sha256: str, predicted_sha256: str | None) -> int:
    mask = read_mask(workspace, mask_sha256)
    predicted = read_mask(workspace, predicted_sha256) if predicted_sha256 else np.zeros_like(mask)
    return changed_slicks(mask, predicted)


def _tile_id(action: AuditRecord) -> int:
    return int(action.subject.removeprefix("tile "))


def _time(action: AuditRecord) -> datetime:
    then = datetime.fromisoformat(action.created_at)
    return then if then.tzinfo else then.replace(tzinfo=UTC)
