"""Intervals of shares."""

import pytest

from seep.core.metrics.intervals import wilson


def test_wilsons_interval_is_that_of_the_book() -> None:
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for (hits, total), expected in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        assert wilson(hits, total) == pytest.approx(expected, abs=5e-5)


def test_nothing_counted_says_nothing() -> None:
    """And all of a few is not certainty."""
    assert wilson(0, 0) is None
    low, high = wilson(4, 4) or (0, 0)
    assert 0.5 < low < 0.52
    assert high == pytest.approx(1)
