"""Figures of a network on tiles that it does not learn from, and the threshold they suggest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seep.core.metrics import confusion, scores
from seep.core.normalise import normalise
from seep.engine.dataset import TrainingTile
from seep.engine.losses.asked import IGNORED
from seep.engine.unet import UNet
from seep.engine.windows import probabilities

THRESHOLDS = np.round(np.arange(0.1, 0.801, 0.02), 2)
"""Thresholds that may be chosen; beyond them a small validation set would only be flattered."""


@dataclass(frozen=True)
class Validation:
    """Figures over all valid pixels of the validation tiles.

    Attributes:
        loss: binary cross-entropy of the seep probability.
        threshold: seep probability with the best binary IoU; 0.5 for a softmax, which needs none.
        binary_iou: at that threshold, 0..1; None where there is no seep in truth or prediction.
        mean_iou: mean IoU over the seep classes that have support; None where none has.
        score: what epochs are compared by: the binary IoU, for a softmax the mean IoU over all classes.
    """

    loss: float
    threshold: float
    binary_iou: float | None
    mean_iou: float | None
    score: float | None


def validate(
    model: UNet,
    tiles: Sequence[TrainingTile],
    device: torch.device,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    flips: bool = False,
) -> Validation | None:
    """Predict the tiles and measure.

    Args:
        model: on `device`; is put into evaluation mode.
        tiles: with the masks to compare with.
        device: where the model is.
        should_stop: asked before each tile.
        flips: average over flips, as a checkpoint whose card says so predicts.

    Returns:
        The figures, or None if there is no valid pixel or `should_stop` said so.
    """
    model.eval()
    softmax = model.config.heads == "softmax"
    parts: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []
    for tile in tiles:
        if should_stop():
            return None
        image = normalise(tile.image, tile.statistics, tile.nodata)
        found = next(probabilities(model, [image], device, model.config.multiple, flips=flips))
        counted = (image[-1] > 0) & (tile.mask != IGNORED)
        # A softmax decides for a class, background among them; of two heads the first one decides that.
        kind = (found.argmax(axis=0) if softmax else found[1:].argmax(axis=0) + 1).astype(np.uint8)
        parts.append((1 - found[0][counted], kind[counted], tile.mask[counted]))
    if not any(len(part[2]) for part in parts):
        return None
    seep, kind, truth = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    threshold, _ = (0.5, None) if softmax else best_threshold(seep, truth > 0)
    clipped = np.clip(np.where(truth > 0, seep, 1 - seep), 1e-6, 1)
    predicted = kind if softmax else np.where(seep >= threshold, kind, np.uint8(0))
    figures = scores(confusion(truth, predicted, model.config.classes))
    return Validation(
        loss=float(-np.log(clipped).mean()),
        threshold=threshold,
        binary_iou=figures["binary_iou"],
        mean_iou=figures["mean_iou_seep"],
        score=figures["mean_iou_all" if softmax else "binary_iou"],
    )


def best_threshold(seep: NDArray[Any], truth: NDArray[np.bool_]) -> tuple[float, float | None]:
    """The threshold with the best binary IoU, and that IoU.

    Args:
        seep: probabilities, any shape.
        truth: bool, the same shape.

    Returns:
        (threshold, IoU); (0.5, None) if there is neither truth nor anything above the lowest threshold.
    """
    edges = np.append(THRESHOLDS, np.inf)
    # Pixels at or above each threshold, from one histogram and not from 36 comparisons.
    above = [np.histogram(part, bins=edges)[0][::-1].cumsum()[::-1] for part in (seep[truth], seep[~truth])]
    union = np.count_nonzero(truth) + above[1]
    if union[0] == 0:
        return 0.5, None
    found = above[0] / np.maximum(union, 1)
    # The middle of a plateau generalises better than its first point.
    best = np.flatnonzero(found >= found.max() - 1e-9)
    chosen = int(best[len(best) // 2])
    return float(THRESHOLDS[chosen]), float(found[chosen])
