import numpy as np
import pytest

from seep.core.masks.mask import UNSURE, Mask
from seep.core.metrics.average_precision import match_tile
from seep.core.metrics.evaluate import evaluate
from seep.core.metrics.slick_errors import SlickErrors

SIDE = 100


def empty() -> Mask:
    return np.zeros((SIDE, SIDE), np.uint8)


def band(top: int, height: int, value: int = 1) -> Mask:
    mask = empty()
    mask[top : top + height, :80] = value
    return mask


def test_false_area_is_counted_by_width_of_the_predicted_slick() -> None:
    errors, prediction = SlickErrors(), band(0, 4) + band(10, 20) + band(40, 50)
    errors.add(empty(), prediction)
    found = errors.to_dict(match_tile(empty(), prediction, None))
    assert found["false_px_per_mpx"] == {
        "narrow": 4 * 80 * 100,
        "medium": 20 * 80 * 100,
        "wide": 50 * 80 * 100,
        "all": 74 * 80 * 100,
    }
    assert (found["mostly_false_tiles"], found["slick_precision"], found["slick_recall"]) == (1, 0.0, None)


def test_unsure_and_invalid_pixels_are_not_counted() -> None:
    errors, valid = SlickErrors(), np.ones((SIDE, SIDE), bool)
    valid[50:] = False
    errors.add(band(0, 20, UNSURE), band(0, 20) + band(60, 20), valid)
    assert errors.false_px.sum() == 0
    assert errors.valid_px == 50 * SIDE - 20 * 80


def test_correct_prediction_has_no_errors() -> None:
    errors = SlickErrors()
    errors.add(band(0, 20), band(0, 20))
    found = errors.to_dict(match_tile(band(0, 20), band(0, 20), None))
    assert found["false_px_per_mpx"]["all"] == 0
    assert (found["mostly_false_tiles"], found["slick_precision"], found["slick_recall"]) == (0, 1.0, 1.0)


def test_tile_with_more_correct_than_false_area_is_not_mostly_false() -> None:
    errors = SlickErrors()
    errors.add(band(0, 20), band(0, 30))
    assert errors.mostly_false_tiles == 0


def test_evaluation_contains_errors_and_the_mean_over_scenes() -> None:
    pairs = [
        ("a.1", "a", band(0, 20), band(0, 20), None, None),
        ("b.1", "b", band(0, 20), band(0, 40), None, None),
        ("c.1", "c", empty(), empty(), None, None),
    ]
    found = evaluate(pairs, 2)
    assert found["figures"]["mean_scene_iou"] == pytest.approx((1 + 0.5) / 2)
    assert found["slick_errors"]["slick_precision"] == 1.0
    assert found["slick_errors"]["false_px_per_mpx"]["all"] == pytest.approx(20 * 80 / 0.03)


def test_wide_dark_areas_are_counted_apart() -> None:
    errors, prediction = SlickErrors(), band(0, 4) + band(40, 50)
    errors.add(band(40, 50), prediction)
    errors.add(empty(), band(40, 50))
    errors.add(band(40, 10), band(40, 60))
    assert errors.to_dict([])["wide_areas"] == {
        "count": 3,
        "predicted_px": 160 * 80,
        "true_px": 60 * 80,
    }
