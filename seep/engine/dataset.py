"""Training crops: where they are cut, and how often.

A third of the crops fall anywhere, a third on any seep pixel, a third on a slick of a class drawn
evenly, so that the rarest class is seen as often as the commonest. Batch n is a function of the
seed and n alone: a training that was interrupted goes on with the very crops it would have seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.normalise import Statistics, normalise
from seep.core.raster import valid_pixels
from seep.engine.losses.asked import IGNORED, UNTYPED
from seep.errors import TrainingError

CELL_PX = 32
"""Random crops are drawn evenly over cells of this size that hold a valid pixel."""

JITTER = 0.35
"""A crop's target lies off its centre by at most this share of its side."""

SAMPLINGS = ("thirds", "even")


@dataclass(frozen=True, eq=False)
class TrainingTile:
    """One tile with the mask to learn.

    Attributes:
        name: for messages.
        image: (H, W) or (H, W, bands), any dtype and size.
        mask: uint8 (H, W) class ids; 255 where the analyst was unsure.
        statistics: of the tile's scene.
        nodata: image value that holds no measurement, or None.
        corrected: True for what an analyst corrected, False for base data that is replayed.
        typed: False where the classes of the mask are arbitrary, as in synthetic scenes: it then teaches
            what is seep, and not of which class.
    """

    name: str
    image: NDArray[Any]
    mask: NDArray[np.uint8]
    statistics: Statistics
    nodata: float | None
    corrected: bool
    typed: bool = True


@dataclass(frozen=True, eq=False)
class Crops:
    """A batch on its way to augmentation.

    Attributes:
        images: float32 (N, bands + 1, S, S), normalised, last channel valid.
        masks: uint8 (N, S, S), 255 where nothing is asked, 254 for seep of no known class.
        names: of the tiles that the crops were cut from.
    """

    images: NDArray[np.float32]
    masks: NDArray[np.uint8]
    names: list[str]


@dataclass(frozen=True, eq=False)
class _Places:
    """Where crops can be centred: rows of (tile, y, x), int32."""

    cells: NDArray[np.int32]
    seep: NDArray[np.int32]
    slicks: list[list[NDArray[np.int32]]]  # by class present (all untyped ones together), then by slick


class CropSampler:
    """Seeded, stateless source of batches; see the module."""

    def __init__(
        self,
        tiles: Sequence[TrainingTile],
        *,
        crop_px: int,
        batch_size: int,
        replay_share: float,
        seed: int,
        sampling: str = "thirds",
    ) -> None:
        """Index the tiles.

        Args:
            tiles: where crops are cut.
            crop_px: their side.
            batch_size: crops a batch.
            replay_share: share of crops from tiles that were not corrected.
            seed: of all batches.
            sampling: "thirds" as the module says, or "even": anywhere.

        Raises:
            TrainingError: if no tile has a valid pixel.
        """
        self._tiles = list(tiles)
        self._crop_px, self._batch_size, self._seed = crop_px, batch_size, seed
        self._kinds = 3 if sampling == "thirds" else 1
        numbered = list(enumerate(self._tiles))
        corrected = _places([(n, tile) for n, tile in numbered if tile.corrected])
        base = _places([(n, tile) for n, tile in numbered if not tile.corrected])
        if not len(corrected.cells) and not len(base.cells):
            raise TrainingError(
                f"none of the {len(self._tiles)} tiles has a valid pixel: choose other tiles to train on"
            )
        self._corrected, self._base = corrected, base
        self._replay_share = replay_share
        if not len(base.cells):
            self._replay_share = 0.0
        elif not len(corrected.cells):
            self._replay_share = 1.0

    def batch(self, step: int) -> Crops:
        """The crops of one step; always the same for the same seed and step."""
        random = np.random.default_rng((self._seed, step))
        # Shares hold over batches too: with a share of 0.2 and 4 crops, 4 batches of 5 replay one.
        replayed = math.floor(self._batch_size * self._replay_share + random.random())
        crops = [
            self._crop(self._base if n < replayed else self._corrected, (n + step) % self._kinds, random)
            for n in range(self._batch_size)
        ]
        images, masks, names = zip(*crops, strict=True)
        return Crops(np.stack(images), np.stack(masks), list(names))

    def _crop(
        self, places: _Places, kind: int, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], str]:
        number, y, x = _choose(places, kind, random)
        tile, size = self._tiles[number], self._crop_px
        shift = random.integers(-int(JITTER * size), int(JITTER * size) + 1, 2)
        top = _start(y + int(shift[0]) - size // 2, tile.mask.shape[0], size)
        left = _start(x + int(shift[1]) - size // 2, tile.mask.shape[1], size)
        image, mask = cut(tile, top, left, size)
        return image, mask, tile.name


def cut(
    tile: TrainingTile, top: int, left: int, size_px: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """One square of a tile, normalised; what lies outside the tile is invalid and ignored.

    Returns:
        float32 (bands + 1, size, size) and uint8 (size, size).
    """
    window = (slice(top, top + size_px), slice(left, left + size_px))
    image = normalise(tile.image[window], tile.statistics, tile.nodata)
    mask = np.where(image[-1] > 0, _asked(tile.mask[window], tile.typed), np.uint8(IGNORED))
    below, right = size_px - mask.shape[0], size_px - mask.shape[1]
    if below or right:
        image = np.pad(image, ((0, 0), (0, below), (0, right)))
        mask = np.pad(mask, ((0, below), (0, right)), constant_values=IGNORED)
    return image, mask


def check_tiles(tiles: Sequence[TrainingTile], *, bands: int, classes: int) -> None:
    """Refuse tiles that a network of so many bands and classes cannot learn from.

    Raises:
        TrainingError: naming the tile and the remedy.
    """
    if not tiles:
        raise TrainingError("there are no tiles to train on: review some tiles first")
    for tile in tiles:
        if tile.statistics.bands != bands:
            raise TrainingError(
                f"{tile.name} has {tile.statistics.bands} band(s), the network reads {bands}: "
                "choose a checkpoint for these images"
            )
        if tile.mask.shape != tile.image.shape[:2]:
            raise TrainingError(
                f"{tile.name} has an image of {tile.image.shape[:2]} px and a mask of {tile.mask.shape}: "
                "import it again"
            )
        highest = int(np.max(tile.mask, where=tile.mask != IGNORED, initial=0))
        if highest >= classes:
            raise TrainingError(
                f"{tile.name} has a mask with class {highest}, the network knows 0 to {classes - 1}: "
                "choose a checkpoint with more classes"
            )


def pixel_counts(tiles: Sequence[TrainingTile], classes: int) -> list[int]:
    """Pixels of each class over all tiles, background first; classes of untyped tiles do not count."""
    total = np.zeros(256, np.int64)
    for tile in tiles:
        total += np.bincount(_asked(tile.mask, tile.typed).ravel(), minlength=256)
    return [int(count) for count in total[:classes]]


def _asked(mask: NDArray[np.uint8], typed: bool) -> NDArray[np.uint8]:
    """The mask as the losses are to see it."""
    return mask if typed else np.where((mask > 0) & (mask != IGNORED), np.uint8(UNTYPED), mask)


def _start(wanted: int, length: int, size: int) -> int:
    """Keep a window inside the tile where the tile is large enough."""
    return max(0, min(wanted, length - size))


def _choose(places: _Places, kind: int, random: np.random.Generator) -> tuple[int, int, int]:
    rows = places.cells
    if kind == 1 and len(places.seep):
        rows = places.seep
    elif kind == 2 and places.slicks:
        slicks = places.slicks[int(random.integers(len(places.slicks)))]
        rows = slicks[int(random.integers(len(slicks)))]
    number, y, x = rows[int(random.integers(len(rows)))]
    return int(number), int(y), int(x)


def _places(tiles: Sequence[tuple[int, TrainingTile]]) -> _Places:
    cells, seep = [], []
    slicks: dict[int, list[NDArray[np.int32]]] = {}
    for number, tile in tiles:
        valid = valid_pixels(tile.image, tile.nodata)
        cells.append(_rows(number, _cell_centres(valid)))
        known = np.where(valid & (tile.mask != IGNORED), _asked(tile.mask, tile.typed), 0).astype(np.uint8)
        seep.append(_rows(number, _pixels(known)))
        for class_id in np.unique(known[known > 0]):
            found = _components(known == class_id)
            slicks.setdefault(int(class_id), []).extend(_rows(number, yx) for yx in found)
    # Slicks of no known class are no class to balance where there are classes.
    balanced = [key for key in sorted(slicks) if key != UNTYPED] or [*slicks]
    return _Places(_joined(cells), _joined(seep), [slicks[key] for key in balanced])


def _cell_centres(valid: NDArray[np.bool_]) -> NDArray[Any]:
    height, width = valid.shape
    padded = np.pad(valid, ((0, -height % CELL_PX), (0, -width % CELL_PX)))
    blocks = padded.reshape(padded.shape[0] // CELL_PX, CELL_PX, -1, CELL_PX)
    return np.argwhere(blocks.any(axis=(1, 3))) * CELL_PX + CELL_PX // 2


def _components(present: NDArray[np.bool_]) -> list[NDArray[Any]]:
    """Pixels (y, x) of each 8-connected component."""
    image = present.astype(np.uint8)
    _, names = cv2.connectedComponents(image, connectivity=8)
    pixels = _pixels(image)
    owner = names[pixels[:, 0], pixels[:, 1]]
    order = np.argsort(owner, kind="stable")
    borders = np.flatnonzero(np.diff(owner[order])) + 1
    return np.split(pixels[order], borders)


def _pixels(mask: NDArray[np.uint8]) -> NDArray[Any]:
    """(n, 2) rows and columns that are not 0, row by row; 5 times faster than numpy.argwhere."""
    found = cv2.findNonZero(mask)
    return np.zeros((0, 2), np.int32) if found is None else found.reshape(-1, 2)[:, ::-1]


def _rows(number: int, yx: NDArray[Any]) -> NDArray[np.int32]:
    return np.column_stack((np.full(len(yx), number), yx)).astype(np.int32)


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate(parts) if parts else np.zeros((0, 3), np.int32)
