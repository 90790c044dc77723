"""Splits of new scenes: training, validation or test."""

from seep.core.geo.grid import assign_splits
from seep.core.records import SPLITS
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.workspace import Workspace


def trained_splits(workspace: Workspace) -> dict[str, str]:
    """Return the split by scene name that the card of the active checkpoint records.

    A scene that trained the checkpoint cannot evaluate it or its descendants.
    """
    active = active_checkpoint(workspace)
    recorded = active.card.get("splits") if active else None
    if not isinstance(recorded, dict):
        return {}
    return {
        str(name): split
        for split in SPLITS
        if isinstance(recorded.get(split), list)
        for name in recorded[split]
    }


def new_splits(
    existing: dict[str, str],
    imported: list[str],
    trained: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
) -> dict[str, str]:
    """Choose the splits of new scenes; existing scenes keep theirs.

    Args:
        existing: split by name of the scenes in the workspace.
        imported: names of the scenes of an import.
        trained: split by name of the scenes that the active checkpoint was trained or evaluated on.
        given: split by name of the scenes that have one in their data set; none of them changes.

    Returns:
        Split by name of the new scenes. With three scenes or more in total, "test" and "validation" get one
        scene each if a new scene is available.
    """
    names = sorted({*existing, *imported})
    given = given or {}
    trained = given | (trained or {})
    chosen = assign_splits(names) | trained
    splits = {name: chosen[name] for name in imported if name not in existing}
    if len(names) < 3:
        return splits
    for wanted in ("test", "validation"):
        if wanted not in {*existing.values(), *splits.values()}:
            spare = [
                name for name, split in sorted(splits.items()) if split == "train" and name not in trained
            ]
            if spare:
                splits[spare[0]] = wanted
    return splits
