"""Paths back in time against closed forms."""

import numpy as np
import pytest
from pyproj import Geod

from seep.core.sites.backtrack import (
    CURRENT_ERROR_MS,
    FACTOR_ERROR,
    STEP_S,
    UNKNOWN_CURRENT_MS,
    UNKNOWN_WIND_MS,
    Path,
    Velocity,
    closest,
    track_back,
    wind_drift,
)

GEOD = Geod(ellps="WGS84")
TIME_S = 1.8e9


def constant(east: float, north: float) -> Velocity:
    return lambda lon, lat, time_s: np.broadcast_to([east, north], (len(lon), 2)).astype(float)


def back(
    lat: float, wind: Velocity | None = None, current: Velocity | None = None, hours: int = 24
) -> tuple[float, float, Path]:
    """Distance and azimuth from the point where the path ends to its start."""
    path = track_back(np.array([10.0]), np.array([lat]), TIME_S, hours, wind=wind, current=current)
    azimuth, _, distance = GEOD.inv(path.lon[-1, 0], path.lat[-1, 0], 10.0, lat)
    return distance, azimuth % 360, path


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_a_constant_current_moves_by_speed_times_time(hours: int) -> None:
    distance, azimuth, path = back(0.0, current=constant(0.3, -0.4), hours=hours)
    assert distance == pytest.approx(0.5 * hours * 3600, rel=1e-4)
    assert azimuth == pytest.approx(90 + np.degrees(np.arctan2(0.4, 0.3)), abs=0.01)
    error = np.hypot(CURRENT_ERROR_MS, UNKNOWN_WIND_MS)
    assert path.spread_m[-1, 0] == pytest.approx(error * hours * 3600)
    np.testing.assert_allclose(path.hours, np.arange(2 * hours + 1) / 2)


@pytest.mark.parametrize(("lat", "side"), [(45.0, 1), (-45.0, -1)])
def test_a_constant_wind_moves_three_percent_deflected_by_hemisphere(lat: float, side: int) -> None:
    distance, azimuth, path = back(lat, wind=constant(0.0, 8.0), hours=6)
    deflection = 25 * np.exp(-1e-8 * 8**3 / (1.19e-6 * 9.81))
    assert 10 < deflection < 20
    assert distance == pytest.approx(0.24 * 6 * 3600, rel=1e-4)
    assert (azimuth + 180) % 360 - 180 == pytest.approx(side * deflection, abs=0.05)
    assert path.spread_m[-1, 0] == pytest.approx(
        np.hypot(8 * FACTOR_ERROR, UNKNOWN_CURRENT_MS) * 6 * 3600, rel=1e-6
    )


def test_deflection_is_largest_in_weak_wind_and_vanishes_in_strong_wind() -> None:
    winds = np.array([[0.0, 0.01], [0.0, 30.0], [0.0, 8.0], [0.0, 0.0]])
    drift = wind_drift(winds, np.array([60.0, 60.0, 0.0, 60.0]))
    angles = np.degrees(np.arctan2(drift[:3, 0], drift[:3, 1]))
    assert angles == pytest.approx([25.0, 0.0, 0.0], abs=1e-3)
    assert drift[3].tolist() == [0, 0]


def test_wind_drift_and_current_add_up() -> None:
    wind, current = constant(6.0, 2.0), constant(-0.1, 0.3)
    _, _, both = back(30.0, wind, current, hours=2)
    drift = wind_drift(np.array([[6.0, 2.0]]), np.array([30.0]))[0] + (-0.1, 0.3)
    azimuth, _, distance = GEOD.inv(both.lon[-1, 0], both.lat[-1, 0], 10.0, 30.0)
    assert distance == pytest.approx(np.hypot(*drift) * 7200, rel=1e-4)
    assert azimuth % 360 == pytest.approx(np.degrees(np.arctan2(*drift)) % 360, abs=0.02)


def test_a_rotating_current_draws_the_circle_of_its_closed_form() -> None:
    speed, period_s = 0.3, 12 * 3600.0
    turn = 2 * np.pi / period_s

    def tide(lon: np.ndarray, lat: np.ndarray, time_s: float) -> np.ndarray:
        angle = turn * (time_s - TIME_S)
        return np.broadcast_to([speed * np.cos(angle), speed * np.sin(angle)], (len(lon), 2))

    path = track_back(np.array([0.0]), np.array([0.0]), TIME_S, 12, wind=None, current=tide)
    seconds = -path.hours * 3600
    east, north = speed / turn * np.sin(turn * seconds), speed / turn * (1 - np.cos(turn * seconds))
    error = (turn * STEP_S) ** 2 / 24 * 2 * speed / turn  # of the midpoint method
    assert error < 15
    np.testing.assert_allclose(path.lon[:, 0] * 111319.5, east, atol=error + 1)
    np.testing.assert_allclose(path.lat[:, 0] * 110574.3, north, atol=error + 1)


def test_paths_end_where_the_current_is_unknown() -> None:
    def coast(lon: np.ndarray, lat: np.ndarray, time_s: float) -> np.ndarray:
        return np.where(lon[:, np.newaxis] > 9.997, [[0.2, 0.0]], np.nan)

    path = track_back(np.array([10.0, 12.0]), np.zeros(2), TIME_S, 24, wind=None, current=coast)
    assert np.isfinite(path.lon[:, 1]).all()
    assert np.isfinite(path.lon[:2, 0]).all()
    assert np.isnan(path.lon[-1, 0])
    assert closest(path, 0, 9.9, 0.0) is None  # land is reached before one hour
    assert closest(path, 1, 12.0, 0.0) is not None


def test_a_site_agrees_along_the_path_and_not_across_or_ahead() -> None:
    path = track_back(
        np.array([10.0]), np.array([0.0]), TIME_S, 24, wind=constant(0, 0), current=constant(0.4, 0)
    )
    behind, across, ahead = (
        closest(path, 0, 10 + east / 111.3195, north / 110.574)
        for east, north in ((-10, 1), (-10, 5), (10, 0))
    )
    assert behind is not None
    assert across is not None
    assert ahead is not None
    assert (behind.agrees, across.agrees, ahead.agrees) == (True, False, False)
    # The distance in terms of the spread is least where the site is at a right angle to the start: r = (x² + y²) / x.
    assert behind.hours == pytest.approx(10.1 / 0.4 / 3.6, abs=0.5)
    assert behind.spread_m == pytest.approx(0.1 * behind.hours * 3600)
    assert behind.distance_m == pytest.approx(1000, rel=0.1)


def test_a_drift_below_its_error_decides_nothing() -> None:
    path = track_back(np.array([10.0]), np.array([0.0]), TIME_S, 24, wind=constant(3, 0), current=None)
    found = closest(path, 0, 9.99, 0.0)
    assert found is not None
    assert found.agrees is None
