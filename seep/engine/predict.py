"""From an image to a mask, its probabilities, and how sure the network is."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seep.core.normalise import Statistics, normalise
from seep.engine.blocks import ConvBlock
from seep.engine.checkpoint import Checkpoint
from seep.engine.device import pick_device
from seep.engine.unet import UNet
from seep.engine.windows import probabilities
from seep.errors import CheckpointError

__all__ = ["Predictor", "TilePrediction", "pick_device"]

LEAST_PROBABILITY = 0.05
"""Below this everywhere a tile is plain sea, and certain."""


@dataclass(frozen=True, eq=False)
class TilePrediction:
    """What one checkpoint says about one tile.

    Attributes:
        mask: uint8 (H, W) class ids; 0 where there is no seep or no data.
        probabilities: float16 (classes, H, W), summing to 1; background 1 where there is no data.
        seep_probability: float32 (H, W), 0 where there is no data.
        uncertainty: 0 (certain) to 1, see `uncertainty_of`.
        seep_area_px: pixels of the mask that are seep.
    """

    mask: NDArray[np.uint8]
    probabilities: NDArray[np.float16]
    seep_probability: NDArray[np.float32]
    uncertainty: float
    seep_area_px: int


class Predictor:
    """A checkpoint made ready for prediction on one device.

    Attributes:
        votes: whether each slick gets one class; else each pixel gets its likeliest one, as where classes
            tile the image.
    """

    def __init__(self, checkpoint: Checkpoint, device: str | None = None, classes: int | None = None) -> None:
        """Prepare the network.

        Args:
            checkpoint: as `load_checkpoint` returns it; it is not changed.
            device: "cpu", "cuda", "cuda:N", or None to pick.
            classes: number of classes wanted, background included; None for the checkpoint's own,
                2 for seep or not. Asking for more than the checkpoint knows is allowed.

        Raises:
            DeviceError: if the device is not there.
            CheckpointError: if the checkpoint has more classes than wanted, and 2 are not wanted.
        """
        self.device = pick_device(device)
        self.config = checkpoint.model.config
        self.threshold, self.flips = checkpoint.threshold, checkpoint.flips
        if classes is not None and 2 < classes < self.config.classes:
            raise CheckpointError(
                f"the checkpoint {checkpoint.card.get('name')} knows {self.config.classes} classes, "
                f"the workspace {classes}: fine-tune it for these classes or use 2"
            )
        self.binary = classes == 2 and self.config.classes > 2
        self.votes = self.config.heads == "two"
        self.model = folded(checkpoint.model).to(self.device)
        self.model = self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def predict(
        self,
        images: Sequence[NDArray[Any]],
        statistics: Sequence[Statistics],
        nodata: float | None,
    ) -> list[TilePrediction]:
        """Predict images of any size; neighbours of one size go through together.

        Args:
            images: each (H, W) or (H, W, bands), any dtype.
            statistics: of each image's scene.
            nodata: value of pixels that hold no measurement, or None.

        Returns:
            One prediction an image, in order.

        Raises:
            CheckpointError: if an image has another number of bands than the network reads.
        """
        for image in images:
            bands = 1 if image.ndim == 2 else image.shape[2]
            if bands != self.config.bands:
                raise CheckpointError(
                    f"an image has {bands} band(s), the checkpoint reads {self.config.bands}: "
                    "choose a checkpoint that was trained on such images"
                )
        inputs = [normalise(image, own, nodata) for image, own in zip(images, statistics, strict=True)]
        return list(self._predictions(inputs))

    def _predictions(self, inputs: Sequence[NDArray[np.float32]]) -> Iterator[TilePrediction]:
        found = probabilities(self.model, inputs, self.device, self.config.multiple, flips=self.flips)
        for image, classes in zip(inputs, found, strict=True):
            valid = image[-1] > 0
            if self.binary:
                classes = np.stack((classes[0], 1 - classes[0]))  # noqa: PLW2901
            classes[0][~valid] = 1
            classes[1:, ~valid] = 0
            yield _prediction(classes, self.threshold if self.votes else None)


def folded(model: UNet) -> UNet:
    """A copy for prediction, each batch norm folded into the convolution before it."""
    twin = copy.deepcopy(model).eval().requires_grad_(False)
    for module in twin.modules():
        if isinstance(module, ConvBlock):
            for conv, norm in (("conv1", "norm1"), ("conv2", "norm2")):
                if isinstance(getattr(module, norm), nn.BatchNorm2d):
                    setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm)))
                    setattr(module, norm, nn.Identity())
    return twin


def uncertainty_of(seep: NDArray[Any], binary: NDArray[np.bool_]) -> float:
    """How little a prediction agrees with itself: 1 - soft Dice of probability and mask.

    With s the seep probability and b the mask, 1 - 2 sum(s b) / (sum(s) + sum(b)). It nears 0
    where every pixel is near 0 or 1, and 1 where much probability lies outside the mask; it
    needs neither an ensemble nor the truth.

    Args:
        seep: probabilities (H, W), 0 where invalid.
        binary: the mask that was made of them.

    Returns:
        0..1; 0 where no pixel exceeds 0.05, which is clean sea.
    """
    if seep.size == 0 or seep.max() <= LEAST_PROBABILITY:
        return 0.0
    total = float(seep.sum(dtype=np.float64)) + np.count_nonzero(binary)
    agreed = 2 * float(seep[binary].sum(dtype=np.float64))
    return min(1.0, max(0.0, 1 - agreed / total))


def vote(binary: NDArray[np.bool_], types: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give each slick one class: the one with the highest mean probability over its pixels.

    Args:
        binary: (H, W) seep or not; slicks are its 8-connected components.
        types: float32 (n, H, W) probabilities of the classes 1..n, up to a common factor a pixel.

    Returns:
        uint8 (H, W) class ids, 0 outside the slicks.
    """
    mask = np.zeros(binary.shape, np.uint8)
    if not binary.any():
        return mask
    count, labels = cv2.connectedComponents(binary.astype(np.uint8), connectivity=8)
    owner = labels[binary]
    sums = np.stack([np.bincount(owner, weights=one[binary], minlength=count) for one in types])
    mask[binary] = (sums.argmax(axis=0) + 1).astype(np.uint8)[owner]
    return mask


def _prediction(classes: NDArray[np.float32], threshold: float | None) -> TilePrediction:
    """Decide; without a threshold each pixel gets its likeliest class, as where classes tile the image."""
    seep = 1 - classes[0]
    if threshold is None:
        mask = classes.argmax(axis=0).astype(np.uint8)
        binary = mask > 0
    else:
        binary = seep >= threshold
        mask = vote(binary, classes[1:])
    return TilePrediction(
        mask=mask,
        # numpy takes 27 ms for a tile full of tiny numbers, torch 0.3.
        probabilities=torch.from_numpy(classes).half().numpy(),
        seep_probability=seep,
        uncertainty=uncertainty_of(seep, binary),
        seep_area_px=int(np.count_nonzero(binary)),
    )
