import numpy as np
import pytest
import torch

from seep.core.masks.slick_features import FEATURES
from seep.engine import slick_head
from seep.engine.slick_head import (
    HeadTraining,
    SlickExamples,
    SlickHead,
    joined_examples,
    train_slick_head,
)

QUICK = HeadTraining(steps=150, batch_slicks=128)


def slicks(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Slicks lie in a band of one feature, so no threshold and no line separates them."""
    values = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    return values * np.array([1, 20, 1, 0.1, 1], np.float32) + 3, np.abs(values[:, 1]) < 0.6


def test_it_learns_a_relation_that_is_not_linear() -> None:
    features, is_slick = slicks(600, 0)
    head = train_slick_head(features, is_slick, np.ones(600), QUICK)
    unseen, truth = slicks(400, 1)
    assert ((head.probabilities(unseen) > 0.5) == truth).mean() > 0.9


def test_weights_of_zero_leave_slicks_out() -> None:
    features, is_slick = slicks(400, 0)
    wrong = np.concatenate([is_slick, ~is_slick])
    weights = np.concatenate([np.ones(400), np.zeros(400)])
    head = train_slick_head(np.concatenate([features, features]), wrong, weights, QUICK)
    assert ((head.probabilities(features) > 0.5) == is_slick).mean() > 0.9


def examples(groups: list[int]) -> SlickExamples:
    """Half of each slick is true."""
    count = len(groups)
    features = np.arange(count, dtype=np.float32)[:, np.newaxis].repeat(len(FEATURES), axis=1)
    return SlickExamples(
        features, np.array(groups), np.full(count, 4.0), np.full(count, 2.0), np.ones(count, int)
    )


def test_newer_examples_replace_those_of_their_tiles() -> None:
    found = examples([1, 1, 2, 3]).updated(examples([1, 4]), groups=[1, 3, 4])
    assert found.groups.tolist() == [2, 1, 4]
    assert found.features[:, 0].tolist() == [2, 0, 1]
    assert len(joined_examples([])) == 0
    assert joined_examples([]).updated(examples([5]), [5]).groups.tolist() == [5]


def test_only_the_newest_examples_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slick_head, "MAX_EXAMPLES", 3)
    assert examples([1, 2]).updated(examples([3, 3]), [3]).groups.tolist() == [2, 3, 3]


def test_the_same_seed_gives_the_same_head() -> None:
    features, is_slick = slicks(50, 0)
    settings = HeadTraining(steps=5)
    heads = [train_slick_head(features, is_slick, np.ones(50), settings) for _ in range(2)]
    other = train_slick_head(features, is_slick, np.ones(50), HeadTraining(steps=5, seed=1))
    first, again = (head.probabilities(features) for head in heads)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other.probabilities(features))


def test_an_unusual_slick_gets_the_answer_of_the_limit() -> None:
    features, is_slick = slicks(200, 0)
    head = train_slick_head(features, is_slick, np.ones(200), HeadTraining(steps=20))
    far = np.stack([features[0], features[0]])
    far[:, 2] = [1e3, 1e9]
    assert np.ptp(head.probabilities(far)) == 0


def test_its_state_restores_it() -> None:
    features, is_slick = slicks(60, 0)
    head = train_slick_head(features, is_slick, np.ones(60), HeadTraining(steps=5))
    copy = SlickHead(5)
    copy.load_state_dict(head.state_dict())
    np.testing.assert_array_equal(copy.probabilities(features), head.probabilities(features))
    assert head.probabilities(features[:0]).shape == (0,)


def test_training_leaves_the_random_numbers_of_others_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    features, is_slick = slicks(20, 0)
    train_slick_head(features, is_slick, np.ones(20), HeadTraining(steps=2))
    torch.testing.assert_close(torch.rand(2), expected)
    with pytest.raises(ValueError, match="at least 2 slicks, got 1"):
        train_slick_head(features[:1], is_slick[:1], np.ones(1))
