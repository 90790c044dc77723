"""Validation metrics of a network on held-out tiles, and the best threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seep.core.image.normalize import normalize
from seep.core.metrics.confusion import confusion, scores
from seep.engine.checkpoint import Checkpoint
from seep.engine.decision import Decision
from seep.engine.inference.network import Network
from seep.engine.inference.windows import Ensemble, predict_probabilities
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.losses.targets import IGNORE_INDEX
from seep.engine.training.schedule import TrainConfig
from seep.engine.unet import UNet

MIN_THRESHOLD_GAIN = 0.005
"""Binary IoU that a new threshold has to gain to replace the current one."""

MIN_THRESHOLD_TILES = 8
"""Fewer tiles do not change the threshold. Four held-out tiles of the Persian Gulf, the ones that the queue showed
first, chose 0.10 instead of 0.41: IoU on other blocks fell from 0.53 to 0.42."""

THRESHOLDS = np.round(np.arange(0.1, 0.801, 0.02), 2)
"""Candidate thresholds; more extreme ones overfit a small validation set."""


BATCH_TILES = {"cpu": 8, "cuda": 64}
"""Tiles that are predicted between two calls of `should_stop`: one or two seconds."""


TilePixels = tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]
"""Seep probability, most probable class and truth of the valid pixels of a tile."""


class TrainingStopped(Exception):  # noqa: N818 - not an error
    """`should_stop` returned True."""


@dataclass(frozen=True)
class Validation:
    """Metrics over the valid pixels of the validation tiles and of the hold-out tiles.

    Attributes:
        loss: binary cross-entropy of the seep probability, over all tiles.
        threshold: seep probability with the best binary IoU over all tiles; 0.5 for a softmax network.
        binary_iou: at that threshold on validation scenes, 0..1; None where there is no seep in truth or
            prediction.
        mean_iou: mean IoU over the seep classes that have support on validation scenes; None where none has.
        score: for comparing epochs: the binary IoU, or the mean IoU over all classes for a softmax network;
            the mean of validation and hold-out tiles where there are both.
        holdout_iou: binary IoU on the hold-out tiles; None as above.
    """

    loss: float
    threshold: float
    binary_iou: float | None
    mean_iou: float | None
    score: float | None
    holdout_iou: float | None = None


def validation_metrics(found: Validation | None) -> dict[str, float | None]:
    """Return the metrics of a training event; all None without validation tiles."""
    return {
        "validation_loss": found.loss if found else None,
        "binary_iou": found.binary_iou if found else None,
        "mean_iou": found.mean_iou if found else None,
        "holdout_iou": found.holdout_iou if found else None,
    }


@dataclass(frozen=True, eq=False)
class Evaluator:
    """Evaluates the networks of one training.

    Attributes:
        tiles: validation tiles with their masks.
        device: of the networks.
        decision: of the base checkpoint; gives the temperature and the current threshold.
        keep_threshold: another threshold has to gain more than `MIN_THRESHOLD_GAIN` in binary IoU, also without the
            tile that speaks for it most, on at least `MIN_THRESHOLD_TILES` tiles.
        should_stop: called before each batch of tiles.
        holdout: corrected tiles that are held out of the training.
    """

    tiles: Sequence[TrainingTile]
    device: torch.device
    decision: Decision
    keep_threshold: bool = False
    should_stop: Callable[[], bool] = lambda: False
    holdout: Sequence[TrainingTile] = ()

    def __call__(self, model: UNet, *, flips: bool = False) -> Validation | None:
        """Predict the tiles and compute the metrics.

        Args:
            model: on the device; it is put into evaluation mode.

        Returns:
            The metrics, or None without a valid pixel.

        Raises:
            TrainingStopped: `should_stop` returned True.
        """
        validation, held = (self._predicted(model.eval(), some, flips) for some in (self.tiles, self.holdout))
        parts = [*validation, *held]
        nothing = np.zeros(0, np.float32), np.zeros(0, np.uint8), np.zeros(0, np.uint8)
        seep, kind, truth = (np.concatenate(arrays) for arrays in zip(nothing, *parts, strict=True))
        if not len(truth):
            return None
        softmax = model.config.heads == "softmax"
        threshold = 0.5 if softmax else self._threshold(parts)
        clipped = np.clip(np.where(truth > 0, seep, 1 - seep), 1e-6, 1)
        predicted = kind if softmax else np.where(seep >= threshold, kind, np.uint8(0))
        cut = sum(len(one[2]) for one in validation)
        metrics, holdout = (
            scores(confusion(truth[part], predicted[part], model.config.classes))
            for part in (slice(cut), slice(cut, None))
        )
        basis = "mean_iou_all" if softmax else "binary_iou"
        compared = [one[basis] for one in (metrics, holdout) if one[basis] is not None]
        return Validation(
            loss=float(-np.log(clipped).mean()),
            threshold=threshold,
            binary_iou=metrics["binary_iou"],
            mean_iou=metrics["mean_iou_seep"],
            score=fmean(compared) if compared else None,
            holdout_iou=holdout["binary_iou"],
        )

    def _predicted(self, model: UNet, tiles: Sequence[TrainingTile], flips: bool) -> list[TilePixels]:
        """Return seep probability, most probable class and truth of the valid pixels of each tile."""
        softmax = model.config.heads == "softmax"
        ensemble = Ensemble([Network(model, self.device)], self.device, model.config.multiple, flips)
        parts = []
        for tile, image, raw in self._each(ensemble, tiles):
            found = self.decision.calibrated(torch.from_numpy(raw)[None])[0].numpy()
            counted = (image[-1] > 0) & (tile.mask != IGNORE_INDEX)
            kind = (found.argmax(axis=0) if softmax else found[1:].argmax(axis=0) + 1).astype(np.uint8)
            parts.append((1 - found[0][counted], kind[counted], tile.mask[counted]))
        return parts

    def _each(
        self, ensemble: Ensemble, tiles: Sequence[TrainingTile]
    ) -> Iterator[tuple[TrainingTile, NDArray[np.float32], NDArray[np.float32]]]:
        """Yield each tile with its normalized image and its class probabilities."""
        count = BATCH_TILES[self.device.type]
        for first in range(0, len(tiles), count):
            if self.should_stop():
                raise TrainingStopped
            some = tiles[first : first + count]
            images = [normalize(tile.image, tile.statistics, tile.nodata) for tile in some]
            yield from zip(some, images, predict_probabilities(ensemble, images), strict=True)

    def _threshold(self, tiles: Sequence[TilePixels]) -> float:
        kept = self.decision.threshold if self.keep_threshold else None
        return choose_threshold([(seep, truth > 0) for seep, _, truth in tiles], kept)


def create_evaluator(
    start: Checkpoint,
    tiles: Sequence[TrainingTile],
    config: TrainConfig,
    device: torch.device,
    should_stop: Callable[[], bool],
    *,
    holdout: Sequence[TrainingTile],
) -> Evaluator:
    """Create the evaluator of a training from `start`, with at most `config.validation_tiles` tiles."""
    every = max(1, -(-len(tiles) // max(1, config.validation_tiles)))
    decision = Decision.from_card(start.card, start.model.config)
    return Evaluator(tiles[::every], device, decision, config.keep_threshold, should_stop, holdout)


def best_threshold(seep: NDArray[Any], truth: NDArray[np.bool_]) -> tuple[float, float | None]:
    """Return the threshold with the best binary IoU, and this IoU.

    Args:
        seep: probabilities, any shape.
        truth: bool, the same shape.

    Returns:
        (threshold, IoU); (0.5, None) if there is neither truth nor anything above the lowest threshold.
    """
    edges = np.append(THRESHOLDS, np.inf)
    # Pixels at or above each threshold, from one histogram instead of 36 comparisons.
    above = [np.histogram(part, bins=edges)[0][::-1].cumsum()[::-1] for part in (seep[truth], seep[~truth])]
    union = np.count_nonzero(truth) + above[1]
    if union[0] == 0:
        return 0.5, None
    found = above[0] / np.maximum(union, 1)
    # The middle of a plateau generalizes better than its first point.
    best = np.flatnonzero(found >= found.max() - 1e-9)
    chosen = int(best[len(best) // 2])
    return float(THRESHOLDS[chosen]), float(found[chosen])


def choose_threshold(tiles: Sequence[tuple[NDArray[Any], NDArray[np.bool_]]], kept: float | None) -> float:
    """Return the threshold with the best binary IoU over tiles, or the present one unless that is clearly better.

    Args:
        tiles: seep probabilities and truth of each tile, two arrays of the same shape.
        kept: the present threshold; None without one. Another one has to gain more than `MIN_THRESHOLD_GAIN` on at
            least `MIN_THRESHOLD_TILES` tiles, and on all of them but any one.
    """
    best, score = best_threshold(*(np.concatenate(arrays) for arrays in zip(*tiles, strict=True)))
    if kept is None:
        return best
    if score is None or len(tiles) < MIN_THRESHOLD_TILES:
        return kept
    new, old = (np.array([_overlap(seep >= one, truth) for seep, truth in tiles]) for one in (best, kept))
    gains = _iou(new.sum(axis=0) - new) - _iou(old.sum(axis=0) - old)  # by the tile that is left out
    return best if (gains > MIN_THRESHOLD_GAIN).all() else kept


def _overlap(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the pixels of intersection and union."""
    return int(np.count_nonzero(found & truth)), int(np.count_nonzero(found | truth))


def _iou(overlaps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the IoU of rows of intersection and union; 1 where both are empty."""
    return np.where(overlaps[:, 1] > 0, overlaps[:, 0] / np.maximum(overlaps[:, 1], 1), 1.0)
