"""Georeferences from grids of latitude and longitude: some of their points become ground control points."""

import numpy as np
import numpy.typing as npt
from pyproj import Geod
from rasterio.io import DatasetReader
from rasterio.windows import Window as Span

from seep.core.geo.georeference import WGS84, Georeference, checked_georeference
from seep.errors import ImageError

Numbers = npt.NDArray[np.float64]

MAX_SIDE = 50
"""Most rows and columns of control points."""
MAX_ERROR_PX = 0.5
_GEOD = Geod(ellps="WGS84")


def place_of_grids(
    latitude: DatasetReader,
    longitude: DatasetReader,
    offset: tuple[float, float] = (0.5, 0.5),
    step: tuple[float, float] = (1.0, 1.0),
) -> Georeference | None:
    """Return a georeference with ground control points from two grids of one size.

    If the grids have more than `MAX_SIDE` rows or columns, every n-th one is used. The points between them must be
    within half a step.

    Args:
        latitude: degrees.
        longitude: degrees.
        offset: column and row of the first point in the image.
        step: columns and rows between two points.

    Returns:
        None if values are missing or are not degrees, or the grids are irregular.
    """
    height, width = latitude.shape
    if longitude.shape != latitude.shape:
        return None
    rows, columns = _spread(height), _spread(width)
    between_rows, between_columns = _between(rows), _between(columns)
    lines = np.union1d(rows, between_rows)
    lat, lon = (_lines(one, lines) for one in (latitude, longitude))
    if not np.isfinite(lat).all() or not np.isfinite(lon).all():
        return None
    if np.abs(lat).max() > 90 or np.abs(lon).max() > 360 or np.ptp(lon) > 180:
        return None
    where = np.searchsorted(lines, rows)
    gcps = tuple(
        (offset[1] + float(row) * step[1], offset[0] + float(column) * step[0], x, y)
        for row, xs, ys in zip(
            rows, lon[where][:, columns].tolist(), lat[where][:, columns].tolist(), strict=True
        )
        for column, x, y in zip(columns, xs, ys, strict=True)
    )
    place = checked_georeference(Georeference(None, None, gcps, WGS84))
    if place is None or (len(rows), len(columns)) == (height, width):
        return place
    at = np.searchsorted(lines, between_rows)
    known = lon[at][:, between_columns], lat[at][:, between_columns]
    column, row = np.meshgrid(offset[0] + between_columns * step[0], offset[1] + between_rows * step[1])
    return place if _error_in_steps(place, known, (column, row), step) <= MAX_ERROR_PX else None


def _spread(size: int) -> npt.NDArray[np.int64]:
    """Return at most `MAX_SIDE` indices from the first to the last one."""
    return np.unique(np.linspace(0, size - 1, min(size, MAX_SIDE)).round().astype(np.int64))


def _between(indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the indices in the middle between neighbors."""
    return np.unique((indices[:-1] + indices[1:]) // 2) if len(indices) > 1 else indices


def _lines(grid: DatasetReader, rows: npt.NDArray[np.int64]) -> Numbers:
    """Read lines of a grid; missing values are NaN."""
    read = [grid.read(1, window=Span(0, int(row), grid.width, 1))[0] for row in rows]
    values: Numbers = np.array(read, np.float64)
    if grid.nodata is not None:
        values[values == grid.nodata] = np.nan
    values *= grid.scales[0]
    values += grid.offsets[0]
    return values


def _error_in_steps(
    place: Georeference,
    known: tuple[Numbers, Numbers],
    at: tuple[Numbers, Numbers],
    step: tuple[float, float],
) -> float:
    """Return the largest distance between a georeference and known points, in steps of their grids."""
    try:
        lon, lat = place.lonlat(*at)
        beside = place.lonlat(at[0] + step[0], at[1])
        below = place.lonlat(at[0], at[1] + step[1])
    except ImageError:
        return np.inf
    if not all(np.isfinite(one).all() for one in (lon, lat, *beside, *below)):
        return np.inf
    error_m = _GEOD.inv(lon, lat, *known)[2]
    spacing_m = np.minimum(_GEOD.inv(lon, lat, *beside)[2], _GEOD.inv(lon, lat, *below)[2])
    return float(np.max(error_m / np.maximum(np.median(spacing_m), 1e-9)))
