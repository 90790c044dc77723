"""Wind of ERA5 in NetCDF4 as the Climate Data Store sends it, and in packed classic NetCDF of earlier years; currents
in the layout of CMEMS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.io import netcdf_file

from seep.errors import SettingsError
from seep.io.readers.wind import MAX_SIDE, VelocityQuery, WindQuery, read_velocities, read_wind
from seep.io.sandbox import SANDBOX

LAT, LON = np.array([51.0, 50.75, 50.5]), np.array([10.0, 10.25, 10.5, 10.75])
HOURS = np.array([5, 6, 7])
DAY = datetime(2026, 5, 21, tzinfo=UTC).timestamp()


def field(times: int = 3) -> np.ndarray:
    """A wind that grows by 1 m/s per hour, 4 per degree north and 2 per degree east."""
    hours = np.arange(times, dtype=float)[:, np.newaxis, np.newaxis]
    return hours + 4 * (LAT[:, np.newaxis] - 50) + 2 * (LON - 10)


def write_netcdf4(path: Path, **variables: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        axes = {"valid_time": (HOURS * 3600 + DAY).astype(np.int64), "latitude": LAT, "longitude": LON}
        for name, values in axes.items():
            file[name] = values
            file[name].make_scale(name)
        file["valid_time"].attrs["units"] = "seconds since 1970-01-01"
        for name, values in variables.items():
            file[name] = values.astype(np.float32)
            for at, axis in enumerate(axes):
                file[name].dims[at].attach_scale(file[axis])
    return path


def write_classic(path: Path, u: np.ndarray, v: np.ndarray) -> Path:
    """Shorts with scale and offset, hours since 1900, latitude downward, longitude from 0 to 360."""
    with netcdf_file(path, "w") as file:
        start = (datetime(2026, 5, 21, tzinfo=UTC) - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds() / 3600
        axes: dict[str, Any] = {"time": HOURS + start, "latitude": LAT, "longitude": LON + 340}
        for name, values in axes.items():
            file.createDimension(name, len(values))
            variable = file.createVariable(name, "i4" if name == "time" else "f4", (name,))
            variable[:] = values
        file.variables["time"].units = "hours since 1900-01-01 00:00:00.0"
        for name, values in (("u10", u), ("v10", v)):
            variable = file.createVariable(name, "i2", ("time", "latitude", "longitude"))
            variable.scale_factor, variable.add_offset, variable._FillValue = 0.001, 5.0, np.int16(-32767)
            variable[:] = np.where(np.isfinite(values), np.round((values - 5) / 0.001), -32767).astype(
                np.int16
            )
    return path


def at(lon: float, lat: float, hour: float) -> WindQuery:
    return WindQuery(lon, lat, DAY + hour * 3600)


def test_the_wind_is_bilinear_in_space_at_the_nearest_hour(tmp_path: Path) -> None:
    path = write_netcdf4(tmp_path / "era5.nc", u10=field(), v10=-field())
    queries = [
        at(10.1, 50.6, 5.9),
        at(10.75, 51.0, 7.4),
        at(10.1, 50.6, 9),
        at(11, 50.6, 6),
        at(10.1, 51.2, 6),
    ]
    found = read_wind(path, queries)
    assert found[0] == pytest.approx((1 + 4 * 0.6 + 2 * 0.1, -(1 + 4 * 0.6 + 2 * 0.1)), abs=1e-5)
    assert found[1] == pytest.approx((2 + 4 + 1.5, -7.5), abs=1e-5)
    assert found[2:] == [None, None, None]
    assert SANDBOX.read_wind(path, queries) == found


def test_packed_classic_files_are_read_and_gaps_have_no_wind(tmp_path: Path) -> None:
    u = field()
    u[0, 0, 0] = np.nan
    path = write_classic(tmp_path / "old.nc", u, field())
    inside, gap = read_wind(path, [at(-9.875, 50.625, 6), at(-20, 51, 5)])
    assert inside == pytest.approx((1 + 4 * 0.625 + 2 * 0.125,) * 2, abs=1e-3)
    assert gap is None


def test_other_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"no NetCDF")
    with pytest.raises(SettingsError, match=r"a\.nc is no NetCDF file"):
        read_wind(tmp_path / "a.nc", [])
    path = write_netcdf4(tmp_path / "b.nc", u10=field())
    with pytest.raises(SettingsError, match=r"b\.nc has no v10"):
        SANDBOX.read_wind(path, [])
    (tmp_path / "c.nc").write_bytes(path.read_bytes()[:900])
    with pytest.raises(SettingsError, match=r"c\.nc cannot be read"):
        SANDBOX.read_wind(tmp_path / "c.nc", [])
    write_netcdf4(tmp_path / "other.nc", v10=field())
    with h5py.File(path, "a") as file:
        file["v10"] = h5py.ExternalLink("other.nc", "/v10")
    with pytest.raises(SettingsError, match=r"b\.nc refers to other files"):
        read_wind(path, [at(10, 51, 6)])


BOX = (10.1, 50.5, 10.4, 50.8)
CMEMS_LON = np.arange(9.5, 11.01, 1 / 12)
CMEMS_LAT = np.arange(50, 51.26, 1 / 12)


def write_currents(path: Path, hours: np.ndarray, lon: np.ndarray = CMEMS_LON) -> Path:
    """Currents in the layout of CMEMS: 0.1 m/s per hour, per degree east and north; the deeper layer differs."""
    with h5py.File(path, "w") as file:
        since = (DAY - datetime(1950, 1, 1, tzinfo=UTC).timestamp()) / 3600
        axes = {
            "time": hours + since,
            "depth": np.array([0.494, 1.541]),
            "latitude": CMEMS_LAT,
            "longitude": lon,
        }
        for name, values in axes.items():
            file[name] = values
            file[name].make_scale(name)
        file["time"].attrs["units"] = "hours since 1950-01-01"
        for name, sign in (("uo", 1), ("vo", -1)):
            surface = (
                sign
                * 0.1
                * (hours[:, np.newaxis, np.newaxis] + (CMEMS_LAT[:, np.newaxis] - 50) + (lon % 360 - 10))
            )
            values = np.stack([surface, surface + 9], axis=1).astype(np.float32)
            values[:, :, :, 0] = 1e20
            file[name] = values
            file[name].attrs["_FillValue"] = np.float32(1e20)
            for at, axis in enumerate(axes):
                file[name].dims[at].attach_scale(file[axis])
    return path


def current(grid: Any, lon: float, lat: float, hour: float) -> list[float]:
    return list(grid.at(np.array([lon]), np.array([lat]), DAY + hour * 3600)[0])


def test_surface_currents_of_cmems_are_read_for_an_area_and_a_day(tmp_path: Path) -> None:
    path = write_currents(tmp_path / "cmems.nc", np.arange(60))
    query = VelocityQuery(BOX, DAY + 6.2 * 3600, DAY + 30.2 * 3600)
    kind, (grid, elsewhere, later) = SANDBOX.read_velocities(
        path,
        [query, VelocityQuery((40, 50, 41, 51), DAY, DAY), VelocityQuery(BOX, DAY, DAY + 70 * 3600)],
    )
    assert kind == "currents"
    assert grid is not None
    assert (elsewhere, later) == (None, None)
    assert (grid.times_s[1] - DAY) / 3600 == 6
    assert (grid.times_s[-2] - DAY) / 3600 == 31
    assert grid.lon[0] < BOX[0] < BOX[2] < grid.lon[-1]
    assert len(grid.lon) < len(CMEMS_LON)
    expected = 0.1 * (18.3 + 0.65 + 0.23)
    assert current(grid, 10.23, 50.65, 18.3) == pytest.approx([expected, -expected], abs=1e-5)
    assert current(grid, 370.23, 50.65, 18.3) == pytest.approx([expected, -expected], abs=1e-5)
    assert np.isnan(current(grid, 10.23, 50.65, 33)).all()
    direct = read_velocities(path, [query])[1][0]
    assert direct is not None
    np.testing.assert_array_equal(grid.velocity_ms, direct.velocity_ms)


def test_daily_currents_hold_for_half_a_day_and_gaps_are_not_bridged(tmp_path: Path) -> None:
    path = write_currents(tmp_path / "daily.nc", np.array([12, 36, 600]))
    at_noon = VelocityQuery(BOX, DAY + 18 * 3600, DAY + 42 * 3600)
    _, (grid, alone) = read_velocities(
        path, [at_noon, VelocityQuery(BOX, DAY + 576 * 3600, DAY + 601 * 3600)]
    )
    assert grid is not None
    assert alone is not None
    assert current(grid, 10.2, 50.6, 42)[0] == pytest.approx(0.1 * (36 + 0.8), abs=1e-4)
    assert current(grid, 10.2, 50.6, 24)[0] == pytest.approx(0.1 * (24 + 0.8), abs=1e-4)
    assert np.isnan(current(grid, 10.2, 50.6, 49)).all()
    assert current(alone, 10.2, 50.6, 601)[0] == pytest.approx(0.1 * (600 + 0.8), abs=1e-3)
    assert np.isnan(current(alone, 10.2, 50.6, 590)).all()


def test_land_and_longitudes_to_360_are_kept_and_fine_grids_are_thinned(tmp_path: Path) -> None:
    lon = np.arange(345, 355, 0.05)
    path = write_currents(tmp_path / "west.nc", np.arange(5), lon)
    _, (grid,) = read_velocities(path, [VelocityQuery((-16, 50.2, -6, 50.8), DAY, DAY + 7200)])
    assert grid is not None
    assert len(grid.lon) <= MAX_SIDE
    assert np.isnan(current(grid, -14.99, 50.5, 1)).all()
    assert current(grid, -10.0, 50.5, 1)[0] == pytest.approx(0.1 * (1 + 0.5 + 340), rel=1e-4)


def test_the_wind_of_a_day_is_read_from_the_same_file_as_that_of_an_hour(tmp_path: Path) -> None:
    path = write_netcdf4(tmp_path / "era5.nc", u10=field(), v10=-field())
    kind, (grid,) = SANDBOX.read_velocities(path, [VelocityQuery(BOX, DAY - 1e5, DAY + 7 * 3600)])
    assert kind == "wind"
    assert grid is not None
    assert current(grid, 10.1, 50.6, 6)[0] == pytest.approx(1 + 4 * 0.6 + 2 * 0.1, abs=1e-5)
    with pytest.raises(SettingsError, match=r"b\.nc has no vo\. Provide currents of CMEMS"):
        read_velocities(write_netcdf4(tmp_path / "b.nc", uo=field()), [])
