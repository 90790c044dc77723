"""The ground of a tile in the other passes of its place, for Review: pictures, slicks, and the sites on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import shapely

from seep.core.geo.georeference import Georeference
from seep.core.image.arrays import ByteImage
from seep.core.memory_cache import MemoryCache
from seep.core.records import PlaceRecord, SceneRecord, TileRecord
from seep.core.text import conditions_text
from seep.errors import MissingError
from seep.store import scenes
from seep.store.places import places
from seep.store.tile_queries import tiles_by_id
from seep.workflow.actor import Actor, requires
from seep.workflow.places.detection import place_sites
from seep.workflow.places.document import site_json
from seep.workflow.places.geometry import PassGeometry, Points
from seep.workflow.places.pass_pictures import draw_ground, ground_grid
from seep.workflow.places.pass_slicks import PassSlick, masks_versions, slicks_of_pass
from seep.workflow.places.place_data import Pass
from seep.workflow.places.survey import Survey, survey_of
from seep.workflow.reference_layers import references_around
from seep.workflow.scenes.layout import Layout, layouts
from seep.workflow.workspace import Workspace

_PROBES = 9
"""Points per side of a tile at which a pass is asked for valid pixels."""

_boxes = MemoryCache[tuple[Path, str], npt.NDArray[np.float64]](256)


class TilePass(TypedDict):
    """A pass that covers a tile.

    `label` is its date, else its name. `current` marks the pass of the tile itself. `state` is of the tile of the pass
    at the center, "" without one; `masked` is False if that tile has no mask. `reviewed` is False if a slick here is
    predicted. `rings` are outlines of the slicks as flat x, y in pixels of the tile, empty for the tile's own pass.
    """

    scene_id: int
    name: str
    label: str
    acquired_at: str | None
    current: bool
    tile_id: int | None
    state: str
    masked: bool
    slicks: int
    reviewed: bool
    rings: list[list[float]]


class TilePasses(TypedDict):
    """The passes over a tile by acquisition time; without a place both are empty."""

    place: str
    passes: list[TilePass]


class TileSites(TypedDict):
    """The sites on a tile or nearer to it than the radius of a site; see `site_json`.

    `radius_px` is that radius in pixels of the tile. `tile_x` and `tile_y` of each site are pixels of the tile too.
    `conditions` are wind and incidence angle in the pass of the tile, "" if unknown.
    """

    place: str
    radius_px: float
    sites: list[dict[str, Any]]


@dataclass(frozen=True)
class _Frame:
    """A tile in its place: converts between its pixels and those of the place and of other passes.

    `layouts` has the passes that were asked for, by scene id.
    """

    tile: TileRecord
    place: PlaceRecord
    passes: tuple[SceneRecord, ...]
    layouts: dict[int, Layout]
    origin: Points
    own: PassGeometry

    def geometry(self, scene: SceneRecord, surveyed: Survey) -> PassGeometry:
        return PassGeometry(
            surveyed.georeference,
            Georeference.from_dict(self.place.georeference),
            (scene.pass_x, scene.pass_y),
        )

    def to_pass(self, points: Points, geometry: PassGeometry) -> Points:
        return geometry.to_pass(self.own.to_place(points + self.origin))

    def from_place(self, points: Points) -> Points:
        return self.own.to_pass(points) - self.origin

    def pixels_of(self, length: float) -> float:
        """Convert a length in pixels of the place, at the center of the tile, to pixels of the tile."""
        center = self.origin + np.array([self.tile.width / 2, self.tile.height / 2])
        (x, y) = self.own.to_place(center[None])[0]
        first, second = self.own.to_pass(np.array([(x, y), (x + length, y)], np.float64))
        return float(np.hypot(*(second - first)))


@requires("viewer", "see passes")
def tile_passes(workspace: Workspace, tile_id: int, actor: Actor) -> TilePasses:
    """Return the passes that cover a tile, with the outlines of their slicks on it.

    The mask of a tile of another pass is its newest revision, else its prediction.

    Raises:
        MissingError: there is no such tile.
        StorageError: a mask is gone or damaged.
    """
    frame = _frame(workspace, tile_id, every=True)
    if frame is None:
        return TilePasses(place="", passes=[])
    with workspace.store.reading() as session:
        versions = masks_versions(session, frame.passes)
    rows = [
        row
        for scene in frame.passes
        if (row := _pass_row(workspace, frame, scene, versions[scene.id])) is not None
    ]
    with workspace.store.reading() as session:
        tiles = tiles_by_id(session, [row["tile_id"] for row in rows if row["tile_id"] is not None])
    by_id = {one.id: one for one in tiles}
    for row in rows:
        if row["tile_id"] in by_id:
            tile = by_id[row["tile_id"]]
            row["state"] = tile.state
            row["masked"] = tile.head_revision_id is not None or tile.prediction_id is not None
    return TilePasses(place=frame.place.name, passes=rows)


@requires("viewer", "see passes")
def tile_pass_picture(
    workspace: Workspace, tile_id: int, scene_id: int, actor: Actor, size_px: int | None = None
) -> ByteImage:
    """Return the ground of a tile as another pass of its place saw it.

    Args:
        size_px: longer side of the picture; None for the pixel grid of the tile.

    Returns:
        (height, width) uint8 in the contrast of that pass, 0 without data; sides are rounded down.

    Raises:
        MissingError: there is no such tile, or the scene is no pass of its place.
        ImageError: the image file is missing or damaged.
    """
    frame = _frame(workspace, tile_id, scene_id)
    scene = next((one for one in frame.passes if one.id == scene_id), None) if frame else None
    if frame is None or scene is None:
        raise MissingError(f"Scene {scene_id} is no pass over tile {tile_id}. Open the tile again.")
    tile = frame.tile
    geometry = frame.geometry(scene, survey_of(workspace, frame.layouts[scene.id]))
    grid = frame.to_pass(ground_grid(tile.width, tile.height), geometry)
    longer = max(tile.height, tile.width)
    size_px = size_px or longer
    shape = (max(1, tile.height * size_px // longer), max(1, tile.width * size_px // longer))
    return draw_ground(workspace, frame.layouts[scene.id], grid, shape)


@requires("viewer", "see sites")
def tile_sites(workspace: Workspace, tile_id: int, actor: Actor) -> TileSites:
    """Return the sites on a tile with their evidence.

    Raises:
        MissingError: there is no such tile.
        StorageError: a mask is gone or damaged.
    """
    frame = _frame(workspace, tile_id)
    if frame is None:
        return TileSites(place="", radius_px=0.0, sites=[])
    found = place_sites(workspace, frame.place.id)
    references = references_around(workspace, found.data.georeference, found.data.bounds)
    own = next((one for one in found.data.passes if one.scene.id == frame.tile.scene_id), None)
    rows = []
    room = frame.pixels_of(found.data.radius_px)
    placed = frame.from_place(np.array([(one.x, one.y) for one in found.sites], np.float64).reshape(-1, 2))
    for site, (x, y) in zip(found.sites, placed.tolist(), strict=True):
        if not (-room <= x < frame.tile.width + room and -room <= y < frame.tile.height + room):
            continue
        about = site_json(site, references, found.data.passes)
        about["conditions"] = "" if own is None else _conditions(own, site.x, site.y)
        rows.append({**about, "tile_x": round(x, 1), "tile_y": round(y, 1)})
    return TileSites(place=frame.place.name, radius_px=round(room, 1), sites=rows)


def _conditions(one: Pass, x: float, y: float) -> str:
    (image_ms,) = one.image_winds_ms(np.array([[x, y]], np.float64))
    return conditions_text(one.scene.wind_ms, one.scene.wind_from_deg, one.incidence_deg(x, y), image_ms)


def _frame(workspace: Workspace, tile_id: int, *other_ids: int, every: bool = False) -> _Frame | None:
    """Return a tile in its place, with the layouts of its own and some other passes, or of all of them."""
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        scene = scenes.get_scene(session, tile.scene_id)
        if scene.place_id is None:
            return None
        place = places.get_place(session, scene.place_id)
        members = tuple(places.passes_of(session, scene.place_id))
    found = layouts(
        workspace,
        [member.id for member in members if every or member.id == scene.id or member.id in other_ids],
    )
    known = found.get(scene.id)
    if known is None or not known.placed or tile_id not in known.places:
        return None
    own = PassGeometry(
        survey_of(workspace, known).georeference,
        Georeference.from_dict(place.georeference),
        (scene.pass_x, scene.pass_y),
    )
    return _Frame(tile, place, members, found, np.array(known.places[tile_id], np.float64), own)


def _pass_row(workspace: Workspace, frame: _Frame, scene: SceneRecord, version: str) -> TilePass | None:
    tile, current = frame.tile, scene.id == frame.tile.scene_id
    known = frame.layouts[scene.id]
    surveyed = survey_of(workspace, known)
    geometry = frame.geometry(scene, surveyed)
    steps = (np.arange(_PROBES) + 0.5) / _PROBES
    spots = np.stack(np.meshgrid(steps * tile.width, steps * tile.height), axis=-1).reshape(-1, 2)
    there = frame.to_pass(spots, geometry)
    if not current and not surveyed.covers(there).any():
        return None
    tile_id = tile.id if current else _tile_at(known, there[len(there) // 2])
    here = [] if current else _slicks_here(workspace, frame, scene, geometry, version)
    return TilePass(
        scene_id=scene.id,
        name=scene.name,
        label=scene.acquired_at[:10] if scene.acquired_at else scene.name,
        acquired_at=scene.acquired_at,
        current=current,
        tile_id=tile_id,
        state="",
        masked=False,
        slicks=len(here),
        reviewed=all(slick.reviewed for slick, _ in here),
        rings=[np.round(ring, 1).ravel().tolist() for _, rings in here for ring in rings],
    )


def _tile_at(known: Layout, point: Points) -> int | None:
    x, y = point.tolist()
    for tile in known.tiles:
        left, top = known.places[tile.id]
        if left <= x < left + tile.width and top <= y < top + tile.height:
            return tile.id
    return None


def _slicks_here(
    workspace: Workspace, frame: _Frame, scene: SceneRecord, geometry: PassGeometry, version: str
) -> list[tuple[PassSlick, list[Points]]]:
    """The slicks of a pass that reach into a tile, with their outer rings, (N, 2), in pixels of the tile."""
    found = slicks_of_pass(workspace, scene.id, version)
    if not found:
        return []
    width, height = frame.tile.width, frame.tile.height
    corners = frame.to_pass(
        np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64), geometry
    )
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    boxes = _boxes_of(workspace, version, found)
    near = (boxes[:, 0] <= right) & (boxes[:, 2] >= left) & (boxes[:, 1] <= bottom) & (boxes[:, 3] >= top)
    area = shapely.box(0, 0, width, height)
    here = []
    for index in np.flatnonzero(near):
        slick = found[int(index)]
        rings = [
            frame.from_place(geometry.to_place(np.array(ring, np.float64)))
            for ring in slick.rings
            if len(ring) > 2
        ]
        inside = [ring for ring in rings if shapely.intersects(area, shapely.polygons(ring))]
        if inside:
            here.append((slick, inside))
    return here


def _boxes_of(workspace: Workspace, version: str, found: tuple[PassSlick, ...]) -> npt.NDArray[np.float64]:
    """Left, top, right and bottom edge of each slick, (N, 4), in pixels of its scene."""

    def compute() -> npt.NDArray[np.float64]:
        rows = []
        for slick in found:
            points = np.array([point for ring in slick.rings for point in ring], np.float64).reshape(-1, 2)
            rows.append([*points.min(axis=0), *points.max(axis=0)] if len(points) else [np.inf] * 4)
        return np.array(rows, np.float64)

    return _boxes.get_or_compute((workspace.store.root, version), compute)
