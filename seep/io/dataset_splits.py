"""Splits that the author of a data set made: which files belong to them, and scenes that several of them share."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from seep.core.text import counted

if TYPE_CHECKING:
    from seep.io.folder_reader import ImportCandidate

_NAMES = {"train": "training", "validation": "validation", "locked": "test"}
_MAX_NAMES = 3


def without_splits(candidates: list[ImportCandidate]) -> list[ImportCandidate]:
    """Forget the splits of the author."""
    return [replace(one, split="") for one in candidates]


def with_splits(candidates: list[ImportCandidate]) -> tuple[list[ImportCandidate], tuple[str, ...]]:
    """Give every split scenes of its own, because a scene has one split.

    A scene with tiles in several splits becomes one scene per split, such as `041869` and `041869-test`. A set whose
    only split is for training has no splits: its scenes are divided as any others.

    Args:
        candidates: all files of the set.

    Returns:
        The files, and notes.
    """
    counts = Counter(one.split for one in candidates)
    if not {*counts} - {"", "train"}:
        return without_splits(candidates), ()
    sizes = ", ".join(f"{counts[split]} {name}" for split, name in _NAMES.items() if counts[split])
    other = f"; {counted(counts[''], 'image')} without a split" if counts[""] else ""
    notes = [
        f"The splits of the data set are kept: {sizes}{other}. To choose new splits by scene instead, clear the option "
        "Keep the splits of the data set (--new-splits)."
    ]
    splits: dict[str, set[str]] = defaultdict(set)
    for one in candidates:
        splits[one.position.scene].add(one.split)
    shared = sorted(scene for scene, found in splits.items() if len(found) > 1)
    named = sorted({one.position.scene for one in candidates if one.position.named} & {*shared})
    if named:
        more = ", ..." if len(named) > _MAX_NAMES else ""
        notes.append(
            f"{counted(len(named), 'scene')} with tiles in several splits of the data set "
            f"({', '.join(named[:_MAX_NAMES])}{more}): each split becomes a scene of its own, such as "
            f"{named[0]}-{_NAMES[max(splits[named[0]] - {'', 'train'})]}. Neighboring tiles share "
            "slicks, so metrics on these test tiles are too high."
        )
    return [
        replace(one, position=replace(one.position, scene=f"{one.position.scene}-{_NAMES[one.split]}"))
        if one.position.scene in shared and one.split not in ("", "train")
        else one
        for one in candidates
    ], tuple(notes)
