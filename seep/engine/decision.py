"""Conversion of class probabilities to a mask.

The card of the checkpoint has a temperature (calibration), a threshold, a minimum slick size and class offsets. Tiles
and streams of whole scenes use the same functions.

Sources: temperature, Guo et al. 2017, https://arxiv.org/abs/1706.04599; class offsets (logit adjustment),
Menon et al. 2021, https://arxiv.org/abs/2007.07314.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seep.core.masks.dark_areas import wide_pixels
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX
from seep.engine.unet import UNetConfig

DEFAULT_THRESHOLD = 0.5
TEMPERATURES = (0.1, 10.0)
"""Range of a temperature; beyond it probabilities degenerate to 0, 1 or 0.5."""
MOST_PX = 4096
MOST_OFFSET = 20.0
MOST_DEPTH = 10.0
_LEAST, _TINY = 1e-7, 1e-30
"""Probabilities are kept this far from 0 before their logarithm is taken."""


@dataclass(frozen=True)
class Decision:
    """How probabilities become a mask.

    Attributes:
        class_per_slick: True: pixels at or above the threshold are seep, and each slick gets one class. False: each
            pixel gets its most probable class.
        threshold: minimum calibrated probability of a seep pixel, between 0 and 1; used with `class_per_slick` only.
        temperature: divisor of the logit of the seep probability (without `class_per_slick`, of all log
            probabilities); values above 1 move the probabilities toward 0.5.
        least_px: minimum size of a predicted slick (8-connected, of any class), pixels; smaller ones are removed.
        class_offsets: added to the log probabilities of classes 1, 2, ... before a class is chosen; empty for none.
        image_threshold: images with a lower probability of the image head are empty; 0 to ignore the image head.
        binary: merge all seep classes into one.
        wide_radius_px: predicted slicks and dark areas with a larger inscribed radius are wide dark areas: oil sheets
            or low wind.
        dark_area_depth: see `seep.core.masks.dark_areas`; 0 to search no dark areas on the image.
    """

    class_per_slick: bool
    threshold: float = DEFAULT_THRESHOLD
    temperature: float = 1.0
    least_px: int = 0
    class_offsets: tuple[float, ...] = ()
    image_threshold: float = 0.0
    binary: bool = False
    wide_radius_px: float = WIDE_RADIUS_PX
    dark_area_depth: float = 0.0

    @classmethod
    def from_card(cls, card: Mapping[str, Any], config: UNetConfig) -> Decision:
        """Read a card; missing fields, as in older cards, have their defaults.

        Raises:
            ValueError: a field is not a number or is out of range; the message names it.
        """
        found = cls(
            class_per_slick=config.heads == "two",
            threshold=_number(card, "threshold", DEFAULT_THRESHOLD, 0, 1),
            temperature=_number(card, "temperature", 1.0, *TEMPERATURES),
            least_px=int(_number(card, "least_px", 0, 0, MOST_PX)),
            class_offsets=_offsets(card.get("class_offsets"), config.classes),
            image_threshold=_number(card, "image_threshold", 0.0, 0, 1),
            wide_radius_px=_number(card, "wide_radius_px", WIDE_RADIUS_PX, 0, MOST_PX),
            dark_area_depth=_number(card, "dark_area_depth", 0.0, 0, MOST_DEPTH),
        )
        if not 0 < found.threshold < 1:
            raise ValueError(f"the threshold {found.threshold}, which is not between 0 and 1")
        if found.image_threshold and not config.image_head:
            raise ValueError("an image_threshold, but its network has no image head")
        return found

    @property
    def seep_threshold(self) -> float:
        """Minimum probability of a seep pixel: the threshold, or 0.5 without `class_per_slick`."""
        return self.threshold if self.class_per_slick else 0.5

    def as_binary(self) -> Decision:
        """Return the same decision with all seep classes merged into one."""
        return replace(self, binary=True, class_offsets=())

    def calibrated(self, classes: Tensor) -> Tensor:
        """Apply the temperature to probabilities, and merge the seep classes if `binary`.

        Args:
            classes: (N, classes, H, W), summing to 1 over the classes.

        Returns:
            The same shape, or (N, 2, H, W) if `binary`; summing to 1.
        """
        if self.temperature != 1 and self.class_per_slick:
            # The sum of the seep classes: 1 - background cannot represent numbers below 6e-8.
            seep = classes[:, 1:].sum(dim=1, keepdim=True).clamp_min(_TINY)
            logit = seep.log() - classes[:, :1].clamp_min(_LEAST).log()
            warmed = torch.sigmoid(logit / self.temperature)
            classes = torch.cat((1 - warmed, classes[:, 1:] * (warmed / seep)), dim=1)
        elif self.temperature != 1:
            classes = torch.softmax(classes.clamp_min(_TINY).log() / self.temperature, dim=1)
        if self.binary and classes.shape[1] > 2:
            classes = torch.cat((classes[:, :1], 1 - classes[:, :1]), dim=1)
        return classes

    def seep(self, classes: Tensor) -> Tensor:
        """Return the seep pixels, small slicks included: calibrated (N, classes, H, W) -> bool (N, H, W)."""
        if self.class_per_slick:
            return 1 - classes[:, 0] >= self.threshold
        return self._weighed(classes[:, 1:]).amax(dim=1) > classes[:, 0]

    def best(self, classes: Tensor) -> NDArray[np.uint8]:
        """Return the class of each pixel; small slicks are removed.

        Args:
            classes: (classes, H, W), calibrated.

        Returns:
            uint8 (H, W), 0 where there is no seep.
        """
        kept = remove_small_slicks(self.seep(classes[None])[0].numpy(), self.least_px)
        mask = np.zeros(kept.shape, np.uint8)
        types = classes[None, 1:, None, torch.from_numpy(kept)]
        mask[kept] = self._weighed(types)[0, :, 0].argmax(dim=0).numpy() + 1
        return mask

    def mask(self, classes: Tensor) -> NDArray[np.uint8]:
        """Return the mask of a tile, with one class per slick if `class_per_slick`; shapes as in `best`."""
        if not self.class_per_slick:
            return self.best(classes)
        kept = remove_small_slicks(self.seep(classes[None])[0].numpy(), self.least_px)
        return most_probable_class_per_slick(kept, self._weighed(classes[None, 1:])[0].numpy())

    def wide_area_px(self, mask: NDArray[np.uint8], image: NDArray[np.float32] | None = None) -> int:
        """Return the area of the wide dark areas of a mask and its image, whatever the classes of their pixels.

        Args:
            mask: uint8 (H, W).
            image: float32 (bands + 1, H, W), the normalized input of the network; None for the mask alone.
        """
        return int(np.count_nonzero(wide_pixels(mask, image, self.wide_radius_px, self.dark_area_depth)))

    def _weighed(self, types: Tensor) -> Tensor:
        """Return the probabilities times exp(class offsets): (N, classes - 1, H, W)."""
        if not self.class_offsets:
            return types
        return types * torch.tensor(self.class_offsets, device=types.device).exp()[:, None, None]


def most_probable_class_per_slick(binary: NDArray[np.bool_], types: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Assign to each slick the class with the highest mean probability over its pixels.

    Args:
        binary: bool (H, W), seep pixels; slicks are the 8-connected components.
        types: float32 (n, H, W) probabilities of the classes 1..n, up to a common factor per pixel.

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


def remove_small_slicks(binary: NDArray[np.bool_], least_px: int) -> NDArray[np.bool_]:
    """Return the pixels without the 8-connected components of fewer than `least_px` pixels."""
    if least_px <= 1 or not binary.any():
        return binary
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(binary.astype(np.uint8), connectivity=8)
    large = boxes[:, cv2.CC_STAT_AREA] >= least_px
    large[0] = False  # the background
    kept: NDArray[np.bool_] = large[labels]
    return kept


def _number(card: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = card.get(name)
    if value is None:
        return default
    if type(value) not in (int, float) or not low <= value <= high:
        raise ValueError(f"the {name} {value!r}, which is not a number {low:g} to {high:g}")
    return float(value)


def _offsets(values: Any, classes: int) -> tuple[float, ...]:
    if values is None:
        return ()
    if type(values) is not list or len(values) != classes - 1:
        raise ValueError(f"class_offsets {values!r}, which is not a list of {classes - 1} numbers")
    if not all(type(value) in (int, float) and abs(value) <= MOST_OFFSET for value in values):
        raise ValueError(f"class_offsets {values!r}, which go beyond {MOST_OFFSET:g}")
    return tuple(map(float, values))
