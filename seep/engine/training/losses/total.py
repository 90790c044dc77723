"""Losses by name, and weighted sums of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seep.engine.training.losses.asked import IGNORED, ask
from seep.engine.training.losses.lovasz import lovasz
from seep.engine.training.losses.overlap import dice, focal_tversky, jaccard, tversky
from seep.engine.training.losses.pixelwise import binary_cross_entropy, cross_entropy, focal
from seep.engine.training.losses.thin import cldice, skeleton_recall
from seep.engine.training.losses.two_heads import seep_loss, type_loss
from seep.engine.training.losses.unified import unified_focal
from seep.engine.training.losses.weights import class_weights
from seep.engine.unet import Outputs

DEEP_SHARE = 0.5
"""Each coarser level of deep supervision counts half of the one above it."""


@dataclass(frozen=True)
class Question:
    """What a term may look at.

    Attributes:
        logits: (N, classes, H, W).
        masks: (N, H, W) class ids, `IGNORED` where nothing is asked.
        weights: (classes,) class weights, background first.
        heads: as in `UNetConfig`.
    """

    logits: Tensor
    masks: Tensor
    weights: Tensor
    heads: str


def _asked(loss: Callable[..., Tensor], *, weighted: bool = False) -> Callable[[Question], Tensor]:
    def term(of: Question) -> Tensor:
        asked = ask(of.logits, of.masks, of.heads)
        return loss(asked, of.weights) if weighted else loss(asked)

    return term


TERMS: dict[str, Callable[[Question], Tensor]] = {
    "seep": lambda of: seep_loss(of.logits, of.masks),
    "type": lambda of: type_loss(of.logits, of.masks, of.weights[1:]),
    "cross_entropy": _asked(cross_entropy, weighted=True),
    "binary_cross_entropy": _asked(binary_cross_entropy),
    "focal": _asked(focal, weighted=True),
    "dice": _asked(dice),
    "jaccard": _asked(jaccard),
    "tversky": _asked(tversky),
    "focal_tversky": _asked(focal_tversky),
    "unified_focal": _asked(unified_focal),
    "lovasz": _asked(lovasz),
    "cldice": lambda of: cldice(of.logits, of.masks, of.heads),
    "skeleton_recall": lambda of: skeleton_recall(of.logits, of.masks, of.heads),
}
"""Every loss by its name; "seep" and "type" are for networks of two heads."""

DEFAULT_TERMS = {"seep": 1.0, "type": 0.01}
"""Finding a slick comes before naming it: what names a slick in one scene does not in the next, and a trunk
that is shaped by it learns to find later. After 425 steps at 0.5 the binary IoU on unseen scenes was 0.26, at
0.05 0.34, without it 0.37; after thousands they are level (docs/results.md). Adam's steps do not depend on a
gradient's scale, so the head that names learns at any weight."""


def check_terms(terms: Mapping[str, float], heads: str) -> None:
    """Refuse a sum that cannot be computed.

    Raises:
        ValueError: names what is unknown or does not fit, and what there is.
    """
    if not terms or unknown(terms):
        raise ValueError(f"the loss has {unknown(terms) or 'no'} terms: use some of {', '.join(TERMS)}")
    if heads != "two" and {"seep", "type"} & set(terms):
        raise ValueError("the terms seep and type are for networks of two heads: use cross_entropy and dice")
    if not all(weight > 0 for weight in terms.values()):
        raise ValueError(f"the loss has the weights {[*terms.values()]}: use numbers above 0")


def unknown(terms: Mapping[str, float]) -> list[str]:
    """Names that are no loss."""
    return sorted(set(terms) - set(TERMS))


def weights_of(pixel_counts: Sequence[int], weighting: str, heads: str) -> Tensor:
    """Class weights, background first; with two heads background is no class among the others.

    Args:
        pixel_counts: of all classes, background first.
        weighting: one of `seep.engine.training.losses.weights.WEIGHTINGS`.
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
    only_held: bool = False,
) -> Tensor:
    """The weighted sum of terms over all that the network was asked for.

    Coarser levels of deep supervision count half as much each as the level above; an image head adds its
    own cross-entropy.

    Args:
        outputs: of `UNet.outputs`.
        masks: (N, H, W) class ids, `IGNORED` where nothing is asked.
        weights: from `weights_of`.
        terms: weight by name of `TERMS`.
        heads: as in `UNetConfig`.
        only_held: ask about pixels only in images that hold something; the image head is asked in all.

    Returns:
        A scalar.
    """
    whole = masks
    if only_held:
        masks = torch.where(holds_something(masks)[:, None, None], masks, torch.full_like(masks, IGNORED))
    loss = _sum(outputs.logits, masks, weights, terms, heads)
    for depth, logits in enumerate(outputs.deeper, 1):
        coarse = functional.interpolate(masks[:, None].float(), size=logits.shape[2:], mode="nearest")
        part = _sum(logits, coarse[:, 0].to(masks.dtype), weights, terms, heads)
        loss = loss + DEEP_SHARE**depth * part
    if outputs.image is not None:
        loss = loss + image_loss(outputs.image, whole)
    return loss


def image_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Binary cross-entropy of "there is something here"; images without a pixel that counts are left out.

    Args:
        logits: (N,).
        masks: (N, H, W) class ids, `IGNORED` where nothing is asked.
    """
    counted = (masks != IGNORED).flatten(1).any(dim=1)
    holds = holds_something(masks).float()
    found = functional.binary_cross_entropy_with_logits(logits.float(), holds, reduction="none")
    return (found * counted).sum() / counted.sum().clamp(min=1)


def holds_something(masks: Tensor) -> Tensor:
    """Say for each image whether any pixel that counts is of another class than background: (N,) bool."""
    return ((masks > 0) & (masks != IGNORED)).flatten(1).any(dim=1)


def _sum(logits: Tensor, masks: Tensor, weights: Tensor, terms: Mapping[str, float], heads: str) -> Tensor:
    question = Question(logits.float(), masks, weights, heads)
    return torch.stack([weight * TERMS[name](question) for name, weight in terms.items()]).sum()
