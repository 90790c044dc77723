"""Measurements of one slick: center line, length and width in pixels, contrast to the surrounding sea."""

from dataclasses import dataclass
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

RING_GAP_PX = 2
RING_WIDTH_PX = 8
MIN_RING_PIXELS = 8

FloatImage = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SlickShape:
    """Length and width of a slick.

    Attributes:
        line: (N, 2) float64, x and y of the center line from end to end, pixels; pixel centers are at halves. A very
            small slick has one point.
        length_px: length of the center line, extended to the ends of the slick.
        width_px: mean width across the line.
        max_width_px: largest width across the line.
    """

    line: npt.NDArray[np.float64]
    length_px: float
    width_px: float
    max_width_px: float


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
    walked = float(np.hypot(*np.diff(path, axis=0).T).sum())
    return SlickShape(
        line=path,
        length_px=walked + float(widths[0] + widths[-1]) / 2 * step,
        width_px=float(widths.mean()) * step,
        max_width_px=float(widths.max()) * step,
    )


def contrast_db(power: FloatImage, slick: BoolImage, sea: BoolImage) -> float | None:
    """Return the contrast of a slick: its mean backscatter relative to the sea around it.

    The sea pixels at a distance of 2 to 10 pixels from the slick are used.

    Args:
        power: (H, W) backscatter, linear power.
        slick: (H, W) bool, valid pixels of the slick.
        sea: (H, W) bool, valid pixels that are neither slick nor unsure.

    Returns:
        Decibels, negative if the slick is darker; None without enough sea nearby or without any signal.
    """
    near = _grown(slick, RING_GAP_PX)
    ring = sea & _grown(slick, RING_GAP_PX + RING_WIDTH_PX) & ~near
    if ring.sum() < MIN_RING_PIXELS or not slick.any():
        return None
    inside, around = float(power[slick].mean()), float(power[ring].mean())
    if not inside > 0 or not around > 0:
        return None
    return float(10 * np.log10(inside / around))


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


def _grown(pixels: BoolImage, radius_px: int) -> BoolImage:
    steps = np.arange(-radius_px, radius_px + 1)
    disc = (steps[:, np.newaxis] ** 2 + steps**2 <= radius_px**2).astype(np.uint8)
    grown: BoolImage = cv2.dilate(pixels.astype(np.uint8), disc) > 0
    return grown


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
