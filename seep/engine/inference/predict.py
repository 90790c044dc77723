"""Prediction of tiles: masks, probabilities and scores for the review queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seep.core.acquisition import OrderValues, order_values
from seep.core.image.normalize import Statistics, normalize
from seep.engine.checkpoint import Checkpoint
from seep.engine.decision import Decision
from seep.engine.device import one_thread, out_of_memory, pick_device, too_large
from seep.engine.inference.network import Network
from seep.engine.inference.scales import run_at_scales
from seep.engine.inference.windows import WINDOW_PX, Ensemble, EnsembleOutput, batch_of
from seep.engine.scale_rule import ScaleRule
from seep.errors import CheckpointError, SettingsError

THRESHOLD_FACTORS = (0.75, 1.25)
"""Factors of the threshold; the disagreement of a single network is measured between its masks at these thresholds."""


@dataclass(frozen=True, eq=False)
class TilePrediction:
    """The prediction of a checkpoint, or of an ensemble, for one tile.

    Attributes:
        mask: uint8 (H, W) class ids; 0 where there is no seep or no data.
        probabilities: float16 (classes, H, W), summing to 1; background 1 where there is no data.
        seep_probability: float32 (H, W), 0 where there is no data.
        seep_area_px: number of seep pixels of the mask.
        values: what the queue sorts by. `likely_wrong` compares the masks of all members and flips, or of a single
            member at thresholds 25 % lower and higher; `has_something` is None without an image head and for images
            above 1024 px; `wide_area_px` is of areas wider than `Decision.wide_radius_px`.
        scales: resolutions at which the image was predicted; see `seep.engine.inference.scales`.
    """

    mask: NDArray[np.uint8]
    probabilities: NDArray[np.float16]
    seep_probability: NDArray[np.float32]
    seep_area_px: int
    values: OrderValues
    scales: tuple[float, ...] = (1.0,)


class Predictor:
    """A checkpoint, or an ensemble, prepared for prediction on one device.

    Attributes:
        networks: the network of the checkpoint and those of the members.
        decision: how probabilities become a mask, from the card of the checkpoint.
        flips: whether predictions are averaged over flips of the image.
        slick_filter: the slick head of the checkpoint; None without one.
        scales: at which resolutions an image is predicted.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: str | None = None,
        classes: int | None = None,
        members: Sequence[Checkpoint] = (),
        scale: str = "auto",
    ) -> None:
        """Prepare the networks.

        Args:
            checkpoint: the result of `load_checkpoint`; it is not changed. Its card has the settings of the decision.
            device: "cpu", "cuda", "cuda:N", or None to select one.
            classes: number of output classes, background included; None for those of the checkpoint, 2 to merge all
                seep classes. It may be larger than that of the checkpoint.
            members: further checkpoints of an ensemble, whose probabilities are averaged with those of the first.
            scale: one of `seep.engine.scale_rule.CHOICES`; "auto" follows the card.

        Raises:
            DeviceError: the device is not available.
            CheckpointError: the checkpoint has more classes than `classes`, and `classes` is not 2; or a member has
                other bands, classes or heads than the checkpoint.
        """
        self.device = pick_device(device)
        self.config = checkpoint.model.config
        if classes is not None and 2 < classes < self.config.classes:
            raise CheckpointError(
                f"The checkpoint {checkpoint.card.get('name')} has {self.config.classes} classes, "
                f"the workspace {classes}. Fine-tune it for these classes, or use 2 classes."
            )
        for member in members:
            _check_member(checkpoint, member)
        self.flips = checkpoint.flips
        self.decision = checkpoint.decision
        self.slick_filter = checkpoint.slick_filter
        self.scales = ScaleRule.chosen(scale, checkpoint.card)
        if classes == 2 and self.config.classes > 2:
            self.decision = self.decision.as_binary()
        self.networks = [Network(one.model, self.device) for one in (checkpoint, *members)]
        self._multiple = max(network.config.multiple for network in self.networks)

    @property
    def class_per_slick(self) -> bool:
        """Whether each slick gets one class; otherwise each pixel gets its most probable class."""
        return self.decision.class_per_slick

    def with_threshold(self, threshold: float) -> Predictor:
        """Return the same networks with another threshold of the seep probability.

        Raises:
            SettingsError: it is not between 0 and 1, or the checkpoint decides by the most probable class.
        """
        if not self.decision.class_per_slick:
            raise SettingsError(
                "The checkpoint gives each pixel its most probable class, so it has no threshold. Leave it out."
            )
        if not 0 < threshold < 1:
            raise SettingsError(f"The threshold is {threshold:g}. Use a number between 0 and 1.")
        other = copy(self)
        other.decision = replace(self.decision, threshold=threshold)
        return other

    def predict(
        self,
        images: Sequence[NDArray[Any]],
        statistics: Sequence[Statistics],
        nodata: float | None,
        margin_px: int = 0,
    ) -> list[TilePrediction]:
        """Predict images of any size; consecutive images of one size form batches.

        Args:
            images: each (H, W) or (H, W, bands), any dtype.
            statistics: statistics of the scene of each image.
            nodata: value of pixels without data, or None.
            margin_px: width of the context around every image, which is cut off the prediction; see
                `seep.core.image.padding`.

        Returns:
            One prediction per image, in order, without the margin.

        Raises:
            CheckpointError: the number of bands of an image differs from that of the network.
            DeviceMemoryError: a single image does not fit the memory of the device.
        """
        for image in images:
            bands = 1 if image.ndim == 2 else image.shape[2]
            if bands != self.config.bands:
                raise CheckpointError(
                    f"an image has {bands} band(s), the checkpoint reads {self.config.bands}: "
                    "choose a checkpoint that was trained on such images"
                )
        inputs = [normalize(image, own, nodata) for image, own in zip(images, statistics, strict=True)]
        return list(self._predictions(inputs, [one.grain for one in statistics], margin_px))

    def _predictions(
        self, inputs: Sequence[NDArray[np.float32]], grains: Sequence[float | None], margin_px: int
    ) -> Iterator[TilePrediction]:
        image_scores = [self._image_probability(image) for image in inputs]
        empty = [found is not None and found < self.decision.image_threshold for found in image_scores]
        ensemble = Ensemble(
            self.networks,
            self.device,
            self._multiple,
            self.flips,
            lambda classes: self.decision.seep(self.decision.calibrated(classes)),
        )
        segmented = run_at_scales(
            ensemble,
            [image for image, skipped in zip(inputs, empty, strict=True) if not skipped],
            self.scales,
            [grain for grain, skipped in zip(grains, empty, strict=True) if not skipped],
        )
        for image, skipped, probability in zip(inputs, empty, image_scores, strict=True):
            output, scales = (self._empty_output(image), (1.0,)) if skipped else next(segmented)
            inside = tuple(slice(margin_px, side - margin_px) for side in image.shape[1:])
            own = EnsembleOutput(output.classes[:, *inside], output.seep[:, *inside])
            with one_thread():
                tile = self._prediction(image[:, *inside], own, probability)
            yield replace(tile, scales=scales)

    def _image_probability(self, image: NDArray[np.float32]) -> float | None:
        """Run the image head; None without one, and for images larger than a tile."""
        if not self.config.image_head or max(image.shape) > WINDOW_PX:
            return None
        batch = batch_of(image[None], self.device, self._multiple)
        try:
            return float(self.networks[0].image_probabilities(batch)[0])
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise too_large(image.shape[1], image.shape[2], self.device) from error

    def _empty_output(self, image: NDArray[np.float32]) -> EnsembleOutput:
        classes = np.zeros((self.config.classes, *image.shape[1:]), np.float32)
        classes[0] = 1
        return EnsembleOutput(classes, np.zeros((0, *image.shape[1:]), np.bool_))

    def _prediction(
        self, image: NDArray[np.float32], output: EnsembleOutput, image_probability: float | None
    ) -> TilePrediction:
        valid = image[-1] > 0
        classes = self.decision.calibrated(torch.from_numpy(output.classes)[None])[0]
        missing = torch.from_numpy(~valid)
        classes[0].masked_fill_(missing, 1)
        classes[1:].masked_fill_(missing, 0)
        if self.slick_filter is not None:
            classes = self.slick_filter.rescored(classes, image, self.decision)
        seep: NDArray[np.float32] = (1 - classes[0]).numpy()
        mask = self.decision.mask(classes)
        return TilePrediction(
            mask=mask,
            # NumPy takes 27 ms for a tile of subnormal numbers, torch 0.3 ms.
            probabilities=classes.half().numpy(),
            seep_probability=seep,
            seep_area_px=int(np.count_nonzero(mask)),
            values=order_values(
                self._masks(output, seep, valid),
                seep,
                mask,
                valid,
                self.decision.seep_threshold,
                has_something=image_probability,
                wide_area_px=self.decision.wide_area_px(mask, image),
            ),
        )

    def _masks(
        self, output: EnsembleOutput, seep: NDArray[np.float32], valid: NDArray[np.bool_]
    ) -> list[NDArray[np.bool_]]:
        """Return the masks of a tile from which the disagreement is computed."""
        if len(output.seep) > 1:
            return [one & valid for one in output.seep]
        return threshold_masks(seep, self.decision)


def threshold_masks(seep: NDArray[np.float32], decision: Decision) -> list[NDArray[np.bool_]]:
    """Return the masks of a single network at a lower and a higher threshold, in place of masks of several members.

    Args:
        seep: (H, W) calibrated probabilities, 0 where there is no data.
    """
    return [
        seep >= min(decision.seep_threshold * factor, (1 + decision.seep_threshold) / 2)
        for factor in THRESHOLD_FACTORS
    ]


def _check_member(first: Checkpoint, member: Checkpoint) -> None:
    """Check that a member can be averaged with the first checkpoint."""
    wanted, own = first.model.config, member.model.config
    for name in ("bands", "classes", "heads"):
        if getattr(own, name) != getattr(wanted, name):
            raise CheckpointError(
                f"the member {member.card.get('name')} of the ensemble has {name} {getattr(own, name)}, "
                f"the checkpoint {first.card.get('name')} {getattr(wanted, name)}: choose members alike"
            )
