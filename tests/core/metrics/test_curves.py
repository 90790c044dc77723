import json

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score

from seep.core.masks.mask import UNSURE
from seep.core.metrics.curves import NEAR_PX, Curves, calibration


def tile(seed: int = 0, side: int = 64):
    """A truth of two classes and probabilities that know something of it."""
    random = np.random.default_rng(seed)
    truth = np.zeros((side, side), np.uint8)
    truth[5:20, 5:60], truth[30:40, 5:60] = 1, 2
    logits = random.normal(0, 1, (3, side, side)) + 1.5 * (truth == np.arange(3)[:, None, None])
    # Whole steps, so that histograms lose nothing against the library.
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=0)
    return truth, (np.floor(probabilities * 64) / 64).astype(np.float32)


def test_average_precision_agrees_with_an_independent_library():
    curves = Curves(3)
    parts = [tile(seed) for seed in (0, 1)]
    for truth, probabilities in parts:
        curves.add(truth, probabilities, (truth > 0).astype(np.uint8), np.ones(truth.shape, bool))
    found = curves.to_dict()
    for class_id in (1, 2):
        held = np.concatenate([(truth == class_id).ravel() for truth, _ in parts])
        score = np.concatenate([probabilities[class_id].ravel() for _, probabilities in parts])
        expected = average_precision_score(held, score)
        assert found["per_class"][class_id - 1]["average_precision"] == pytest.approx(expected, abs=1e-9)


def test_unsure_and_invalid_pixels_count_nowhere():
    truth, probabilities = tile()
    valid = np.ones(truth.shape, bool)
    valid[:, :10] = False
    unsure = truth.copy()
    unsure[:, 50:] = UNSURE
    one, other = Curves(3), Curves(3)
    one.add(unsure, probabilities, truth, valid)
    changed = probabilities.copy()
    changed[:, :, :10], changed[:, :, 50:] = 0.5, 0.5
    other.add(unsure, changed, truth, valid)
    assert one.to_dict() == other.to_dict()
    assert one.hits.sum() + one.alarms.sum() == 3 * 40 * 64


def test_a_class_without_a_true_pixel_has_no_curve():
    truth, probabilities = tile()
    curves = Curves(3)
    curves.add(np.where(truth == 2, 0, truth).astype(np.uint8), probabilities, truth, truth >= 0)
    found = json.loads(json.dumps(curves.to_dict(), allow_nan=False))
    assert found["per_class"][1] is None
    assert found["any_seep"] is not None


def test_calibration_by_hand():
    true, pixels = np.zeros(256, np.int64), np.zeros(256, np.int64)
    pixels[25], true[25] = 100, 20  # said 25.5/256, 20 % were seep
    pixels[230], true[230] = 300, 240  # said 230.5/256, 80 % were seep
    found = calibration(true, pixels)
    low, high = 25.5 / 256, 230.5 / 256
    assert found["predicted"][0] == pytest.approx(low)
    assert found["observed"][9] == pytest.approx(0.8)
    assert found["error"] == pytest.approx((abs(low - 0.2) * 100 + abs(high - 0.8) * 300) / 400)
    assert calibration(true * 0, pixels * 0)["error"] is None


def test_calibration_looks_near_seeps_only():
    truth = np.zeros((128, 128), np.uint8)
    truth[60:64, 60:64] = 1
    probabilities = np.stack((np.full((128, 128), 0.9), np.full((128, 128), 0.1)))
    curves = Curves(2)
    curves.add(truth, probabilities, np.zeros_like(truth), np.ones(truth.shape, bool))
    counted = sum(curves.to_dict()["calibration"]["pixels"])
    assert 16 < counted <= (4 + 2 * NEAR_PX) ** 2


def test_calibration_agrees_with_an_independent_library():
    random = np.random.default_rng(4)
    steps = random.integers(0, 256, 5000)
    held = random.random(5000) < (steps / 256) ** 1.5
    pixels = np.bincount(steps, minlength=256)
    found = calibration(np.bincount(steps[held], minlength=256), pixels)
    observed, predicted = calibration_curve(held, (steps + 0.5) / 256, n_bins=10)
    assert found["observed"] == pytest.approx(list(observed))
    assert found["predicted"] == pytest.approx(list(predicted))
