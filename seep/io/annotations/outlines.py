"""Outlines, boxes and ellipses of annotation files as polygons."""

import math
from typing import Any

import numpy as np

from seep.errors import MaskError
from seep.io.annotations.model import Polygon, Ring

MAX_POINTS = 5_000_000
_ELLIPSE_POINTS = 72


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
