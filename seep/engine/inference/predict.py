"""From an image to a mask, its probabilities, and how sure the network is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seep.core.acquisition import confidence, likely_wrong, usefulness
from seep.core.image.normalize import Statistics, normalize
from seep.engine.checkpoint import Checkpoint
from seep.engine.device import one_thread, out_of_memory, pick_device, too_large
from seep.engine.inference.decision import Decision
from seep.engine.inference.windows import WINDOW_PX, Voices, Way, batch_of, heard
from seep.engine.network import Network
from seep.errors import CheckpointError

__all__ = ["Predictor", "TilePrediction", "pick_device"]

NEAR = (0.75, 1.25)
"""A single voice is asked again with its threshold moved by these factors."""


@dataclass(frozen=True, eq=False)
class TilePrediction:
    """What one checkpoint, or an ensemble, says about one tile.

    Attributes:
        mask: uint8 (H, W) class ids; 0 where there is no seep or no data.
        probabilities: float16 (classes, H, W), summing to 1; background 1 where there is no data.
        seep_probability: float32 (H, W), 0 where there is no data.
        seep_area_px: pixels of the mask that are seep.
        disagreement: how likely the mask is wrong, 0..1: `seep.core.acquisition.likely_wrong` by the masks of
            all members and flips; where there is but one voice, of its masks at thresholds a quarter lower
            and higher.
        usefulness: see `seep.core.acquisition.usefulness`.
        confidence: see `seep.core.acquisition.confidence`.
        image_probability: what the image head says of anything but background, 0..1; None without an image
            head, and for images above 1024 px.
    """

    mask: NDArray[np.uint8]
    probabilities: NDArray[np.float16]
    seep_probability: NDArray[np.float32]
    seep_area_px: int
    disagreement: float
    usefulness: float
    confidence: float
    image_probability: float | None = None


class Predictor:
    """A checkpoint, or an ensemble of them, made ready for prediction on one device.

    Attributes:
        networks: the checkpoint's network and those of the members.
        decision: how probabilities become a mask; of the checkpoint's card.
        flips: whether flips of an image are averaged.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: str | None = None,
        classes: int | None = None,
        members: Sequence[Checkpoint] = (),
    ) -> None:
        """Prepare the networks.

        Args:
            checkpoint: as `load_checkpoint` returns it; it is not changed. Its card decides.
            device: "cpu", "cuda", "cuda:N", or None to pick.
            classes: number of classes wanted, background included; None for the checkpoint's own,
                2 for seep or not. Asking for more than the checkpoint knows is allowed.
            members: further checkpoints of an ensemble, whose probabilities are averaged with the first's.

        Raises:
            DeviceError: if the device is not there.
            CheckpointError: if the checkpoint has more classes than wanted, and 2 are not wanted, or a member
                reads or tells other things than the checkpoint.
        """
        self.device = pick_device(device)
        self.config = checkpoint.model.config
        if classes is not None and 2 < classes < self.config.classes:
            raise CheckpointError(
                f"the checkpoint {checkpoint.card.get('name')} knows {self.config.classes} classes, "
                f"the workspace {classes}: fine-tune it for these classes or use 2"
            )
        for member in members:
            _check_member(checkpoint, member)
        self.flips = checkpoint.flips
        self.decision = checkpoint.decision
        if classes == 2 and self.config.classes > 2:
            self.decision = self.decision.as_binary()
        self.networks = [Network(one.model, self.device) for one in (checkpoint, *members)]
        self._multiple = max(network.config.multiple for network in self.networks)

    @property
    def votes(self) -> bool:
        """Whether each slick gets one class; else each pixel gets its likeliest one."""
        return self.decision.votes

    def predict(
        self,
        images: Sequence[NDArray[Any]],
        statistics: Sequence[Statistics],
        nodata: float | None,
        margin_px: int = 0,
    ) -> list[TilePrediction]:
        """Predict images of any size; neighbors of one size go through together.

        Args:
            images: each (H, W) or (H, W, bands), any dtype.
            statistics: of each image's scene.
            nodata: value of pixels that hold no measurement, or None.
            margin_px: so much on each side of every image is only there to be seen, see
                `seep.core.image.padding`.

        Returns:
            One prediction an image, in order, of what lies inside the margin.

        Raises:
            CheckpointError: if an image has another number of bands than the network reads.
            DeviceMemoryError: if one of them does not even fit the device's memory alone.
        """
        for image in images:
            bands = 1 if image.ndim == 2 else image.shape[2]
            if bands != self.config.bands:
                raise CheckpointError(
                    f"an image has {bands} band(s), the checkpoint reads {self.config.bands}: "
                    "choose a checkpoint that was trained on such images"
                )
        inputs = [normalize(image, own, nodata) for image, own in zip(images, statistics, strict=True)]
        return list(self._predictions(inputs, margin_px))

    def _predictions(self, inputs: Sequence[NDArray[np.float32]], margin_px: int) -> Iterator[TilePrediction]:
        asked = [self._image_probability(image) for image in inputs]
        empty = [found is not None and found < self.decision.image_threshold for found in asked]
        way = Way(
            self.networks,
            self.device,
            self._multiple,
            self.flips,
            lambda classes: self.decision.seep(self.decision.calibrated(classes)),
        )
        segmented = heard(way, [image for image, skipped in zip(inputs, empty, strict=True) if not skipped])
        for image, skipped, probability in zip(inputs, empty, asked, strict=True):
            voices = self._nothing(image) if skipped else next(segmented)
            inside = tuple(slice(margin_px, side - margin_px) for side in image.shape[1:])
            own = Voices(voices.classes[:, *inside], voices.seep[:, *inside])
            with one_thread():
                made = self._prediction(image[-1][inside] > 0, own, probability)
            yield made

    def _image_probability(self, image: NDArray[np.float32]) -> float | None:
        """Ask the image head, if there is one and the image is no larger than a tile may be."""
        if not self.config.image_head or max(image.shape) > WINDOW_PX:
            return None
        batch = batch_of(image[None], self.device, self._multiple)
        try:
            return float(self.networks[0].image_probabilities(batch)[0])
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise too_large(image.shape[1], image.shape[2], self.device) from error

    def _nothing(self, image: NDArray[np.float32]) -> Voices:
        classes = np.zeros((self.config.classes, *image.shape[1:]), np.float32)
        classes[0] = 1
        return Voices(classes, np.zeros((0, *image.shape[1:]), np.bool_))

    def _prediction(
        self, valid: NDArray[np.bool_], voices: Voices, image_probability: float | None
    ) -> TilePrediction:
        classes = self.decision.calibrated(torch.from_numpy(voices.classes)[None])[0]
        missing = torch.from_numpy(~valid)
        classes[0].masked_fill_(missing, 1)
        classes[1:].masked_fill_(missing, 0)
        seep: NDArray[np.float32] = (1 - classes[0]).numpy()
        mask = self.decision.mask(classes)
        return TilePrediction(
            mask=mask,
            # numpy takes 27 ms for a tile full of tiny numbers, torch 0.3.
            probabilities=classes.half().numpy(),
            seep_probability=seep,
            seep_area_px=int(np.count_nonzero(mask)),
            disagreement=likely_wrong(self._masks(voices, seep, valid), seep, mask, self.decision.cut),
            usefulness=usefulness(seep, valid),
            confidence=confidence(seep, mask),
            image_probability=image_probability,
        )

    def _masks(
        self, voices: Voices, seep: NDArray[np.float32], valid: NDArray[np.bool_]
    ) -> list[NDArray[np.bool_]]:
        """Masks of one tile that should be alike."""
        if len(voices.seep) > 1:
            return [one & valid for one in voices.seep]
        return near_masks(seep, self.decision)


def near_masks(seep: NDArray[np.float32], decision: Decision) -> list[NDArray[np.bool_]]:
    """Masks of one voice at thresholds a little lower and higher: how they differ stands in for other voices.

    Args:
        seep: (H, W) calibrated probabilities, 0 where there is no data.
        decision: with the threshold; without votes a half.
    """
    return [seep >= min(decision.cut * factor, (1 + decision.cut) / 2) for factor in NEAR]


def _check_member(first: Checkpoint, member: Checkpoint) -> None:
    """Refuse a member that cannot be averaged with the first checkpoint."""
    wanted, own = first.model.config, member.model.config
    for name in ("bands", "classes", "heads"):
        if getattr(own, name) != getattr(wanted, name):
            raise CheckpointError(
                f"the member {member.card.get('name')} of the ensemble has {name} {getattr(own, name)}, "
                f"the checkpoint {first.card.get('name')} {getattr(wanted, name)}: choose members alike"
            )
