"""Reads the wind 10 m above the sea from NetCDF files of ERA5, and surface currents from those of CMEMS."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np

from seep.core.geo.velocity_grid import VelocityGrid
from seep.errors import SettingsError
from seep.io.readers.depth import Box
from seep.io.readers.netcdf import Numbers, Variable, attribute_text, opened_netcdf

MAX_GAP_S = 90 * 60
"""Times farther from every time of the file have no wind; ERA5 is hourly."""

_Between = tuple[int, int, float]
"""Both neighbors on an axis, and the share of the way between them."""

MAX_STEP_S = 25 * 3600
"""Times farther apart are not connected; currents are hourly or daily."""

MAX_SIDE = 48
"""Most rows and columns of a grid; a finer file is thinned. At 1/12 degree, as of CMEMS, that is 4 degrees."""

_AXES = {"time": ("valid_time", "time"), "lat": ("latitude", "lat"), "lon": ("longitude", "lon")}
_WIND = {"u": ("u10", "10u", "u10m", "U10M"), "v": ("v10", "10v", "v10m", "V10M"), **_AXES}
_CURRENTS = {"u": ("uo", "utotal"), "v": ("vo", "vtotal"), **_AXES}
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
    with opened_netcdf(path, _all(_WIND)) as variables:
        return _Velocities(path.name, variables, _WIND).at(queries)


@dataclass(frozen=True)
class VelocityQuery:
    """An area in degrees, and a range of times in seconds since 1970 in UTC."""

    box: Box
    start_s: float
    stop_s: float


def read_velocities(path: Path, queries: Sequence[VelocityQuery]) -> tuple[str, list[VelocityGrid | None]]:
    """Read wind or surface currents of areas.

    Args:
        path: NetCDF file with u10 and v10 (ERA5), or with uo and vo (CMEMS), over time, latitude and longitude. Of
            further dimensions, such as depth, the first value is read.
        queries: any number.

    Returns:
        "wind" or "currents", and a grid for each query: the connected times around its `stop_s` within half a step
        of them; None where the file has none.

    Raises:
        SettingsError: the file cannot be read, refers to other files, or has neither.
    """
    with opened_netcdf(path, {*_all(_WIND), *_all(_CURRENTS)}) as variables:
        kind = "wind" if any(name in variables for name in _WIND["u"]) else "currents"
        file = _Velocities(path.name, variables, _WIND if kind == "wind" else _CURRENTS)
        return kind, [file.grid(query) for query in queries]


def _all(names: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [name for group in names.values() for name in group]


class _Velocities:
    def __init__(
        self, name: str, variables: Mapping[str, Variable], names: Mapping[str, tuple[str, ...]]
    ) -> None:
        found = {key: next((one for one in group if one in variables), "") for key, group in names.items()}
        missing = [names[key][0] for key, one in found.items() if not one]
        if missing:
            remedy = (
                "ERA5 with the 10 m wind components u10 and v10"
                if names is _WIND
                else "currents of CMEMS with uo and vo"
            )
            raise SettingsError(f"{name} has no {', '.join(missing)}. Provide {remedy}.")
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

    def grid(self, query: VelocityQuery) -> VelocityGrid | None:
        """Return a grid of an area; its first and last times are repeated half a step outside."""
        west, south, east, north = query.box
        rows = _part(self.lat, south, north)
        for turn in (0.0, 360.0, -360.0):
            columns = _part(self.lon, west + turn, east + turn)
            if columns is not None:
                break
        times = self._times(query)
        if times is None or rows is None or columns is None:
            return None
        field = np.stack([self._block(one, times, rows, columns) for one in self.components], axis=-1)
        moments, lat, lon = self.times[times], self.lat[rows], self.lon[columns] - turn
        field = field[:, np.argsort(lat)][:, :, np.argsort(lon)]
        if not np.isfinite(field).any():
            return None
        field = np.concatenate([field[:1], field, field[-1:]])
        reach = self._reach(times)
        moments = np.array([moments[0] - reach, *moments, moments[-1] + reach])
        return VelocityGrid(moments, np.sort(lat), np.sort(lon), field.astype(np.float32))

    def _times(self, query: VelocityQuery) -> slice | None:
        """Return the times around a range that are connected with its end."""
        times = self.times
        if not _monotonic(times) or (len(times) > 1 and times[0] > times[-1]):
            return None
        last = int(np.abs(times - query.stop_s).argmin())
        first = last
        while (
            last + 1 < len(times)
            and times[last] < query.stop_s
            and times[last + 1] - times[last] <= MAX_STEP_S
        ):
            last += 1
        while first > 0 and times[first] > query.start_s and times[first] - times[first - 1] <= MAX_STEP_S:
            first -= 1
        found = slice(first, last + 1)
        reach = self._reach(found)
        return found if times[first] - reach <= query.stop_s <= times[last] + reach else None

    def _reach(self, times: slice) -> float:
        """Return half a step between times; with a single one, `MAX_GAP_S`."""
        steps = np.diff(self.times[times])
        return float(steps.max()) / 2 if len(steps) else float(MAX_GAP_S)

    def _block(self, variable: Variable, times: slice, rows: slice, columns: slice) -> Numbers:
        known = {self.names["time"]: times, self.names["lat"]: rows, self.names["lon"]: columns}
        index = tuple(known.get(name, 0) for name in variable.dims)
        axes = [name for name in variable.dims if name in known]
        return variable.values(index).transpose([axes.index(name) for name in known])

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


def _part(axis: Numbers, low: float, high: float) -> slice | None:
    """Return the part of an axis that covers a range with a point on either side, thinned to `MAX_SIDE` points."""
    inside = np.flatnonzero((axis >= low) & (axis <= high))
    if not len(inside):
        return None
    start, stop = max(0, int(inside[0]) - 1), min(len(axis), int(inside[-1]) + 2)
    step = -(-(stop - start) // MAX_SIDE)
    return slice(start, stop, step) if stop - start > step else None


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
