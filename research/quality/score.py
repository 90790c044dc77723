"""From kept probabilities to figures: how masks are decided, chosen on folds that are not judged by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from research.quality.fold import LEVELS, predictions_file
from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import UNSURE
from seep.core.metrics.evaluate import Pair, evaluate
from seep.engine.decision import Decision
from seep.io.images import read_image
from seep.workflow.inference.folder_dataset import FolderTile

THRESHOLDS = np.arange(26, 218, 5)
"""Of the seep probability, in steps of 1 / 255: 0.10 to 0.84."""

SIZES = (0, 8, 16, 24, 32, 48, 64)
"""Least sizes of a slick that are tried, pixels."""


@dataclass
class Counts:
    """Seep and sea of one scene by seep probability.

    Attributes:
        true: (256,) true seep pixels with each probability.
        false: (256,) other valid pixels.
    """

    true: NDArray[np.int64] = field(default_factory=lambda: np.zeros(LEVELS + 1, np.int64))
    false: NDArray[np.int64] = field(default_factory=lambda: np.zeros(LEVELS + 1, np.int64))


@dataclass(frozen=True)
class SlickCounts:
    """Slicks of some folds by least size.

    Attributes:
        by_size: (sizes, 3): slicks that touch a true one, slicks that do not, true ones that are touched.
        true: number of true slicks.
    """

    by_size: NDArray[np.int64]
    true: int


class Kept:
    """The predictions of one variant, fold by fold, with the truth beside them."""

    def __init__(
        self, cache: Path, variant: str, facts: Sequence[Mapping[str, Any]], *, flips: bool = False
    ) -> None:
        self.cache = cache
        self.softmax = facts[0]["heads"] == "softmax"
        stems = [f"{variant}.fold{one['fold']}" for one in facts]
        self.folds = [np.load(predictions_file(cache, stem, flips=flips)) for stem in stems]

    def tiles(self, fold: int, tiles: Mapping[str, FolderTile]) -> Iterator[tuple[FolderTile, Any, Any]]:
        """Tile, uint8 probabilities (classes, H, W) and valid pixels, of one fold."""
        for name in self.folds[fold].files:
            tile = tiles[name]
            yield tile, self.folds[fold][name], valid_pixels(read_image(tile.path), tile.nodata)


def figures(kept: Kept, tiles: Mapping[str, FolderTile], class_count: int) -> dict[str, Any]:
    """Every figure over all folds, each fold decided as the others say.

    Returns:
        As `seep.core.metrics.evaluate.evaluate`, with "decisions", by fold.
    """
    decisions = decisions_of(kept, tiles)
    return evaluate(decided_pairs(kept, tiles, decisions), class_count) | {"decisions": _shown(decisions)}


def decisions_of(kept: Kept, tiles: Mapping[str, FolderTile]) -> list[dict[str, Any]]:
    """Choose threshold (in steps of `LEVELS`) and least size of a slick for each fold, on the other folds."""
    counted = [_count(kept, fold, tiles) for fold in range(len(kept.folds))]
    decisions = []
    for fold in range(len(kept.folds)):
        others = [n for n in range(len(kept.folds)) if n != fold] or [fold]
        threshold = None if kept.softmax else _threshold([counted[n] for n in others])
        least_px = _least_px([_slick_counts(kept, n, tiles, threshold) for n in others])
        decisions.append({"threshold": threshold, "least_px": least_px})
    return decisions


def _shown(decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**one, "threshold": None if one["threshold"] is None else round(one["threshold"] / LEVELS, 3)}
        for one in decisions
    ]


def decided_pairs(
    kept: Kept, tiles: Mapping[str, FolderTile], decisions: Sequence[Mapping[str, Any]]
) -> Iterator[Pair]:
    """Yield truth and prediction of each tile, for `seep.core.metrics.evaluate.evaluate`."""
    for fold, decision in enumerate(decisions):
        for tile, probabilities, valid in kept.tiles(fold, tiles):
            mask = decide(probabilities, valid, decision["threshold"], decision["least_px"])
            seep = (LEVELS - probabilities[0].astype(np.float32)) / LEVELS
            yield tile.path.stem, tile.scene, tile.mask, mask, seep, valid


def decide(
    probabilities: NDArray[np.uint8], valid: NDArray[np.bool_], threshold: float | None, least_px: int
) -> NDArray[np.uint8]:
    """The mask as a checkpoint's card with these values would decide it; no threshold for a softmax."""
    shares = torch.from_numpy(probabilities.astype(np.float32) / LEVELS)
    shares[0][torch.from_numpy(~valid)] = 1
    shares[1:, torch.from_numpy(~valid)] = 0
    if threshold is None:
        return Decision(class_per_slick=False, least_px=least_px).mask(shares)
    return Decision(class_per_slick=True, threshold=threshold / LEVELS, least_px=least_px).mask(shares)


def _count(kept: Kept, fold: int, tiles: Mapping[str, FolderTile]) -> Counts:
    found = Counts()
    for tile, probabilities, valid in kept.tiles(fold, tiles):
        asked = valid & (tile.mask != UNSURE)
        seep = LEVELS - probabilities[0]
        found.true += np.bincount(seep[asked & (tile.mask > 0)], minlength=LEVELS + 1)
        found.false += np.bincount(seep[asked & (tile.mask == 0)], minlength=LEVELS + 1)
    return found


def _threshold(counted: Sequence[Counts]) -> float:
    """The seep probability, in steps, from which the summed folds have the best binary IoU."""
    true = np.sum([one.true for one in counted], axis=0)
    false = np.sum([one.false for one in counted], axis=0)
    hits = np.array([true[t:].sum() for t in THRESHOLDS])
    alarms = np.array([false[t:].sum() for t in THRESHOLDS])
    return float(THRESHOLDS[np.argmax(hits / (true.sum() + alarms))])


def _slick_counts(
    kept: Kept, fold: int, tiles: Mapping[str, FolderTile], threshold: float | None
) -> SlickCounts:
    """Count the slicks of one fold at a threshold; none for a softmax."""
    touching, false, met = list[float](), list[float](), list[float]()
    for tile, probabilities, valid in kept.tiles(fold, tiles):
        mask = decide(probabilities, valid, threshold, 0)
        truth = ((tile.mask > 0) & (tile.mask != UNSURE)).astype(np.uint8)
        _, labels, statistics, _ = cv2.connectedComponentsWithStats((mask > 0).astype(np.uint8))
        count, true_labels = cv2.connectedComponents(truth)
        area = statistics[:, cv2.CC_STAT_AREA]
        both = (labels > 0) & (truth > 0)
        hit = np.unique(labels[both])
        touching += area[hit].tolist()
        false += np.delete(area, [0, *hit]).tolist()
        largest = np.zeros(count, np.int64)
        np.maximum.at(largest, true_labels[both], area[labels[both]])
        met += largest[1:].tolist()
    parts = [np.array(part, np.int64) for part in (touching, false, met)]
    by_size = np.array([[np.count_nonzero(part >= max(1, size)) for part in parts] for size in SIZES])
    return SlickCounts(by_size, len(met))


def _least_px(counted: Sequence[SlickCounts]) -> int:
    """The least size with the best F1 of slicks: found ones that touch a true one, true ones that are met."""
    total = np.sum([one.by_size for one in counted], axis=0)
    touching, false, met = (total[:, n].astype(float) for n in range(3))
    precision = touching / np.maximum(touching + false, 1)
    recall = met / max(1, sum(one.true for one in counted))
    return SIZES[int(np.argmax(2 * precision * recall / np.maximum(precision + recall, 1e-9)))]
