import cv2
import numpy as np
import pytest

from seep.core.masks import slick_shape
from seep.core.masks.slick_shape import contrast_db, measure_shape


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


def test_a_slick_of_a_tenth_of_the_power_is_10_db_darker() -> None:
    power = np.full((40, 40), 2.0)
    slick = np.zeros((40, 40), bool)
    slick[18:22, 5:35] = True
    power[slick] = 0.2
    assert contrast_db(power, slick, ~slick) == pytest.approx(-10.0)


def test_without_sea_around_there_is_no_contrast() -> None:
    slick = np.ones((10, 10), bool)
    assert contrast_db(np.ones((10, 10)), slick, ~slick) is None
    power = np.zeros((40, 40))
    slick = np.zeros((40, 40), bool)
    slick[20, 20] = True
    assert contrast_db(power, slick, ~slick) is None
