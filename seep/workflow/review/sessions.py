"""What a person did in the present session: a stretch of work without a pause of half an hour."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import cv2
import numpy as np

from seep.core.masks.mask import UNSURE, Mask
from seep.store import audit_log, predictions, revisions, scenes
from seep.store.records import AuditRecord
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

PAUSE = timedelta(minutes=30)
"""A longer pause ends a session."""

_DECISIONS = {"rejected": "rejected", "flagged": "flagged"}
_COUNTED = ("save", "accept", "restore", "unreviewed", "withdraw", *_DECISIONS)


def summary(workspace: Workspace, person: str, now: datetime | None = None) -> dict[str, int]:
    """Sum up a person's session, as far as the newest 20,000 actions of the workspace reach.

    Args:
        workspace: where.
        person: whose session.
        now: the time that the session lasts to; the present by default.

    Returns:
        {"tiles": saved or decided about, "accepted", "corrected", "rejected", "flagged": tiles by what was
        last done to them, "slicks_changed": slicks of accepted masks that differ from the prediction,
        "minutes": since the first action}. All 0 when the last action is more than half an hour old.
    """
    now = now or datetime.now(UTC)
    with workspace.store.reading() as session:
        done = _session(audit_log.of_author(session, person), now)
    last: dict[int, AuditRecord] = {}
    for action in done:  # newest first
        last.setdefault(_tile_id(action), action)
    outcomes = [_outcome(action) for action in last.values()]
    changed = [
        tile_id
        for tile_id, action in last.items()
        if action.action == "accept" and action.details["correction_px"]
    ]
    return {
        "tiles": len(last),
        **{name: outcomes.count(name) for name in ("accepted", "corrected", "rejected", "flagged")},
        "slicks_changed": sum(_changed_on(workspace, last[one].details["revision"]) for one in changed),
        "minutes": round((now - _time(done[-1])).total_seconds() / 60) if done else 0,
    }


def changed_slicks(mask: Mask, predicted: Mask) -> int:
    """Count the slicks that were drawn, erased, reshaped or given another class.

    Slicks are the 8-connected patches of seep in either mask; those count that hold a pixel which differs.

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


def _session(actions: list[AuditRecord], now: datetime) -> list[AuditRecord]:
    """Return the actions about tiles back to the first pause, newest first."""
    kept: list[AuditRecord] = []
    later = now
    for action in actions:
        if action.action not in _COUNTED or not action.subject.startswith("tile "):
            continue
        if later - _time(action) > PAUSE:
            break
        kept.append(action)
        later = _time(action)
    return kept


def _outcome(action: AuditRecord) -> str:
    if action.action == "accept":
        return "corrected" if action.details["correction_px"] else "accepted"
    return _DECISIONS.get(action.action, "")


def _changed_on(workspace: Workspace, revision_id: int) -> int:
    with workspace.store.reading() as session:
        revision = revisions.get_revision(session, revision_id)
        tile = scenes.get_tile(session, revision.tile_id)
        prediction = (
            None if tile.prediction_id is None else predictions.get_prediction(session, tile.prediction_id)
        )
    return _counted(workspace, revision.mask_sha256, prediction.mask_sha256 if prediction else None)


@lru_cache(maxsize=4096)
def _counted(workspace: Workspace, mask_sha256: str, predicted_sha256: str | None) -> int:
    mask = read_mask(workspace, mask_sha256)
    predicted = read_mask(workspace, predicted_sha256) if predicted_sha256 else np.zeros_like(mask)
    return changed_slicks(mask, predicted)


def _tile_id(action: AuditRecord) -> int:
    return int(action.subject.removeprefix("tile "))


def _time(action: AuditRecord) -> datetime:
    then = datetime.fromisoformat(action.created_at)
    return then if then.tzinfo else then.replace(tzinfo=UTC)
