"""Grids of latitude and longitude of NetCDF, HDF5 and BEAM-DIMAP give the place; rows keep their order."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio.shutil
from pyproj import Geod
from scipy.io import netcdf_file

from seep.core.import_options import ImportOptions
from seep.io.images import read_header
from seep.workflow import tile_data
from seep.workflow.imports.preview import preview_import
from seep.workflow.workspace import Workspace
from seep_testing.image_files import write_geotiff
from tests.workflow.test_conversion import imported

ROWS, COLUMNS = 120, 90
PIXELS = np.random.default_rng(3).normal(-18, 3, (ROWS, COLUMNS)).astype(np.float32)
OMITTED = "incomplete or irregular, so the image has no georeference"


def grids() -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of pixel centers of a curved swath, about 100 m per pixel."""
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    latitude = 60 - 0.0009 * row + 0.0002 * column + 1e-7 * column**2
    longitude = 5 + 0.0018 * column + 0.0003 * row - 2e-7 * row * column
    return latitude, longitude


def write_netcdf(
    path: Path, latitude: np.ndarray | None, longitude: np.ndarray | None, dims: tuple[str, str] = ("y", "x")
) -> Path:
    path.parent.mkdir(exist_ok=True)
    with netcdf_file(path, "w") as file:
        for name, size in zip(dims, (ROWS, COLUMNS), strict=True):
            file.createDimension(name, size)
        file.createVariable("sigma0", "f4", dims)[:] = PIXELS
        for at, (name, values) in enumerate({"latitude": latitude, "longitude": longitude}.items()):
            if values is not None:
                kept = dims if values.ndim == 2 else (dims[at],)
                variable = file.createVariable(name if values.ndim == 2 else dims[at], "f8", kept)
                variable[:] = values
                variable.units = ("degrees_north", "degrees_east")[at]
    return path


def write_hdf5(path: Path, latitude: np.ndarray, longitude: np.ndarray, group: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, values in (("sigma0", PIXELS), ("lat", latitude), ("lon", longitude)):
            file[f"{group}{name}"] = values
    return path


def largest_error_m(path: Path) -> float:
    """Distance between the places of an image and those of `grids`, meters."""
    place = read_header(path).georeference
    assert place is not None
    latitude, longitude = grids()
    row, column = np.mgrid[0:ROWS, 0:COLUMNS] + 0.5
    lon, lat = place.lonlat(column, row)
    return float(Geod(ellps="WGS84").inv(lon, lat, longitude, latitude)[2].max())


@pytest.mark.parametrize("name", ["n.1.nc", "h.1.h5", "g.1.h5"])
def test_grids_of_latitude_and_longitude_give_the_place(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "images" / name
    if name == "n.1.nc":
        write_netcdf(path, *grids())
    else:
        write_hdf5(path, *grids(), group="" if name == "h.1.h5" else "science/grid/")
    report, (tile,) = imported(workspace, tmp_path / "images")
    assert (report.refused, report.notes) == ([], [])
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS)
    assert largest_error_m(Path(tile.path)) < 1


@pytest.mark.parametrize("placed", [True, False])
def test_rows_of_netcdf_keep_the_order_of_the_file(
    workspace: Workspace, tmp_path: Path, placed: bool
) -> None:
    """GDAL turns files without coordinates upside down, and masks of the same order would no longer fit."""
    write_netcdf(tmp_path / "images" / "n.1.nc", *(grids() if placed else (None, None)))
    _, (tile,) = imported(workspace, tmp_path / "images")
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS)


def test_rows_of_netcdf_from_gdal_without_a_place_come_back(workspace: Workspace, tmp_path: Path) -> None:
    source = write_geotiff(tmp_path / "source.tif", PIXELS, crs=None, transform=None)
    (tmp_path / "images").mkdir()
    rasterio.shutil.copy(source, tmp_path / "images" / "n.1.nc", driver="netCDF")
    _, (tile,) = imported(workspace, tmp_path / "images")
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS)


@pytest.mark.parametrize("northward", [False, True])
def test_coordinates_in_degrees_give_the_place_without_a_grid_mapping(
    workspace: Workspace, tmp_path: Path, northward: bool
) -> None:
    latitude = 60 - 0.001 * np.arange(ROWS)
    write_netcdf(
        tmp_path / "images" / "n.1.nc",
        latitude[::-1] if northward else latitude,
        5 + 0.002 * np.arange(COLUMNS),
        dims=("lat", "lon"),
    )
    report, (tile,) = imported(workspace, tmp_path / "images")
    place = read_header(Path(tile.path)).georeference
    assert place is not None
    lon, lat = place.lonlat([0.5, COLUMNS - 0.5], [0.5, ROWS - 0.5])
    np.testing.assert_allclose(lon, [5, 5 + 0.002 * (COLUMNS - 1)], atol=1e-6)
    np.testing.assert_allclose(lat, [latitude[0], latitude[-1]], atol=1e-6)
    np.testing.assert_array_equal(
        tile_data.read_pixels(workspace, tile), PIXELS[::-1] if northward else PIXELS
    )
    assert report.notes == []


@pytest.mark.parametrize("fault", ["noise", "missing", "other size"])
def test_grids_that_are_not_used_are_named_in_preview_and_report(
    workspace: Workspace, tmp_path: Path, fault: str
) -> None:
    latitude, longitude = grids()
    if fault == "noise":
        latitude = latitude + np.random.default_rng(1).normal(0, 0.01, latitude.shape)
    elif fault == "missing":
        latitude[:30] = np.nan
    else:
        latitude, longitude = latitude[::4, ::4], longitude[::4, ::4]
    write_hdf5(tmp_path / "images" / "h.1.h5", latitude, longitude, group="")
    preview = preview_import(workspace, tmp_path / "images", None, ImportOptions())
    assert any(OMITTED in note for note in preview.notes)
    report, (tile,) = imported(workspace, tmp_path / "images")
    assert len(report.notes) == 1
    assert OMITTED in report.notes[0]
    assert read_header(Path(tile.path)).georeference is None
