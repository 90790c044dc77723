"""Bathymetry in the layout of GEBCO, and as GeoTIFF in another CRS."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio
import tifffile
from affine import Affine
from pyproj import Transformer
from scipy.io import netcdf_file

from seep.errors import SettingsError
from seep.io.readers.depth import MAX_SIDE, read_depth
from seep.io.sandbox import SANDBOX

STEP = 1 / 240
"""15 arc seconds, as of GEBCO."""
BOX = (10.2, 50.2, 10.6, 50.5)


def depth_at(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A slope that bilinear interpolation reproduces."""
    return 1000 + 2000 * (lon - 10) - 1000 * (lat - 50)


def write_gebco(path: Path, *, north_first: bool = False, side_deg: float = 1.0) -> Path:
    count = round(side_deg / STEP)
    lat, lon = 50 + (np.arange(count) + 0.5) * STEP, 10 + (np.arange(count) + 0.5) * STEP
    lat = lat[::-1] if north_first else lat
    with h5py.File(path, "w") as file:
        file["lat"], file["lon"] = lat, lon
        file["elevation"] = np.round(-depth_at(lon, lat[:, np.newaxis])).astype(np.int16)
        file["elevation"].dims[0].attach_scale(file["lat"])
        file["elevation"].dims[1].attach_scale(file["lon"])
    return path


@pytest.mark.parametrize("north_first", [False, True])
def test_an_area_of_gebco_is_read(tmp_path: Path, north_first: bool) -> None:
    path = write_gebco(tmp_path / "gebco.nc", north_first=north_first)
    (grid,) = SANDBOX.read_depth(path, [BOX, (30.0, 50.0, 31.0, 51.0)])
    assert grid.depth_m.shape[0] < 80  # the area, not the file
    for lon, lat in ((10.2, 50.2), (10.43, 50.31), (10.6, 50.5)):
        assert grid.at(lon, lat) == pytest.approx(float(depth_at(np.array(lon), np.array(lat))), abs=1.5)


def test_a_large_area_is_thinned(tmp_path: Path) -> None:
    grid = read_depth(write_gebco(tmp_path / "gebco.nc", side_deg=5.0), (10.0, 50.0, 15.0, 55.0))
    assert grid is not None
    assert max(grid.depth_m.shape) <= MAX_SIDE
    assert grid.at(13.1, 52.2) == pytest.approx(float(depth_at(np.array(13.1), np.array(52.2))), abs=1.5)


def test_depths_of_classic_netcdf_are_positive_down(tmp_path: Path) -> None:
    lat, lon = np.linspace(50, 51, 11), np.linspace(10, 11, 11)
    with netcdf_file(tmp_path / "depth.nc", "w") as file:
        for name, axis in (("latitude", lat), ("longitude", lon)):
            file.createDimension(name, 11)
            file.createVariable(name, "f8", (name,))[:] = axis
        file.createVariable("depth", "f4", ("latitude", "longitude"))[:] = depth_at(lon, lat[:, np.newaxis])
    grid = read_depth(tmp_path / "depth.nc", BOX)
    assert grid is not None
    assert grid.at(10.43, 50.31) == pytest.approx(float(depth_at(np.array(10.43), np.array(50.31))), abs=1)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_geotiff_in_meters_is_read_as_elevations_or_depths(tmp_path: Path, sign: int) -> None:
    to_lonlat = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
    x, y = np.meshgrid(570_000 + 500 * (np.arange(160) + 0.5), 5_620_000 - 500 * (np.arange(160) + 0.5))
    lon, lat = to_lonlat.transform(x, y)
    values = (sign * depth_at(lon, lat)).astype(np.float32)
    path = tmp_path / "depth.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=160,
        width=160,
        count=1,
        dtype="float32",
        crs="EPSG:32632",
        transform=Affine(500, 0, 570_000, 0, -500, 5_620_000),
    ) as out:
        out.write(values, 1)
    grid = read_depth(path, BOX)
    assert grid is not None
    assert grid.at(10.43, 50.31) == pytest.approx(float(depth_at(np.array(10.43), np.array(50.31))), abs=3)
    assert read_depth(path, (30.0, 50.0, 31.0, 51.0)) is None


def test_files_without_depth_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(b"no NetCDF")
    with pytest.raises(SettingsError, match=r"a\.nc is no NetCDF file"):
        SANDBOX.read_depth(path, [BOX])
    with h5py.File(path, "w") as file:
        file["u10"] = np.zeros((2, 2))
    with pytest.raises(SettingsError, match=r"a\.nc has no elevation over lat and lon"):
        SANDBOX.read_depth(path, [BOX])
    with h5py.File(path, "w") as file:
        file["elevation"], file["lat"], file["lon"] = np.zeros((3, 3)), [50.0, 50.1, 51.0], [10.0, 10.5, 11.0]
    with pytest.raises(SettingsError, match="no regular grid"):
        read_depth(path, BOX)
    plain = tmp_path / "plain.tif"
    tifffile.imwrite(plain, np.ones((2, 2), np.int16))
    with pytest.raises(SettingsError, match="CRS unknown"):
        read_depth(plain, BOX)
