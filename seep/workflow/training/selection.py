"""What a fine-tuning would learn: which reviewed tiles, whose, of which classes."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from seep.errors import SettingsError, StorageError
from seep.store import jobs, runs
from seep.store.records import JOB_ENDS, REVIEWED
from seep.store.schema import stamp
from seep.workflow.tile_data import class_areas
from seep.workflow.training.dataset import (
    LabeledTile,
    labeled_tiles,
    read_label,
    replay_tiles,
    revision_tiles,
)
from seep.workflow.workspace import Workspace

CHOICES = {
    "new": "New to the model",
    "day": "Reviewed in the last 24 hours",
    "all": "All that was reviewed",
}
"""Which tiles a fine-tuning is for. New is what no run has learned from that was kept: a run whose version was
dropped, or that kept the weights it started from, leaves its tiles new."""
_NOTHING = {
    "new": "Nothing new was reviewed in training scenes",
    "day": "Nothing was reviewed in training scenes in the last 24 hours",
    "all": "Nothing was reviewed in training scenes",
}


def candidates(workspace: Workspace, choice: str = "new") -> dict[str, Any]:
    """Say what a fine-tuning would train on now, ready for JSON.

    Args:
        workspace: where.
        choice: which reviewed tiles, a key of `CHOICES`.

    Returns:
        {"revision_ids": in scenes of the train split, "tiles": how many, "new": how many there are in the
        choice "new", "under_way": how many a run that waits or goes on trains on already, "unreadable": names
        of tiles that are left out, since their masks are gone or damaged, "by_state": {state: tiles},
        "people": {author: tiles}, "classes": [{"id", "tiles", "area_px"}], "replay_tiles",
        "validation_tiles", "validation_scenes", "locked_tiles", "locked_scenes": tiles and scenes with truth,
        "held_back": reviewed tiles of other splits, "ready": bool, "reason": why not}.

    Raises:
        SettingsError: there is no such choice.
    """
    chosen = revision_tiles(workspace, chosen_revisions(workspace, choice))
    classes, unreadable = _class_counts(workspace, chosen)
    tiles = [one for one in chosen if one not in unreadable]
    replayed = replay_tiles(workspace, {one.tile.id for one in tiles})
    held = {split: labeled_tiles(workspace, split) for split in ("validation", "locked")}
    reason = None
    if not tiles:
        reason = f"{_NOTHING[choice]}; accept or correct some tiles first."
    return {
        "revision_ids": [one.revision.id for one in tiles],
        "tiles": len(tiles),
        "new": len(tiles) if choice == "new" else len(chosen_revisions(workspace, "new")),
        "under_way": len(_under_way(workspace) & {one.revision.id for one in tiles}),
        "unreadable": [one.tile.name for one in unreadable],
        "by_state": dict(Counter(one.tile.state for one in tiles)),
        "people": dict(Counter(one.revision.author for one in tiles)),
        "classes": classes,
        "replay_tiles": len(replayed),
        **{f"{split}_tiles": len(found) for split, found in held.items()},
        **{f"{split}_scenes": len({one.tile.scene for one in found}) for split, found in held.items()},
        "held_back": sum(one.tile.state in REVIEWED for found in held.values() for one in found),
        "ready": reason is None,
        "reason": reason,
    }


def chosen_revisions(workspace: Workspace, choice: str) -> list[int]:
    """Return the revisions of reviewed tiles of training scenes that a choice takes, lowest first.

    Args:
        workspace: where.
        choice: a key of `CHOICES`.

    Raises:
        SettingsError: there is no such choice.
    """
    if choice not in CHOICES:
        raise SettingsError(f"There is no choice of tiles {choice!r}; take one of {', '.join(CHOICES)}.")
    with workspace.store.reading() as session:
        if choice == "new":
            return runs.revisions_since_last_run(session)
        since = stamp(datetime.now(UTC) - timedelta(days=1)) if choice == "day" else None
        return runs.reviewed_revisions(session, since)


def _under_way(workspace: Workspace) -> set[int]:
    """The revisions that fine-tunings train on which wait or go on."""
    with workspace.store.reading() as session:
        asked = [one for one in jobs.list_jobs(session) if one.kind == "finetune"]
    return {
        int(number)
        for job in asked
        if job.state not in JOB_ENDS
        for number in job.params.get("revision_ids") or ()
    }


def _class_counts(
    workspace: Workspace, tiles: Sequence[LabeledTile]
) -> tuple[list[dict[str, int]], list[LabeledTile]]:
    """What the masks hold, by class, and the tiles whose mask cannot be read."""
    areas, counts, unreadable = Counter[int](), Counter[int](), list[LabeledTile]()
    for one in tiles:
        try:
            found = class_areas(read_label(workspace, one))
        except StorageError:
            unreadable.append(one)
            continue
        areas.update(found)
        counts.update(found.keys())
    rows = [{"id": number, "tiles": counts[number], "area_px": areas[number]} for number in sorted(areas)]
    return rows, unreadable
