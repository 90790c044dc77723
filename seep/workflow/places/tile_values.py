"""What the sites of a place say about tiles: a slick is expected here, or one is far from every site."""

import numpy as np
from scipy.spatial import cKDTree

from seep.core.text import counted
from seep.workflow.places.evidence import PlaceSites, SiteEvidence
from seep.workflow.places.geometry import Points
from seep.workflow.places.place_data import Pass
from seep.workflow.scenes.layout import Layout, layouts
from seep.workflow.workspace import Workspace

MIN_RATE = 0.5
"""Detection rate from which a slick is expected at a site."""

FAR_RADII = 2.0
"""Distance from every site, in radii, from which a slick is new."""

TileValues = dict[int, tuple[float | None, float | None, str]]


def tile_values(workspace: Workspace, found: PlaceSites) -> dict[int, TileValues]:
    """Compare the tiles of all passes with the sites of their place.

    Returns:
        By scene id, by tile id: the highest detection rate of a site without a slick in this pass, the largest
        distance of a slick from the nearest site in radii, and a sentence; None where there is none.
    """
    known = layouts(workspace, [one.scene.id for one in found.data.passes])
    return {one.scene.id: _of_pass(known[one.scene.id], found, one) for one in found.data.passes}


def _of_pass(scene: Layout, found: PlaceSites, one: Pass) -> TileValues:
    boxes = {tile.id: (*scene.places[tile.id], tile.width, tile.height) for tile in scene.tiles}
    radius = found.data.radius_px
    points = np.array([slick.ends for slick in one.ends()], np.float64).reshape(-1, 2)
    expected: dict[int, list[SiteEvidence]] = {}
    placed = one.geometry.to_pass(np.array([(site.x, site.y) for site in found.sites]).reshape(-1, 2))
    for site, (x, y) in zip(found.sites, placed.tolist(), strict=True):
        if site.rate < MIN_RATE or one.scene.id not in site.examined:
            continue
        if np.any(np.hypot(*(points - (site.x, site.y)).T) <= radius):
            continue
        for tile_id in _tiles_at(boxes, x, y):
            expected.setdefault(tile_id, []).append(site)
    new: dict[int, list[tuple[float, SiteEvidence]]] = {}
    for slick, (site, distance) in zip(one.slicks, _nearest_sites(found, points), strict=False):
        if distance / radius < FAR_RADII:
            continue
        for tile_id in {tile for x, y in slick.ends for tile in _tiles_at(boxes, x, y)}:
            new.setdefault(tile_id, []).append((distance, site))
    return {
        tile_id: (
            max((site.rate for site in expected.get(tile_id, ())), default=None),
            max((far / radius for far, _ in new.get(tile_id, ())), default=None),
            _note(found, expected.get(tile_id, []), new.get(tile_id, [])),
        )
        for tile_id in expected.keys() | new.keys()
    }


def _nearest_sites(found: PlaceSites, points: Points) -> list[tuple[SiteEvidence, float]]:
    """Return the site nearest to an end of each slick, and the distance in pixels; nothing without sites.

    Args:
        points: both ends of each slick, (2 N, 2), in pixels of the place.
    """
    if not found.sites or not len(points):
        return []
    positions = np.array([(one.x, one.y) for one in found.sites], np.float64)
    distances, nearest = (one.reshape(-1, 2) for one in cKDTree(positions).query(points))
    ends = distances.argmin(axis=1)
    slicks = np.arange(len(ends))
    return [
        (found.sites[site], distance)
        for site, distance in zip(
            nearest[slicks, ends].tolist(), distances[slicks, ends].tolist(), strict=True
        )
    ]


def _tiles_at(boxes: dict[int, tuple[int, int, int, int]], x: float, y: float) -> list[int]:
    return [
        tile_id
        for tile_id, (left, top, width, height) in boxes.items()
        if left <= x < left + width and top <= y < top + height
    ]


def _note(found: PlaceSites, expected: list[SiteEvidence], new: list[tuple[float, SiteEvidence]]) -> str:
    parts = [
        f"Site {site.number}: a slick in {site.n} of {counted(site.m, 'pass', 'passes')}, none here"
        for site in sorted(expected, key=lambda one: -one.rate)[:3]
    ]
    for distance, nearest in sorted(new, key=lambda one: -one[0])[:1]:
        more = f" ({len(new)} slicks)" if len(new) > 1 else ""
        parts.append(f"Slick {_distance(found, distance)} from the nearest site, {nearest.number}{more}")
    return "; ".join(parts)


def _distance(found: PlaceSites, pixels: float) -> str:
    pixel_m = found.data.pixel_m
    return f"{pixels:.0f} px" if pixel_m is None else f"{pixels * pixel_m / 1000:.1f} km"
