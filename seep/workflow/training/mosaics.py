"""Tiles of a folder as training tiles: where a scene's grid is known, neighbors are stitched together.

Then crops cross tile borders, and context does not end at an edge that the sea does not have.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.geo.grid import row_column
from seep.core.geo.grid_inference import edges_of, guess_columns
from seep.core.image.normalize import Statistics
from seep.core.image.padding import unmeasured
from seep.core.masks.mask import UNSURE
from seep.errors import SettingsError
from seep.workflow.inference.folder_dataset import FolderTile

if TYPE_CHECKING:
    from seep.engine.training.dataset import TrainingTile


def bands_of(tiles: Sequence[FolderTile]) -> int:
    """Tell how many bands all images have.

    Raises:
        SettingsError: they differ.
    """
    found = sorted({tile.bands for tile in tiles})
    if len(found) > 1:
        raise SettingsError(
            f"The images have {' and '.join(map(str, found))} bands; a network reads images of one kind."
        )
    return found[0]


def training_tiles(
    tiles: Sequence[FolderTile], statistics: Mapping[str, Statistics], *, binary: bool, stitched: bool
) -> "list[TrainingTile]":
    """Read tiles for training.

    Args:
        statistics: by scene.
        binary: take all classes together as class 1.
        stitched: put the tiles of a scene together where the width of its grid shows in the pixels.

    Raises:
        ImageError: a file is gone or damaged.
    """
    by_scene: dict[str, list[FolderTile]] = defaultdict(list)
    for tile in tiles:
        by_scene[tile.scene].append(tile)
    found: list[TrainingTile] = []
    for scene, members in by_scene.items():
        pairs = {tile.number: (tile.read(), _mask(tile, binary)) for tile in members}
        whole = stitch(pairs, members[0].nodata) if stitched and len(pairs) == len(members) else None
        named = (
            [(scene, whole.image, whole.mask)]
            if whole
            else [(tile.path.stem, *pair) for tile, pair in zip(members, pairs.values(), strict=True)]
        )
        found += [
            _tile(name, image, mask, statistics[scene], members[0].nodata) for name, image, mask in named
        ]
    return found


def _tile(name: str, image: Any, mask: Any, statistics: Statistics, nodata: float | None) -> "TrainingTile":
    from seep.engine.training.dataset import TrainingTile

    return TrainingTile(name, image, mask, statistics, nodata, corrected=True)


def _mask(tile: FolderTile, binary: bool) -> Any:
    if not binary:
        return tile.mask
    return np.where(tile.mask == UNSURE, tile.mask, tile.mask > 0).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Whole:
    """A grid of tiles as one image.

    Attributes:
        image: (H, W) or (H, W, bands); nodata, or NaN without one, where no tile lies.
        mask: uint8 (H, W) class ids.
        corners: row and column of each tile's upper left pixel, by its number.
    """

    image: Any
    mask: Any
    corners: dict[int, tuple[int, int]]


def stitch(pairs: Mapping[int, tuple[Any, Any]], nodata: float | None) -> Whole | None:
    """Put the tiles of a scene where they lie.

    Args:
        pairs: image and mask by number of the tile.
        nodata: value of pixels without data; None for NaN.

    Returns:
        None where the grid's width does not show in the pixels, or where its holes could not be told.
    """
    shapes = {image.shape for image, _ in pairs.values()}
    if len(shapes) > 1:
        return None
    columns = guess_columns({number: edges_of(image, nodata) for number, (image, _) in pairs.items()})
    if columns is None:
        return None
    (shape,) = shapes
    first, last = min(pairs) // columns, max(pairs) // columns
    size = ((last - first + 1) * shape[0], columns * shape[1])
    image = unmeasured((*size, *shape[2:]), next(iter(pairs.values()))[0].dtype, nodata)
    whole = Whole(image, np.zeros(size, np.uint8), {})
    for number, (pixels, classes) in pairs.items():
        at = row_column(number, columns)
        assert at is not None  # the columns are known
        top, left = (at[0] - first) * shape[0], at[1] * shape[1]
        own = (slice(top, top + shape[0]), slice(left, left + shape[1]))
        whole.image[own], whole.mask[own] = pixels, classes
        whole.corners[number] = (top, left)
    return whole
