"""Wind speed from backscatter: CMOD5.N and its inversion."""

import numpy as np
import pytest

from seep.core.sites.image_wind import WindField, cell_means, cmod5n, wind_speed

ANGLES = (0, 45, 90, 135, 180, 300)


def test_the_model_has_the_known_shape_of_c_band_backscatter() -> None:
    upwind, crosswind, downwind = (cmod5n(10.0, angle, 35.0) for angle in (0, 90, 180))
    assert upwind > downwind > crosswind
    assert cmod5n(10.0, 60, 35.0) == pytest.approx(cmod5n(10.0, -60, 35.0))
    assert (np.diff(cmod5n(10.0, 0, np.arange(20, 46.0))) < 0).all()
    speeds = np.arange(1, 30, 0.5)
    assert all((np.diff(cmod5n(speeds, 0, incidence)) > 0).all() for incidence in (25, 35, 45))
    # About -15 to -10 dB at 10 m/s in the middle of a Sentinel-1 swath.
    assert -15 < 10 * np.log10(cmod5n(10.0, 45, 37.0)) < -9


@pytest.mark.parametrize("angle", ANGLES)
def test_modeled_backscatter_gives_the_wind_back(angle: int) -> None:
    speeds, incidence = (
        one.ravel() for one in np.meshgrid(np.arange(3, 15.1, 0.35), np.arange(29, 46.1, 2.5))
    )
    found = wind_speed(cmod5n(speeds, angle, incidence), angle, incidence)
    assert np.abs(found - speeds).max() < 0.05


@pytest.mark.parametrize("angle", ANGLES)
def test_speckle_of_a_cell_moves_the_wind_by_less_than_half_a_meter_per_second(angle: int) -> None:
    random = np.random.default_rng(angle)
    speeds = np.repeat(np.arange(3, 15.1, 1), 20)
    incidence = np.full(len(speeds), 38.0)
    looks = 4.4 * 25 * 100 / 2  # 1 km of ground range detected pixels of 10 m, every fourth line, correlated
    noisy = cmod5n(speeds, angle, incidence) * random.gamma(looks, 1 / looks, len(speeds))
    assert np.abs(wind_speed(noisy, angle, incidence) - speeds).max() < 0.5


def test_backscatter_outside_of_the_model_has_no_wind() -> None:
    sigma0 = np.array([np.nan, 1e-9, 50.0])
    assert np.isnan(wind_speed(sigma0, 0, np.full(3, 38.0))).all()


def test_cells_leave_out_slicks_and_need_half_of_their_pixels() -> None:
    power = np.full((10, 25), 0.04)
    power[:, 3:6] = 0.001
    usable = power > 0.01
    usable[:, 11:18] = False
    means = cell_means(power, usable, 10)
    assert means[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(means[1])


def test_a_field_is_read_by_point_and_fills_small_gaps() -> None:
    speeds = np.full((3, 8), np.nan, np.float32)
    speeds[:, 0], speeds[1, 7] = 4, 9
    field = WindField.from_dict(WindField(100, speeds).to_dict())
    points = np.array([[50, 150], [250, 150], [350, 150], [799, 199], [800, 10], [-1, 10]], float)
    np.testing.assert_array_equal(field.at(points), [4, 4, np.nan, 9, np.nan, np.nan])
    assert field.median_ms == 4
