"""Outlines, boxes and ellipses of annotation files as polygons, and those between the key frames of CVAT tracks.

CVAT interpolates boxes and ellipses linearly, turned the shorter way. It matches the points of polygons by their
share of the outline's length, from the first point on, and merges points that fall together. Source:
`TrackManager.get_interpolated_shapes` in cvat/apps/dataset_manager/annotation.py of https://github.com/cvat-ai/cvat.
"""

import math
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from seep.core.text import number
from seep.errors import MaskError
from seep.io.annotations.model import Polygon, Ring

MAX_POINTS = 5_000_000
_ELLIPSE_POINTS = 72
MAX_FRAMES = 100_000
"""Most frames between the key frames of a file."""
MAX_FRAME_POINTS = 2_000_000
"""Most points of polygons in these frames."""
_LINEAR = {"box": ("xtl", "ytl", "xbr", "ybr"), "ellipse": ("cx", "cy", "rx", "ry")}

Points = npt.NDArray[np.float64]


def ring_of(points: Any, source: str) -> Ring:
    """Convert a list of points, or of x and y in turn, to a ring (N, 2).

    Raises:
        MaskError: fewer than three points, too many points, or invalid numbers.
    """
    try:
        found = np.asarray(points)
        if found.dtype.kind not in "iuf" or not (found.ndim == 1 or found.shape[1:] == (2,)):
            raise ValueError("no points")
        ring = found.astype(np.float64).reshape(-1, 2)
    except (ValueError, TypeError, OverflowError) as error:
        raise MaskError(f"{source} has a polygon that is not a list of points. Export it again.") from error
    if not 3 <= len(ring) <= MAX_POINTS or not np.isfinite(ring).all():
        raise MaskError(f"{source} has an invalid polygon of {len(ring)} points. Export it again.")
    return ring


def polygon(label: str | int, points: Any, source: str) -> Polygon:
    """Return a polygon without holes; see `ring_of`."""
    return Polygon(label, (ring_of(points, source),))


def box(label: str | int, corners: tuple[float, ...], source: str, rotation_deg: float = 0.0) -> Polygon:
    """Return a box as a polygon.

    Args:
        corners: left, top, right, bottom.
        source: name of the file, for messages.
        rotation_deg: clockwise about the center of the box.

    Raises:
        MaskError: invalid numbers.
    """
    left, top, right, bottom = corners
    ring = ring_of([(left, top), (right, top), (right, bottom), (left, bottom)], source)
    if rotation_deg:
        center = ring.mean(axis=0)
        ring = (ring - center) @ _rotation(rotation_deg) + center
    return Polygon(label, (ring,), "box")


def ellipse(
    label: str | int,
    center: tuple[float, float],
    radii: tuple[float, float],
    source: str,
    rotation_deg: float = 0.0,
) -> Polygon:
    """Return an ellipse as a polygon of 72 points.

    Args:
        center: x and y.
        radii: horizontal and vertical radius.
        source: name of the file, for messages.
        rotation_deg: clockwise about the center.

    Raises:
        MaskError: invalid numbers.
    """
    angle = np.linspace(0, 2 * np.pi, _ELLIPSE_POINTS, endpoint=False)
    ring = np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1) @ _rotation(rotation_deg)
    return Polygon(label, (ring_of(ring + np.asarray(center), source),), "ellipse")


def _rotation(degrees: float) -> np.ndarray:
    """Return the matrix that turns row vectors clockwise, with y downward."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, sine], [-sine, cosine]])


class Interpolator:
    """Makes the shapes between key frames of one file, within its limits."""

    def __init__(self) -> None:
        self._frames, self._points = MAX_FRAMES, MAX_FRAME_POINTS

    def between(
        self, left: tuple[int, Element], right: tuple[int, Element], where: str
    ) -> list[tuple[int, Element]]:
        """Return the frames and shapes between two shapes of a track.

        Args:
            left, right: frame and shape, the left one visible.
            where: file and track, for messages.

        Raises:
            MaskError: more frames or points than the limits, shapes of two types or of one that is not interpolated,
                or invalid numbers.
        """
        (first, shape), (last, after) = left, right
        count = last - first - 1
        if count > self._frames:
            raise MaskError(
                f"{where} has {number(count)} frames between the key frames {first} and {last}; Seep interpolates "
                f"{number(MAX_FRAMES)} per file. Export CVAT for video with fewer frames."
            )
        if shape.tag != after.tag or not (shape.tag == "polygon" or shape.tag in _LINEAR):
            raise MaskError(
                f"{where} has no shape between the key frames {first} and {last}, a {shape.tag} and a {after.tag}. "
                "Export CVAT for video with all frames."
            )
        offsets = (np.arange(1, count + 1) / (last - first)).tolist()
        if shape.tag == "polygon":
            changes = self._outlines(_points(shape, where), _points(after, where), offsets, where)
        else:
            changes = _linear(shape, after, offsets, where)
        self._frames -= count
        found = []
        for frame, change in enumerate(changes, first + 1):
            found.append((frame, Element(shape.tag, {**shape.attrib, **change, "frame": str(frame)})))
        return found

    def _outlines(
        self, left: Points, right: Points, offsets: list[float], where: str
    ) -> Iterator[dict[str, str]]:
        points = len(offsets) * (len(left) + len(right))
        if points > self._points:
            raise MaskError(
                f"{where} has polygons of {number(points)} points between two key frames; Seep interpolates "
                f"{number(MAX_FRAME_POINTS)} per file. Export CVAT for video with fewer frames."
            )
        self._points -= points
        left, right = _closed(left), _closed(right)
        pairs = _matched(_shares(left), _shares(right))
        spans = list(_spans(pairs, left, right))
        for offset in offsets:
            at = left[pairs[:, 0]] + (right[pairs[:, 1]] - left[pairs[:, 0]]) * offset
            ring = [point for start, stop, least in spans for point in _merged(at[start : stop + 1], least)]
            yield {"points": ";".join(f"{x!r},{y!r}" for x, y in ring[:-1])}


def _linear(left: Element, right: Element, offsets: list[float], where: str) -> Iterator[dict[str, str]]:
    names = _LINEAR[left.tag]
    start, stop = (np.array([_float(one.get(name, ""), where) for name in names]) for one in (left, right))
    turned, target = (_float(one.get("rotation", "0"), where) for one in (left, right))
    turn = (target - turned + 180) % 360 - 180
    for offset in offsets:
        values = (start + (stop - start) * offset).tolist()
        angle = (turned + turn * offset) % 360
        yield dict(zip(names, map(repr, values), strict=True)) | {"rotation": repr(angle)}


def _points(shape: Element, where: str) -> Points:
    pairs = [pair.split(",") for pair in shape.get("points", "").split(";")]
    found = np.array([_float(part, where) for pair in pairs for part in pair])
    if any(len(pair) != 2 for pair in pairs) or len(pairs) < 3:
        raise MaskError(f"{where} has a polygon that is not a list of points. Export it again.")
    return found.reshape(-1, 2)


def _float(text: str, where: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = np.nan
    if not np.isfinite(found):
        raise MaskError(f"{where} has {text[:20]!r} instead of a number. Export it again.")
    return found


def _closed(points: Points) -> Points:
    return np.concatenate([points, points[:1]])


def _length(points: Points) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _shares(points: Points) -> Points:
    """Return the share of the outline before each point, (N,), 0 to 1; 0 for an outline without length."""
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    return along / along[-1] if along[-1] else along


def _nearest(values: Points, curve: Points) -> npt.NDArray[np.intp]:
    """Return the index of the nearest number of an ascending curve, the first of equally near ones."""
    after = np.searchsorted(curve, values).clip(1, len(curve) - 1)
    nearer = np.where(values - curve[after - 1] <= curve[after] - values, after - 1, after)
    return np.searchsorted(curve, curve[nearer])


def _matched(left: Points, right: Points) -> npt.NDArray[np.intp]:
    """Return pairs of left and right points, (N, 2), ascending: each left point with its nearest right one, and each
    right point that none of them took with its nearest left one."""
    pairs = np.stack([np.arange(len(left)), _nearest(left, right)], axis=1)
    rest = np.setdiff1d(np.arange(len(right)), pairs[:, 1])
    both = np.concatenate([pairs, np.stack([_nearest(right[rest], left), rest], axis=1)])
    return both[np.lexsort((both[:, 1], both[:, 0]))]


def _spans(pairs: npt.NDArray[np.intp], left: Points, right: Points) -> Iterator[tuple[int, int, float]]:
    """Divide pairs where several points of one outline match one of the other.

    Yields:
        First and last pair, and the least distance at which their points stay apart.
    """
    counts = np.bincount(pairs[:, 0], minlength=len(left))

    def span(pair: int) -> tuple[bool, int]:
        several = counts[pairs[pair, 0]] > 1
        return bool(several), int(pairs[pair, 0 if several else 1])

    for (several, _), group in groupby(range(len(pairs)), key=span):
        found = list(group)
        start, stop = found[0], found[-1]
        outline, column = (right, 1) if several else (left, 0)
        first, last = pairs[start, column], pairs[stop, column]
        yield start, stop, _length(outline[first : last + 1]) / (2 * (last - first + 1))


def _merged(points: Points, least: float) -> list[list[float]]:
    """Return the points of a span without those nearer than `least` to the one before; its ends stay."""
    kept = [points[0]]
    if len(points) == 1:
        return [points[0].tolist()]
    for point in points[1:-1]:
        if np.linalg.norm(point - kept[-1]) >= least:
            kept.append(point)
    kept.append(points[-1])
    if len(kept) == 2 and np.linalg.norm(kept[1] - kept[0]) < least:
        return [np.mean(kept, axis=0).tolist()]
    return [point.tolist() for point in kept]
