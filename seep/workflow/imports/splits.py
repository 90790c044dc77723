"""Which split a scene that arrives belongs to."""

from seep.core.geo.grid import assign_splits
from seep.store.records import SPLITS
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.workspace import Workspace


def trained_splits(workspace: Workspace) -> dict[str, str]:
    """Return how the active checkpoint's own training split scenes, by name, as its card tells.

    A scene that it was trained on cannot judge it or its descendants fairly, whatever this workspace thinks.
    """
    active = active_checkpoint(workspace)
    told = active.card.get("splits") if active else None
    if not isinstance(told, dict):
        return {}
    return {str(name): split for split in SPLITS if isinstance(told.get(split), list) for name in told[split]}


def new_splits(
    present: dict[str, str], arriving: list[str], trained: dict[str, str] | None = None
) -> dict[str, str]:
    """Choose the splits of scenes that arrive; scenes that are there keep theirs.

    Args:
        present: split by name of the scenes in the workspace.
        arriving: names of the scenes of an import.
        trained: split by name of scenes that the active checkpoint has met; these stay what they were.

    Returns:
        Split by name, for the scenes that are new. With three scenes or more in all, locked and validation
        get one each as long as new scenes can fill them.
    """
    names = sorted({*present, *arriving})
    trained = trained or {}
    chosen = assign_splits(names) | trained
    splits = {name: chosen[name] for name in arriving if name not in present}
    if len(names) < 3:
        return splits
    for wanted in ("locked", "validation"):
        if wanted not in {*present.values(), *splits.values()}:
            spare = [
                name for name, split in sorted(splits.items()) if split == "train" and name not in trained
            ]
            if spare:
                splits[spare[0]] = wanted
    return splits
