"""Scores of sites: weighted means, classes, and how stable the first ones are."""

import numpy as np
import pytest

from seep.core.sites.score import SiteScore, Term, nearness, score, top_kept


def test_the_score_is_the_weighted_mean_of_the_known_terms() -> None:
    found = score([Term("a", 0.9, 3), Term("b", None, 5), Term("c", 0.1, 1), Term("d", 1.0, 0)])
    assert found.value == pytest.approx((0.9 * 3 + 0.1) / 4)
    assert found.letter == "A"
    assert [term.name for term in found.terms] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("value", "letter"), [(0.6, "A"), (0.59, "B"), (0.3, "C"), (0.29, "D")])
def test_classes_begin_at_their_thresholds(value: float, letter: str) -> None:
    assert score([Term("a", value, 1)]).letter == letter


def test_a_site_without_a_known_term_has_no_score() -> None:
    assert score([Term("a", None, 1), Term("b", 0.5, 0)]).value is None


def test_nearness_falls_from_the_feature_to_10_km() -> None:
    assert [nearness(km) for km in (0, 5, 10, 30)] == [1, 0.5, 0, 0]


def rows(values: np.ndarray) -> list[SiteScore]:
    return [score([Term("a", float(a), 2), Term("b", float(b), 1)]) for a, b in values]


def test_clear_leaders_stay_first_when_weights_vary() -> None:
    values = np.concatenate([np.full((10, 2), 0.9), np.full((20, 2), 0.1)])
    assert top_kept(rows(values)) == 1


def test_close_sites_change_places_when_weights_vary() -> None:
    along = np.linspace(0, 1, 30)
    kept = top_kept(rows(np.stack([along, 2 * (0.5 - along) + 0.002 * along], axis=1)))
    assert kept is not None
    assert 0 < kept < 0.9


def test_ten_sites_cannot_lose_one_of_the_first_ten() -> None:
    assert top_kept(rows(np.full((10, 2), 0.5))) is None
