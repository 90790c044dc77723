"""Incidence angles of scenes that are Sentinel-1 products."""

from collections.abc import Callable
from pathlib import Path

from seep.core.geo.grid import Window
from seep.core.records import SceneRecord
from seep.errors import ImageError
from seep.io.readers.safe import incidence_of, is_safe
from seep.io.readers.view import is_view, read_view

IncidenceAt = Callable[[float, float], float]


def incidence_angles(scene: SceneRecord) -> IncidenceAt | None:
    """Return a function that gives the incidence angle in degrees at a column and row of a scene; None if unknown."""
    table = None
    try:
        path = Path(scene.path) if scene.path is not None else None
        if path is not None and is_view(path):
            path = read_view(path).path
        if path is not None and is_safe(path):
            table = incidence_of(path)
    except (ImageError, OSError):
        table = None
    if table is None:
        return None
    known = table

    def at(column: float, row: float) -> float:
        return round(float(known.at(Window(round(column), round(row), 1, 1))[0, 0]), 2)

    return at
