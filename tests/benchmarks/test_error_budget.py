import numpy as np
import pytest

from benchmarks.error_budget import ORDERS, Tiles, review, summary


def tiles(seed: int) -> Tiles:
    """Twelve scenes of 50 tiles with other error rates, and a queue value that is right in part."""
    random = np.random.default_rng(seed)
    scenes = np.repeat([f"s{number:02}" for number in range(12)], 50)
    rate = np.repeat(random.uniform(0.1, 1.2, 12), 50) * random.gamma(1, 1, 600)
    errors = random.poisson(rate).astype(np.float64)
    value = np.clip(rate / 3 + random.normal(0, 0.2, 600), 0, 1)
    true = random.poisson(4, 600).astype(np.float64)
    return Tiles(scenes, value, random.random(600), true, true, errors)


@pytest.mark.parametrize("order", ORDERS)
def test_the_bound_holds_in_95_of_100_simulated_reviews(order: str) -> None:
    random = np.random.default_rng(1)
    made = tiles(2)
    found = summary([review(made, order, 0.2, random) for _ in range(60)], 0.05)
    assert found["stops_held"] >= 0.95
    assert found["looks_held"] >= 0.95
    assert found["needed"] <= found["reviewed"] < 1  # it stops before the end, and not before it may


def test_a_review_ends_without_errors() -> None:
    last = review(tiles(3), "random", 0.2, np.random.default_rng(0))[-1]
    assert (last.reviewed, last.true, last.bound) == (1, 0, 0)
