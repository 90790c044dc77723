"""Layout of a scene: its size, the positions of its tiles, and its pixels by window."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from sqlalchemy.orm import Session

from seep.core.geo.grid import Window, row_column
from seep.core.geo.grid_inference import Edges, edges_of, guess_columns
from seep.core.image.arrays import ByteImage, DisplayLimits, displayed_bands
from seep.core.image.downsample import mean_reduced, to_color_picture
from seep.core.memory_cache import MemoryCache
from seep.core.records import SceneRecord, TileRecord
from seep.errors import SeepError
from seep.io.rasters import open_raster
from seep.store import scenes
from seep.store.deleted import trash
from seep.workflow.locators import local_path
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import PRODUCT, Workspace

_Key = tuple[Path, int, int, int]
"""Workspace, scene, number of its tiles, and number of changes of the trash."""

MAX_LAYOUT_TILES = 200_000
"""Tiles of all layouts in memory; a place may have 50 passes, and a scene a million tiles."""

MAX_GRID_PIXELS = 2**33
"""Pixels of the largest grid of tile files, 20 times a Sentinel-1 scene. Tiles may be numbered by dates, such as
20260521, which would need an image of billions of rows."""

_layouts = MemoryCache[_Key, "Layout"](
    MAX_LAYOUT_TILES, lambda scene: min(MAX_LAYOUT_TILES, 1 + len(scene.tiles))
)
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Layout:
    """Positions of the tiles of a scene; use other sources for a tile's state, which may be out of date here.

    Attributes:
        scene: the scene.
        tiles: as they were imported.
        places: (x, y) of each tile's upper left corner in pixels of the scene, by tile id.
        height: of the scene, pixels.
        width: of the scene, pixels.
        placed: False if the grid is unknown; the tiles are then arranged in a square, by number.
    """

    scene: SceneRecord
    tiles: list[TileRecord]
    places: dict[int, tuple[int, int]]
    height: int
    width: int
    placed: bool

    @property
    def limits(self) -> tuple[float, float]:
        """Display range of the first band, in its own unit."""
        statistics = self.scene.statistics
        return statistics["low"][0], statistics["high"][0]

    @property
    def color_limits(self) -> DisplayLimits:
        """Display ranges of the first three bands, or of the first one if there are fewer; as in thumbnails."""
        low, high = self.scene.statistics["low"], self.scene.statistics["high"]
        shown = displayed_bands(len(low))
        return tuple(zip(low[:shown], high[:shown], strict=True))

    @cached_property
    def content(self) -> str:
        """Names of the tiles and of their pixels, for hashes of what is derived from a scene."""
        return "\n".join(f"{tile.id} {tile.sha256}" for tile in self.tiles)

    def tiles_in(self, window: Window) -> list[TileRecord]:
        """Return the tiles that overlap a window of the scene."""
        return [
            tile
            for tile in self.tiles
            if self.places[tile.id][0] < window.x + window.width
            and self.places[tile.id][0] + tile.width > window.x
            and self.places[tile.id][1] < window.y + window.height
            and self.places[tile.id][1] + tile.height > window.y
        ]


def layout(workspace: Workspace, scene_id: int) -> Layout:
    """Return the layout of a scene.

    Raises:
        MissingError: there is no such scene.
    """
    return layouts(workspace, [scene_id])[scene_id]


def layouts(workspace: Workspace, scene_ids: Sequence[int]) -> dict[int, Layout]:
    """Return the layouts of scenes by id; one query if all are in memory.

    Raises:
        MissingError: there is no such scene.
    """
    with workspace.store.reading() as session:
        records, changes = scenes.scenes_by_id(session, scene_ids), trash.changes(session)
    unknown = [record.id for record in records if record.columns is None and record.path is None]
    for scene_id in unknown:
        infer_columns(workspace, scene_id)
    if unknown:
        with workspace.store.reading() as session:
            records = scenes.scenes_by_id(session, scene_ids)
    found = {}
    for scene in records:
        known = _layouts.get((workspace.store.root, scene.id, scene.tile_count, changes))
        found[scene.id] = known if known and known.scene == scene else _load(workspace, scene.id)
    return found


def _load(workspace: Workspace, scene_id: int) -> Layout:
    with workspace.store.reading() as session:
        scene, tiles = scenes.get_scene(session, scene_id), scenes.tiles_of_scene(session, scene_id)
        key = (workspace.store.root, scene_id, scene.tile_count, trash.changes(session))
    return _layouts.put(key, _make_layout(scene, tiles))


def _make_layout(scene: SceneRecord, tiles: list[TileRecord]) -> Layout:
    found = tile_positions(scene, tiles)
    placed = len(found) == len(tiles)
    wide = max((tile.width for tile in tiles), default=1)
    tall = max((tile.height for tile in tiles), default=1)
    if not placed:
        columns = math.ceil(math.sqrt(len(tiles)))
        ordered = sorted(tiles, key=lambda tile: (tile.number, tile.id))
        found = {tile.id: (at % columns * wide, at // columns * tall) for at, tile in enumerate(ordered)}
    height = scene.height or max((y for _, y in found.values()), default=0) + tall
    width = scene.width or max((x for x, _ in found.values()), default=0) + wide
    return Layout(scene, tiles, found, height, width, placed)


def read_picture(
    workspace: Workspace, scene: Layout, window: Window, factor: int = 1, *, color: bool = False
) -> ByteImage:
    """Read a window of a scene as an 8-bit picture; see `seep.core.image.downsample`.

    Args:
        factor: downsampling factor, a power of two; pixels are averaged.
        color: draw the first three bands as red, green and blue, if there are three.

    Returns:
        (ceil(height / factor), ceil(width / factor)) uint8, in color with a third axis of 3; 0 where there is no
        tile or no measurement.

    Raises:
        ImageError: a file is missing or damaged.
    """
    limits = scene.color_limits if color else (scene.limits,)
    if scene.scene.path is not None:
        path = local_path(workspace.store, scene.scene.path)
        return _read_raster_picture(path, scene, limits, window, factor)
    picture = np.zeros((window.height, window.width, 3)[: 2 + (len(limits) > 1)], np.uint8)
    for tile in scene.tiles_in(window):
        x, y = scene.places[tile.id]
        drawn = to_color_picture(read_pixels(workspace, tile), tile.nodata, limits)
        paste(drawn, picture, x - window.x, y - window.y)
    return mean_reduced(picture, factor) if factor > 1 else picture


def _read_raster_picture(
    path: Path, scene: Layout, limits: DisplayLimits, window: Window, factor: int
) -> ByteImage:
    band = 0 if len(limits) == 1 else None
    with open_raster(path) as raster:
        if factor in raster.overviews:
            shape = (-(-window.height // factor), -(-window.width // factor))
            return to_color_picture(raster.read(window, shape, band=band), scene.scene.nodata, limits)
        picture = to_color_picture(raster.read(window, band=band), scene.scene.nodata, limits)
    return mean_reduced(picture, factor) if factor > 1 else picture


def paste(part: ByteImage, target: ByteImage, x: int, y: int) -> None:
    """Paste the nonzero pixels of a part into a target with the upper left corner at (x, y), clipped."""
    top, left = max(0, y), max(0, x)
    bottom, right = min(target.shape[0], y + part.shape[0]), min(target.shape[1], x + part.shape[1])
    if top < bottom and left < right:
        piece = part[top - y : bottom - y, left - x : right - x]
        spot = target[top:bottom, left:right]
        np.copyto(spot, piece, where=piece > 0)


MAX_INFERENCE_TILES = 600
"""Maximum number of tiles read to infer the number of columns."""

_failed_inferences: set[_Key] = set()
"""Scenes for which the inference failed; it is not repeated."""


@dataclass(frozen=True)
class NeighborTile:
    """A tile next to another one.

    Attributes:
        id: of the tile.
        dx: left edge, pixels from the other tile's left edge; negative to the left.
        dy: upper edge, pixels from the other tile's upper edge; negative above.
        width: pixels.
        height: pixels.
    """

    id: int
    dx: int
    dy: int
    width: int
    height: int


def positions_in_scene(session: Session, scene_id: int) -> dict[int, tuple[int, int]]:
    """Return (x, y) of each tile's upper left corner in pixels of the scene, by tile id.

    Windows of a large file have their own position. Tile files are placed on the grid by their number; they
    are missing from the result if the number of columns is unknown.

    Raises:
        MissingError: there is no such scene.
    """
    return tile_positions(scenes.get_scene(session, scene_id), scenes.tiles_of_scene(session, scene_id))


def tile_positions(scene: SceneRecord, tiles: list[TileRecord]) -> dict[int, tuple[int, int]]:
    """Return the positions of the tiles of a scene; see `positions_in_scene`.

    None has a position where the grid would have more than `MAX_GRID_PIXELS`: the numbers do not belong to a grid.

    Args:
        tiles: all tiles of the scene; the largest one gives the spacing of the grid.
    """
    if scene.path is not None:
        return {tile.id: (tile.x, tile.y) for tile in tiles}
    wide = max((tile.width for tile in tiles), default=0)
    tall = max((tile.height for tile in tiles), default=0)
    found = {}
    for tile in tiles:
        at = row_column(tile.number, scene.columns)
        if at is not None:
            found[tile.id] = (at[1] * wide, at[0] * tall)
    width = max((x for x, _ in found.values()), default=0) + wide
    height = max((y for _, y in found.values()), default=0) + tall
    return found if width * height <= MAX_GRID_PIXELS else {}


def neighbors(workspace: Workspace, tile_id: int, reach_px: int) -> list[NeighborTile]:
    """List the tiles around a tile, from top to bottom and left to right.

    Args:
        tile_id: tile in the center, which is not in the result.
        reach_px: maximum distance of the edges; 0 for tiles that touch.

    Returns:
        The tiles; an empty list if the grid is unknown.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
    infer_columns(workspace, tile.scene_id)
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, tile.scene_id)
        placed = tile_positions(scenes.get_scene(session, tile.scene_id), tiles)
    if tile_id not in placed:
        return []
    x, y = placed[tile_id]
    found = [
        NeighborTile(one.id, placed[one.id][0] - x, placed[one.id][1] - y, one.width, one.height)
        for one in tiles
        if one.id != tile_id and one.id in placed
    ]
    near = [
        one
        for one in found
        if -one.width - reach_px <= one.dx <= tile.width + reach_px
        and -one.height - reach_px <= one.dy <= tile.height + reach_px
    ]
    return sorted(near, key=lambda one: (one.dy, one.dx))


def infer_columns(workspace: Workspace, scene_id: int) -> int | None:
    """Infer the number of columns of a scene's grid from its pixels, once; the scene stores the result.

    Returns:
        Tiles per row; None if it cannot be inferred.

    Raises:
        MissingError: there is no such scene.
    """
    with workspace.store.reading() as session:
        scene = scenes.get_scene(session, scene_id)
        if scene.columns is not None or scene.path is not None:
            return scene.columns
        key = (workspace.store.root, scene_id, scene.tile_count, trash.changes(session))
        with _lock:
            if key in _failed_inferences:
                return None
        tiles = scenes.tiles_of_scene(session, scene_id)
    columns = guess_columns(_edges(workspace, tiles[:MAX_INFERENCE_TILES]))
    if columns is None:
        with _lock:
            _failed_inferences.add(key)
        return None
    with workspace.store.transaction() as session:
        if scenes.get_scene(session, scene_id).columns is None:
            scenes.set_columns(session, scene_id, columns, PRODUCT.name)
    return columns


def _edges(workspace: Workspace, tiles: list[TileRecord]) -> dict[int, Edges]:
    """Read the edges of tiles by tile number, without unreadable tiles."""
    found = {}
    for tile in tiles:
        try:
            found[tile.number] = edges_of(read_pixels(workspace, tile), tile.nodata)
        except SeepError:
            continue
    return found
