"""Sampling of the positions of training crops.

A third of the crops are at random positions, a third at a random seep pixel, and a third at a slick of a uniformly
drawn class, so that rare and frequent classes are sampled equally. Batch n depends on the seed and n only, so a
resumed training uses the same crops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.image.arrays import valid_pixels
from seep.engine.training.dataset import TrainingTile, target_mask
from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.errors import TrainingError

CELL_PX = 32
"""Random crops are drawn evenly over cells of this size that hold a valid pixel."""

SHRUNK_SHARE = 0.6
"""Share of the crops that show a larger window at a lower resolution, with a `least_scale` below 1."""

OUTSIDE = 1.5
"""A window is at most so many times as large as its tile, so that a crop is not mostly empty."""

JITTER = 0.35
"""Maximum distance of the target from the center of the crop, as a share of its side."""

SAMPLINGS = ("thirds", "even")


class CropCorner(NamedTuple):
    """Position of a crop: index of its tile, its first row and column, and the side of its window in the tile."""

    tile: int
    top: int
    left: int
    side: int


@dataclass(frozen=True, eq=False)
class _CropCenters:
    """Where crops can be centered: rows of (tile, y, x), int32."""

    cells: NDArray[np.int32]
    seep: NDArray[np.int32]
    slicks: list[list[NDArray[np.int32]]]  # by class (unknown classes together), then by slick


class CropSampler:
    """Seeded, stateless sampler of crop positions; see the module."""

    def __init__(
        self,
        tiles: Sequence[TrainingTile],
        *,
        crop_px: int,
        batch_size: int,
        replay_share: float,
        seed: int,
        sampling: str = "thirds",
        least_scale: float = 1.0,
    ) -> None:
        """Index the tiles.

        Args:
            tiles: source of the crops.
            batch_size: number of crops per batch.
            replay_share: share of crops from tiles that are not corrected.
            sampling: "thirds" (see the module), or "even" for random positions only.
            least_scale: crops show windows of up to 1 / least_scale times their side.

        Raises:
            TrainingError: no tile has a valid pixel.
        """
        self._shapes = [tile.mask.shape for tile in tiles]
        self._crop_px, self._batch_size, self._seed = crop_px, batch_size, seed
        self._kinds = 3 if sampling == "thirds" else 1
        numbered = list(enumerate(tiles))
        corrected = _by_sea([(n, tile) for n, tile in numbered if tile.corrected])
        base = _by_sea([(n, tile) for n, tile in numbered if not tile.corrected])
        if not corrected and not base:
            raise TrainingError(
                f"none of the {len(tiles)} tiles has a valid pixel: choose other tiles to train on"
            )
        self._corrected, self._base, self._least_scale = corrected, base, least_scale
        self._replay_share = replay_share
        if not base:
            self._replay_share = 0.0
        elif not corrected:
            self._replay_share = 1.0

    def corners(self, step: int) -> list[CropCorner]:
        """Return the crop positions of a step, which depend on the seed and the step only."""
        random = np.random.default_rng((self._seed, step))
        # Shares hold over batches too: with a share of 0.2 and 4 crops, 4 batches of 5 replay one.
        replayed = math.floor(self._batch_size * self._replay_share + random.random())
        return [
            self._corner(self._base if n < replayed else self._corrected, (n + step) % self._kinds, random)
            for n in range(self._batch_size)
        ]

    def _corner(self, seas: list[_CropCenters], kind: int, random: np.random.Generator) -> CropCorner:
        places = seas[int(random.integers(len(seas)))] if len(seas) > 1 else seas[0]
        number, y, x = _choose(places, kind, random)
        (height, width), size = self._shapes[number], self._crop_px
        if self._least_scale < 1 and random.random() < SHRUNK_SHARE:
            wanted = round(size * float(np.exp(random.uniform(0, -math.log(self._least_scale)))))
            size = max(size, min(wanted, round(OUTSIDE * max(height, width))))
        shift = random.integers(-int(JITTER * size), int(JITTER * size) + 1, 2)
        top = _start(y + int(shift[0]) - size // 2, height, size)
        left = _start(x + int(shift[1]) - size // 2, width, size)
        return CropCorner(number, top, left, size)


def _start(wanted: int, length: int, size: int) -> int:
    """Return the start of a window, moved into the tile if the tile is large enough."""
    return max(0, min(wanted, length - size))


def _choose(places: _CropCenters, kind: int, random: np.random.Generator) -> tuple[int, int, int]:
    rows = places.cells
    if kind == 1 and len(places.seep):
        rows = places.seep
    elif kind == 2 and places.slicks:
        slicks = places.slicks[int(random.integers(len(places.slicks)))]
        rows = slicks[int(random.integers(len(slicks)))]
    number, y, x = rows[int(random.integers(len(rows)))]
    return int(number), int(y), int(x)


def _by_sea(tiles: Sequence[tuple[int, TrainingTile]]) -> list[_CropCenters]:
    """Return the crop centers of each sea that has a valid pixel."""
    names = sorted({tile.sea for _, tile in tiles})
    found = [_crop_centers([(n, tile) for n, tile in tiles if tile.sea == name]) for name in names]
    return [one for one in found if len(one.cells)]


def _crop_centers(tiles: Sequence[tuple[int, TrainingTile]]) -> _CropCenters:
    cells, seep = [], []
    slicks: dict[int, list[NDArray[np.int32]]] = {}
    for number, tile in tiles:
        valid = valid_pixels(tile.image, tile.nodata)
        cells.append(_rows(number, _cell_centers(valid)))
        known = np.where(
            valid & (tile.mask != IGNORE_INDEX), target_mask(tile.mask, tile.classes_known), 0
        ).astype(np.uint8)
        seep.append(_rows(number, _pixels(known)))
        for class_id in np.unique(known[known > 0]):
            found = _components(known == class_id)
            slicks.setdefault(int(class_id), []).extend(_rows(number, yx) for yx in found)
    # Slicks of unknown class do not take part in the balancing if there are known classes.
    balanced = [key for key in sorted(slicks) if key != UNKNOWN_CLASS] or [*slicks]
    return _CropCenters(_joined(cells), _joined(seep), [slicks[key] for key in balanced])


def _cell_centers(valid: NDArray[np.bool_]) -> NDArray[Any]:
    height, width = valid.shape
    padded = np.pad(valid, ((0, -height % CELL_PX), (0, -width % CELL_PX)))
    blocks = padded.reshape(padded.shape[0] // CELL_PX, CELL_PX, -1, CELL_PX)
    return np.argwhere(blocks.any(axis=(1, 3))) * CELL_PX + CELL_PX // 2


def _components(present: NDArray[np.bool_]) -> list[NDArray[Any]]:
    """Return the pixels (y, x) of each 8-connected component."""
    image = present.astype(np.uint8)
    _, names = cv2.connectedComponents(image, connectivity=8)
    pixels = _pixels(image)
    owner = names[pixels[:, 0], pixels[:, 1]]
    order = np.argsort(owner, kind="stable")
    borders = np.flatnonzero(np.diff(owner[order])) + 1
    return np.split(pixels[order], borders)


def _pixels(mask: NDArray[np.uint8]) -> NDArray[Any]:
    """Return rows and columns (n, 2) of nonzero pixels; 5 times faster than numpy.argwhere."""
    found = cv2.findNonZero(mask)
    return np.zeros((0, 2), np.int32) if found is None else found.reshape(-1, 2)[:, ::-1]


def _rows(number: int, yx: NDArray[Any]) -> NDArray[np.int32]:
    return np.column_stack((np.full(len(yx), number), yx)).astype(np.int32)


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate(parts) if parts else np.zeros((0, 3), np.int32)
