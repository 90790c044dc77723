"""The refit of a slick head: predicted slicks of reviewed tiles train it again, which takes seconds on a CPU.

The network stays as it is. The reviewed masks say which of its slicks are look-alikes. The slicks on which the head
was trained before are used too, if the base keeps them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from seep.core.image.normalize import normalize
from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.slick_features import slick_features
from seep.core.text import counted
from seep.errors import SettingsError, TrainingError
from seep.workflow.inference.runner import (
    TileInput,
    load,
    make_predictor,
    predict_inputs,
    prefetch_batches,
    workspace_reader,
)
from seep.workflow.inference.tiles import BATCH_TILES
from seep.workflow.labels import LabeledTile, read_label
from seep.workflow.training.dataset import RunDataset
from seep.workflow.training.trainer import Trainer

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.inference.predict import TilePrediction
    from seep.engine.slick_head import SlickExamples

MIN_EXAMPLES, MIN_OF_EACH = 300, 50
"""Least predicted slicks of all kinds, and of slicks and look-alikes each, to train a head. A head that was trained on
100 to 200 slicks alone separated them no better than the mean probability of the network (`research.slick_refit`)."""
FITTING_MESSAGE = "Training the slick head"


class HeadTrainer(Trainer):
    """Trains the slick head of one run; the rest of a run is that of `Trainer`."""

    training_share = 0.4

    def train(self, dataset: RunDataset) -> "Checkpoint | None":
        """Train a head; return None when stopped.

        Raises:
            SettingsError: the base cannot have a slick head.
            TrainingError: no reviewed tile can be read, no slick was predicted on them, or there are too few slicks
                or look-alikes.
            SeepError: a tile or the weights cannot be read.
        """
        from seep.engine.slick_head import fit_slick_head

        base = load(self.workspace, self.run.base_checkpoint_id or 0)
        if not base.decision.class_per_slick:
            raise SettingsError(
                f"{base.card['name']} has no seep probability of its own, so it cannot have a slick head. Choose a "
                "base model with two heads."
            )
        measured = self._examples(base, dataset.corrected)
        if measured is None:
            return None
        own, tiles = measured
        if not tiles:
            raise TrainingError(
                f"None of {counted(len(dataset.corrected), 'reviewed tile')} could be read; the log says why. Restore "
                "the images, or choose other tiles."
            )
        if not len(own):
            raise TrainingError(
                f"No slick was predicted on {counted(len(tiles), 'reviewed tile')}, so there is nothing new for the "
                "slick head. Choose other tiles."
            )
        kept = base.slick_head.examples if base.slick_head is not None else None
        every = own if kept is None else kept.updated(own, tiles)
        self._check(every, len(dataset.corrected))
        if self.should_stop():
            return None
        self._report(1, FITTING_MESSAGE)
        head, threshold = fit_slick_head(every, classes=base.model.config.classes - 1)
        slicks = int(own.is_slick.sum())
        text = (
            f"{counted(len(dataset.corrected), 'reviewed tile')}: {counted(slicks, 'slick')} and "
            f"{counted(len(own) - slicks, 'look-alike')}; {len(every) - len(own)} further examples of the base; "
            f"threshold {threshold:g}"
        )
        self._report(1, FITTING_MESSAGE, text)
        return base.with_slick_head(head, threshold)

    def statistics(self) -> Mapping[str, Any]:
        """Return what the outcome stores of the training: a head has no epochs and measures no costs of them."""
        return {}

    def _examples(
        self, base: "Checkpoint", corrected: Sequence[LabeledTile]
    ) -> "tuple[SlickExamples, list[int]] | None":
        """Predict tiles without a slick head and compare the slicks with the reviewed masks.

        Returns:
            The slicks and the numbers of the tiles that were read; None when stopped.
        """
        from seep.engine.slick_head import joined_examples

        predictor = make_predictor(self.workspace, replace(base, slick_head=None))
        labels = {one.tile.id: one for one in corrected}
        tiles, found, read = [one.tile for one in corrected], list["SlickExamples"](), list[int]()
        # A mask of seep or no seep does not say which class of the network a slick has.
        no_class = predictor.decision.binary and base.model.config.classes > 2
        batches = prefetch_batches(workspace_reader(self.workspace), tiles, BATCH_TILES)
        for number, batch in enumerate(batches):
            if self.should_stop():
                return None
            done = number * BATCH_TILES
            self._report(done / len(tiles), f"Predicting reviewed tiles: {done} of {len(tiles)}")
            for failed in batch.unreadable:
                self._report(done / len(tiles), self.message, f"{failed.name}: {failed.reason}")
            predicted = predict_inputs(predictor, batch.inputs)
            for tile, given, prediction in zip(batch.tiles, batch.inputs, predicted, strict=True):
                label = read_label(self.workspace, labels[tile.id])
                slicks = examples_of(given, prediction, label)
                found.append(slicks.without_classes() if no_class else slicks)
                read.append(tile_number(tile.name))
        return joined_examples(found), read

    def _check(self, examples: "SlickExamples", tiles: int) -> None:
        slicks = int(examples.is_slick.sum())
        others = len(examples) - slicks
        if min(slicks, others) < MIN_OF_EACH or len(examples) < MIN_EXAMPLES:
            raise TrainingError(
                f"A slick head needs {MIN_EXAMPLES} predicted slicks, at least {MIN_OF_EACH} of them true and "
                f"{MIN_OF_EACH} look-alikes. {counted(tiles, 'reviewed tile')} hold {slicks} true ones and "
                f"{counted(others, 'look-alike')}. Review more tiles, or choose all reviewed tiles."
            )

    def _report(self, share: float, message: str, text: str | None = None) -> None:
        self.progress, self.message = share * self.training_share, message
        self.report(self.progress, message, [{"kind": "log", "text": text}] if text else [])


def examples_of(given: TileInput, prediction: "TilePrediction", label: Mask) -> "SlickExamples":
    """Return the predicted slicks of a tile as examples for a slick head.

    Args:
        given: the tile as the network reads it.
        prediction: without a slick head.
        label: (H, W) its reviewed mask.
    """
    from seep.engine.slick_head import SlickExamples

    image = normalize(given.padded.center, given.statistics, given.nodata)
    slicks = slick_features(prediction.mask > 0, prediction.seep_probability, image)
    counted_px, true_px, class_id = truth_of_slicks(slicks.labels, len(slicks.values), image[-1] > 0, label)
    known = counted_px > 0  # of a slick on unsure pixels only, nothing is known
    return SlickExamples(
        slicks.values[known],
        np.full(int(known.sum()), tile_number(given.name), np.int64),
        counted_px[known],
        true_px[known],
        class_id[known],
    )


def truth_of_slicks(
    labels: npt.NDArray[np.int32], count: int, valid: npt.NDArray[np.bool_], truth: Mask
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Compare predicted slicks with a mask.

    Args:
        labels: (H, W) 0 outside slicks, then 1 to `count`.
        valid: (H, W) pixels with data.
        truth: (H, W) class ids; unsure pixels do not count.

    Returns:
        `counted_px`, `true_px` and `class_id` of `seep.engine.slick_head.SlickExamples`.
    """
    inside = valid & (truth != UNSURE) & (labels > 0)
    of_class = np.zeros((count, 256), np.int64)
    np.add.at(of_class, (labels[inside] - 1, truth[inside]), 1)
    counted_px = of_class.sum(axis=1).astype(np.float64)
    of_class[:, 0] = 0
    return counted_px, of_class.sum(axis=1).astype(np.float64), of_class.argmax(axis=1)


def tile_number(name: str) -> int:
    """Return a number of a tile's name that is the same in every workspace, 0 to 2^63 - 1."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1
