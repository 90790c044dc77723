"""How good predictions are on tiles that nobody chose: the audit."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from seep.core.metrics.confusion import Matrix, confusion, scores
from seep.core.metrics.intervals import binary_iou_interval, wilson
from seep.core.text import counted
from seep.errors import MaskError, SettingsError, StorageError
from seep.store import audit_log, checkpoints, quality_sample
from seep.store.quality_sample import AuditPair
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

MOST_SHARE = 0.5
RIGHT_DICE = 0.9
"""A prediction counts as right from this Dice on: masks drawn twice by one person agree no better."""

MOST_TILES = 1000
"""Of the audited tiles the newest count: their masks are read, and old ones were by older models."""

FEW_TILES = 10
"""Fewer audited tiles than this say nothing yet."""


def audit_share(workspace: Workspace) -> float:
    """Return which share of tiles is drawn for the audit, 0 to 0.5."""
    with workspace.store.reading() as session:
        return quality_sample.audit_share(session)


def set_audit_share(workspace: Workspace, share: float, author: str) -> int:
    """Set the share; untouched tiles are drawn anew, touched ones stay what they are.

    Returns:
        How many tiles are audit tiles now.

    Raises:
        SettingsError: the share is not 0 to 0.5.
    """
    if not 0 <= share <= MOST_SHARE:
        raise SettingsError(f"The share of audit tiles is {share}; choose 0 to {MOST_SHARE}.")
    with workspace.store.transaction() as session:
        drawn = quality_sample.set_audit_share(session, share)
        audit_log.add(session, author, "audit share", "workspace", {"share": share, "tiles": drawn})
    return drawn


_LATE = " {} had been reviewed before the share was raised and could not be drawn: the others may be easier."


def audited(workspace: Workspace) -> dict[str, Any]:
    """Say how good predictions were on audit tiles that a person has reviewed since.

    Each prediction was made before its tile's mask was, so no run can have trained on it. Only predictions
    by the active checkpoint count, or by all where it has fewer than 10; of either the newest 1000. Tiles of
    which a mask is gone or damaged are left out.

    Returns:
        {"drawn": audit tiles, "open": those that wait, "tiles": reviewed with a prediction, "scenes",
        "checkpoint": name or None for several, "iou", "dice": over all their pixels, None without seep,
        "low", "high": 95 % of the IoU over scenes, None below three scenes, "right": tiles whose Dice is 0.9
        or more, "right_low", "right_high": 95 % of their share (Wilson), None without tiles, "enough": 10
        tiles or more were reviewed, "sentence": all that in words}.
    """
    with workspace.store.reading() as session:
        drawn, still_open = quality_sample.counts(session)
        pairs = quality_sample.pairs(session, MOST_TILES)
        active = checkpoints.active_checkpoint(session)
        late = quality_sample.reviewed_before(session)
    own = [pair for pair in pairs if active and pair.checkpoint_id == active.id]
    name = active.name if active and len(own) >= FEW_TILES else None
    found = _figures(workspace, own if name else pairs)
    found |= {"drawn": drawn, "open": still_open, "checkpoint": name}
    return found | {"sentence": _sentence(found) + (_LATE.format(counted(late, "tile")) if late else "")}


def _figures(workspace: Workspace, pairs: Sequence[AuditPair]) -> dict[str, Any]:
    matrices: dict[str, Matrix] = defaultdict(lambda: np.zeros((2, 2), np.int64))
    right = tiles = 0
    for pair in pairs:
        try:
            counted = np.array(_counted(workspace, pair.prediction_sha256, pair.mask_sha256), np.int64)
        except (MaskError, StorageError):  # opening the tile tells of it; Overview has more to say than this
            continue
        tiles += 1
        matrices[pair.scene] = matrices[pair.scene] + counted
        dice = scores(counted)["binary_dice"]
        right += dice is None or dice >= RIGHT_DICE
    total = scores(sum(matrices.values(), np.zeros((2, 2), np.int64)))
    low, high = binary_iou_interval(matrices) or (None, None)
    right_low, right_high = wilson(right, tiles) or (None, None)
    return {
        "tiles": tiles,
        "scenes": len(matrices),
        "iou": total["binary_iou"],
        "dice": total["binary_dice"],
        "low": low,
        "high": high,
        "right": right,
        "right_low": right_low,
        "right_high": right_high,
        "enough": tiles >= FEW_TILES,
    }


@lru_cache(maxsize=50_000)
def _counted(workspace: Workspace, prediction_sha256: str, mask_sha256: str) -> tuple[tuple[int, ...], ...]:
    """Count seep or not of a pair of masks; both are named by their content, so it never changes."""
    truth, prediction = read_mask(workspace, mask_sha256), read_mask(workspace, prediction_sha256)
    as_seep = np.where(truth == 255, truth, (truth > 0).astype(np.uint8))
    matrix = confusion(as_seep, (prediction > 0).astype(np.uint8), 2)
    return tuple(tuple(int(value) for value in row) for row in matrix)


def _sentence(found: dict[str, Any]) -> str:
    """Say what the audit found, and on what it rests."""
    if not found["drawn"]:
        return (
            "No tiles are drawn for the audit. Only tiles that nobody has touched and that came without a "
            "mask can be: import such tiles, and set a share in Settings."
        )
    if not found["enough"]:
        return (
            f"{found['tiles']} of {found['drawn']} audit tiles reviewed: "
            f"from {FEW_TILES} on they say how good predictions are."
        )
    who = found["checkpoint"] or "several models"
    basis = f"{counted(found['tiles'], 'audit tile')} of {counted(found['scenes'], 'scene')}"
    right = f"{found['right']} of them right as predicted ({_range(found['right_low'], found['right_high'])})"
    if found["iou"] is None:
        return f"Unseen tiles, {who}: {basis} without any seep, {right}."
    interval = (
        f", {found['low']:.2f} to {found['high']:.2f}"
        if found["low"] is not None
        else ", too few scenes for an interval"
    )
    return f"Unseen tiles, {who}: IoU {found['iou']:.2f}{interval}, on {basis}; {right}."


def _range(low: float, high: float) -> str:
    return f"{low:.0%} to {high:.0%}"
