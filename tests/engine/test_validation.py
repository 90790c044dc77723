import dataclasses

import numpy as np
import pytest
import torch

from seep.engine.validation import best_threshold, validate

CPU = torch.device("cpu")


def test_the_threshold_between_two_groups_is_found():
    seep = np.array([0.1, 0.3, 0.35, 0.62, 0.7, 0.9])
    truth = np.array([False, False, False, True, True, True])
    threshold, score = best_threshold(seep, truth)
    assert 0.35 < threshold < 0.62
    assert score == 1.0


def test_the_score_is_the_iou_at_that_threshold():
    random = np.random.default_rng(0)
    truth = random.random(5000) < 0.1
    seep = np.clip(random.normal(0.3, 0.15, 5000) + 0.3 * truth, 0, 1)
    threshold, score = best_threshold(seep, truth)
    binary = seep >= threshold
    assert score == pytest.approx((binary & truth).sum() / (binary | truth).sum())


def test_clean_sea_predicted_clean_has_no_score():
    assert best_threshold(np.full(10, 0.01), np.zeros(10, bool)) == (0.5, None)


def test_figures_of_tiles(checkpoint, make_tile):
    found = validate(checkpoint.model, [make_tile(0), make_tile(1)], CPU)
    assert found is not None
    assert found.loss > 0
    assert 0 <= found.binary_iou <= 1
    assert 0 <= found.mean_iou <= 1


def test_without_pixels_or_when_told_to_stop_there_are_no_figures(checkpoint, make_tile):
    tile = make_tile()
    unsure = dataclasses.replace(tile, mask=np.full_like(tile.mask, 255))
    assert validate(checkpoint.model, [], CPU) is None
    assert validate(checkpoint.model, [unsure], CPU) is None
    assert validate(checkpoint.model, [tile], CPU, should_stop=lambda: True) is None
