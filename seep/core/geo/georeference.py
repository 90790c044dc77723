"""Georeferences: an affine transform in a CRS, or ground control points.

Image coordinates are those of affine geotransforms: column and row grow to the right and downward, (0, 0) is
the outer corner of the first pixel and (0.5, 0.5) its center. Distances and areas are geodesic, on WGS 84.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import ProjError

from seep.errors import ImageError

Numbers = npt.NDArray[np.float64]

WGS84 = "EPSG:4326"
MAX_GCPS = 10_000
_NEWTON_STEPS = 6
_MIN_GRID = 4
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Georeference:
    """The georeference of an image. An image without one has None instead.

    Attributes:
        crs: of `transform`, as "EPSG:n" or WKT; None when the image has ground control points only.
        transform: (a, b, c, d, e, f) with x = a * column + b * row + c and y = d * column + e * row + f, the
            order of rasterio and affine; None without a transform.
        gcps: ground control points (row, column, x, y); used when there is no transform.
        gcp_crs: CRS of their x and y.
    """

    crs: str | None
    transform: tuple[float, float, float, float, float, float] | None
    gcps: tuple[tuple[float, float, float, float], ...] = ()
    gcp_crs: str | None = None

    @property
    def map_crs(self) -> str | None:
        """CRS of the coordinates that `to_map` returns."""
        return self.crs if self.transform is not None else self.gcp_crs

    def to_dict(self) -> dict[str, Any]:
        """Return the georeference as JSON values."""
        return {
            "crs": self.crs,
            "transform": list(self.transform) if self.transform else None,
            "gcps": [list(point) for point in self.gcps],
            "gcp_crs": self.gcp_crs,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> Georeference | None:
        """Read what `to_dict` returned; None and an empty mapping give None.

        Raises:
            ImageError: the transform does not have six numbers, or a point does not have four.
        """
        if not values:
            return None
        transform, gcps = values.get("transform"), values.get("gcps") or []
        if (transform is not None and len(transform) != 6) or any(len(point) != 4 for point in gcps):
            raise ImageError("The stored georeference of an image is damaged. Import the image again.")
        return cls(
            crs=values.get("crs"),
            transform=tuple(float(value) for value in transform) if transform is not None else None,  # type: ignore[arg-type]
            gcps=tuple((float(p[0]), float(p[1]), float(p[2]), float(p[3])) for p in gcps),
            gcp_crs=values.get("gcp_crs"),
        )

    def shifted(self, x: int, y: int) -> Georeference:
        """Return the georeference of a window that begins at column x and row y of this image."""
        transform = self.transform
        if transform is not None:
            a, b, c, d, e, f = transform
            transform = (a, b, c + a * x + b * y, d, e, f + d * x + e * y)
        gcps = tuple((row - y, column - x, east, north) for row, column, east, north in self.gcps)
        return Georeference(self.crs, transform, gcps, self.gcp_crs)

    def to_map(self, columns: npt.ArrayLike, rows: npt.ArrayLike) -> tuple[Numbers, Numbers]:
        """Convert image coordinates to x and y in `map_crs`.

        Ground control points on a regular grid of at least 4 x 4 points, such as those of Sentinel-1 GRD
        products, are interpolated exactly by a bicubic spline, linear outside the grid. Other points are
        approximated by a least-squares polynomial of degree 1 to 3, depending on their number.

        Args:
            columns: any shape.
            rows: the same shape.

        Raises:
            ImageError: there is no transform, and there are fewer than three ground control points.
        """
        across, down = np.asarray(columns, np.float64), np.asarray(rows, np.float64)
        if self.transform is not None:
            a, b, c, d, e, f = self.transform
            return a * across + b * down + c, d * across + e * down + f
        return _interpolation(self.gcps).at(across, down)

    def from_lonlat(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Numbers, Numbers]:
        """Convert longitude and latitude to image coordinates: the inverse of `lonlat`, to 1e-6 pixels.

        Raises:
            ImageError: as for `lonlat`.
        """
        if self.map_crs is None:
            raise ImageError("The image has coordinates but no CRS; give it one, e.g. with gdal_edit -a_srs.")
        x, y = (
            np.asarray(v, np.float64)
            for v in _to_lonlat(self.map_crs).transform(lon, lat, direction="INVERSE")
        )
        if self.transform is not None:
            a, b, c, d, e, f = self.transform
            determinant = a * e - b * d
            return (e * (x - c) - b * (y - f)) / determinant, (a * (y - f) - d * (x - c)) / determinant
        # Approximate by the inverse polynomial, then refine by Newton's method.
        columns, rows = _fitted(tuple((p[3], p[2], p[1], p[0]) for p in self.gcps)).at(x, y)
        for _ in range(_NEWTON_STEPS):
            at, right, below = (self.to_map(columns + i, rows + j) for i, j in ((0, 0), (0.5, 0), (0, 0.5)))
            (p, r), (q, s) = ((2 * (side[0] - at[0]), 2 * (side[1] - at[1])) for side in (right, below))
            columns = columns + (s * (x - at[0]) - q * (y - at[1])) / (p * s - q * r)
            rows = rows + (p * (y - at[1]) - r * (x - at[0])) / (p * s - q * r)
        return columns, rows

    def lonlat(self, columns: npt.ArrayLike, rows: npt.ArrayLike) -> tuple[Numbers, Numbers]:
        """Convert image coordinates to longitude and latitude, degrees on WGS 84.

        Raises:
            ImageError: the CRS is missing or unknown; or as for `to_map`.
        """
        x, y = self.to_map(columns, rows)
        if self.map_crs is None:
            raise ImageError("The image has coordinates but no CRS; give it one, e.g. with gdal_edit -a_srs.")
        lon, lat = _to_lonlat(self.map_crs).transform(x, y)
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)

    def pixel_size_m(self, column: float, row: float) -> tuple[float, float] | None:
        """Return the ground width and height of the pixel around a point, meters; None where unknown."""
        sides = self._sides(np.asarray([column]), np.asarray([row]))
        return None if sides is None else (float(sides[0][0]), float(sides[1][0]))

    def pixel_area_m2(self, column: npt.ArrayLike, row: npt.ArrayLike) -> Numbers | None:
        """Return the ground area of the pixels around points in square meters, with the shape of `column`.

        This is the area of the parallelogram of the pixel's two axes; None if it is unknown.
        """
        columns = np.asarray(column, np.float64)
        sides = self._sides(columns.ravel(), np.broadcast_to(row, columns.shape).ravel())
        if sides is None:
            return None
        width, height, angle = sides
        return (width * height * np.abs(np.sin(angle))).reshape(columns.shape)

    def _sides(self, columns: Numbers, rows: Numbers) -> tuple[Numbers, Numbers, Numbers] | None:
        """Return the ground length of a pixel along its row and its column in meters, and their angle in radians."""
        try:
            left = self.lonlat(columns - 0.5, rows)
            right = self.lonlat(columns + 0.5, rows)
            top = self.lonlat(columns, rows - 0.5)
            bottom = self.lonlat(columns, rows + 0.5)
        except ImageError:
            return None
        if not all(np.isfinite(side).all() for pair in (left, right, top, bottom) for side in pair):
            return None
        across, _, width = _GEOD.inv(*left, *right)
        down, _, height = _GEOD.inv(*top, *bottom)
        return np.asarray(width), np.asarray(height), np.radians(np.asarray(down) - np.asarray(across))


def checked_georeference(found: Georeference | None) -> Georeference | None:
    """Return a georeference if it is usable (known CRS, finite, not degenerate), else None."""
    if found is None or found.map_crs is None:
        return None
    numbers = found.transform or [value for point in found.gcps for value in point]
    if not np.isfinite(numbers).all() or len(found.gcps) > MAX_GCPS:
        return None
    try:
        _to_lonlat(found.map_crs)
        found.to_map(0.0, 0.0)
    except ImageError:
        return None
    if (
        found.transform
        and not found.transform[0] * found.transform[4] - found.transform[1] * found.transform[3]
    ):
        return None
    return found


@dataclass(frozen=True)
class _Polynomial:
    """Map x and y as polynomials of image coordinates; both sides are scaled to about -1 to 1."""

    degree: int
    center: Numbers
    spread: Numbers
    coefficients: Numbers

    def at(self, columns: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Evaluate at image coordinates."""
        points = np.stack([columns, rows], axis=-1)
        found = _terms((points - self.center) / self.spread, self.degree) @ self.coefficients
        return found[..., 0], found[..., 1]


@dataclass(frozen=True)
class _Grid:
    """Map x and y as bicubic splines through a regular grid of points."""

    rows: Numbers
    columns: Numbers
    splines: tuple[Any, Any]

    def at(self, columns: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Evaluate at image coordinates."""
        row = np.clip(rows, self.rows[0], self.rows[-1])
        column = np.clip(columns, self.columns[0], self.columns[-1])
        x, y = (
            np.asarray(
                spline.ev(row, column)
                + spline.ev(row, column, dx=1) * (rows - row)
                + spline.ev(row, column, dy=1) * (columns - column)
            )
            for spline in self.splines
        )
        return x, y


@lru_cache(maxsize=32)
def _interpolation(gcps: tuple[tuple[float, float, float, float], ...]) -> _Grid | _Polynomial:
    """Return splines for points on a regular grid of at least 4 x 4 points, else a polynomial."""
    table = np.asarray(gcps, np.float64).reshape(-1, 4)
    rows, columns = np.unique(table[:, 0]), np.unique(table[:, 1])
    if min(len(rows), len(columns)) < _MIN_GRID or len(rows) * len(columns) != len(table):
        return _fitted(gcps)
    order = np.lexsort((table[:, 1], table[:, 0]))
    grid = table[order].reshape(len(rows), len(columns), 4)
    if (grid[:, :, 0] != rows[:, np.newaxis]).any() or (grid[:, :, 1] != columns).any():
        return _fitted(gcps)
    from scipy.interpolate import RectBivariateSpline  # the import takes 0.1 s

    x, y = (RectBivariateSpline(rows, columns, grid[:, :, at], s=0) for at in (2, 3))
    return _Grid(rows, columns, (x, y))


@lru_cache(maxsize=32)
def _fitted(gcps: tuple[tuple[float, float, float, float], ...]) -> _Polynomial:
    if len(gcps) < 3:
        raise ImageError(f"{len(gcps)} ground control points cannot locate an image; at least 3 are needed.")
    table = np.asarray(gcps, np.float64)
    points = table[:, 1::-1]
    # At least 1.5 points per term, so that the polynomial does not fit noise in the points.
    degree = 3 if len(gcps) >= 16 else 2 if len(gcps) >= 9 else 1
    center = points.mean(axis=0)
    spread = np.abs(points - center).max(axis=0)
    spread[spread == 0] = 1.0
    terms = _terms((points - center) / spread, degree)
    ground = table[:, 2:]
    middle = ground.mean(axis=0)  # subtracted for numerical precision
    coefficients, _, rank, _ = np.linalg.lstsq(terms, ground - middle, rcond=None)
    if rank < 3:
        raise ImageError(
            "The ground control points form one line and do not locate the image. Export it again."
        )
    coefficients[0] += middle
    return _Polynomial(degree, center, spread, coefficients)


def _terms(points: Numbers, degree: int) -> Numbers:
    """Return 1, u, v, u^2, uv, v^2, ... along the last axis: all products of two coordinates up to a degree."""
    u, v = points[..., 0], points[..., 1]
    return np.stack([u ** (n - k) * v**k for n in range(degree + 1) for k in range(n + 1)], axis=-1)


@lru_cache(maxsize=32)
def _to_lonlat(crs: str) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), CRS.from_user_input(WGS84), always_xy=True)
    except ProjError as error:
        raise ImageError(f"The CRS {crs[:60]!r} of the image is not known; give it another one.") from error
