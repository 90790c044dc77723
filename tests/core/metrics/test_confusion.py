import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    jaccard_score,
    precision_score,
    recall_score,
)

from seep.core.masks.mask import UNSURE
from seep.core.metrics.confusion import confusion, mean_of, ratio, scores
from seep.errors import MaskError


@pytest.fixture
def pair():
    generator = np.random.default_rng(3)
    truth = generator.choice(8, size=(60, 70), p=[0.8, *[0.2 / 7] * 7]).astype(np.uint8)
    prediction = np.where(generator.random(truth.shape) < 0.7, truth, generator.choice(8, size=truth.shape))
    return truth, prediction.astype(np.uint8)


def test_counts_are_those_of_scikit_learn(pair):
    truth, prediction = pair
    reference = confusion_matrix(truth.ravel(), prediction.ravel(), labels=range(8))
    np.testing.assert_array_equal(confusion(truth, prediction, 8), reference)


def test_figures_are_those_of_scikit_learn(pair):
    truth, prediction = pair
    found = scores(confusion(truth, prediction, 8))
    true, predicted = truth.ravel() > 0, prediction.ravel() > 0
    assert found["binary_iou"] == pytest.approx(jaccard_score(true, predicted))
    assert found["binary_dice"] == pytest.approx(f1_score(true, predicted))
    assert found["precision"] == pytest.approx(precision_score(true, predicted))
    assert found["recall"] == pytest.approx(recall_score(true, predicted))
    assert found["pixel_accuracy"] == pytest.approx(accuracy_score(truth.ravel(), prediction.ravel()))
    reference = jaccard_score(truth.ravel(), prediction.ravel(), labels=range(8), average=None)
    assert found["iou_per_class"] == pytest.approx(reference)
    assert found["mean_iou_all"] == pytest.approx(reference.mean())
    assert found["mean_iou_seep"] == pytest.approx(reference[1:].mean())


def test_figures_are_those_worked_out_by_hand():
    truth = np.array([[1, 1, 2, 0, 0, 0]], np.uint8)
    prediction = np.array([[1, 2, 2, 2, 0, 0]], np.uint8)
    found = scores(confusion(truth, prediction, 4))
    assert found["binary_iou"] == 3 / 4
    assert found["binary_dice"] == 6 / 7
    assert found["precision"] == 3 / 4
    assert found["recall"] == 1
    assert found["pixel_accuracy"] == 4 / 6
    assert found["iou_per_class"] == [2 / 3, 1 / 2, 1 / 3, None]
    assert found["mean_iou_seep"] == pytest.approx(5 / 12)
    assert found["mean_iou_all"] == pytest.approx(1 / 2)
    assert found["support_px"] == [3, 2, 1, 0]


def test_unsure_and_invalid_pixels_do_not_count():
    truth = np.array([[1, UNSURE, 1, 0]], np.uint8)
    prediction = np.array([[1, 1, 0, 1]], np.uint8)
    valid = np.array([[True, True, False, True]])
    assert confusion(truth, prediction, 2, valid).tolist() == [[0, 1], [0, 1]]


def test_nothing_to_judge_is_no_support_and_neither_0_nor_1():
    empty = np.zeros((3, 3), np.uint8)
    found = scores(confusion(empty, empty, 3))
    assert found["iou_per_class"] == [1, None, None]
    assert [
        found[name] for name in ("binary_iou", "binary_dice", "precision", "recall", "mean_iou_seep")
    ] == [None] * 5
    nothing = scores(confusion(empty, empty, 3, np.zeros((3, 3), bool)))
    assert nothing["mean_iou_all"] is None


def test_false_alarms_without_truth_score_zero():
    found = scores(np.array([[5, 2], [0, 0]]))
    assert (found["binary_iou"], found["precision"], found["recall"]) == (0, 0, None)


def test_matrices_of_tiles_add_up_to_that_of_the_set(pair):
    truth, prediction = pair
    halves = confusion(truth[:30], prediction[:30], 8) + confusion(truth[30:], prediction[30:], 8)
    np.testing.assert_array_equal(halves, confusion(truth, prediction, 8))


@pytest.mark.parametrize("where", ["truth", "prediction"])
def test_ids_out_of_range_are_refused(where):
    good, bad = np.zeros((2, 2), np.uint8), np.full((2, 2), 9, np.uint8)
    with pytest.raises(MaskError, match="beyond 7"):
        confusion(*((bad, good) if where == "truth" else (good, bad)), 8)


def test_ratio_and_mean_know_no_support():
    assert ratio(1, 0) is None
    assert mean_of([None, 0.5, 1.0]) == 0.75
    assert mean_of([None]) is None
