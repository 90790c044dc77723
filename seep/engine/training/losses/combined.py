"""Weighted sums of losses by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seep.engine.training.losses.centerline import cldice, skeleton_recall
from seep.engine.training.losses.class_weights import class_weights
from seep.engine.training.losses.cross_entropy import binary_cross_entropy, cross_entropy, focal
from seep.engine.training.losses.lovasz import lovasz
from seep.engine.training.losses.overlap import dice, focal_tversky, jaccard, tversky
from seep.engine.training.losses.targets import IGNORE_INDEX, select_labeled
from seep.engine.training.losses.two_heads import seep_loss, type_loss
from seep.engine.training.losses.unified import unified_focal
from seep.engine.unet import Outputs

DEEP_SHARE = 0.5
"""Weight of each coarser level of deep supervision relative to the level above."""


@dataclass(frozen=True)
class LossInput:
    """The inputs of a loss term.

    Attributes:
        logits: (N, classes, H, W).
        masks: (N, H, W) class ids, `IGNORE_INDEX` where the pixel is ignored.
        weights: (classes,) class weights, background first.
        heads: see `UNetConfig`.
    """

    logits: Tensor
    masks: Tensor
    weights: Tensor
    heads: str


def _on_labeled_pixels(
    loss: Callable[..., Tensor], *, weighted: bool = False
) -> Callable[[LossInput], Tensor]:
    def term(of: LossInput) -> Tensor:
        pixels = select_labeled(of.logits, of.masks, of.heads)
        return loss(pixels, of.weights) if weighted else loss(pixels)

    return term


TERMS: dict[str, Callable[[LossInput], Tensor]] = {
    "seep": lambda of: seep_loss(of.logits, of.masks),
    "type": lambda of: type_loss(of.logits, of.masks, of.weights[1:]),
    "cross_entropy": _on_labeled_pixels(cross_entropy, weighted=True),
    "binary_cross_entropy": _on_labeled_pixels(binary_cross_entropy),
    "focal": _on_labeled_pixels(focal, weighted=True),
    "dice": _on_labeled_pixels(dice),
    "jaccard": _on_labeled_pixels(jaccard),
    "tversky": _on_labeled_pixels(tversky),
    "focal_tversky": _on_labeled_pixels(focal_tversky),
    "unified_focal": _on_labeled_pixels(unified_focal),
    "lovasz": _on_labeled_pixels(lovasz),
    "cldice": lambda of: cldice(of.logits, of.masks, of.heads),
    "skeleton_recall": lambda of: skeleton_recall(of.logits, of.masks, of.heads),
}
"""Loss terms by name; "seep" and "type" are for networks with two heads."""

DEFAULT_LOSS_WEIGHTS = {"seep": 1.0, "type": 0.1}
"""The type loss has a small weight: classes do not transfer between scenes, and a large weight delays the learning of
seep. After 425 steps the binary IoU on unseen scenes was 0.26 at a weight of 0.5, 0.34 at 0.05 and 0.37 at 0; after
thousands of steps the results are equal (docs/results.md). A weight below 0.05 leaves the trunk without features that
separate classes, and then the type head cannot learn them, however large its own steps are
(docs/decisions/0005-classes-do-not-shape-the-trunk.md)."""

SOFTMAX_LOSS_WEIGHTS = {"cross_entropy": 1.0, "dice": 1.0}
"""For a fine-tuning of a network with a softmax over all classes."""


def check_loss_weights(terms: Mapping[str, float], heads: str) -> None:
    """Check the loss terms of a configuration.

    Raises:
        ValueError: a term is unknown or does not fit the heads, or a weight is not positive.
    """
    if not terms or unknown_losses(terms):
        raise ValueError(f"unknown loss terms {unknown_losses(terms)}: use one or more of {', '.join(TERMS)}")
    if heads != "two" and {"seep", "type"} & set(terms):
        raise ValueError("the terms seep and type are for networks of two heads: use cross_entropy and dice")
    if not all(weight > 0 for weight in terms.values()):
        raise ValueError(f"the weights of the loss terms are {[*terms.values()]}: use numbers above 0")


def unknown_losses(terms: Mapping[str, float]) -> list[str]:
    """Return the names that are not in `TERMS`, sorted."""
    return sorted(set(terms) - set(TERMS))


def head_class_weights(pixel_counts: Sequence[int], weighting: str, heads: str) -> Tensor:
    """Return class weights, background first; with two heads the background has the weight 1.

    Args:
        pixel_counts: number of pixels of each class, background first.
        weighting: one of `seep.engine.training.losses.class_weights.WEIGHTINGS`.
        heads: as in `UNetConfig`.
    """
    if heads == "two":
        return torch.cat((torch.ones(1), class_weights(pixel_counts[1:], weighting)))
    return class_weights(pixel_counts, weighting)


def total_loss(
    outputs: Outputs,
    masks: Tensor,
    weights: Tensor,
    terms: Mapping[str, float],
    *,
    heads: str = "two",
    only_images_with_seep: bool = False,
) -> Tensor:
    """Return the weighted sum of loss terms over all outputs of the network.

    With deep supervision each coarser level has half the weight of the level above. An image head adds its
    cross-entropy.

    Args:
        outputs: result of `UNet.outputs`.
        masks: (N, H, W) class ids, `IGNORE_INDEX` where the pixel is ignored.
        weights: from `head_class_weights`.
        terms: weight by name of `TERMS`.
        heads: as in `UNetConfig`.
        only_images_with_seep: ignore the pixels of images without seep; the image head is trained on all images.

    Returns:
        A scalar.
    """
    whole = masks
    if only_images_with_seep:
        masks = torch.where(contains_seep(masks)[:, None, None], masks, torch.full_like(masks, IGNORE_INDEX))
    loss = _sum(outputs.logits, masks, weights, terms, heads)
    for depth, logits in enumerate(outputs.deeper, 1):
        coarse = functional.interpolate(masks[:, None].float(), size=logits.shape[2:], mode="nearest")
        part = _sum(logits, coarse[:, 0].to(masks.dtype), weights, terms, heads)
        loss = loss + DEEP_SHARE**depth * part
    if outputs.image is not None:
        loss = loss + image_loss(outputs.image, whole)
    return loss


def image_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return the binary cross-entropy of "the image contains seep"; images without labeled pixels are ignored.

    Args:
        logits: (N,).
        masks: (N, H, W) class ids, `IGNORE_INDEX` where the pixel is ignored.
    """
    counted = (masks != IGNORE_INDEX).flatten(1).any(dim=1)
    holds = contains_seep(masks).float()
    found = functional.binary_cross_entropy_with_logits(logits.float(), holds, reduction="none")
    return (found * counted).sum() / counted.sum().clamp(min=1)


def contains_seep(masks: Tensor) -> Tensor:
    """Return whether each image has a labeled seep pixel: bool (N,)."""
    return ((masks > 0) & (masks != IGNORE_INDEX)).flatten(1).any(dim=1)


def _sum(logits: Tensor, masks: Tensor, weights: Tensor, terms: Mapping[str, float], heads: str) -> Tensor:
    question = LossInput(logits.float(), masks, weights, heads)
    return torch.stack([weight * TERMS[name](question) for name, weight in terms.items()]).sum()
