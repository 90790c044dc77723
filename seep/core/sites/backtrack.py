"""Paths of oil back in time, by wind and currents."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Values = npt.NDArray[np.float64]

Velocity = Callable[[Values, Values, float], Values]
"""Velocity at longitudes and latitudes, (N,) each, and a time in seconds: (N, 2) eastward and northward, m/s; NaN where
it is unknown."""

DRIFT_FACTOR = 0.03
"""Speed of oil relative to the wind 10 m above the sea."""
DEFLECTION_DEG = 25.0
"""Largest angle between wind and drift, in weak wind (Samuels et al. 1982, doi:10.1016/0029-8018(82)90028-2)."""
VISCOSITY_M2S = 1.19e-6
"""Kinematic viscosity of sea water at 15 °C."""
GRAVITY_MS2 = 9.81

FACTOR_ERROR = 0.01
"""Standard error of the drift factor: observed ones are mostly 2 to 4 %."""
CURRENT_ERROR_MS = 0.1
"""Standard error of a component of modeled surface currents."""
UNKNOWN_CURRENT_MS = 0.2
"""The same where no currents are given: the currents themselves."""
UNKNOWN_WIND_MS = 0.2
"""Standard error where no wind is given: 3 % of about 7 m/s."""

STEP_S = 1800.0
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True, eq=False)
class Path:
    """Where points of the sea were before.

    Attributes:
        hours: (T,) before the start, from 0.
        lon: (T, N) degrees; NaN from where wind or currents are unknown.
        lat: (T, N) degrees.
        spread_m: (T, N) standard error of the position across the path, m.
    """

    hours: Values
    lon: Values
    lat: Values
    spread_m: Values


@dataclass(frozen=True)
class Closest:
    """Whether oil may have come from a site.

    Attributes:
        distance_m: of the path from the site, where it is closest in terms of its spread.
        hours: before the image, at that point.
        spread_m: of the path there.
        agrees: the distance is at most the spread; None if the drift is smaller than its error.
    """

    distance_m: float
    hours: float
    spread_m: float
    agrees: bool | None


def wind_drift(wind_ms: Values, lat: Values) -> Values:
    """Return the drift of oil by wind: 3 % of its speed, to its right in the north and to its left in the south.

    The angle is 25° exp(-10^-8 W^3 / (v g)), with the wind speed W and the viscosity v of sea water (Samuels et al.
    1982).

    Args:
        wind_ms: (N, 2) eastward and northward, m/s.
        lat: (N,) degrees.

    Returns:
        (N, 2) m/s.
    """
    east, north = wind_ms.T
    speed = np.hypot(east, north)
    angle = np.radians(DEFLECTION_DEG) * np.exp(-1e-8 * speed**3 / (VISCOSITY_M2S * GRAVITY_MS2))
    turned = (east + 1j * north) * np.exp(-1j * angle * np.sign(lat))
    return DRIFT_FACTOR * np.stack([turned.real, turned.imag], axis=1)


def track_back(
    lon: Values, lat: Values, time_s: float, hours: int, *, wind: Velocity | None, current: Velocity | None
) -> Path:
    """Follow points of the sea back in time, by the midpoint method in steps of half an hour.

    Wind drift and currents add up. Their errors are taken as constant along a path, so the spread grows with time.

    Args:
        lon: (N,) degrees.
        lat: (N,) degrees.
        time_s: of the image, seconds since 1970 in UTC.
        hours: 1 to 24.
        wind: 10 m above the sea; None if unknown.
        current: at the surface; None if unknown.
    """

    def velocity(at_lon: Values, at_lat: Values, when: float) -> tuple[Values, Values]:
        total, error = np.zeros((len(at_lon), 2)), np.zeros(len(at_lon))
        if wind is None:
            error = np.hypot(error, UNKNOWN_WIND_MS)
        else:
            blowing = wind(at_lon, at_lat, when)
            total += wind_drift(blowing, at_lat)
            error = np.hypot(error, FACTOR_ERROR * np.hypot(*blowing.T))
        if current is None:
            error = np.hypot(error, UNKNOWN_CURRENT_MS)
        else:
            total += current(at_lon, at_lat, when)
            error = np.hypot(error, CURRENT_ERROR_MS)
        return total, error

    lons, lats, spreads = [lon], [lat], [np.zeros(len(lon))]
    steps = round(hours * 3600 / STEP_S)
    for step in range(steps):
        when = time_s - step * STEP_S
        here, _ = velocity(lons[-1], lats[-1], when)
        middle = _moved(lons[-1], lats[-1], here, -STEP_S / 2)
        there, error = velocity(*middle, when - STEP_S / 2)
        for values, one in zip((lons, lats), _moved(lons[-1], lats[-1], there, -STEP_S), strict=True):
            values.append(one)
        spreads.append(spreads[-1] + error * STEP_S)
    hours_back = np.arange(steps + 1) * STEP_S / 3600
    return Path(hours_back, np.stack(lons), np.stack(lats), np.stack(spreads))


def closest(path: Path, number: int, lon: float, lat: float) -> Closest | None:
    """Compare the path of a point with a site, from one hour before the image.

    The path agrees where it passes the site within its spread. With normal errors two of three true paths do.

    Args:
        number: of the point.
        lon: of the site, degrees.
        lat: of the site, degrees.

    Returns:
        The point of the path that is closest in terms of its spread; None if less than an hour of it is known.
    """
    known = np.isfinite(path.lon[:, number]) & (path.hours >= 1)
    if not known.any():
        return None
    lons, lats, spread = path.lon[known, number], path.lat[known, number], path.spread_m[known, number]
    away, moved = (
        _GEOD.inv(np.full_like(lons, x), np.full_like(lats, y), lons, lats)[2]
        for x, y in ((lon, lat), (path.lon[0, number], path.lat[0, number]))
    )
    at = int(np.argmin(away / spread))
    agrees = bool(away[at] <= spread[at]) if moved[at] > spread[at] else None
    return Closest(float(away[at]), float(path.hours[known][at]), float(spread[at]), agrees)


def _moved(lon: Values, lat: Values, velocity: Values, seconds: float) -> tuple[Values, Values]:
    east, north = (velocity * seconds).T
    known = np.isfinite(lon) & np.isfinite(east) & np.isfinite(north)
    to_lon, to_lat = np.full_like(lon, np.nan), np.full_like(lat, np.nan)
    azimuths = np.degrees(np.arctan2(east, north))
    to_lon[known], to_lat[known], _ = _GEOD.fwd(
        lon[known], lat[known], azimuths[known], np.hypot(east, north)[known]
    )
    return to_lon, to_lat
