"""Wind of ERA5 in NetCDF4 as the Climate Data Store sends it, and in packed classic NetCDF of earlier years."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.io import netcdf_file

from seep.errors import SettingsError
from seep.io.readers.wind import WindQuery, read_wind
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
