import pytest

from seep.core.geo.accuracy import accuracy_of
from seep.core.geo.georeference import Georeference
from tests.core.geo import sentinel


def test_a_transform_is_exact():
    place = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_500_000.0))
    assert accuracy_of(place).mean_m is None


@pytest.mark.parametrize("rows", [9, 10])
def test_points_left_out_of_a_grid_tell_its_accuracy(rows):
    coarse = accuracy_of(sentinel.placed(sentinel.grid(sentinel.EW, 55, rows, 11)))
    fine = accuracy_of(sentinel.placed(sentinel.grid(sentinel.EW, 55, rows, 21)))
    assert 0 < fine.mean_m < fine.max_m < 20
    assert fine.mean_m < coarse.mean_m


def test_scattered_points_are_left_out_too():
    points = tuple(
        (float(r * r % 97), float(r * 13 % 89), 10 + 1e-4 * (r * 13 % 89), 50 - 1e-4 * (r * r % 97))
        for r in range(1, 40)
    )
    found = accuracy_of(Georeference(None, None, points, "EPSG:4326"))
    assert found.max_m == pytest.approx(0, abs=0.01)


def test_too_few_points_give_no_figure():
    points = ((0.0, 0.0, 10.0, 50.0), (0.0, 9.0, 11.0, 50.0), (9.0, 0.0, 10.0, 49.0))
    assert accuracy_of(Georeference(None, None, points, "EPSG:4326")).mean_m is None
