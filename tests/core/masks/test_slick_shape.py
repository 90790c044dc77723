import cv2
import numpy as np
import pytest
import shapely

from seep.core.geo.polygons import covered
from seep.core.masks import slick_shape
from seep.core.masks.slick_shape import measure_shape


@pytest.mark.parametrize(("height", "width"), [(6, 100), (5, 100), (3, 40), (1, 50)])
def test_a_bar_is_as_long_and_wide_as_it_was_drawn(height: int, width: int) -> None:
    found = measure_shape(np.ones((height, width), bool))
    assert found.length_px == pytest.approx(width, rel=0.015)
    assert found.width_px == pytest.approx(height, rel=0.02)
    assert found.max_width_px == height
    assert np.abs(found.line[:, 1] - height / 2).max() <= 1


def test_one_pixel_has_a_length_and_a_width() -> None:
    found = measure_shape(np.ones((1, 1), bool))
    assert (found.length_px, found.width_px, found.max_width_px) == (1, 1, 1)
    np.testing.assert_array_equal(found.line, [[0.5, 0.5]])


def test_a_bent_slick_is_measured_along_its_bends() -> None:
    points = np.array([(x, round(300 + 200 * np.sin(x / 60))) for x in range(20, 580, 4)])
    picture = np.zeros((600, 600), np.uint8)
    cv2.polylines(picture, [points.reshape(-1, 1, 2)], False, 1, 7)
    found = measure_shape(picture > 0)
    assert found.length_px == pytest.approx(np.hypot(*np.diff(points, axis=0).T).sum(), rel=0.03)
    assert found.length_px * found.width_px == pytest.approx(picture.sum(), rel=0.15)


def test_of_branches_the_longest_way_counts() -> None:
    picture = np.zeros((60, 200), bool)
    picture[29:32, :] = True
    picture[10:30, 99:102] = True
    assert measure_shape(picture).length_px == pytest.approx(200, rel=0.05)


def test_a_large_slick_is_measured_in_coarser_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.zeros((40, 400), bool)
    picture[16:24, 10:390] = True
    fine = measure_shape(picture)
    monkeypatch.setattr(slick_shape, "MAX_FINE_PIXELS", 5000)
    coarse = measure_shape(picture)
    assert coarse.length_px == pytest.approx(fine.length_px, rel=0.03)
    assert coarse.width_px == pytest.approx(fine.width_px, rel=0.3)


@pytest.mark.parametrize("radius", [100, 250])
def test_an_arc_has_the_curvature_of_its_circle(radius: int) -> None:
    picture = np.zeros((600, 600), np.uint8)
    cv2.ellipse(picture, (300, 300), (radius, radius), 0, 10, 170, 1, 7)
    found = measure_shape(picture > 0)
    angle = np.radians(160)
    assert found.curvature == pytest.approx(1 / radius, rel=0.12)
    assert found.sinuosity == pytest.approx(angle / (2 * np.sin(angle / 2)), rel=0.03)


def test_a_bar_is_straight_and_its_ends_are_its_tips() -> None:
    picture = np.zeros((60, 300), bool)
    picture[20:30, 40:260] = True
    found = measure_shape(picture)
    assert sorted(found.ends) == [pytest.approx((40, 25), abs=1.5), pytest.approx((260, 25), abs=1.5)]
    assert found.curvature == pytest.approx(0, abs=1e-3)
    assert found.sinuosity == pytest.approx(1, abs=2e-3)


def test_the_width_profile_follows_a_wedge() -> None:
    triangle = shapely.Polygon([(10, 50), (310, 20), (310, 80)])
    found = measure_shape(covered(triangle, 100, 320))
    widths = found.widths_px if found.widths_px[0] < found.widths_px[-1] else found.widths_px[::-1]
    x = [point[0] for point in sorted(found.line.tolist())]
    # The inscribed circle at a point of the axis has this diameter.
    slope = np.sin(np.arctan(30 / 300))
    middle = (x[0] + x[-1]) / 2 - 10
    assert widths[len(widths) // 2] == pytest.approx(2 * middle * slope, rel=0.1)
    assert np.all(np.diff(widths[:-1]) > -1)


def test_a_speck_has_no_curvature() -> None:
    found = measure_shape(np.ones((2, 2), bool))
    assert (found.curvature, found.sinuosity, len(set(found.widths_px))) == (0, 1, 1)
