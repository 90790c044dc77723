"""Reads the wind 10 m above the sea from NetCDF files of ERA5."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np

from seep.errors import SettingsError
from seep.io.readers.netcdf import Numbers, Variable, attribute_text, opened_netcdf

MAX_GAP_S = 90 * 60
"""Times farther from every time of the file have no wind; ERA5 is hourly."""

_Between = tuple[int, int, float]
"""Both neighbors on an axis, and the share of the way between them."""

_NAMES = {
    "u": ("u10", "10u", "u10m", "U10M"),
    "v": ("v10", "10v", "v10m", "V10M"),
    "time": ("valid_time", "time"),
    "lat": ("latitude", "lat"),
    "lon": ("longitude", "lon"),
}
_UNITS_S = {
    "second": 1,
    "sec": 1,
    "s": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "hr": 3600,
    "h": 3600,
    "day": 86400,
}
_SINCE = re.compile(
    r"\s*(\w+?)s?\s+since\s+(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?.*"
)
_MAX_AXIS = 1_000_000
_MAX_OTHERS = 64


@dataclass(frozen=True)
class WindQuery:
    """A place and a time: degrees, and seconds since 1970 in UTC."""

    lon: float
    lat: float
    time_s: float


def read_wind(path: Path, queries: Sequence[WindQuery]) -> list[tuple[float, float] | None]:
    """Return the wind at places and times: bilinear between grid points, at the nearest time.

    Args:
        path: NetCDF file with u10 and v10 over time, latitude and longitude.
        queries: any number.

    Returns:
        Eastward and northward component in m/s by query; None outside the area or the times of the file.

    Raises:
        SettingsError: the file cannot be read, refers to other files, or has no such wind.
    """
    with opened_netcdf(path, [name for names in _NAMES.values() for name in names]) as variables:
        return _Wind(path.name, variables).at(queries)


class _Wind:
    def __init__(self, name: str, variables: Mapping[str, Variable]) -> None:
        found = {key: next((one for one in names if one in variables), "") for key, names in _NAMES.items()}
        missing = [_NAMES[key][0] for key, one in found.items() if not one]
        if missing:
            raise SettingsError(
                f"{name} has no {', '.join(missing)}. Provide ERA5 with the 10 m wind components u10 and v10."
            )
        self.names = found
        self.components = variables[found["u"]], variables[found["v"]]
        axes = {key: variables[found[key]] for key in ("time", "lat", "lon")}
        if any(int(np.prod(one.shape)) > _MAX_AXIS or len(one.shape) > 1 for one in axes.values()):
            raise SettingsError(
                f"{name} has no grid of latitude and longitude. Download it as a regular grid."
            )
        self.times = _seconds(name, axes["time"])
        self.lat, self.lon = np.atleast_1d(axes["lat"].values()), np.atleast_1d(axes["lon"].values())
        if any(len(axis) > 1 and not _monotonic(axis) for axis in (self.lat, self.lon)):
            raise SettingsError(
                f"{name} has unordered latitudes or longitudes. Download it as a regular grid."
            )

    def at(self, queries: Sequence[WindQuery]) -> list[tuple[float, float] | None]:
        return [self._one(query) for query in queries]

    def _one(self, query: WindQuery) -> tuple[float, float] | None:
        gaps = np.abs(self.times - query.time_s)
        when = int(np.nanargmin(gaps))
        row, column = _between(self.lat, query.lat), self._column(query.lon)
        if gaps[when] > MAX_GAP_S or row is None or column is None:
            return None
        u, v = (self._value(component, when, row, column) for component in self.components)
        return (u, v) if np.isfinite([u, v]).all() else None

    def _column(self, lon: float) -> _Between | None:
        for turn in (0.0, 360.0, -360.0):
            found = _between(self.lon, lon + turn)
            if found is not None:
                return found
        first, last = int(self.lon.argmin()), int(self.lon.argmax())
        gap = self.lon[first] + 360 - self.lon[last]
        step = abs(float(self.lon[1] - self.lon[0])) if len(self.lon) > 1 else 0.0
        if 0 < gap <= 1.01 * step:  # around the globe
            return last, first, float(((lon - self.lon[last]) % 360) / gap)
        return None

    def _value(self, variable: Variable, when: int, row: _Between, column: _Between) -> float:
        low = self._point(variable, when, row[0], column[0]), self._point(variable, when, row[0], column[1])
        high = self._point(variable, when, row[1], column[0]), self._point(variable, when, row[1], column[1])
        across = [one[0] * (1 - column[2]) + one[1] * column[2] for one in (low, high)]
        return float(across[0] * (1 - row[2]) + across[1] * row[2])

    def _point(self, variable: Variable, when: int, row: int, column: int) -> float:
        """The value of a grid point: the first one along other dimensions, such as the versions of ERA5."""
        known = {self.names["time"]: when, self.names["lat"]: row, self.names["lon"]: column}
        sizes = zip(variable.dims, variable.shape, strict=True)
        others = [range(1 if name in known else size) for name, size in sizes]
        for at in list(product(*others))[:_MAX_OTHERS]:
            index = tuple(known.get(name, place) for name, place in zip(variable.dims, at, strict=True))
            value = float(variable.values(index))
            if np.isfinite(value):
                return value
        return float("nan")


def _between(axis: Numbers, value: float) -> _Between | None:
    """Both neighbors of a value on an axis and its share of the way; None outside of it."""
    if len(axis) == 1:
        return (0, 0, 0.0) if abs(axis[0] - value) <= 0.25 else None
    order = np.argsort(axis)
    ordered = axis[order]
    slack = 1e-6
    if not ordered[0] - slack <= value <= ordered[-1] + slack:
        return None
    at = int(np.clip(np.searchsorted(ordered, value, side="right") - 1, 0, len(axis) - 2))
    share = (value - ordered[at]) / (ordered[at + 1] - ordered[at])
    return int(order[at]), int(order[at + 1]), float(np.clip(share, 0, 1))


def _monotonic(axis: Numbers) -> bool:
    steps = np.diff(axis)
    return bool((steps > 0).all() or (steps < 0).all())


def _seconds(name: str, variable: Variable) -> Numbers:
    units = attribute_text(variable.attributes.get("units", ""))
    match = _SINCE.fullmatch(units)
    if match is None or match[1].lower() not in _UNITS_S:
        raise SettingsError(f"{name} has times in {units[:60]!r}. Provide hours or seconds since a date.")
    parts = [int(part or 0) for part in match.groups()[1:]]
    start = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
    times = start.timestamp() + np.atleast_1d(variable.values()) * _UNITS_S[match[1].lower()]
    if not np.isfinite(times).any():
        raise SettingsError(f"{name} has no times. Download it again.")
    return times
