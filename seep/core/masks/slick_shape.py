"""Shape of one slick: center line, ends, length, width and curvature in pixels."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString

from seep.core.image.arrays import BoolImage

MAX_FINE_PIXELS = 2**23
"""Slicks with a larger bounding box are thinned at a lower resolution, which limits the memory to 0.3 GB."""

STATIONS = 11
"""Points of the width profile, at equal distances along the center line."""

_STRAIGHT_PX = 16.0
"""Curvature is measured between points this far apart or farther, because the line follows the pixels."""


@dataclass(frozen=True)
class SlickShape:
    """Length and width of a slick.

    Attributes:
        line: (N, 2) float64, x and y of the center line from end to end, pixels; pixel centers are at halves. A very
            small slick has one point.
        length_px: length of the center line, extended to the ends of the slick.
        width_px: mean width across the line.
        max_width_px: largest width across the line.
        ends: x and y of both tips of the slick, pixels; the line ends half a width before them.
        widths_px: width at `STATIONS` points from the first end of the line to the last one.
        curvature: mean absolute curvature of the line, radians per pixel: 1 / radius for an arc, 0 if straight.
        sinuosity: length of the line relative to the distance of its ends, 1 or more; 1 for a speck.
    """

    line: npt.NDArray[np.float64]
    length_px: float
    width_px: float
    max_width_px: float
    ends: tuple[tuple[float, float], tuple[float, float]]
    widths_px: tuple[float, ...]
    curvature: float
    sinuosity: float

    def moved(self, x: float, y: float) -> "SlickShape":
        """Return the same shape at another position."""
        (a, b), (c, d) = self.ends
        return replace(self, line=self.line + np.array([x, y]), ends=((a + x, b + y), (c + x, d + y)))


def measure_shape(pixels: BoolImage) -> SlickShape:
    """Measure one slick along its center line.

    The line is the longest shortest path of the skeleton (Zhang and Suen, 1984); in a ring it is half of the ring. The
    width at a point is twice the distance to the nearest pixel outside. The skeleton ends half a width before the
    slick does, so the distances at both ends are added to the length.

    Args:
        pixels: (H, W) bool, at least one True; pixels beyond the array are outside.
    """
    step = 1
    while pixels.size > MAX_FINE_PIXELS * step * step:
        step += 1
    pixels = _coarser(pixels, step)
    bare = np.pad(pixels, 1)
    line = _longest_path(_skeleton(bare))
    # On a grid of twice the resolution every width is even, so twice the distance is exact for straight edges.
    fine = cv2.resize(bare.view(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST_EXACT)
    reach = cv2.distanceTransform(fine, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rows, columns = line[:, 0] * 2, line[:, 1] * 2
    widths = np.max([reach[rows + i, columns + j] for i in (0, 1) for j in (0, 1)], axis=0)
    path = _smooth((line[:, ::-1] - 0.5) * step, step)
    curve = LineString(path) if len(path) > 1 else None
    walked = float(curve.length) if curve else 0.0
    chord = float(np.hypot(*(path[-1] - path[0])))
    along = np.linspace(0, len(widths) - 1, STATIONS)
    profile = np.interp(along, np.arange(len(widths)), widths) * step
    return SlickShape(
        line=path,
        length_px=walked + float(widths[0] + widths[-1]) / 2 * step,
        width_px=float(widths.mean()) * step,
        max_width_px=float(widths.max()) * step,
        ends=(_tip(curve, path[0], widths[0] / 2 * step), _tip(curve, path[-1], widths[-1] / 2 * step)),
        widths_px=tuple(float(width) for width in profile),
        curvature=_curvature(curve, max(_STRAIGHT_PX, 3 * float(widths.mean()) * step)),
        sinuosity=walked / chord if chord else 1.0,
    )


def _tip(curve: LineString | None, end: npt.NDArray[np.float64], reach_px: float) -> tuple[float, float]:
    """Return the end of a line moved outward, in the direction that the line has over `_STRAIGHT_PX`."""
    if curve is None:
        return float(end[0]), float(end[1])
    first = np.array_equal(end, curve.coords[0])
    back = shapely.get_coordinates(curve.interpolate(_STRAIGHT_PX if first else curve.length - _STRAIGHT_PX))[
        0
    ]
    outward = end - back
    x, y = end + outward / max(float(np.hypot(*outward)), 1e-9) * reach_px
    return float(x), float(y)


def _curvature(curve: LineString | None, spacing_px: float) -> float:
    """Mean angle between chords of equal length, per pixel; a line of fewer than two chords is straight."""
    chords = int(curve.length // spacing_px) if curve else 0
    if curve is None or chords < 2:
        return 0.0
    points = shapely.get_coordinates(curve.interpolate(np.linspace(0, curve.length, chords + 1)))
    steps = np.diff(points, axis=0)
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    return float(np.abs(turns).mean() / (curve.length / chords))


def _smooth(path: npt.NDArray[np.floating[Any]], step: int) -> npt.NDArray[np.float64]:
    """Smooth the steps between pixels, which make a slanting line up to 8 % too long."""
    if len(path) < 2:
        return path.astype(np.float64)
    return np.asarray(shapely.get_coordinates(shapely.simplify(LineString(path), 0.75 * step)))


def _coarser(pixels: BoolImage, step: int) -> BoolImage:
    """Reduce blocks of step x step pixels; a block is True if any pixel is, so thin slicks stay connected."""
    if step == 1:
        return np.ascontiguousarray(pixels)
    tall, wide = -(-pixels.shape[0] // step), -(-pixels.shape[1] // step)
    filled = np.zeros((tall * step, wide * step), dtype=bool)
    filled[: pixels.shape[0], : pixels.shape[1]] = pixels
    return np.asarray(filled.reshape(tall, step, wide, step).any(axis=(1, 3)), dtype=bool)


def _skeleton(pixels: BoolImage) -> npt.NDArray[np.int64]:
    """Return (row, column) of the skeleton's pixels; at least one."""
    from skimage.morphology import skeletonize  # the import takes 0.5 s

    points = np.argwhere(skeletonize(pixels))  # type: ignore[no-untyped-call]
    return points if len(points) else np.argwhere(pixels)[:1]


def _longest_path(points: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the points of the longest shortest path: exact in a tree, approximate in a graph with cycles.

    The farthest point from any point is one end of the path; the farthest point from this end is the other end.
    """
    if len(points) == 1:
        return points
    graph = _skeleton_graph(points)
    start = _farthest(dijkstra(graph, directed=False, indices=0))
    distances, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    path = [_farthest(distances)]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return points[path]


def _skeleton_graph(points: npt.NDArray[np.int64]) -> csr_array:
    """Connect neighboring pixels, side by side or at a corner, with edges of their distance."""
    top, left = points.min(axis=0) - 1
    numbers = np.full(np.ptp(points, axis=0) + 3, -1, np.int64)
    rows, columns = points[:, 0] - top, points[:, 1] - left
    numbers[rows, columns] = np.arange(len(points))
    edges = []
    for i, j in ((0, 1), (1, -1), (1, 0), (1, 1)):
        there = numbers[rows + i, columns + j]
        here = np.flatnonzero(there >= 0)
        edges.append((here, there[here], np.full(len(here), np.hypot(i, j))))
    first, second, length = (np.concatenate(part) for part in zip(*edges, strict=True))
    return csr_array((length, (first, second)), shape=(len(points), len(points)))


def _farthest(distances: npt.NDArray[np.float64]) -> int:
    return int(np.where(np.isfinite(distances), distances, -1.0).argmax())
