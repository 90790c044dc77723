from collections import Counter

import numpy as np
import pytest

from research import slick_head, slick_refit
from research.slick_head import PredictedTile
from research.slick_refit import BEFORE, NETWORK, customer
from seep.engine.slick_head import HeadTraining, SlickExamples, SlickHead
from tests.research.test_slick_head import tile

SCENES = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[SlickExamples]:
    """What each head is trained on, in turn."""
    given = list[SlickExamples]()

    def fit(examples: SlickExamples, _: HeadTraining) -> tuple[SlickHead, float]:
        given.append(examples)
        return SlickHead(), 0.5

    monkeypatch.setattr(slick_refit, "fit_slick_head", fit)
    return given


def numbers(tiles: list[PredictedTile]) -> set[int]:
    return {*slick_head.by_tile(tiles).groups.tolist()}


def test_no_head_is_trained_on_the_tiles_that_test_it(fitted: list[SlickExamples]) -> None:
    tiles = [tile(scene) for scene in "abcdefgh"]
    rows = [*customer(tiles, "abcdgh", [2, 9], 0)]
    learned_from = [f"{count} tiles, {way}" for count in (2, 9) for way in ("with the others", "alone")]
    names = Counter(name for name, _, _ in rows)
    assert names == dict.fromkeys((NETWORK, BEFORE, *learned_from), 2)
    others, first, alone, all_of_half, all_alone, *second_half = fitted
    assert {*others.groups.tolist()} == numbers([tile("e"), tile("f")])
    assert (len(alone), len(first), len(all_alone), len(all_of_half)) == (4, 8, 6, 10)
    halves = [{name for name, _, _, _, _, _ in pairs} for name, pairs, _ in rows if name == NETWORK]
    assert halves[0] | halves[1] == {f"{scene}.0" for scene in "abcdgh"}
    for tested, learned in ((halves[0], fitted[1:5]), (halves[1], second_half)):
        seen = numbers([one for one in tiles if one.name in tested])
        assert not any(seen & {*examples.groups.tolist()} for examples in learned)


def test_what_cannot_be_measured_is_left_out(fitted: list[SlickExamples]) -> None:
    tiles = [tile(scene) for scene in SCENES]
    assert not [*customer(tiles, "a", [9], 0)]
    assert not [*customer(tiles, "abcdf", [9], 0)]  # one slick and one look-alike outside
    without = [one for one in tiles if one.scene != "b"]
    assert not [*customer(without, "ab", [9], 0)]
    fitted.clear()
    names = Counter(name for name, _, _ in customer(tiles, "abcd", [1, 2], 0))
    both = ("1 tiles, with the others", "2 tiles, with the others", "2 tiles, alone")
    assert names == dict.fromkeys((NETWORK, BEFORE, *both), 2)
    assert all(1 < one.is_slick.sum() < len(one) - 1 for one in fitted)


def test_the_table_has_a_line_per_row() -> None:
    result = {
        "variant": "1 tiles, alone",
        "per_scene": {},
        "mean_over_scenes": dict.fromkeys(slick_refit.SHOWN, 0.25),
    }
    gain = {key: {"difference": 0.01, "low": -0.02, "high": 0.04} for key in slick_refit.PAIRED}
    facts = [{"row": "1 tiles, alone", "auc": auc} for auc in (0.5, 0.75, None)]
    *_, line = slick_refit.table([result], {"1 tiles, alone": gain}, facts).splitlines()
    assert line.startswith("| 1 tiles, alone | 0.250 |")
    assert "| 0.625 | +0.010 (-0.020 to +0.040) |" in line
    assert np.all([name in slick_refit.table([], {}, []) for name in slick_refit.SHOWN])
