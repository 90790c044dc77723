import json

import numpy as np
import pytest
from pyproj import Geod

from seep.core.geo.accuracy import accuracy_of
from seep.core.geo.georeference import Georeference, checked_georeference
from seep.errors import ImageError
from tests.core.geo import sentinel

UTM = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_500_000.0))
DEGREES = Georeference("EPSG:4326", (0.001, 0.0, 10.0, 0.0, -0.001, 60.0))


def gcps(rows: int, columns: int) -> Georeference:
    """A grid of points 250 px apart on a rotated, slightly bent patch of the Earth."""
    points = []
    for row in np.arange(rows) * 250.0:
        for column in np.arange(columns) * 250.0:
            lon = 10 + 1.2e-4 * column + 2e-5 * row + 1e-10 * column * row
            lat = 50 + 1e-5 * column - 9e-5 * row
            points.append((float(row), float(column), float(lon), float(lat)))
    return Georeference(None, None, tuple(points), "EPSG:4326")


def test_a_georeference_travels_as_json():
    for one in (UTM, gcps(3, 3)):
        assert Georeference.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert Georeference.from_dict(None) is None


def test_a_damaged_dictionary_is_refused():
    with pytest.raises(ImageError, match="damaged"):
        Georeference.from_dict({"crs": "EPSG:4326", "transform": [1, 2]})


def test_a_window_lies_where_it_was_cut():
    for one in (UTM, DEGREES, gcps(5, 5)):
        np.testing.assert_allclose(one.shifted(30, 40).lonlat(1.5, 2.5), one.lonlat(31.5, 42.5), atol=1e-9)


def test_ground_control_points_give_their_own_coordinates_back():
    for one in (gcps(4, 5), gcps(3, 3)):
        table = np.array(one.gcps)
        lon, lat = one.lonlat(table[:, 1], table[:, 0])
        np.testing.assert_allclose(lon, table[:, 2], atol=1e-6)
        np.testing.assert_allclose(lat, table[:, 3], atol=1e-6)


def test_pixels_have_their_size_on_the_ground():
    width, height = UTM.pixel_size_m(0, 0)
    assert width == pytest.approx(10 / 0.9996, rel=1e-4)  # scale factor of UTM on its central meridian
    assert height == pytest.approx(10 / 0.9996, rel=1e-4)
    width, height = DEGREES.pixel_size_m(0, 0)
    assert width == pytest.approx(55.8, rel=0.01)
    assert height == pytest.approx(111.4, rel=0.01)


def test_areas_add_up_to_the_geodesic_area_of_the_image():
    for one in (UTM, DEGREES, gcps(4, 4)):
        rows, columns = np.mgrid[0.5:200, 0.5:300]
        total = one.pixel_area_m2(columns, rows).sum()
        edge = np.concatenate([[0, 300], [300, 0]])
        lon, lat = one.lonlat(edge, [0, 0, 200, 200])
        area, _ = Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)
        assert total == pytest.approx(abs(area), rel=1e-4)


def test_no_crs_no_size():
    assert Georeference(None, UTM.transform).pixel_size_m(0, 0) is None
    assert Georeference(None, UTM.transform).pixel_area_m2(0, 0) is None


@pytest.mark.parametrize(
    "useless",
    [
        None,
        Georeference(None, UTM.transform),
        Georeference("EPSG:99999999", UTM.transform),
        Georeference("no crs at all", UTM.transform),
        Georeference("EPSG:4326", (0.0, 0.0, 1.0, 0.0, 0.0, 2.0)),
        Georeference("EPSG:4326", (float("nan"), 0.0, 1.0, 0.0, 1.0, 2.0)),
        Georeference(None, None, ((0.0, 0.0, 1.0, 1.0),), "EPSG:4326"),
        Georeference(None, None, tuple((float(n), float(n), 1.0, 1.0) for n in range(5)), "EPSG:4326"),
    ],
)
def test_what_places_nothing_is_no_georeference(useless):
    assert checked_georeference(useless) is None


def test_what_places_something_is_kept():
    assert checked_georeference(UTM) is UTM
    assert checked_georeference(gcps(3, 3)) == gcps(3, 3)


def test_degrees_lead_back_to_the_pixel():
    for one in (UTM, DEGREES, gcps(5, 4), gcps(2, 2)):
        columns, rows = np.array([0.0, 120.5, 700.0]), np.array([3.0, 400.25, 0.0])
        lon, lat = one.lonlat(columns, rows)
        back = one.from_lonlat(lon, lat)
        np.testing.assert_allclose(back, (columns, rows), atol=1e-5)


@pytest.mark.parametrize("start", [5, 30, 55, 75])
@pytest.mark.parametrize(("product", "max_m"), [(sentinel.IW, 0.01), (sentinel.EW, 0.3)], ids=["IW", "EW"])
def test_pixels_between_the_points_of_a_sentinel_product_are_placed_as_the_guide_says(product, max_m, start):
    points = sentinel.grid(product, start, 10, 21)  # the size of the grid in its annotation
    place = sentinel.placed(points)
    assert sentinel.errors_m(place, points).max() < 1e-3
    assert sentinel.errors_m(place, sentinel.grid(product, start, 13, 17)).max() < max_m


@pytest.mark.parametrize(("product", "mean_m", "max_m"), [(sentinel.IW, 0.02, 0.1), (sentinel.EW, 0.6, 3)])
def test_points_left_out_of_a_sentinel_grid_are_found_as_the_guide_says(product, mean_m, max_m):
    found = accuracy_of(sentinel.placed(sentinel.grid(product, 75, 10, 21)))
    assert 0 < found.mean_m < mean_m
    assert found.mean_m < found.max_m < max_m


def test_a_grid_leads_back_to_the_pixel_and_goes_on_beyond_its_edges():
    place = sentinel.placed(sentinel.grid(sentinel.EW, 55, 9, 21))
    columns, rows = np.array([0.0, 5_432.1, 10_249.0, 10_260.0]), np.array([-5.0, 1_234.5, 10_000.0, 9_000.0])
    np.testing.assert_allclose(place.from_lonlat(*place.lonlat(columns, rows)), (columns, rows), atol=1e-5)
    edge, beyond = place.lonlat(10_249.0, 9_999.0), place.lonlat(10_250.0, 10_000.0)
    _, _, step_m = Geod(ellps="WGS84").inv(*edge, *beyond)
    assert 20 < step_m < 120
