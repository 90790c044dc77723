"""Reads water depth from bathymetry: GeoTIFF in any CRS, or NetCDF on a grid of longitude and latitude as of GEBCO."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.warp import reproject, transform_bounds

from seep.core.geo.depth_grid import DepthGrid
from seep.errors import ImageError, SettingsError
from seep.io.readers.gdal import opened
from seep.io.readers.netcdf import NETCDF_SUFFIXES, Numbers, Variable, opened_netcdf

Box = tuple[float, float, float, float]
"""West, south, east and north edge, degrees."""

MAX_SIDE = 1024
"""Most rows and columns of a grid; a finer file is thinned. At 15 arc seconds, as of GEBCO, that is 4 degrees."""

_ELEVATIONS = ("elevation", "z", "Band1", "topo", "altitude")
_DEPTHS = ("depth", "bathymetry", "deptho")
_AXES = {"lat": ("lat", "latitude", "y"), "lon": ("lon", "longitude", "x")}
_MAX_AXIS = 1_000_000


def read_depth(path: Path, box: Box) -> DepthGrid | None:
    """Read the water depth of an area.

    Args:
        path: GeoTIFF with one band, or NetCDF with `elevation` (GEBCO) or `depth` over latitude and longitude, m.
            Elevations are negative below the sea. A GeoTIFF without negative values in the area has depths.

    Returns:
        The grid, of about the resolution of the file; None if the file has no depth in the area.

    Raises:
        SettingsError: the file cannot be read, refers to other files, or has no depth.
    """
    if path.suffix.lower() in NETCDF_SUFFIXES:
        names = [*_ELEVATIONS, *_DEPTHS, *_AXES["lat"], *_AXES["lon"]]
        with opened_netcdf(path, names) as variables:
            grid = _from_netcdf(path.name, variables, box)
    else:
        try:
            grid = _from_tiff(path, box)
        except ImageError as error:
            raise SettingsError(str(error)) from error
    return grid if grid is not None and np.isfinite(grid.depth_m).any() else None


def _from_netcdf(name: str, variables: Mapping[str, Variable], box: Box) -> DepthGrid | None:
    values = next((one for one in (*_ELEVATIONS, *_DEPTHS) if one in variables), None)
    axes = {key: next((one for one in names if one in variables), "") for key, names in _AXES.items()}
    if values is None or not all(axes.values()):
        raise SettingsError(f"{name} has no elevation over lat and lon. Provide bathymetry such as GEBCO's.")
    field, lat, lon = variables[values], variables[axes["lat"]], variables[axes["lon"]]
    if any(
        len(one.shape) != 1 or not 2 <= one.shape[0] <= _MAX_AXIS for one in (lat, lon)
    ) or field.shape != (
        lat.shape[0],
        lon.shape[0],
    ):
        raise SettingsError(f"{name} has no grid of lat and lon. Download it as a regular grid.")
    west, south, east, north = box
    rows, columns = _span(name, lat.values(), south, north), _span(name, lon.values(), west, east)
    if rows is None or columns is None:
        return None
    (row_slice, lats), (column_slice, lons) = rows, columns
    found = field.values((row_slice, column_slice))
    found = found[:: 1 if lats[0] < lats[-1] else -1, :: 1 if lons[0] < lons[-1] else -1]
    sign = 1 if values in _DEPTHS else -1
    return DepthGrid(
        float(lons.min()),
        float(lats.min()),
        abs(float(lons[1] - lons[0])),
        abs(float(lats[1] - lats[0])),
        (sign * found).astype(np.float32),
    )


def _span(name: str, axis: Numbers, low: float, high: float) -> tuple[slice, Numbers] | None:
    """Return the part of an axis that covers a range with a point on either side, thinned to `MAX_SIDE` points."""
    steps = np.diff(axis)
    if not np.isfinite(axis).all() or not np.allclose(steps, steps.mean(), rtol=0.01, atol=0) or not steps[0]:
        raise SettingsError(f"{name} has no regular grid of lat and lon. Download it as a regular grid.")
    first, last = sorted((np.array([low, high]) - axis[0]) / steps.mean())
    start, stop = max(0, int(np.floor(first))), min(len(axis), int(np.ceil(last)) + 1)
    if stop - start < 2:
        return None
    part = slice(start, stop, max(1, -(-(stop - start) // MAX_SIDE)))
    return (part, axis[part]) if len(axis[part]) > 1 else None


def _from_tiff(path: Path, box: Box) -> DepthGrid | None:
    west, south, east, north = box
    with opened(path, "GTiff") as dataset:
        if dataset.crs is None or dataset.count != 1:
            raise SettingsError(
                f"{path.name} has {dataset.count} bands and the CRS {dataset.crs or 'unknown'}. "
                "Provide a GeoTIFF with one band and a CRS."
            )
        to = CRS.from_epsg(4326)
        try:
            left, bottom, right, top = transform_bounds(dataset.crs, to, *dataset.bounds)
            step = min((right - left) / dataset.width, (top - bottom) / dataset.height)
            step = max(step, (east - west) / (MAX_SIDE - 1), (north - south) / (MAX_SIDE - 1))
            columns, rows = (max(2, int(np.ceil(side / step)) + 1) for side in (east - west, north - south))
            found = np.full((rows, columns), np.nan, np.float32)
            reproject(
                source=rasterio.band(dataset, 1),
                destination=found,
                dst_transform=Affine(step, 0, west - step / 2, 0, -step, south + (rows - 0.5) * step),
                dst_crs=to,
                dst_nodata=np.nan,
                resampling=Resampling.bilinear,
            )
        except (RasterioError, ValueError) as error:
            raise SettingsError(
                f"{path.name} cannot be read ({str(error)[:80]}). Export it again as GeoTIFF."
            ) from error
    sign = -1 if (found < 0).any() else 1
    return DepthGrid(west, south, step, step, sign * found[::-1])
