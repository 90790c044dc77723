"""Both ends of each slick of a pass. One end is at the source; a single pass does not show which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from seep.core.masks.components import Slick, slicks
from seep.core.masks.mask import Mask
from seep.core.masks.slick_shape import measure_shape

Points = npt.NDArray[np.float64]

MIN_AREA_PX = 30
"""Smaller slicks are mostly specks without a direction; their ends do not indicate a source."""

JOIN_PX = 24.0
"""Pieces of one slick lie no farther apart than this, end to end. Slicks break up as they age."""

MAX_TURN_DEG = 40.0
"""Pieces are one slick only where their center lines point along the gap between them within this angle."""


@dataclass(frozen=True, eq=False)
class SlickEnds:
    """A slick of one pass as site detection sees it.

    Attributes:
        ends: (2, 2) float64, x and y of both ends of the center line, pixels; equal for a speck.
        area_px: pixels of the slick, all pieces together.
        class_id: class of the largest piece, 1 and up.
        labels: numbers of its pieces, as `seep.core.masks.components.slicks` counts them.
    """

    ends: Points
    area_px: int
    class_id: int
    labels: tuple[int, ...]

    @property
    def length_px(self) -> float:
        """Distance from end to end, pixels."""
        return float(np.hypot(*(self.ends[1] - self.ends[0])))


def find_slick_ends(mask: Mask, min_area_px: int = MIN_AREA_PX, join_px: float = JOIN_PX) -> list[SlickEnds]:
    """Find the ends of the slicks of one pass.

    Pieces that continue each other in the same direction count as one slick, as its outer ends are the ones
    that matter.

    Args:
        mask: (H, W) uint8 class ids of the whole pass, or of one window of it.
        min_area_px: slicks of fewer pixels are left out before pieces are joined.
        join_px: largest gap between two pieces of one slick, pixels; 0 joins nothing.

    Returns:
        One entry per slick, the largest first.
    """
    labels, found = slicks(mask)
    kept = [one for one in found if one.area_px >= min_area_px]
    return join_pieces([_piece(labels[_box(one)] == one.label, one) for one in kept], join_px)


def join_pieces(pieces: Sequence[SlickEnds], join_px: float = JOIN_PX) -> list[SlickEnds]:
    """Join pieces that continue each other in the same direction.

    Args:
        pieces: one per connected component, each with one label.
        join_px: largest gap between two pieces of one slick, pixels; 0 joins nothing.

    Returns:
        One entry per slick, the largest first.
    """
    groups = _chains(pieces, join_px)
    return sorted((_joined([pieces[at] for at in group]) for group in groups), key=lambda one: -one.area_px)


def _box(slick: Slick) -> tuple[slice, slice]:
    return np.s_[slick.y : slick.y + slick.height, slick.x : slick.x + slick.width]


def _piece(pixels: npt.NDArray[np.bool_], slick: Slick) -> SlickEnds:
    line = measure_shape(pixels).line
    ends = np.stack([line[0], line[-1]]) + np.array([slick.x, slick.y])
    return SlickEnds(ends, slick.area_px, slick.class_id, (slick.label,))


def _chains(pieces: Sequence[SlickEnds], join_px: float) -> list[list[int]]:
    """Group pieces that continue each other; each end joins its best partner at most, so a chain never forks."""
    if not pieces:
        return []
    points = np.concatenate([piece.ends for piece in pieces])
    pairs = []
    for low, high in cKDTree(points).query_pairs(join_px, output_type="ndarray").tolist():
        (second, j), (first, i) = divmod(low, 2), divmod(high, 2)
        if first != second and _continues(pieces[first], i, pieces[second], j):
            pairs.append((float(np.hypot(*(points[high] - points[low]))), first, i, second, j, low, high))
    taken, group = set[int](), {at: [at] for at in range(len(pieces))}
    for _, first, _, second, _, low, high in sorted(pairs):
        if low in taken or high in taken or group[first] is group[second]:
            continue
        taken |= {low, high}
        joined = sorted(group[first] + group[second])
        group |= dict.fromkeys(joined, joined)
    return [chain for at, chain in group.items() if chain[0] == at]


def _continues(one: SlickEnds, i: int, other: SlickEnds, j: int) -> bool:
    """Whether two pieces point at each other: out of one end, over the gap, and into the other one."""
    least = np.cos(np.radians(MAX_TURN_DEG))
    out, into = one.ends[i] - one.ends[1 - i], other.ends[1 - j] - other.ends[j]
    gap = other.ends[j] - one.ends[i]
    return _cosine(out, into) >= least and (
        float(np.hypot(*gap)) < 4 or min(_cosine(out, gap), _cosine(gap, into)) >= least
    )


def _cosine(one: Points, other: Points) -> float:
    lengths = float(np.hypot(*one) * np.hypot(*other))
    return float(one @ other) / lengths if lengths else -1.0


def _joined(pieces: Sequence[SlickEnds]) -> SlickEnds:
    """One slick of its pieces: the two ends that lie farthest apart."""
    ends = np.concatenate([piece.ends for piece in pieces])
    distances = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1))
    first, second = np.unravel_index(int(distances.argmax()), distances.shape)
    largest = max(pieces, key=lambda piece: piece.area_px)
    return SlickEnds(
        ends[[first, second]],
        sum(piece.area_px for piece in pieces),
        largest.class_id,
        tuple(label for piece in pieces for label in piece.labels),
    )
