"""What tiles are ordered by, and the order itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seep.core.acquisition import (
    RankedTile,
    confidence,
    contradiction,
    disagreement,
    likely_wrong,
    rank_tiles,
    usefulness,
)


def _square(side: int, at: int = 0) -> np.ndarray:
    mask = np.zeros((16, 16), bool)
    mask[at : at + side, at : at + side] = True
    return mask


def test_masks_that_are_alike_or_all_empty_do_not_disagree() -> None:
    """Plain sea, and a slick that every member sees."""
    assert disagreement([_square(4)] * 3) == 0
    assert disagreement([_square(0)] * 4) == 0
    assert disagreement([_square(4)]) == disagreement([]) == 0


def test_disagreement_is_one_minus_the_mean_dice_of_pairs() -> None:
    """Pairs: alike 1, half shared 2 * 4 / (8 + 4), with an empty one 0."""
    half = _square(4) & (np.arange(16) < 2)
    assert disagreement([_square(4), half]) == pytest.approx(1 - 2 * 8 / (16 + 8))
    assert disagreement([_square(4), _square(4), _square(0)]) == pytest.approx(1 - 1 / 3)
    assert disagreement([_square(4), _square(4, 8)]) == 1


def test_usefulness_is_the_mean_entropy_of_valid_pixels() -> None:
    """One bit where nothing is decided, none where all is; nodata does not dilute it."""
    valid = np.ones((16, 16), bool)
    assert usefulness(np.full((16, 16), 0.5, np.float32), valid) == 1
    assert usefulness(_square(4).astype(np.float32), valid) == 0
    part = np.where(_square(8), 0.5, 0).astype(np.float32)
    assert usefulness(part, valid) == pytest.approx(0.25)
    assert usefulness(part, _square(8)) == 1
    assert usefulness(part, np.zeros((16, 16), bool)) == 0


def test_sea_is_sure_and_sea_with_a_near_slick_is_not() -> None:
    """An empty mask is judged by the highest probability, not by a Dice that would always be 0."""
    empty = np.zeros((16, 16), np.uint8)
    assert confidence(np.full((16, 16), 0.06, np.float32), empty) == pytest.approx(0.94)
    assert confidence(np.where(_square(2), 0.4, 0.01).astype(np.float32), empty) == pytest.approx(0.6)
    assert confidence(_square(4).astype(np.float32), _square(4).astype(np.uint8) * 3) == 1
    spread = np.where(_square(4), 0.6, 0.3).astype(np.float32)
    assert confidence(spread, _square(4)) < 0.3


def _rows(*given: tuple[str, int, float]) -> list[RankedTile]:
    return [
        RankedTile(at, scene, class_id, {"useful": value})
        for at, (scene, class_id, value) in enumerate(given)
    ]


def test_useful_goes_round_classes_and_scenes() -> None:
    """The best of each stratum first, each round by value; within a stratum by value."""
    rows = _rows(("a", 1, 0.9), ("a", 1, 0.8), ("a", 2, 0.1), ("b", 1, 0.5), ("b", 1, 0.7), ("a", 1, 0.85))
    assert rank_tiles("useful", rows, 0) == [0, 4, 2, 5, 3, 1]


def test_every_tenth_useful_tile_is_drawn_at_random() -> None:
    """In a hundred tiles of one stratum those out of the ranking stand at every tenth place."""
    rows = _rows(*(("a", 1, 1 - at / 1000) for at in range(1000)))
    found = rank_tiles("useful", rows, 3)
    at_random = found[9::10][:50]
    ranked = [one for at, one in enumerate(found[:500], 1) if at % 10]
    assert ranked == sorted(ranked)
    assert max(at_random) > 700
    assert rank_tiles("useful", rows, 3) == found != rank_tiles("useful", rows, 4)


def test_other_orders_go_by_value_and_missing_values_come_last() -> None:
    """Ties by id, whatever order the rows came in."""
    rows = [
        RankedTile(3, "a", 0, {"likely_wrong": 0.5}),
        RankedTile(1, "a", 0, {"likely_wrong": 0.5}),
        RankedTile(2, "a", 0, {}),
        RankedTile(4, "a", 0, {"likely_wrong": 0.9}),
    ]
    assert rank_tiles("likely_wrong", rows, 0) == [4, 1, 3, 2]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.floats(0, 1)), max_size=60),
    st.sampled_from(["useful", "random", "likely_wrong"]),
    st.integers(0, 9),
)
def test_every_tile_comes_once(given_rows: list[tuple[str, int, float]], order: str, seed: int) -> None:
    """Whatever the order and the strata."""
    rows = _rows(*given_rows)
    assert sorted(rank_tiles(order, rows, seed)) == [row.id for row in rows]


def test_an_empty_prediction_is_likely_wrong_as_far_as_a_slick_was_nearly_found() -> None:
    """Clean sea last, a slick under the threshold first, speckle hardly; a mask by disagreement as ever."""
    empty = np.zeros((16, 16), np.uint8)
    nothing = [_square(0)] * 4
    sea = np.full((16, 16), 0.02, np.float32)
    assert likely_wrong(nothing, sea, empty, 0.4) == pytest.approx(0.05)
    assert likely_wrong(nothing, np.where(_square(5), 0.3, sea), empty, 0.4) == pytest.approx(0.75)
    assert likely_wrong(nothing, np.where(_square(1), 0.39, sea), empty, 0.4) < 0.1
    assert likely_wrong([_square(4)] * 2, sea, _square(4), 0.4) == 0
    assert likely_wrong([], sea[:0], empty[:0], 0.4) == 0


def test_a_model_contradicts_only_where_it_is_sure() -> None:
    """A missed slick of a sure model counts, an undecided one and a few pixels hardly; unsure pixels not."""
    accepted = np.zeros((16, 16), np.uint8)
    everywhere = np.ones((16, 16), bool)
    sure = np.where(_square(10), 0.99, 0.01).astype(np.float32)
    assert contradiction(sure, sure > 0.5, accepted, everywhere) == pytest.approx(98 / 118)
    assert contradiction(sure, sure > 0.5, accepted, ~_square(10)) == 0
    assert contradiction(sure, sure > 0.5, _square(10), everywhere) == 0
    unsure = np.where(_square(10), 0.52, 0.01).astype(np.float32)
    assert contradiction(unsure, unsure > 0.5, accepted, everywhere) == pytest.approx(4 / 24)
    assert contradiction(sure, _square(2), accepted, everywhere) < 0.2
