"""The bound of an error budget, against SciPy and against a sum over all possible draws."""

import math

import numpy as np
import pytest
from scipy.stats import hypergeom

from seep.core.metrics.error_budget import ALPHA, estimate_errors, largest_count, open_shares


@pytest.mark.parametrize(
    ("others", "drawn", "hits"), [(90, 10, 0), (90, 10, 3), (5, 40, 0), (600, 65, 12), (30, 30, 30)]
)
def test_the_largest_count_is_the_last_one_that_scipy_does_not_reject(
    others: int, drawn: int, hits: int
) -> None:
    kept = [
        rest for rest in range(others + 1) if hypergeom.cdf(hits, others + drawn, rest + hits, drawn) > ALPHA
    ]
    assert largest_count(others, drawn, hits) == max(kept)


def test_partial_tiles_are_counted_against_the_reviewer() -> None:
    assert largest_count(90, 10.9, 2.1) == largest_count(90, 10, 3)


def test_tiles_where_the_queue_has_passed_do_not_stand_for_open_ones() -> None:
    values = np.linspace(1, 0, 60).tolist()
    is_open = [False] * 30 + [True] * 30
    passed, border, behind = open_shares(["s"] * 60, values, is_open, [5, 30, 50])
    assert (passed, border, behind) == (0, 9 / 16, 1)


def test_open_tiles_of_another_scene_do_not_count() -> None:
    scenes = ["a"] * 20 + ["b"] * 20
    assert open_shares(scenes, [0.5] * 40, [True] * 20 + [False] * 20, [3, 23]).tolist() == [1, 0]


def test_the_estimate_is_the_weighted_mean_times_the_open_tiles() -> None:
    found = estimate_errors([1, 1, 0.5, 0.5, 0], [2, 0, 1, 0, 9], 30)
    assert found.errors == pytest.approx(30 * 2.5 / 3)
    assert found.effective_tiles == pytest.approx(9 / 2.5)
    assert found.high is not None
    assert found.errors < found.high


def test_no_error_in_the_sample_is_no_proof_of_none() -> None:
    found = estimate_errors([1.0] * 40, [0] * 40, 100)
    assert found.errors == 0
    assert found.high == max(
        rest for rest in range(101) if math.comb(140 - rest, 40) / math.comb(140, 40) > ALPHA
    )


def test_a_finished_review_has_no_errors_and_a_sample_elsewhere_says_nothing() -> None:
    assert estimate_errors([1], [3], 0).high == 0
    assert estimate_errors([0, 0], [3, 1], 10).high is None
