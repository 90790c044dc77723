"""Proposals of scenes that are passes of one place, for scenes without a georeference.

Tiles from the same product grid have the same numbers on every date. The rotated footprint of the swath leaves the same
wedges of nodata in tiles with the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MIN_AGREEMENT = 0.9
"""IoU of nodata over shared tiles from which two scenes are taken for one place. Passes of the two places of the
real tiles agree by 0.995 and more, scenes of different places by 0.57 at most."""

MIN_SHARED_TILES = 4
"""Tiles of equal number that two scenes need in common."""

MIN_NODATA_SHARE = 0.001
"""Minimum share of nodata in the shared tiles of each scene; with less, the comparison is not meaningful."""

SHAPE_PX = 32
"""Side to which the nodata of a tile is reduced before it is compared."""

NodataShape = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PlaceProposal:
    """Scenes that look like passes of one place; a user confirms or rejects the proposal.

    Attributes:
        scenes: names, sorted; two or more.
        agreement: lowest IoU of nodata between a scene and the one it was matched with, 0 to 1.
        shared_tiles: fewest tiles that such a pair has in common.
    """

    scenes: tuple[str, ...]
    agreement: float
    shared_tiles: int


def nodata_shape(valid: npt.NDArray[np.bool_]) -> NodataShape:
    """Downsample the nodata mask of a tile.

    Args:
        valid: (H, W) bool, True where the tile has data.

    Returns:
        (`SHAPE_PX`, `SHAPE_PX`) bool, True where most of a cell is nodata.
    """
    rows = np.arange(valid.shape[0]) * SHAPE_PX // valid.shape[0]
    columns = np.arange(valid.shape[1]) * SHAPE_PX // valid.shape[1]
    cells = rows[:, None] * SHAPE_PX + columns
    missing = np.bincount(cells.ravel(), ~valid.ravel(), SHAPE_PX**2)
    size = np.maximum(np.bincount(cells.ravel(), minlength=SHAPE_PX**2), 1)
    return np.asarray((missing / size > 0.5).reshape(SHAPE_PX, SHAPE_PX), dtype=np.bool_)


def propose_places(scenes: Mapping[str, Mapping[int, NodataShape]]) -> list[PlaceProposal]:
    """Group scenes whose nodata agrees at equal tile numbers.

    Args:
        scenes: by scene name, by tile number, the result of `nodata_shape`.

    Returns:
        Groups of two scenes or more, in the order of their first names. Scenes without nodata, or with too few
        tiles in common, are in no group.
    """
    names = sorted(scenes)
    pairs = {
        (name, other): found
        for at, name in enumerate(names)
        for other in names[at + 1 :]
        if (found := _agreement(scenes[name], scenes[other])) is not None and found[0] >= MIN_AGREEMENT
    }
    return [_proposal(group, pairs) for group in _groups(names, list(pairs)) if len(group) > 1]


def _agreement(one: Mapping[int, NodataShape], other: Mapping[int, NodataShape]) -> tuple[float, int] | None:
    """IoU of nodata over the tiles that both have, and how many these are."""
    shared = sorted(one.keys() & other.keys())
    if len(shared) < MIN_SHARED_TILES:
        return None
    first = np.stack([one[number] for number in shared])
    second = np.stack([other[number] for number in shared])
    either = np.count_nonzero(first | second)
    if either < MIN_NODATA_SHARE * first.size:
        return None
    return np.count_nonzero(first & second) / either, len(shared)


def _groups(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Connected groups of names, each sorted."""
    group = {name: name for name in names}
    for one, other in pairs:
        first, second = sorted((group[one], group[other]))
        group = {name: first if found == second else found for name, found in group.items()}
    return [[name for name in names if group[name] == first] for first in sorted(set(group.values()))]


def _proposal(group: Sequence[str], pairs: Mapping[tuple[str, str], tuple[float, int]]) -> PlaceProposal:
    own = [found for pair, found in pairs.items() if pair[0] in group]
    return PlaceProposal(tuple(group), min(one for one, _ in own), min(count for _, count in own))
