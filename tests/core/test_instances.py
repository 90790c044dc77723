import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from seep.core.instances import ANY_CLASS, THRESHOLDS, Matches, average_precision, match_tile
from seep.core.mask import UNSURE


def squares(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Squares of (class, row, column, side) on an empty mask."""
    mask = np.zeros((40, 40), np.uint8)
    for class_id, row, column, side in boxes:
        mask[row : row + side, column : column + side] = class_id
    return mask


def figures(truth, prediction, probability=None, valid=None, class_count=4):
    return average_precision(match_tile(truth, prediction, probability, valid), class_count)


def test_thresholds_are_a_quarter_then_cocos():
    assert THRESHOLDS == (0.25, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def test_a_perfect_prediction_has_average_precision_one():
    mask = squares((1, 2, 2, 5), (1, 20, 20, 5), (3, 2, 30, 4))
    found = figures(mask, mask)
    assert found["any_class"] == {"ap25": 1, "ap50": 1, "ap50_95": 1}
    assert found["mean"] == {"ap25": 1, "ap50": 1, "ap50_95": 1}
    assert found["per_class"][1] == {"ap25": None, "ap50": None, "ap50_95": None}
    assert found["true_count"] == [2, 0, 1]


def test_iou_decides_from_which_threshold_on_an_object_is_missed():
    # 10 x 10 against its upper 10 x 6: IoU 0.6, so hit at .5, .55 and .6 of ten thresholds.
    truth, prediction = squares((1, 5, 5, 10)), squares((1, 5, 5, 10))
    prediction[11:] = 0
    found = figures(truth, prediction)["any_class"]
    assert (found["ap25"], found["ap50"]) == (1, 1)
    assert found["ap50_95"] == pytest.approx(0.3)


def test_the_right_place_with_the_wrong_class_counts_only_regardless_of_class():
    found = figures(squares((1, 5, 5, 6)), squares((2, 5, 5, 6)))
    assert found["any_class"]["ap50"] == 1
    assert found["per_class"][0]["ap50"] == 0
    assert found["per_class"][1]["ap50"] is None  # no true object of class 2


def test_a_false_alarm_costs_only_when_it_scores_above_a_hit():
    truth = squares((1, 2, 2, 5))
    prediction = squares((1, 2, 2, 5), (1, 20, 20, 5))
    probability = np.where(truth > 0, 0.9, 0.4)
    assert figures(truth, prediction, probability)["any_class"]["ap50"] == 1
    assert figures(truth, prediction, 1 - probability)["any_class"]["ap50"] == 0.5


def test_two_predictions_cannot_claim_one_object():
    truth = squares((1, 10, 10, 10))
    prediction = truth.copy()
    prediction[14:16] = 0  # cut in two parts of 40 of 100 pixels
    (agnostic,) = [one for one in match_tile(truth, prediction, None) if one.class_id == ANY_CLASS]
    assert agnostic.hits[0].sum() == 1
    assert agnostic.hits[1].sum() == 0


def test_unsure_and_invalid_parts_of_either_mask_are_left_out():
    truth, prediction = squares((1, 2, 2, 5)), squares((1, 2, 2, 5), (1, 20, 20, 5), (1, 30, 2, 5))
    truth[18:27, 18:27] = UNSURE
    valid = np.ones(truth.shape, bool)
    valid[28:] = False
    (one, agnostic) = match_tile(truth, prediction, None, valid)
    assert one.scores.size == agnostic.scores.size == 1
    assert agnostic.hits.all()


def test_empty_tiles_match_nothing():
    empty = squares()
    assert match_tile(empty, empty, None) == []
    assert figures(squares((1, 2, 2, 5)), empty)["any_class"]["ap50"] == 0
    assert figures(empty, squares((1, 2, 2, 5)))["any_class"]["ap50"] is None


def test_average_precision_worked_out_by_hand():
    # Hit, miss, hit, of 4: precision 1 up to recall 1/4, then 2/3 up to 2/4.
    hits = np.tile([True, False, True], (len(THRESHOLDS), 1))
    matches = [Matches(ANY_CLASS, 4, np.array([0.9, 0.5, 0.3]), hits)]
    assert average_precision(matches, 2)["any_class"]["ap50"] == pytest.approx((1 + 2 / 3) / 4)


def test_objects_of_many_tiles_are_ranked_together_as_scikit_learn_does():
    # Scikit-learn does not make precision falling, so in this order of hits it falls by itself.
    scores = np.linspace(1, 0.1, 10)
    hits = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], bool)
    matches = [
        Matches(ANY_CLASS, 2, scores[half], np.tile(hits[half], (len(THRESHOLDS), 1)))
        for half in (slice(0, None, 2), slice(1, None, 2))
    ]
    found = average_precision(matches, 2)["any_class"]["ap50"]
    assert found == pytest.approx(average_precision_score(hits, scores))
