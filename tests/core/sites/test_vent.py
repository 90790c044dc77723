import pytest

from seep.core.sites.vent import search_radius_m


@pytest.mark.parametrize(
    ("depth_m", "radius_m"),
    [(-40, 0), (0, 0), (250, 700), (500, 1400), (1250, 2335), (2000, 3270), (3500, 5140)],
)
def test_the_search_radius_follows_the_observed_offsets(depth_m: float, radius_m: float) -> None:
    assert search_radius_m(depth_m) == pytest.approx(radius_m)
