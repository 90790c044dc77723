"""Reads bathymetry for the ground of the scenes."""

import math
from collections.abc import Iterable
from pathlib import Path

from seep.errors import ImageError, SettingsError
from seep.io.readers.depth import Box
from seep.io.sandbox import SANDBOX
from seep.store import scenes
from seep.workflow.actor import Actor, requires
from seep.workflow.places.survey import scene_georeference
from seep.workflow.scenes.layout import Layout, layouts
from seep.workflow.water_depth import keep_bathymetry
from seep.workflow.workspace import Workspace

MARGIN_DEG = 0.1
"""Depth is kept up to this distance around the scenes, because sites are found at their edges."""


@requires("lead", "change reference layers")
def add_bathymetry(workspace: Workspace, path: Path, actor: Actor) -> int:
    """Read the water depth around the scenes that have a georeference; it replaces that of an earlier file.

    Args:
        path: see `seep.io.readers.depth.read_depth`; it is read once, in a sandbox process.

    Returns:
        Number of areas with depth; scenes whose footprints overlap share one.

    Raises:
        SettingsError: no scene has a georeference, or the file cannot be read or does not cover one; nothing changed.
    """
    with workspace.store.reading() as session:
        ids = [scene.id for scene in scenes.list_scenes(session)]
    footprints = [
        box
        for layout in layouts(workspace, ids).values()
        if (box := footprint(workspace, layout, MARGIN_DEG))
    ]
    if not footprints:
        raise SettingsError("No scene of this workspace has a georeference, so a depth cannot be assigned.")
    grids = SANDBOX.read_depth(path, _merged(footprints))
    if not grids:
        raise SettingsError(f"{path.name} has no depth at any scene of this workspace. Nothing changed.")
    keep_bathymetry(workspace, path.name, grids, actor)
    return len(grids)


def footprint(workspace: Workspace, scene: Layout, margin_deg: float) -> Box | None:
    """Return west, south, east and north edge of a scene with a margin; None without a usable georeference."""
    try:
        georeference = scene_georeference(workspace, scene)
        if georeference is None:
            return None
        lon, lat = georeference.lonlat([0, scene.width, scene.width, 0], [0, 0, scene.height, scene.height])
    except ImageError:
        return None
    box = (min(lon) - margin_deg, min(lat) - margin_deg, max(lon) + margin_deg, max(lat) + margin_deg)
    return tuple(map(float, box)) if all(map(math.isfinite, box)) else None  # type: ignore[return-value]


def _merged(boxes: Iterable[Box]) -> list[Box]:
    """Join boxes that overlap, until none do."""
    areas: list[Box] = []
    for box in boxes:
        west, south, east, north = box
        while touching := [
            area
            for area in areas
            if area[0] <= east and west <= area[2] and area[1] <= north and south <= area[3]
        ]:
            areas = [area for area in areas if area not in touching]
            west, south = min(west, *(one[0] for one in touching)), min(south, *(one[1] for one in touching))
            east, north = max(east, *(one[2] for one in touching)), max(north, *(one[3] for one in touching))
        areas.append((west, south, east, north))
    return areas
