from dataclasses import replace

import numpy as np
import pytest

from seep.core.masks.slick_features import FEATURES
from seep.engine.slick_head import (
    HeadTraining,
    Score,
    SlickExamples,
    best_threshold,
    fit_slick_head,
    inner_scores,
)

QUICK = HeadTraining(steps=20, batch_slicks=32)


def slicks(count: int, groups: int, true_px: float = 8.0) -> SlickExamples:
    """Every second slick is true, which one feature shows."""
    is_true = np.arange(count) % 2
    features = np.random.default_rng(0).normal(size=(count, len(FEATURES))).astype(np.float32)
    features[:, 0] += 4 * is_true
    class_id = is_true * (1 + np.arange(count) // 2 % 3)
    features[:, 1] += 4 * class_id
    group = np.arange(count) // 2 % groups
    return SlickExamples(
        features, group, np.full(count, 10.0), np.asarray(true_px * is_true, np.float64), class_id
    )


def test_a_head_is_trained_with_a_threshold_and_keeps_its_examples() -> None:
    every = slicks(80, groups=8)
    head, threshold = fit_slick_head(every, QUICK)
    assert head.examples is every
    assert ((head.probabilities(every.features) >= threshold) == (every.is_slick > 0)).mean() >= 0.75


def test_a_head_predicts_classes_if_enough_slicks_have_one() -> None:
    every = slicks(480, groups=8)
    head, _ = fit_slick_head(every, QUICK, classes=3)
    assert head.classes == 3
    true = every.is_slick > 0
    found = head.class_probabilities(every.features)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert (found[true].argmax(axis=1) + 1 == every.class_id[true]).mean() > 0.9
    assert fit_slick_head(every, QUICK, classes=1)[0].classes == 0
    assert fit_slick_head(slicks(300, groups=8), QUICK, classes=3)[0].classes == 0


@pytest.mark.parametrize("groups", [1, 5])
def test_no_slick_is_scored_by_what_was_learned_from_it(groups: int) -> None:
    every, learned = slicks(60, groups), list[SlickExamples]()

    def fit(some: SlickExamples) -> Score:
        learned.append(some)
        return lambda features: np.array(
            [float((some.features == row).all(axis=1).any()) for row in features]
        )

    assert not inner_scores(every, fit).any()
    assert len(learned) == 3
    if groups > 1:  # slicks of one tile are not told apart by chance
        assert all({*some.groups.tolist()} < {*range(groups)} for some in learned)
        assert all(np.bincount(some.groups).max() == 12 for some in learned)


def test_the_threshold_keeps_what_pays() -> None:
    every = slicks(40, groups=2)
    scores = np.where(every.is_slick > 0, 0.45, 0.38)
    assert best_threshold(every, scores) == 0.4
    # 8 true px do not pay for 2 and 10 false ones, of which three cost as much as two true ones gain.
    assert best_threshold(every, np.full(40, 0.3)) == 0.35
    mostly = replace(every, true_px=np.full(40, 5.0))
    assert best_threshold(mostly, np.full(40, 0.3)) == 0.2
