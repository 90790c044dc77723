"""Tiles of several seas, read and split for training and for measuring.

A folder of seas has a folder per sea with `images` and, unless it is sea without oil, `masks`. File names are
BLOCK.TILE: ten neighbors make a block. Neighbors can show the same place, so blocks are split, and a block lies between
training and test blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seep.core.image.grain import image_grain, scene_grain
from seep.core.image.normalize import Statistics, statistics_of
from seep.core.masks.mask import Mask
from seep.engine.training.dataset import TrainingTile
from seep.io.images import read_image

PERIOD = 10
SPLITS = {"training": range(5), "test": range(6, 9), "correcting": range(3), "tuning": range(4, 5)}
"""Of ten consecutive blocks five are for training, three for testing, and one lies on each side between them.

Settings of the learning loop are chosen within the training blocks: three are corrected, one is measured."""


@dataclass(frozen=True, eq=False)
class SeaTile:
    """A tile of a sea.

    Attributes:
        name: of its file, without the extension.
        block: of neighboring tiles.
        image: (H, W) or (H, W, bands).
        mask: uint8 (H, W), 0 or 1.
        statistics: of all tiles of the block, as of a scene in the product.
    """

    name: str
    block: str
    image: NDArray[Any]
    mask: Mask
    statistics: Statistics


def read_sea(folder: Path) -> list[SeaTile]:
    """Read all tiles of a sea, by name; without `masks` all of it is sea.

    Raises:
        SystemExit: there are no images.
    """
    files = sorted((folder / "images").iterdir()) if (folder / "images").is_dir() else []
    if not files:
        raise SystemExit(f"{folder / 'images'} has no images. Check the folder.")
    blocks: dict[str, list[tuple[str, NDArray[Any], Mask]]] = {}
    for file in files:
        image = read_image(file)
        mask_file = folder / "masks" / file.name
        mask = read_image(mask_file) if mask_file.exists() else np.zeros(image.shape[:2], np.uint8)
        blocks.setdefault(file.name.split(".")[0], []).append((file.stem, image, (mask > 0).astype(np.uint8)))
    found = []
    for block, members in blocks.items():
        images = [image for _, image, _ in members]
        grain = scene_grain(image_grain(image, None) for image in images)
        statistics = statistics_of(images, None, grain)
        found += [SeaTile(name, block, image, mask, statistics) for name, image, mask in members]
    return found


def of_split(tiles: Sequence[SeaTile], split: str) -> list[SeaTile]:
    """Return the tiles of the blocks of a split; see `SPLITS`."""
    wanted = SPLITS[split]
    names = sorted({tile.block for tile in tiles})
    chosen = {name for number, name in enumerate(names) if number % PERIOD in wanted}
    return [tile for tile in tiles if tile.block in chosen]


def sea_training_tiles(folder: Path, names: Sequence[str]) -> list[TrainingTile]:
    """Return the training blocks of seas as replay tiles; the classes of their oil are unknown."""
    return [
        TrainingTile(
            f"{name}.{tile.name}", tile.image, tile.mask, tile.statistics, None,
            corrected=False, classes_known=False, sea=name,
        )
        for name in names
        for tile in of_split(read_sea(folder / name), "training")
    ]  # fmt: skip
