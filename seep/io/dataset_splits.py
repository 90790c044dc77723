"""Splits that the author of a data set made: which files belong to them, and scenes that several of them share."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from seep.core.geo.grid import TilePosition
from seep.core.text import counted

_NAMES = {"train": "training", "validation": "validation", "locked": "test"}
_MAX_NAMES = 3
Placed = tuple[TilePosition, str]
"""Scene and number of a file, and its split; "" for none."""


def with_splits(files: Sequence[Placed]) -> tuple[list[Placed], list[str]]:
    """Give every split scenes of its own, because a scene has one split.

    A scene with tiles in several splits becomes one scene per split, such as `041869` and `041869-test`. A set whose
    only split is for training has no splits: its scenes are divided as any others.

    Args:
        files: all files of the set.

    Returns:
        The same with their scenes, and notes.
    """
    counts = Counter(split for _, split in files)
    if not {*counts} - {"", "train"}:
        return [(position, "") for position, _ in files], []
    sizes = ", ".join(f"{counts[split]} {name}" for split, name in _NAMES.items() if counts[split])
    other = f"; {counted(counts[''], 'image')} without a split" if counts[""] else ""
    notes = [
        f"The splits of the data set are kept: {sizes}{other}. To choose new splits by scene instead, clear the option "
        "Keep the splits of the data set (--new-splits)."
    ]
    splits: dict[str, set[str]] = defaultdict(set)
    for position, split in files:
        splits[position.scene].add(split)
    shared = {scene for scene, found in splits.items() if len(found) > 1}
    named = sorted({position.scene for position, _ in files if position.named} & shared)
    if named:
        more = ", ..." if len(named) > _MAX_NAMES else ""
        notes.append(
            f"{counted(len(named), 'scene')} with tiles in several splits of the data set "
            f"({', '.join(named[:_MAX_NAMES])}{more}): each split becomes a scene of its own, such as "
            f"{named[0]}-{_NAMES[max(splits[named[0]] - {'', 'train'})]}. Neighboring tiles share "
            "slicks, so metrics on these test tiles are too high."
        )
    return [
        (replace(position, scene=f"{position.scene}-{_NAMES[split]}"), split)
        if position.scene in shared and split not in ("", "train")
        else (position, split)
        for position, split in files
    ], notes
