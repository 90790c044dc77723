"""Training tiles with their target masks, and crops of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.image.normalize import Statistics, normalize
from seep.core.masks.wide_slicks import without_wide_slicks
from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.errors import TrainingError

HALF = 0.5
"""A pixel of a crop at a lower resolution is valid, or seep, if at least this share of its area is."""


@dataclass(frozen=True, eq=False)
class TrainingTile:
    """A tile with its target mask.

    Attributes:
        name: name in messages.
        image: (H, W) or (H, W, bands), any dtype and size.
        mask: uint8 (H, W) class ids; 255 where the analyst was unsure.
        statistics: statistics of the tile's scene.
        nodata: value of pixels without data, or None.
        corrected: True for tiles that an analyst corrected, False for replayed base data.
        classes_known: False if the classes of the mask are arbitrary, as in synthetic scenes; the tile then trains
            the distinction of seep and background only.
        sea: name of the sea or sensor; crops are drawn from all seas equally often.
    """

    name: str
    image: NDArray[Any]
    mask: NDArray[np.uint8]
    statistics: Statistics
    nodata: float | None
    corrected: bool
    classes_known: bool = True
    sea: str = ""


def cut(
    tile: TrainingTile, top: int, left: int, size_px: int, side_px: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return a normalized crop of a tile; pixels outside the tile are invalid and ignored.

    Args:
        tile: the source.
        top: first row.
        left: first column.
        size_px: side of the crop.
        side_px: side of the window of the tile that the crop shows, at least `size_px`; None for the same.

    Returns:
        float32 (bands + 1, size, size) and uint8 (size, size).
    """
    if side_px is not None and side_px > size_px:
        return shrunk(*cut(tile, top, left, side_px), size_px)
    window = (slice(top, top + size_px), slice(left, left + size_px))
    image = normalize(tile.image[window], tile.statistics, tile.nodata)
    mask = np.where(image[-1] > 0, target_mask(tile.mask[window], tile.classes_known), np.uint8(IGNORE_INDEX))
    below, right = size_px - mask.shape[0], size_px - mask.shape[1]
    if below or right:
        image = np.pad(image, ((0, 0), (0, below), (0, right)))
        mask = np.pad(mask, ((0, below), (0, right)), constant_values=IGNORE_INDEX)
    return image, mask


def shrunk(
    image: NDArray[np.float32], mask: NDArray[np.uint8], size_px: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return a crop at a lower resolution: means of valid pixels, and seep where it is at least half of them.

    Args:
        image: (bands + 1, H, W), normalized.
        mask: (H, W) target of the losses.
        size_px: side of the result, smaller than H and W.

    Returns:
        float32 (bands + 1, size, size) and uint8 (size, size); seep of a class that is not at the center of a pixel
        is of unknown class.
    """

    def mean(plane: NDArray[Any]) -> NDArray[np.float32]:
        small = cv2.resize(plane.astype(np.float32), (size_px, size_px), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)

    valid, counted = mean(image[-1]), mean(mask != IGNORE_INDEX)
    small = np.stack([mean(band) / np.maximum(valid, 1e-6) for band in image[:-1]] + [valid >= HALF])
    small[:-1, valid < HALF] = 0
    seep = mean((mask > 0) & (mask != IGNORE_INDEX)) >= HALF * np.maximum(counted, 1e-6)
    center = cv2.resize(mask, (size_px, size_px), interpolation=cv2.INTER_NEAREST_EXACT)
    known = (center > 0) & (center != IGNORE_INDEX)
    target = np.where(seep, np.where(known, center, np.uint8(UNKNOWN_CLASS)), np.uint8(0))
    target = np.where((counted >= HALF) & (valid >= HALF), target, np.uint8(IGNORE_INDEX))
    return small.astype(np.float32), target.astype(np.uint8)


def check_tiles(tiles: Sequence[TrainingTile], *, bands: int, classes: int) -> None:
    """Check that tiles fit a network with these numbers of bands and classes.

    Raises:
        TrainingError: a tile does not fit, or there are none; the message names the tile and the remedy.
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
        highest = int(np.max(tile.mask, where=tile.mask != IGNORE_INDEX, initial=0))
        if highest >= classes:
            raise TrainingError(
                f"{tile.name} has a mask with class {highest}, the network has 0 to {classes - 1}: "
                "choose a checkpoint with more classes"
            )


def ignore_wide_slicks(tiles: Sequence[TrainingTile], radius_px: float) -> list[TrainingTile]:
    """Return the tiles with `IGNORE_INDEX` in true slicks of a larger inscribed radius; 0 changes nothing."""
    return [replace(tile, mask=without_wide_slicks(tile.mask, radius_px)) for tile in tiles]


def ignored_share(before: Sequence[TrainingTile], after: Sequence[TrainingTile]) -> float:
    """Return the share of the seep pixels of tiles that are ignored in the same tiles of `after`, 0..1."""
    left, total = (
        sum(int(np.count_nonzero((tile.mask > 0) & (tile.mask != IGNORE_INDEX))) for tile in tiles)
        for tiles in (after, before)
    )
    return 1 - left / total if total else 0.0


def pixel_counts(tiles: Sequence[TrainingTile], classes: int) -> list[int]:
    """Return the number of pixels of each class, background first; seep of unknown class is not counted."""
    total = np.zeros(256, np.int64)
    for tile in tiles:
        total += np.bincount(target_mask(tile.mask, tile.classes_known).ravel(), minlength=256)
    return [int(count) for count in total[:classes]]


def target_mask(mask: NDArray[np.uint8], classes_known: bool) -> NDArray[np.uint8]:
    """Return the target of the losses: the mask, with `UNKNOWN_CLASS` for all seep if the classes are unknown."""
    return (
        mask
        if classes_known
        else np.where((mask > 0) & (mask != IGNORE_INDEX), np.uint8(UNKNOWN_CLASS), mask)
    )
