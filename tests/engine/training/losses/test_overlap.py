import pytest

from seep.engine.training.losses.overlap import dice, focal_tversky, jaccard, tversky
from tests.engine.training.losses.making import asked

# One seep class, three pixels: 0.8 and 0.4 where there is seep, 0.1 where there is none.
# Soft TP 1.2, FN 0.8, FP 0.1; 1 is added above and below.
PIXELS = asked([[0.2, 0.6, 0.9], [0.8, 0.4, 0.1]], [1, 1, 0])


def test_dice_by_hand():
    assert float(dice(PIXELS)) == pytest.approx(1 - (1.2 + 1) / (1.2 + 0.5 * 0.8 + 0.5 * 0.1 + 1))


def test_jaccard_by_hand():
    assert float(jaccard(PIXELS)) == pytest.approx(1 - (1.2 + 1) / (1.2 + 0.8 + 0.1 + 1))


def test_tversky_minds_misses_more_than_false_alarms():
    assert float(tversky(PIXELS)) == pytest.approx(1 - 2.2 / (2.2 + 0.7 * 0.8 + 0.3 * 0.1))


def test_focal_tversky_is_its_root():
    assert float(focal_tversky(PIXELS)) == pytest.approx(float(tversky(PIXELS)) ** 0.75)


def test_classes_count_alike_and_absent_ones_not():
    # Class 1: TP 0.6, FN 0.4, FP 0.1; class 2 is absent from the truth and predicted at 0.2 in all.
    pixels = asked([[0.3, 0.8], [0.6, 0.1], [0.1, 0.1]], [1, 0])
    assert float(jaccard(pixels)) == pytest.approx(1 - 1.6 / 2.1)


def test_false_alarms_on_clean_sea_cost():
    clean = asked([[0.5, 0.5], [0.5, 0.5]], [0, 0])
    assert float(dice(clean)) == pytest.approx(1 - 1 / 1.5)


@pytest.mark.parametrize("loss", [dice, jaccard, tversky])
def test_nothing_asked_costs_nothing(loss):
    assert float(loss(asked([[], []], []))) == 0
