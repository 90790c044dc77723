from math import log

import pytest
import torch

from seep.engine.training.losses.cross_entropy import binary_cross_entropy, cross_entropy, focal
from seep.engine.training.losses.targets import UNKNOWN_CLASS
from tests.engine.training.losses.making import asked

PIXELS = asked([[0.7, 0.2], [0.2, 0.3], [0.1, 0.5]], [0, 2])
WEIGHTS = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)


def test_cross_entropy_is_the_mean_of_minus_log_p():
    assert float(cross_entropy(PIXELS)) == pytest.approx(-(log(0.7) + log(0.5)) / 2)


def test_weights_divide_by_their_own_sum():
    by_hand = -(1 * log(0.7) + 3 * log(0.5)) / 4
    assert float(cross_entropy(PIXELS, WEIGHTS)) == pytest.approx(by_hand)


def test_binary_cross_entropy_takes_all_seep_together():
    assert float(binary_cross_entropy(PIXELS)) == pytest.approx(-(log(0.7) + log(0.3 + 0.5)) / 2)


def test_focal_by_hand():
    by_hand = -(0.3**2 * log(0.7) + 3 * 0.5**2 * log(0.5)) / 2
    assert float(focal(PIXELS, WEIGHTS)) == pytest.approx(by_hand)


def test_focal_without_focus_is_cross_entropy():
    assert float(focal(PIXELS, gamma=0.0)) == pytest.approx(float(cross_entropy(PIXELS)))


def test_seep_of_no_known_class_may_be_of_any():
    pixels = asked([[0.7, 0.2], [0.2, 0.3], [0.1, 0.5]], [0, UNKNOWN_CLASS])
    assert float(cross_entropy(pixels)) == pytest.approx(-(log(0.7) + log(0.3 + 0.5)) / 2)
    by_hand = -(1 * log(0.7) + 2.5 * log(0.8)) / 3.5
    assert float(cross_entropy(pixels, WEIGHTS)) == pytest.approx(by_hand)


@pytest.mark.parametrize("loss", [cross_entropy, binary_cross_entropy, focal])
def test_nothing_asked_costs_nothing(loss):
    assert float(loss(asked([[], [], []], []))) == 0
