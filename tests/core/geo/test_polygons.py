import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from pyproj import Transformer

from seep.core.geo.georeference import Georeference
from seep.core.geo.polygons import (
    axis_angle_deg,
    component_at,
    covered,
    geodesic_area_km2,
    geodesic_length_km,
    inner_point,
    outline,
    simplified,
    to_lonlat,
    track_deg,
    within_globe,
)

RING = np.array([[1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]], bool)


def degrees_at(latitude: float, longitude: float = 20.0, step: float = 1e-4) -> Georeference:
    return Georeference("EPSG:4326", (step, 0, longitude, 0, -step, latitude))


def meters_at(crs: str, latitude: float, longitude: float = 20.0, pixel: float = 10.0) -> Georeference:
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)
    return Georeference(crs, (pixel, 0, x, 0, -pixel, y))


@settings(max_examples=60, deadline=None)
@given(pixels=arrays(np.bool_, (9, 11)))
def test_an_outline_covers_exactly_its_pixels(pixels: np.ndarray) -> None:
    shape = outline(pixels)
    assert shape.is_valid
    assert shape.area == pixels.sum()
    np.testing.assert_array_equal(covered(shape, *pixels.shape), pixels)


def test_holes_stay_and_places_count() -> None:
    shape = outline(RING, x=100, y=50)
    assert shape.bounds == (100, 50, 104, 53)
    assert len(shape.geoms[0].interiors) == 1
    assert shape.area == 10


def test_pixels_that_touch_at_a_corner_are_parts_of_one_outline() -> None:
    shape = outline(np.eye(3, dtype=bool))
    assert (len(shape.geoms), shape.area) == (3, 3)
    assert component_at(np.eye(3, dtype=np.uint8), 0, 0).sum() == 3


def test_a_component_is_of_one_class() -> None:
    mask = np.array([[1, 1, 2], [0, 1, 2]], np.uint8)
    np.testing.assert_array_equal(component_at(mask, 1, 1), mask == 1)


def test_simplifying_takes_steps_away_and_never_all() -> None:
    rows, columns = np.mgrid[:60, :60]
    slant = np.abs(rows - columns / 2 - 10) < 4
    shape = outline(slant)
    thin = simplified(shape, 1.0)
    assert thin.is_valid
    assert shapely.get_num_coordinates(thin) < shapely.get_num_coordinates(shape) / 4
    assert thin.area == pytest.approx(shape.area, rel=0.05)
    assert simplified(shape, 0) is shape
    assert simplified(outline(np.ones((1, 1), bool)), 10).area > 0


PLACES = [
    *[("degrees", degrees_at(latitude), latitude) for latitude in (-72.0, -35.0, 0.0, 24.0, 60.0, 80.0)],
    ("UTM 34N", meters_at("EPSG:32634", 41.0), 41.0),
    ("UTM 34N, far from its middle", meters_at("EPSG:32634", 60.0, 25.5), 60.0),
    ("UTM 34S", meters_at("EPSG:32734", -50.0), -50.0),
    ("Web Mercator", meters_at("EPSG:3857", 55.0), 55.0),
    ("polar stereographic", meters_at("EPSG:3413", 75.0, -30.0), 75.0),
    ("Lambert equal area", meters_at("EPSG:3035", 58.0, 4.0), 58.0),
    ("turned", Georeference("EPSG:32634", (8.0, 6.0, 500_000.0, 6.0, -8.0, 4_500_000.0)), 40.0),
]


@pytest.mark.parametrize(("name", "place", "latitude"), PLACES, ids=[one[0] + str(one[2]) for one in PLACES])
def test_areas_agree_with_pixels_times_their_ground(name: str, place: Georeference, latitude: float) -> None:
    pixels = np.zeros((200, 300), bool)
    pixels[20:180, 30:280] = True
    pixels[60:90, 100:200] = False
    rows, columns = np.nonzero(pixels)
    expected_m2 = place.pixel_area_m2(columns + 0.5, rows + 0.5)
    assert expected_m2 is not None
    found = geodesic_area_km2(to_lonlat(outline(pixels), place))
    assert found == pytest.approx(expected_m2.sum() / 1e6, rel=1e-3)


def test_areas_follow_ground_control_points() -> None:
    truth = degrees_at(55.0)
    points = []
    for row in range(0, 401, 100):
        for column in range(0, 401, 100):
            longitude, latitude = truth.lonlat([column], [row])
            points.append((float(row), float(column), float(longitude[0]), float(latitude[0])))
    by_points = Georeference(None, None, tuple(points), "EPSG:4326")
    shape = outline(np.ones((300, 300), bool), 50, 50)
    assert geodesic_area_km2(to_lonlat(shape, by_points)) == pytest.approx(
        geodesic_area_km2(to_lonlat(shape, truth)), rel=1e-4
    )


def test_lengths_are_geodesic() -> None:
    # A degree of longitude on the equator of WGS 84: 6378.137 km * pi / 180
    assert geodesic_length_km(shapely.linestrings([(10, 0), (11, 0)])) == pytest.approx(111.3195, abs=1e-3)


def test_a_shape_over_the_antimeridian_is_cut_there_and_keeps_its_area() -> None:
    place = degrees_at(-17.0, longitude=179.99)
    shape = to_lonlat(outline(np.ones((100, 300), bool)), place)
    cut = within_globe(shape)
    assert (len(shapely.get_parts(shape)), len(cut.geoms)) == (1, 2)
    assert cut.bounds[0] >= -180
    assert cut.bounds[2] <= 180
    assert max(part.bounds[2] - part.bounds[0] for part in cut.geoms) < 1
    assert geodesic_area_km2(cut) == pytest.approx(geodesic_area_km2(shape), rel=1e-6)
    here = to_lonlat(outline(RING), degrees_at(10.0))
    assert within_globe(here) is here


def test_an_inner_point_lies_within_a_bent_slick() -> None:
    hook = np.zeros((20, 20), bool)
    hook[0, :] = hook[:, 0] = hook[19, :] = True
    assert outline(hook).contains(inner_point(outline(hook)))


def test_nothing_covers_nothing() -> None:
    assert not covered(shapely.MultiPolygon(), 3, 4).any()


def test_the_flight_track_is_that_of_the_rows_of_an_image_in_radar_geometry() -> None:
    heading = np.radians(192.0)  # a descending pass: rows go south by west
    a, d = 1e-4 * np.cos(heading), 1e-4 * np.sin(heading)
    points = tuple(
        (row, column, 20.0 + row * d - column * a, row * a + column * d)
        for row in (0.0, 500.0, 1000.0)
        for column in (0.0, 500.0, 1000.0)
    )
    found = track_deg(Georeference(None, None, points, "EPSG:4326"), 500, 500)
    assert found == pytest.approx(192.0, abs=0.2)  # at the equator, where degrees are square to 0.7 %
    assert track_deg(degrees_at(0.0), 500, 500) is None


def test_lines_have_no_direction_and_an_angle_of_at_most_90_degrees() -> None:
    angles = [axis_angle_deg(one, 350) for one in (350, 170, 80, 10, 260, 181)]
    assert angles == pytest.approx([0, 0, 90, 20, 90, 11])
    assert axis_angle_deg(None, 1) is None
