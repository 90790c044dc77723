import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from seep.core.masks.mask import UNSURE
from seep.core.metrics.centerline import Counts, cldice, tolerance_counts


def line(column: int, width: int = 1) -> np.ndarray:
    mask = np.zeros((20, 30), np.uint8)
    mask[:, column : column + width] = 1
    return mask


@pytest.mark.parametrize(("shift", "f1"), [(0, 1), (1, 1), (2, 1), (3, 0)])
def test_a_shifted_line_is_found_within_the_tolerance(shift, f1):
    assert tolerance_counts(line(10), line(10 + shift), radius_px=2).f1 == f1


def test_distance_is_euclidean():
    truth, prediction = np.zeros((9, 9), np.uint8), np.zeros((9, 9), np.uint8)
    truth[4, 4] = 1
    prediction[6, 6] = 1
    assert tolerance_counts(truth, prediction, 2).confirmed == 0
    assert tolerance_counts(truth, prediction, 3).confirmed == 1


def test_precision_and_recall_are_told_apart():
    counts = tolerance_counts(line(5) + line(20), line(5), radius_px=2)
    assert (counts.precision, counts.recall) == (1, 0.5)
    assert counts.f1 == pytest.approx(2 / 3)


def test_class_does_not_matter_but_unsure_and_invalid_pixels_do():
    truth, prediction = line(5) * 3, line(5) * 2
    assert tolerance_counts(truth, prediction).f1 == 1
    unsure = line(5) * UNSURE
    assert tolerance_counts(unsure, prediction) == Counts()
    assert tolerance_counts(truth, prediction, valid=np.zeros(truth.shape, bool)) == Counts()


def test_one_side_empty_scores_zero_and_both_empty_nothing():
    empty = np.zeros((20, 30), np.uint8)
    alarm = tolerance_counts(empty, line(5))
    assert (alarm.precision, alarm.recall, alarm.f1) == (0, None, 0)
    miss = tolerance_counts(line(5), empty)
    assert (miss.precision, miss.recall, miss.f1) == (None, 0, 0)
    assert tolerance_counts(empty, empty).f1 is None
    assert cldice(empty, empty) is None
    assert cldice(line(5), empty) == 0


def test_counts_of_tiles_add_up():
    assert Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40) == Counts(11, 22, 33, 44)


def test_cldice_forgives_width_but_not_a_gap():
    wide, thin = line(8, width=7), line(11)
    assert cldice(wide, thin) > 0.9  # thinning shortens the ends
    broken = thin.copy()
    broken[8:12] = 0
    assert cldice(wide, broken) < cldice(wide, thin) - 0.1


def test_cldice_of_lines_apart_is_zero():
    assert cldice(line(3), line(20)) == 0


@pytest.mark.parametrize("radius_px", [1, 2, 5])
def test_the_tolerance_agrees_with_scipys_distances(radius_px):
    random = np.random.default_rng(radius_px)
    truth, prediction = ((random.random((60, 50)) < 0.02).astype(np.uint8) for _ in range(2))
    found = tolerance_counts(truth, prediction, radius_px)
    to_truth, to_prediction = (distance_transform_edt(mask == 0) for mask in (truth, prediction))
    assert found.confirmed == np.count_nonzero(to_truth[prediction > 0] <= radius_px)
    assert found.found == np.count_nonzero(to_prediction[truth > 0] <= radius_px)
    assert 0 < found.confirmed < found.predicted
