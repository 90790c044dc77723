"""Domain shift: whether images are unlike those that a checkpoint was trained on, by their grain.

It needs no masks, so it is known before the first correction. The limit is the one above which the checkpoint predicts
at several scales. A checkpoint with a parent was adapted to other images, so nothing is said of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seep.core.records import REVIEWED
from seep.store import checkpoints, scenes, statistics
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

TILES_NEEDED = 10
"""Corrected tiles after which one fine-tuning run closed more than half of the gap on two seas, see docs/results.md."""


@dataclass(frozen=True)
class DomainShift:
    """Images that are unlike the training images of a checkpoint.

    Attributes:
        checkpoint: its name.
        scenes: number of scenes with a coarser grain.
        total: number of scenes.
        grain: largest grain of a scene.
        limit: grain that the training images hardly exceed.
    """

    checkpoint: str
    scenes: int
    total: int
    grain: float
    limit: float

    @property
    def sentence(self) -> str:
        """What is unlike, and what to expect."""
        return (
            f"These images are unlike what {self.checkpoint} knows: the grain of {self.scenes} of {self.total} scenes "
            f"is coarser than in its training images (up to {self.grain:.2f}, limit {self.limit:.2f}), as with another "
            f"sensor or pixel size. Expect weak predictions until about {TILES_NEEDED} tiles are corrected and the "
            "model is fine-tuned."
        )


def domain_shift(card: Mapping[str, Any], grains: Sequence[float | None]) -> DomainShift | None:
    """Compare the grain of scenes with the limit of a checkpoint.

    Args:
        card: of the checkpoint.
        grains: of all scenes; None where it was not measured.

    Returns:
        The shift if more than half of the scenes are coarser; None otherwise, and if the card has no limit or a parent.
    """
    limit = float(card.get("scales_above_grain") or 0)
    coarse = [one for one in grains if one is not None and one > limit]
    if not limit or card.get("parent") or 2 * len(coarse) <= len(grains):
        return None
    return DomainShift(str(card["name"]), len(coarse), len(grains), max(coarse), limit)


@cached_until_commit
def workspace_shift(workspace: Workspace) -> DomainShift | None:
    """Return the shift between all scenes of a workspace and its active checkpoint; None without either."""
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        grains = [scene.statistics.get("grain") for scene in scenes.list_scenes(session)]
    return domain_shift(active.card, grains) if active else None


@cached_until_commit
def first_notice(workspace: Workspace) -> str:
    """Return what Review says of the shift until the first tile is reviewed; "" then, and without a shift."""
    shift = workspace_shift(workspace)
    if shift is None:
        return ""
    with workspace.store.reading() as session:
        states = statistics.progress(session)["states"]
    return "" if any(states.get(one) for one in REVIEWED) else shift.sentence
