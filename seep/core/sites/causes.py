"""Causes of slicks, which analysts decide."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CAUSES = {
    "seep": "natural seep",
    "platform": "platform",
    "vessel": "vessel",
    "low_wind": "low wind",
    "rain_cell": "rain cell",
    "internal_wave": "internal wave",
    "sea_ice": "sea ice",
    "artifact": "land or artifact",
    "ambiguous": "ambiguous",
}
"""Labels by key, in the order in which they are offered."""
NOT_OIL = ("low_wind", "rain_cell", "internal_wave", "sea_ice", "artifact")


@dataclass(frozen=True)
class CauseDecision:
    """A decision on the slick at a point of a scene, pixels; a `cause` of "" takes an earlier one back.

    `tile_id` is the tile on which it was decided; None if that is not known.
    """

    x: float
    y: float
    cause: str
    author: str
    created_at: str
    tile_id: int | None = None


def newest_cause(decisions: Sequence[CauseDecision], inside: npt.NDArray[np.bool_]) -> CauseDecision | None:
    """Return the decision that holds for a slick; None if there is none or it was taken back.

    Args:
        decisions: of the scene, the newest first.
        inside: (N,) whether the point of each one is within the slick.
    """
    found = next((one for one, within in zip(decisions, inside, strict=True) if within), None)
    return found if found is not None and found.cause else None


def count_causes(causes: Iterable[str]) -> str:
    """Return "natural seep 3, vessel 1": labels and numbers of causes, "" without any."""
    counts = Counter(one for one in causes if one)
    return ", ".join(f"{CAUSES[cause]} {count}" for cause, count in counts.most_common())
