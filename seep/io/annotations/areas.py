"""Boxes and ellipses of annotation files: left out with a note, or taken as areas on request."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

_ELLIPSE_POINTS = 72


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


def without_areas(entry: ImageShapes) -> ImageShapes:
    """Leave out boxes and ellipses; an image that has nothing else has no mask."""
    areas = Counter(one.drawn_as for one in entry.shapes if isinstance(one, Polygon) and one.drawn_as)
    if not areas:
        return entry
    kept = [one for one in entry.shapes if not (isinstance(one, Polygon) and one.drawn_as)]
    return replace(entry, shapes=kept, annotated=bool(kept), omitted=Counter(entry.omitted) + areas)


def _rotation(degrees: float) -> np.ndarray:
    """Return the matrix that turns row vectors clockwise, with y downward."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, sine], [-sine, cosine]])
