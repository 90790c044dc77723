import numpy as np
import pytest

from seep.core.masks.dark_areas import DARK_AREA_DEPTH, dark_areas, wide_areas, wide_pixels
from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX

SIDE = 200
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
NO_SLICKS: Mask = np.zeros((SIDE, SIDE), np.uint8)


def disk(radius_px: float, y: int = 100, x: int = 100) -> np.ndarray:
    return np.asarray((ROWS - y) ** 2 + (COLUMNS - x) ** 2 <= radius_px**2)


def sea(*dark: np.ndarray, bands: int = 1) -> np.ndarray:
    """A normalized image: noise of one standard deviation, two lower where it is dark, and a channel of ones."""
    image = np.random.default_rng(1).normal(size=(bands + 1, SIDE, SIDE)).astype(np.float32)
    for area in dark:
        image[:-1, area] -= 2
    image[-1] = 1
    return image


def found(image: np.ndarray, depth: float = DARK_AREA_DEPTH) -> np.ndarray:
    return dark_areas(image, depth, WIDE_RADIUS_PX)


def test_a_wide_dark_disk_is_found_and_a_narrow_one_is_not() -> None:
    labels = found(sea(disk(30, 60, 60), disk(10, 150, 150)))
    assert labels.max() == 1
    assert (labels[disk(26, 60, 60)] == 1).all()
    assert not labels[~disk(36, 60, 60)].any()


def test_without_a_depth_nothing_is_found() -> None:
    assert not found(sea(disk(30)), 0).any()


def test_pixels_without_data_are_neither_dark_nor_do_they_darken_others() -> None:
    image = sea()
    image[:-1] += 3  # invalid pixels are 0, far below the median
    image[:, :, :90] = 0
    assert not found(image).any()
    assert not found(np.zeros_like(image)).any()
    image[:-1, disk(30, 100, 100) & (COLUMNS >= 90)] -= 2
    labels = found(image)
    assert labels.max() == 1
    assert not labels[:, :90].any()


def test_a_smooth_gradient_is_not_a_dark_area() -> None:
    image = sea()
    image[0] = np.linspace(-0.55, 0.55, SIDE)[:, np.newaxis]
    assert not found(image).any()


@pytest.mark.parametrize("radius_px", [25, 30, 45])
def test_the_radius_decides_what_is_wide(radius_px: int) -> None:
    image = np.zeros((2, SIDE, SIDE), np.float32)
    image[0, disk(radius_px)], image[1] = -1.2, 1  # the blurred edge is where the disk's is
    (area,) = wide_areas(NO_SLICKS, image, radius_px - 3, DARK_AREA_DEPTH)
    assert area.radius_px == pytest.approx(radius_px, abs=2)
    assert wide_areas(NO_SLICKS, image, radius_px + 3, DARK_AREA_DEPTH) == []


def test_large_images_have_the_median_of_a_sample() -> None:
    image = np.tile(sea(disk(30)), (1, 4, 4))
    labels = found(image)
    assert labels.shape == (4 * SIDE, 4 * SIDE)
    assert labels.max() == 16


def test_bands_count_by_their_mean() -> None:
    image = sea(bands=2)
    image[0, disk(30)] -= 1.6
    assert found(image).any(), "0.8 in the mean"
    image[1, disk(30)] += 1.6
    assert not found(image).any()


def test_slicks_and_dark_areas_that_touch_are_one_question() -> None:
    mask = NO_SLICKS.copy()
    mask[50:101, 20:71], mask[5:8, 5:190] = 2, 1
    image = sea(disk(30, 75, 80), disk(30, 160, 160))
    joined, dark = wide_areas(mask, image, WIDE_RADIUS_PX, DARK_AREA_DEPTH)
    assert joined.seeds == [50 * SIDE + 20], "not the narrow slick"
    assert dark.seeds == []
    assert joined.area_px > dark.area_px > np.pi * 26**2
    assert dark.radius_px == pytest.approx(30, abs=4)
    painted = np.zeros((SIDE, SIDE), bool)
    for area in (joined, dark):
        assert area.area_px == sum(end - start for _, start, end in area.runs)
        for row, start, end in area.runs:
            painted[row, start:end] = True
    np.testing.assert_array_equal(painted, wide_pixels(mask, image, WIDE_RADIUS_PX, DARK_AREA_DEPTH))
    assert painted[mask == 2].all()
    assert not painted[mask == 1].any()


def test_without_an_image_or_a_depth_only_slicks_are_listed_whatever_their_classes() -> None:
    mask = NO_SLICKS.copy()
    mask[:4], mask[6:40, :80], mask[40:56, :80] = 1, 1, 2
    mask[80:140, :90] = 5
    mask[190:] = UNSURE
    for image, depth in ((None, DARK_AREA_DEPTH), (sea(disk(30, 150, 150)), 0.0)):
        first, second = wide_areas(mask, image, 10, depth)
        assert (first.area_px, second.area_px) == (60 * 90, 50 * 80)
        assert [one.radius_px for one in (first, second)] == pytest.approx([30, 25], abs=0.51)
        assert (first.seeds, second.seeds) == ([80 * SIDE], [6 * SIDE])
        assert first.runs[0] == (80, 0, 90)
    assert wide_areas(mask, None, 40, 0) == []
