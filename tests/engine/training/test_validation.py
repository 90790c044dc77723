import dataclasses

import numpy as np
import pytest
import torch

from seep.engine.decision import Decision
from seep.engine.training.validation import (
    MIN_THRESHOLD_TILES,
    Evaluator,
    TrainingStopped,
    best_threshold,
    choose_threshold,
)

CPU = torch.device("cpu")
TWO = Decision(class_per_slick=True)


def evaluator(tiles, decision=TWO, **settings):
    return Evaluator(tiles, CPU, decision, **settings)


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
    found = evaluator([make_tile(0), make_tile(1)])(checkpoint.model)
    assert found is not None
    assert found.loss > 0
    assert 0 <= found.binary_iou <= 1
    assert 0 <= found.mean_iou <= 1


def test_validation_and_hold_out_tiles_weigh_the_same_in_the_score(checkpoint, make_tile):
    here, there = [make_tile(0), make_tile(1), make_tile(2)], [make_tile(3)]
    fixed = {"decision": dataclasses.replace(TWO, threshold=0.2), "keep_threshold": True}
    both = evaluator(here, holdout=there, **fixed)(checkpoint.model)
    alone = [evaluator(some, **fixed)(checkpoint.model) for some in (here, there)]
    assert {one.threshold for one in (both, *alone)} == {0.2}
    assert (both.binary_iou, both.holdout_iou) == (alone[0].binary_iou, alone[1].binary_iou)
    assert both.score == pytest.approx((alone[0].score + alone[1].score) / 2)
    only = evaluator([], holdout=there, **fixed)(checkpoint.model)
    assert (only.binary_iou, only.holdout_iou, only.score) == (None, alone[1].score, alone[1].score)


def test_without_pixels_there_are_no_figures_and_a_stop_is_told(checkpoint, make_tile):
    tile = make_tile()
    unsure = dataclasses.replace(tile, mask=np.full_like(tile.mask, 255))
    assert evaluator([])(checkpoint.model) is None
    assert evaluator([unsure])(checkpoint.model) is None
    with pytest.raises(TrainingStopped):
        evaluator([tile], should_stop=lambda: True)(checkpoint.model)


def shaky(at, count=1000):
    """Tiles whose best threshold is `at`: what is above it is truth."""
    seep = np.linspace(0, 1, count)
    return seep, seep >= at


def test_another_threshold_has_to_gain_on_enough_tiles():
    few, enough = [shaky(0.2)] * (MIN_THRESHOLD_TILES - 1), [shaky(0.2)] * MIN_THRESHOLD_TILES
    assert choose_threshold(few, None) == pytest.approx(0.2, abs=0.01)
    assert choose_threshold(few, 0.42) == 0.42
    assert choose_threshold(enough, 0.42) == pytest.approx(0.2, abs=0.01)
    assert choose_threshold([shaky(0.418)] * MIN_THRESHOLD_TILES, 0.42) == 0.42


def test_one_tile_does_not_change_the_threshold():
    tiles = [shaky(0.42)] * MIN_THRESHOLD_TILES
    assert choose_threshold([*tiles, shaky(0.1, 50_000)], None) == pytest.approx(0.1, abs=0.01)
    assert choose_threshold([*tiles, shaky(0.1, 50_000)], 0.42) == 0.42


def test_the_threshold_of_a_checkpoint_is_kept_unless_it_is_asked_to_change(checkpoint, make_tile):
    tiles = [make_tile(0), make_tile(1)]
    best = evaluator(tiles)(checkpoint.model)
    near = dataclasses.replace(TWO, threshold=0.8 if best.threshold < 0.5 else 0.2)
    assert evaluator(tiles, near)(checkpoint.model).threshold == best.threshold
    assert evaluator(tiles, near, keep_threshold=True)(checkpoint.model).threshold == near.threshold


def test_the_temperature_of_the_card_is_applied_before_a_threshold_is_chosen(checkpoint, make_tile):
    tiles = [make_tile(0)]
    plain = evaluator(tiles)(checkpoint.model)
    warm = evaluator(tiles, dataclasses.replace(TWO, temperature=3.0))(checkpoint.model)
    assert warm.loss != plain.loss


def test_clean_sea_keeps_the_threshold(checkpoint, make_tile):
    tile = make_tile()
    clean = dataclasses.replace(tile, mask=np.zeros_like(tile.mask))
    with torch.no_grad():
        checkpoint.model.seep_head.bias.fill_(-20)
    found = evaluator([clean], dataclasses.replace(TWO, threshold=0.42), keep_threshold=True)(
        checkpoint.model
    )
    assert found.threshold == 0.42
    assert found.score is None
