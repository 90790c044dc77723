import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import t as student

from seep.core.metrics.intervals import (
    binary_iou_interval,
    class_iou_intervals,
    paired_difference,
    small_sample_factor,
    wilson,
)


def matrix(hit: int, false_alarm: int, miss: int) -> np.ndarray:
    return np.array([[1000, false_alarm], [miss, hit]], np.int64)


def test_scenes_that_agree_have_a_narrow_interval():
    same = {f"s{number}": matrix(50, 25, 25) for number in range(5)}
    assert binary_iou_interval(same) == (0.5, 0.5)


def test_the_interval_holds_the_figure_and_widens_with_the_scenes_spread():
    generator = np.random.default_rng(1)
    hits = generator.integers(20, 80, size=12)
    spread = {f"s{number}": matrix(int(hit), 10, 100 - int(hit)) for number, hit in enumerate(hits)}
    low, high = binary_iou_interval(spread)
    figure = hits.sum() / (12 * 110)
    assert low < figure < high
    assert 0.05 < high - low < 0.4


def test_the_same_seed_gives_the_same_interval():
    spread = {f"s{number}": matrix(10 + 9 * number, 10, 40) for number in range(6)}
    assert binary_iou_interval(spread, seed=4) == binary_iou_interval(dict(reversed(spread.items())), seed=4)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_scenes_have_no_interval(count):
    few = {f"s{number}": matrix(50, 25, 25) for number in range(count)}
    assert binary_iou_interval(few) is None
    assert binary_iou_interval(few | {f"empty{number}": matrix(0, 0, 0) for number in range(5)}) is None


def shifted(old: dict[str, np.ndarray], gain: int) -> dict[str, np.ndarray]:
    return {name: one + np.array([[0, 0], [-gain, gain]]) for name, one in old.items()}


OLD = {f"s{number}": matrix(40 + 3 * number, 20, 40) for number in range(6)}


@pytest.mark.parametrize(("gain", "verdict"), [(5, "better"), (-5, "worse"), (0, "inconclusive")])
def test_the_verdict_follows_the_paired_interval(gain, verdict):
    found = paired_difference(OLD, shifted(OLD, gain))
    assert found["verdict"] == verdict
    assert found["scenes"] == 6
    assert np.sign(found["difference"]) == np.sign(gain)
    assert found["low"] <= found["difference"] <= found["high"]


def test_the_difference_is_that_of_the_summed_matrices():
    found = paired_difference(
        {"a": matrix(10, 0, 10), "b": matrix(30, 0, 10)}, {"a": matrix(15, 0, 5), "b": matrix(30, 0, 10)}
    )
    assert found["difference"] == pytest.approx(45 / 60 - 40 / 60)
    assert (found["low"], found["high"], found["verdict"]) == (None, None, "inconclusive")


def test_gains_in_some_scenes_and_losses_in_others_cannot_be_told():
    new = {
        name: shifted({name: one}, 8 if number % 2 else -8)[name]
        for number, (name, one) in enumerate(OLD.items())
    }
    assert paired_difference(OLD, new)["verdict"] == "inconclusive"


def test_the_small_sample_factor_follows_students_t():
    counts = np.arange(3, 300)
    exact = student.ppf(0.975, counts - 1) / 1.96 * np.sqrt(counts / (counts - 1))
    assert [small_sample_factor(int(count)) for count in counts] == pytest.approx(exact, rel=2e-3)


def test_three_scenes_that_gain_unevenly_cannot_be_told_apart_from_luck():
    old = {f"s{number}": matrix(50, 25, 25) for number in range(3)}
    gained = (1, 6, 14)
    new = {
        name: shifted({name: one}, gain)[name] for (name, one), gain in zip(old.items(), gained, strict=True)
    }
    found = paired_difference(old, new)
    assert found["low"] < 0 < found["difference"]
    assert found["verdict"] == "inconclusive"
    assert paired_difference(old, shifted(old, 7))["verdict"] == "better"


def test_an_interval_of_a_share_stays_between_0_and_1():
    scenes = {"a": matrix(95, 2, 3), "b": matrix(5, 40, 60), "c": matrix(90, 5, 5)}
    low, high = binary_iou_interval(scenes)
    assert (low, high) == (0.0, 1.0)


def test_an_interval_of_a_difference_stays_between_minus_1_and_1():
    old = {"a": matrix(900, 0, 0), "b": matrix(60, 0, 0), "c": matrix(5, 0, 0)}
    new = {"a": matrix(890, 10, 0), "b": matrix(50, 0, 10), "c": matrix(0, 900, 5)}
    found = paired_difference(old, new)
    assert found["low"] == -1
    assert -1 < found["difference"] < found["high"] <= 1


def test_only_scenes_of_both_that_hold_seep_are_compared():
    extra = {"x": matrix(9, 9, 9)}
    found = paired_difference(
        OLD | {"empty": matrix(0, 0, 0)}, shifted(OLD, 5) | extra | {"empty": matrix(0, 0, 0)}
    )
    assert found["scenes"] == 6
    nothing = paired_difference({"a": matrix(0, 0, 0)}, {"a": matrix(0, 0, 0)})
    assert nothing == {"difference": None, "low": None, "high": None, "scenes": 0, "verdict": "inconclusive"}


def test_each_class_has_an_interval_of_its_own_or_none():
    def scene(hit: int, other: int) -> np.ndarray:
        return np.array([[900, 10, 0], [20, hit, 0], [0, 0, other]], np.int64)

    scenes = {f"s{number}": scene(40 + 10 * number, 0 if number else 30) for number in range(5)}
    background, first, second = class_iou_intervals(scenes)
    assert background[0] == pytest.approx(900 / 930)
    low, high = first
    assert low < sum(40 + 10 * number for number in range(5)) / (300 + 5 * 30) < high
    assert second is None  # in one scene only
    assert class_iou_intervals(dict(list(scenes.items())[:2])) == [None, None, None]
    assert class_iou_intervals({}) == []


def test_with_two_classes_the_interval_is_that_of_the_binary_iou():
    spread = {f"s{number}": matrix(10 + 9 * number, 10, 40) for number in range(6)}
    assert class_iou_intervals(spread)[1] == pytest.approx(binary_iou_interval(spread))


def test_the_wilson_interval_matches_published_values() -> None:
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for (hits, total), expected in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        assert wilson(hits, total) == pytest.approx(expected, abs=5e-5)


def test_the_wilson_interval_of_no_draws_is_none_and_of_few_draws_is_wide() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(4, 4) or (0, 0)
    assert 0.5 < low < 0.52
    assert high == pytest.approx(1)


@pytest.mark.parametrize(("hits", "total"), [(0, 1), (1, 1), (0, 9), (3, 9), (9, 9), (140, 173), (1, 5000)])
def test_the_wilson_interval_equals_that_of_scipy(hits: int, total: int) -> None:
    from scipy import stats

    expected = stats.binomtest(hits, total).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(hits, total) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_intervals_need_no_statistics_package() -> None:
    """Its import takes up to a second of the first comparison on a page."""
    code = (
        "import sys; from seep.core.metrics.intervals import small_sample_factor, wilson; "
        "small_sample_factor(3), wilson(3, 9); print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
