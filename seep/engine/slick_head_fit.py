"""The training of a slick head with its threshold, and again with the slicks of corrected tiles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from seep.engine.slick_head import (
    TRUE_SHARE,
    HeadTraining,
    SlickExamples,
    SlickHead,
    train_classifier,
    train_slick_head,
)

THRESHOLDS = tuple(round(0.2 + 0.05 * step, 2) for step in range(9))
"""Thresholds of the head that are tried."""
INNER_FOLDS = 3
MIN_CLASS_EXAMPLES = 200
"""Least true slicks for a classifier."""

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
