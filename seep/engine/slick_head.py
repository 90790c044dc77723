"""The slick head: a second stage that separates predicted slicks from look-alikes.

It reads the features of a predicted slick (`seep.core.masks.slick_features`) and returns the probability that it is a
slick. It is an ensemble of small networks: slicks are few, the relation is not linear, and a mean of networks varies
less than a single one. Features are clipped, so that an unusual slick cannot lead to an extreme answer. A second
ensemble of the same shape may predict the class of a slick.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from seep.core.masks.slick_features import FEATURES
from seep.engine.slick_classes import CLIP

MEMBERS = 8
HIDDEN = 32
TRUE_SHARE = 0.4
"""A predicted slick counts as a slick if at least this share of its pixels is seep. Keeping a slick raises the IoU of a
set if its share is above IoU / (1 + IoU), about 0.3; slicks of a lower share are mostly false."""
MAX_EXAMPLES = 20_000
"""A head keeps at most this many examples: 2 MB."""
THRESHOLDS = tuple(round(0.2 + 0.05 * step, 2) for step in range(9))
"""Thresholds of the head that are tried."""
INNER_FOLDS = 3
MIN_CLASS_EXAMPLES = 200
"""Least true slicks for a classifier."""


@dataclass(frozen=True, eq=False)
class SlickExamples:
    """Predicted slicks with what is known of their truth, one row each.

    Attributes:
        features: (slicks, features) float32, of `seep.core.masks.slick_features`.
        groups: (slicks,) int64; slicks of one tile, or of one scene, share a number.
        counted_px: (slicks,) pixels of which the truth is known.
        true_px: (slicks,) those of them that are seep.
        class_id: (slicks,) int64, the most frequent class of these; 0 without any.
    """

    features: NDArray[np.float32]
    groups: NDArray[np.int64]
    counted_px: NDArray[np.float64]
    true_px: NDArray[np.float64]
    class_id: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def is_slick(self) -> NDArray[np.float64]:
        """1 where enough is true, else 0."""
        return np.asarray(self.true_px >= TRUE_SHARE * np.maximum(self.counted_px, 1), np.float64)

    def of(self, chosen: NDArray[np.bool_]) -> SlickExamples:
        """Return some of the slicks."""
        return SlickExamples(*(getattr(self, name)[chosen] for name in EXAMPLE_ARRAYS))

    def without_classes(self) -> SlickExamples:
        """Return the same slicks, whose class is not known."""
        return replace(self, class_id=np.zeros_like(self.class_id))

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
            np.zeros((0, len(FEATURES)), np.float32),
            nothing.astype(np.int64),
            nothing,
            nothing,
            nothing.astype(np.int64),
        )
    return SlickExamples(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in EXAMPLE_ARRAYS)
    )


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


CLASS_TRAINING = HeadTraining(steps=200, batch_slicks=256)
"""Of the classifier of slicks."""


class _Ensemble(nn.Module):
    """Networks with two hidden layers.

    Attributes:
        mean: (features,) of the training slicks.
        scale: (features,) standard deviations of the training slicks.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: int, outputs: int, members: int, hidden: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        sizes = (features, hidden, hidden, outputs)
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(members, before, after) * (2 / before) ** 0.5)
            for before, after in pairwise(sizes)
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(members, 1, after)) for after in sizes[1:])

    def forward(self, features: Tensor, dropout: float = 0.0) -> Tensor:
        """Return the logits: (slicks, features), or one set for each member -> (members, slicks, outputs)."""
        values = ((features - self.mean) / self.scale).clamp(-CLIP, CLIP).expand(len(self.biases[0]), -1, -1)
        last = len(self.weights) - 1
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, values, weight)
            if number < last:
                values = functional.dropout(functional.gelu(values), dropout, training=dropout > 0)
        return values


class SlickHead(_Ensemble):
    """The ensemble that separates slicks from look-alikes.

    Attributes:
        classifier: predicts the class of a slick; None for a head without classes.
        examples: the slicks that it was trained on, to train it again with others; None where they are not kept.
    """

    examples: SlickExamples | None = None

    def __init__(
        self, features: int = len(FEATURES), members: int = MEMBERS, hidden: int = HIDDEN, classes: int = 0
    ) -> None:
        """Make an untrained head; `classes` is the number of seep classes, 0 for a head without classes."""
        super().__init__(features, 1, members, hidden)
        self.classifier = _Ensemble(features, classes, members, hidden) if classes else None

    @property
    def classes(self) -> int:
        """Number of seep classes; 0 for a head without classes."""
        return 0 if self.classifier is None else int(self.classifier.biases[-1].shape[-1])

    def without_classes(self) -> SlickHead:
        """Return a head that separates slicks alike, predicts no class, and keeps no class of its examples."""
        found = copy(self)
        found._modules = self._modules | {"classifier": None}
        found.examples = None if self.examples is None else self.examples.without_classes()
        return found

    @torch.inference_mode()
    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability that each slick is one: (slicks, features) -> (slicks,), 0..1."""
        if not len(features):
            return np.zeros(0)
        logits = self(torch.from_numpy(np.ascontiguousarray(features)))[..., 0]
        return np.asarray(torch.sigmoid(logits).mean(dim=0).numpy(), np.float64)

    @torch.inference_mode()
    def class_probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of each seep class: (slicks, features) -> (slicks, classes), summing to 1."""
        if self.classifier is None or not len(features):
            return np.zeros((len(features), self.classes))
        logits = self.classifier(torch.from_numpy(np.ascontiguousarray(features)))
        return np.asarray(logits.softmax(dim=-1).mean(dim=0).numpy(), np.float64)


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
    target = torch.from_numpy(np.asarray(is_slick, np.float32))

    def loss(logits: Tensor, drawn: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(logits[..., 0], target[drawn])

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        head = SlickHead(features.shape[1])
        _train(head, features, weights, loss, settings)
    return head.eval()


def train_classifier(
    head: SlickHead,
    features: NDArray[np.float32],
    class_id: NDArray[np.integer],
    classes: int,
    settings: HeadTraining | None = None,
) -> None:
    """Train the classifier of a head on true slicks; all of them are drawn alike.

    Args:
        features: (slicks, features).
        class_id: (slicks,) 1 to `classes`.
        classes: number of seep classes.
        settings: None for the defaults.

    Raises:
        ValueError: there are fewer than two slicks.
    """
    if len(features) < 2:
        raise ValueError(f"a classifier of slicks needs at least 2 slicks, got {len(features)}")
    settings = settings or CLASS_TRAINING
    target = torch.from_numpy(np.asarray(class_id, np.int64) - 1)

    def loss(logits: Tensor, drawn: Tensor) -> Tensor:
        return functional.cross_entropy(logits.flatten(0, 1), target[drawn].flatten())

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        classifier = _Ensemble(features.shape[1], classes, MEMBERS, HIDDEN)
        _train(classifier, features, np.ones(len(features)), loss, settings)
    head.classifier = classifier.eval()


def _train(
    ensemble: _Ensemble,
    features: NDArray[np.float32],
    weights: NDArray[np.floating],
    loss_of: Callable[[Tensor, Tensor], Tensor],
    settings: HeadTraining,
) -> None:
    """Train an ensemble; `loss_of` gets logits (members, slicks, outputs) and the numbers of the slicks."""
    inputs = torch.from_numpy(np.asarray(features, np.float32))
    ensemble.mean.copy_(inputs.mean(dim=0))
    ensemble.scale.copy_(inputs.std(dim=0).clamp_min(1e-3))
    drawn_by = torch.from_numpy(np.asarray(weights, np.float32)).expand(MEMBERS, -1)
    optimizer = torch.optim.AdamW(
        ensemble.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps)
    for _ in range(settings.steps):
        drawn = torch.multinomial(drawn_by, settings.batch_slicks, replacement=True)
        loss = loss_of(ensemble(inputs[drawn], settings.dropout), drawn) * MEMBERS
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()


Floats = NDArray[np.float64]
Score = Callable[[NDArray[np.float32]], Floats]
"""(slicks, features) -> probabilities (slicks,)."""
Fit = Callable[[SlickExamples], Score]


def fit_slick_head(
    examples: SlickExamples, settings: HeadTraining | None = None, classes: int = 0
) -> tuple[SlickHead, float]:
    """Train a head and choose its threshold by a cross-validation on its own examples, which it keeps.

    Args:
        examples: see `SlickExamples`.
        settings: None for the defaults.
        classes: number of seep classes of the network. From two on, and with `MIN_CLASS_EXAMPLES` true slicks, the
            head also predicts classes.

    Returns:
        The head, and the threshold of its probability.

    Raises:
        ValueError: there are too few slicks; see `train_slick_head`.
    """
    scores = inner_scores(examples, lambda some: fit_examples(some, settings).probabilities)
    threshold = best_threshold(examples, scores)
    head = fit_examples(examples, settings)
    head.examples = examples
    known = (examples.is_slick > 0) & (examples.class_id > 0) & (examples.class_id <= classes)
    if classes > 1 and known.sum() >= MIN_CLASS_EXAMPLES:
        train_classifier(head, examples.features[known], examples.class_id[known], classes)
    return head, threshold


def fit_examples(examples: SlickExamples, settings: HeadTraining | None = None) -> SlickHead:
    """Train a head without classes, and without a threshold; see `fit_slick_head`."""
    return train_slick_head(examples.features, examples.is_slick, slick_weights(examples), settings)


def slick_weights(examples: SlickExamples) -> Floats:
    """Return how often each slick is drawn, (slicks,): large ones more often, none never."""
    return np.asarray(np.sqrt(np.maximum(examples.counted_px, 1)), np.float64)


def inner_scores(examples: SlickExamples, fit: Fit) -> Floats:
    """Score slicks by a cross-validation; its folds are groups, or with few groups random slicks."""
    groups = np.unique(examples.groups)
    of_fold = np.searchsorted(groups, examples.groups) % INNER_FOLDS
    if len(groups) < INNER_FOLDS:
        of_fold = np.random.default_rng(0).integers(0, INNER_FOLDS, len(examples))
    scores = np.zeros(len(examples))
    for number in range(INNER_FOLDS):
        own = of_fold == number
        if own.any():
            scores[own] = fit(examples.of(~own))(examples.features[own])
    return scores


def best_threshold(examples: SlickExamples, scores: Floats) -> float:
    """Return the threshold with the most gain: correct pixels kept less 0.4 / 0.6 of the false pixels kept.

    This is the sign of the change of the IoU when a slick is kept, for an IoU of about 0.4 to 0.7.
    """
    price = TRUE_SHARE / (1 - TRUE_SHARE)
    gain = examples.true_px - price * (examples.counted_px - examples.true_px)
    return max(THRESHOLDS, key=lambda threshold: float(gain[scores >= threshold].sum()))
