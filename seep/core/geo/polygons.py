"""Polygons of slicks: outlines along pixel edges, in pixels and in longitude and latitude.

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

INSET_PX = 0.25
_LONGEST_EDGE_PX = 256.0
_HALF_TURN, _TURN = 180.0, 360.0


def outline(pixels: BoolImage, x: int = 0, y: int = 0) -> MultiPolygon:
    """Return the outline of a set of pixels. Its area is their number, and holes are kept.

    Args:
        pixels: (H, W) bool.
        x: coordinate of the array's left edge, pixels.
        y: coordinate of its top edge, pixels.

    Returns:
        A valid geometry. Parts that only touch at a corner are separate polygons.
    """
    from rasterio.features import shapes

    found = shapes(pixels.view(np.uint8), mask=pixels, connectivity=4, transform=(1, 0, x, 0, 1, y))
    parts = [Polygon(ring["coordinates"][0], ring["coordinates"][1:]) for ring, _ in found]
    return MultiPolygon(parts)


def inset_rings(pixels: BoolImage, x: int = 0, y: int = 0) -> list[npt.NDArray[np.float64]]:
    """Return the outer rings of a set of pixels, moved inward by a quarter of a pixel, for COCO, YOLO and others.

    Programs fill polygons in two ways. Some count a pixel if its center is inside, as COCO does. Others cut the
    coordinates to whole numbers and fill the pixels from the first to the last corner, both included, as
    `cv2.fillPoly` does. Outlines on the pixel edges get one row and one column too many from the second way.
    A quarter of a pixel inward, both ways give the same pixels.

    Args:
        pixels: (H, W) bool.
        x: coordinate of the array's left edge, pixels.
        y: coordinate of its top edge, pixels.

    Returns:
        One (corners, 2) array of x and y per 4-connected part; the first corner is not repeated. Holes are filled.
    """
    return [_inset(part) for part in shapely.get_parts(outline(pixels, x, y))]


def _inset(part: Polygon) -> npt.NDArray[np.float64]:
    ring = shapely.get_coordinates(shapely.orient_polygons(part).exterior)[:-1]
    step = np.roll(ring, -1, axis=0) - ring
    length = np.abs(step).sum(axis=1, keepdims=True)  # each side is parallel to an axis
    inward = np.column_stack([-step[:, 1], step[:, 0]]) / length  # the ring is counterclockwise
    moved: npt.NDArray[np.float64] = ring + INSET_PX * (inward + np.roll(inward, 1, axis=0))
    return moved


def simplified(shape: MultiPolygon, tolerance_px: float) -> MultiPolygon:
    """Remove corners that are within a tolerance of the simplified line; 0 keeps all.

    Args:
        shape: coordinates in pixels.
        tolerance_px: pixels; 1 removes the stairs of a slanting edge and changes the area by a few percent.
    """
    if tolerance_px <= 0:
        return shape
    thin = shapely.simplify(shape, tolerance_px, preserve_topology=True)
    parts = [part for part in shapely.get_parts(shapely.make_valid(thin)) if part.geom_type == "Polygon"]
    return MultiPolygon(parts) if parts else shape


def covered(shape: BaseGeometry, height: int, width: int) -> BoolImage:
    """Return the pixels whose centers are within a shape: the inverse of `outline`.

    Returns:
        (height, width) bool.
    """
    from rasterio.features import rasterize

    if shape.is_empty:
        return np.zeros((height, width), dtype=bool)
    found: npt.NDArray[np.uint8] = rasterize([(shape, 1)], (height, width), dtype=np.uint8)
    return found > 0


def component_at(mask: npt.NDArray[np.uint8], x: int, y: int) -> BoolImage:
    """Return the 8-connected component that contains a pixel.

    Args:
        mask: (H, W) uint8.
        x: column of the pixel.

    Returns:
        (H, W) bool.
    """
    found = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
    cv2.floodFill(np.ascontiguousarray(mask), found, (x, y), 1, flags=8 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
    return found[1:-1, 1:-1] > 0


def to_lonlat(shape: BaseGeometry, georeference: Georeference) -> BaseGeometry:
    """Convert pixel coordinates to longitude and latitude, degrees on WGS 84.

    Edges longer than 256 pixels are divided first, because a straight line in the image may be curved on the ground.
    Longitudes of a shape across the antimeridian continue beyond 180.
    """

    def ground(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        longitude, latitude = georeference.lonlat(points[:, 0], points[:, 1])
        longitude = np.asarray(longitude, dtype=np.float64)
        if longitude.size and np.ptp(longitude) > _HALF_TURN:
            longitude = np.where(longitude < 0, longitude + _TURN, longitude)
        return np.column_stack([longitude, latitude])

    return shapely.transform(shapely.segmentize(shape, _LONGEST_EDGE_PX), ground)


def geodesic_area_km2(shape: BaseGeometry) -> float:
    """Return the area in square kilometers of a shape in longitude and latitude on the WGS 84 ellipsoid.

    Source: Karney, "Algorithms for geodesics", Journal of Geodesy 2013, as PROJ computes it.
    """
    total = 0.0
    for part in shapely.get_parts(shape):
        oriented = shapely.orient_polygons(part)
        total += abs(WGS84.geometry_area_perimeter(oriented)[0])
    return total / 1e6


def geodesic_length_km(line: LineString) -> float:
    """Return the length in kilometers of a line in longitude and latitude on the WGS 84 ellipsoid."""
    return float(WGS84.geometry_length(line)) / 1e3


def azimuth_deg(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the direction on WGS 84 from one longitude and latitude to another, 0 to 360 degrees from north."""
    return float(WGS84.inv(*start, *end)[0] % 360)


def track_deg(georeference: Georeference, x: float, y: float) -> float | None:
    """Return the direction on WGS 84 in which rows follow each other at a point, 0 to 360 degrees from north.

    With ground control points the image is in the geometry of the radar, and this is along the flight track. A map
    projection does not show the track, so the result is None.
    """
    if georeference.transform is not None:
        return None
    lon, lat = georeference.lonlat([x, x], [y, y + 1])
    return azimuth_deg((lon[0], lat[0]), (lon[1], lat[1]))


def axis_angle_deg(one: float | None, other: float | None) -> float | None:
    """Return the angle between two lines of any direction, 0 to 90 degrees; None if one is unknown."""
    if one is None or other is None:
        return None
    turn = abs(one - other) % 180
    return min(turn, 180 - turn)


def within_globe(shape: BaseGeometry) -> BaseGeometry:
    """Split a shape that continues beyond longitude 180 at the antimeridian (RFC 7946, 3.1.9)."""
    if shape.is_empty or shape.bounds[2] <= _HALF_TURN:
        return shape
    west = shapely.intersection(shape, shapely.box(-_HALF_TURN, -90, _HALF_TURN, 90))
    east = shapely.intersection(shape, shapely.box(_HALF_TURN, -90, _HALF_TURN + _TURN, 90))
    east = shapely.transform(east, lambda points: points - [_TURN, 0])
    kind = Polygon if shape.geom_type.endswith("Polygon") else LineString
    parts = [part for part in (*shapely.get_parts(west), *shapely.get_parts(east)) if isinstance(part, kind)]
    return MultiPolygon(parts) if kind is Polygon else shapely.multilinestrings(parts)


def inner_point(shape: MultiPolygon) -> Point:
    """Return a point within a shape; its centroid may be outside."""
    return shapely.point_on_surface(shape)
