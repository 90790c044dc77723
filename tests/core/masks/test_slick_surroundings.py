import numpy as np
import numpy.typing as npt
import pytest

from seep.core.masks.slick_shape import measure_shape
from seep.core.masks.slick_surroundings import SlickSurroundings, measure_surroundings

SHAPE = (160, 320)
BAR = np.s_[70:90, 60:260]
Power = npt.NDArray[np.float64]


def surroundings(power: Power, measured: npt.NDArray[np.bool_] | None = None) -> SlickSurroundings:
    slick = np.zeros(SHAPE, bool)
    slick[BAR] = True
    line = measure_shape(slick).line
    line = line[np.argsort(line[:, 0])]  # to the right, so that the upper side is on the left
    known = np.ones(SHAPE, bool) if measured is None else measured
    return measure_surroundings(power, slick, known, known & ~slick, line)


def bar_power(depth_db: float = -10.0) -> Power:
    power = np.full(SHAPE, 2.0)
    power[BAR] = 2.0 * 10 ** (depth_db / 10)
    return power


def test_a_slick_of_a_tenth_of_the_power_is_10_db_darker() -> None:
    found = surroundings(bar_power())
    assert found.contrast_db == pytest.approx(-10.0)
    assert found.noise_db == 0
    assert found.ring_db == pytest.approx(0)
    assert found.bright_px is None
    assert found.no_data_share == 0


@pytest.mark.parametrize("looks", [4, 16])
def test_the_noise_is_that_of_the_looks(looks: int) -> None:
    speckle = np.random.default_rng(0).gamma(looks, 1 / looks, SHAPE)
    found = surroundings(bar_power() * speckle)
    assert found.noise_db == pytest.approx(10 / np.log(10) / np.sqrt(looks), rel=0.1)


def test_a_sharp_edge_and_a_soft_one_have_their_slopes_on_their_sides() -> None:
    power = bar_power(-6.0)
    for row in range(4):  # a ramp of 1.2 dB per pixel on the lower side
        power[90 - 2 + row, 60:260] = 2.0 * 10 ** ((-6.0 + 1.2 * (row + 1)) / 10)
    found = surroundings(power)
    assert found.edge_left_db == pytest.approx(6.0)
    assert found.edge_right_db == pytest.approx(1.2, abs=0.02)


def test_a_bright_ring_is_told_from_the_sea_beyond() -> None:
    power = bar_power()
    power[55:105, 45:275] *= 2
    power[BAR] /= 2
    assert surroundings(power).ring_db == pytest.approx(10 * np.log10(2), abs=0.05)


def test_the_nearest_bright_point_has_a_distance_and_single_pixels_are_speckle() -> None:
    power = bar_power()
    power[100, 100] = 1e3
    assert surroundings(power).bright_px is None
    power[111, 150:153] = 1e3
    assert surroundings(power).bright_px == 22


def test_pixels_without_data_count_within_the_ring() -> None:
    measured = np.ones(SHAPE, bool)
    measured[90:] = False
    power = np.where(measured, bar_power(), 0)
    corners = np.pi * (10**2 - 2**2) / 2  # a quarter of a ring at either end of each side
    below, beside = 200 * 8 + corners, 2 * 20 * 8
    share = below / (2 * below + beside)
    assert surroundings(power, measured).no_data_share == pytest.approx(share, abs=0.01)


def test_without_sea_or_signal_around_there_is_no_contrast() -> None:
    slick = np.ones((10, 10), bool)
    line = measure_shape(slick).line
    assert measure_surroundings(np.ones((10, 10)), slick, slick, ~slick, line).contrast_db is None
    assert surroundings(np.zeros(SHAPE)).contrast_db is None
