"""Windows of real scenes with look-alikes composed into them, as training tiles.

Real tiles hold few look-alikes. The masks do not change, so a network learns that these dark areas are sea.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.synthesis.composed import TRAINING_SEEDS, compose_lookalike
from seep.core.text import percent
from seep.errors import SettingsError

if TYPE_CHECKING:
    from seep.engine.training.dataset import TrainingTile

WINDOW_PX = 512
MIN_VALID = 0.6
"""Minimum share of valid pixels of a window."""
KINDS = ("low wind", "rain cell", "wind rows")
"""Look-alikes to train on. Natural films are not among them: many thin slicks of the real masks look the same."""
TRIES = 20


def draw_windows(
    tiles: "Sequence[TrainingTile]", count: int, random: np.random.Generator
) -> "Iterator[TrainingTile]":
    """Yield windows of at most `WINDOW_PX`, in turn from each tile; windows with much nodata are left out.

    Args:
        tiles: of any size, such as stitched scenes.
        count: number of windows; fewer if the tiles have too few valid pixels.
        random: source of the positions.
    """
    left = count
    for number in range(TRIES * count):
        tile = tiles[number % len(tiles)]
        top, left_px = (int(random.integers(max(1, side - WINDOW_PX + 1))) for side in tile.mask.shape)
        place = (slice(top, top + WINDOW_PX), slice(left_px, left_px + WINDOW_PX))
        window = replace(tile, image=tile.image[place], mask=tile.mask[place])
        if valid_pixels(window.image, tile.nodata).mean() < MIN_VALID:
            continue
        yield window
        left -= 1
        if not left:
            return


def lookalike_tiles(tiles: "Sequence[TrainingTile]", count: int, seed: int) -> "list[TrainingTile]":
    """Return windows of training tiles with one look-alike each, as replay tiles.

    Args:
        tiles: with masks, stitched where possible.
        seed: the same seed gives the same windows; seeds of `TRAINING_SEEDS` only are used.

    Raises:
        SettingsError: no tile has enough valid pixels.
    """
    if not count:
        return []
    found = []
    for number, window in enumerate(draw_windows(tiles, count, np.random.default_rng((seed, 17)))):
        drawn = TRAINING_SEEDS[(1000 * seed + number) % len(TRAINING_SEEDS)]
        composed = compose_lookalike(window.image, window.nodata, drawn, KINDS[number % len(KINDS)])
        name = f"{window.name}.lookalike-{number}"
        found.append(replace(window, name=name, image=composed.image, corrected=False))
    if not found:
        raise SettingsError(
            f"No window of the {len(tiles)} training tiles has {percent(MIN_VALID)} valid pixels. Remove --lookalikes."
        )
    return found
