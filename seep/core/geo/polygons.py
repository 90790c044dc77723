"""Polygons of slicks: outlines that follow the edges of pixels exactly, in pixels and on the ground.

Coordinates are (x, y) in pixels: x to the right, y downward, (0, 0) the upper left corner of the first one,
so that pixel (row, column) covers (column, row) to (column + 1, row + 1).
"""

import cv2
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from seep.core.geo.georeference import Georeference
from seep.core.image.arrays import BoolImage

WGS84 = Geod(ellps="WGS84")

_LONGEST_EDGE_PX = 256.0
_HALF_TURN, _TURN = 180.0, 360.0


def outline(pixels: BoolImage, x: int = 0, y: int = 0) -> MultiPolygon:
    """Draw the outline of a set of pixels; its area is their number, holes stay holes.

    Args:
        pixels: (H, W) bool.
        x: of the array's left edge, pixels.
        y: of its top edge.

    Returns:
        A valid geometry. Parts that touch at a corner only are polygons of their own.
    """
    from rasterio.features import shapes

    found = shapes(pixels.view(np.uint8), mask=pixels, connectivity=4, transform=(1, 0, x, 0, 1, y))
    parts = [Polygon(ring["coordinates"][0], ring["coordinates"][1:]) for ring, _ in found]
    return MultiPolygon(parts)


def simplified(shape: MultiPolygon, tolerance_px: float) -> MultiPolygon:
    """Leave out corners that lie within a tolerance of the line without them; 0 leaves all.

    Args:
        shape: in pixels.
        tolerance_px: pixels; 1 takes the steps off a slanting edge and changes the area by some per cent.
    """
    if tolerance_px <= 0:
        return shape
    thin = shapely.simplify(shape, tolerance_px, preserve_topology=True)
    parts = [part for part in shapely.get_parts(shapely.make_valid(thin)) if part.geom_type == "Polygon"]
    return MultiPolygon(parts) if parts else shape


def covered(shape: BaseGeometry, height: int, width: int) -> BoolImage:
    """Return the pixels whose center lies within a shape: the inverse of `outline`.

    Returns:
        (height, width) bool.
    """
    from rasterio.features import rasterize

    if shape.is_empty:
        return np.zeros((height, width), dtype=bool)
    found: npt.NDArray[np.uint8] = rasterize([(shape, 1)], (height, width), dtype=np.uint8)
    return found > 0


def component_at(mask: npt.NDArray[np.uint8], x: int, y: int) -> BoolImage:
    """Return the 8-connected pixels of one value around a pixel.

    Args:
        mask: (H, W) uint8.
        x: column of the pixel.
        y: its row.

    Returns:
        (H, W) bool.
    """
    found = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
    cv2.floodFill(np.ascontiguousarray(mask), found, (x, y), 1, flags=8 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
    return found[1:-1, 1:-1] > 0


def to_lonlat(shape: BaseGeometry, georeference: Georeference) -> BaseGeometry:
    """Turn pixels into degrees: longitude and latitude in WGS 84.

    Edges of more than 256 pixels are divided first, since a straight line of the image may be bent on the
    ground. Longitudes of a shape across the antimeridian run on past 180.
    """

    def ground(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        longitude, latitude = georeference.lonlat(points[:, 0], points[:, 1])
        longitude = np.asarray(longitude, dtype=np.float64)
        if longitude.size and np.ptp(longitude) > _HALF_TURN:
            longitude = np.where(longitude < 0, longitude + _TURN, longitude)
        return np.column_stack([longitude, latitude])

    return shapely.transform(shapely.segmentize(shape, _LONGEST_EDGE_PX), ground)


def geodesic_area_km2(shape: BaseGeometry) -> float:
    """Measure a shape of longitudes and latitudes on the WGS 84 ellipsoid, square kilometers.

    Source: Karney, "Algorithms for geodesics", Journal of Geodesy 2013, as PROJ computes it.
    """
    total = 0.0
    for part in shapely.get_parts(shape):
        oriented = shapely.orient_polygons(part)
        total += abs(WGS84.geometry_area_perimeter(oriented)[0])
    return total / 1e6


def geodesic_length_km(line: LineString) -> float:
    """Measure a line of longitudes and latitudes on the WGS 84 ellipsoid, kilometers."""
    return float(WGS84.geometry_length(line)) / 1e3


def within_globe(shape: BaseGeometry) -> BaseGeometry:
    """Cut a shape that runs on past longitude 180 into one part on either side of it (RFC 7946, 3.1.9)."""
    if shape.is_empty or shape.bounds[2] <= _HALF_TURN:
        return shape
    west = shapely.intersection(shape, shapely.box(-_HALF_TURN, -90, _HALF_TURN, 90))
    east = shapely.intersection(shape, shapely.box(_HALF_TURN, -90, _HALF_TURN + _TURN, 90))
    east = shapely.transform(east, lambda points: points - [_TURN, 0])
    kind = Polygon if shape.geom_type.endswith("Polygon") else LineString
    parts = [part for part in (*shapely.get_parts(west), *shapely.get_parts(east)) if isinstance(part, kind)]
    return MultiPolygon(parts) if kind is Polygon else shapely.multilinestrings(parts)


def inner_point(shape: MultiPolygon) -> Point:
    """Return a point that surely lies within a shape, which its centroid need not."""
    return shapely.point_on_surface(shape)
