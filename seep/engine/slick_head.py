"""The slick head: a second stage that separates predicted slicks from look-alikes.

It reads the features of a predicted slick (`seep.core.masks.slick_features`) and returns the probability that it is a
slick. It is an ensemble of small networks: slicks are few, the relation is not linear, and a mean of networks varies
less than a single one. Features are clipped, so that an unusual slick cannot lead to an extreme answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from seep.core.masks.slick_features import FEATURES

MEMBERS = 8
HIDDEN = 32
CLIP = 3.0
"""Standardized features are limited to this many standard deviations."""
TRUE_SHARE = 0.4
"""A predicted slick counts as a slick if at least this share of its pixels is seep. Keeping a slick raises the IoU of a
set if its share is above IoU / (1 + IoU), about 0.3; slicks of a lower share are mostly false."""
MAX_EXAMPLES = 20_000
"""A head keeps at most this many examples: 2 MB."""


@dataclass(frozen=True, eq=False)
class SlickExamples:
    """Predicted slicks with what is known of their truth, one row each.

    Attributes:
        features: (slicks, features) float32, of `seep.core.masks.slick_features`.
        groups: (slicks,) int64; slicks of one tile, or of one scene, share a number.
        counted_px: (slicks,) pixels of which the truth is known.
        true_px: (slicks,) those of them that are seep.
    """

    features: NDArray[np.float32]
    groups: NDArray[np.int64]
    counted_px: NDArray[np.float64]
    true_px: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def is_slick(self) -> NDArray[np.float64]:
        """1 where enough is true, else 0."""
        return np.asarray(self.true_px >= TRUE_SHARE * np.maximum(self.counted_px, 1), np.float64)

    def of(self, chosen: NDArray[np.bool_]) -> SlickExamples:
        """Return some of the slicks."""
        return SlickExamples(*(getattr(self, name)[chosen] for name in EXAMPLE_ARRAYS))

    def updated(self, newer: SlickExamples, groups: Collection[int]) -> SlickExamples:
        """Return newer examples after those of these that are not in some groups; the last `MAX_EXAMPLES` of them."""
        both = joined_examples([self.of(~np.isin(self.groups, [*groups])), newer])
        return both.of(np.arange(len(both)) >= len(both) - MAX_EXAMPLES)


EXAMPLE_ARRAYS = tuple(SlickExamples.__dataclass_fields__)
"""Names of the arrays of `SlickExamples`."""


def joined_examples(parts: Sequence[SlickExamples]) -> SlickExamples:
    """Return all examples of several sets, in their order; empty for none."""
    if not parts:
        nothing = np.zeros(0)
        return SlickExamples(
            np.zeros((0, len(FEATURES)), np.float32), nothing.astype(np.int64), nothing, nothing
        )
    return SlickExamples(*(np.concatenate([getattr(one, name) for one in parts]) for name in EXAMPLE_ARRAYS))


@dataclass(frozen=True)
class HeadTraining:
    """Settings of the training of a slick head.

    Attributes:
        steps: of the optimizer.
        batch_slicks: slicks per step of each member.
        learning_rate: of AdamW, at its highest.
        weight_decay: of AdamW.
        dropout: share of hidden values that a step leaves out.
        seed: of weights, batches and dropout.
    """

    steps: int = 300
    batch_slicks: int = 512
    learning_rate: float = 1e-2
    weight_decay: float = 0.1
    dropout: float = 0.3
    seed: int = 0


class SlickHead(nn.Module):
    """An ensemble of networks with two hidden layers.

    Attributes:
        mean: (features,) of the training slicks.
        scale: (features,) standard deviations of the training slicks.
        examples: the slicks that it was trained on, to train it again with others; None where they are not kept.
    """

    mean: Tensor
    scale: Tensor
    examples: SlickExamples | None = None

    def __init__(self, features: int = len(FEATURES), members: int = MEMBERS, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        sizes = (features, hidden, hidden, 1)
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(members, before, after) * (2 / before) ** 0.5)
            for before, after in pairwise(sizes)
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(members, 1, after)) for after in sizes[1:])

    def forward(self, features: Tensor, dropout: float = 0.0) -> Tensor:
        """Return the logits of all members: (slicks, features), or one set for each member -> (members, slicks)."""
        values = ((features - self.mean) / self.scale).clamp(-CLIP, CLIP).expand(len(self.biases[0]), -1, -1)
        last = len(self.weights) - 1
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, values, weight)
            if number < last:
                values = functional.dropout(functional.gelu(values), dropout, training=dropout > 0)
        return values[..., 0]

    @torch.inference_mode()
    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability that each slick is one: (slicks, features) -> (slicks,), 0..1."""
        if not len(features):
            return np.zeros(0)
        logits = self(torch.from_numpy(np.ascontiguousarray(features)))
        return np.asarray(torch.sigmoid(logits).mean(dim=0).numpy(), np.float64)


def train_slick_head(
    features: NDArray[np.float32],
    is_slick: NDArray[np.floating],
    weights: NDArray[np.floating],
    settings: HeadTraining | None = None,
) -> SlickHead:
    """Train a head on slicks that a network predicted in scenes that it was not trained on.

    Each member draws its own slicks, so the members differ.

    Args:
        features: (slicks, features).
        is_slick: (slicks,) 1 for slicks, 0 for look-alikes; shares between are allowed.
        weights: (slicks,) how often each slick is drawn; 0 leaves it out.
        settings: None for the defaults.

    Raises:
        ValueError: there are fewer than two slicks.
    """
    if len(features) < 2:
        raise ValueError(f"a slick head needs at least 2 slicks, got {len(features)}")
    settings = settings or HeadTraining()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        head = SlickHead(features.shape[1])
        inputs = torch.from_numpy(np.asarray(features, np.float32))
        head.mean.copy_(inputs.mean(dim=0))
        head.scale.copy_(inputs.std(dim=0).clamp_min(1e-3))
        target = torch.from_numpy(np.asarray(is_slick, np.float32))
        drawn_by = torch.from_numpy(np.asarray(weights, np.float32)).expand(MEMBERS, -1)
        optimizer = torch.optim.AdamW(
            head.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps)
        for _ in range(settings.steps):
            drawn = torch.multinomial(drawn_by, settings.batch_slicks, replacement=True)
            logits = head(inputs[drawn], settings.dropout)
            loss = functional.binary_cross_entropy_with_logits(logits, target[drawn]) * MEMBERS
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return head.eval()
