"""A scene as one picture: how large it is, where its tiles lie in it, and its pixels, part by part."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from seep.core.geo.grid import Window, row_column
from seep.core.geo.grid_inference import Edges, edges_of, guess_columns
from seep.core.image.arrays import ByteImage, as_bands
from seep.core.image.downsample import mean_reduced, to_picture
from seep.errors import SeepError
from seep.io.rasters import open_raster
from seep.store import scenes
from seep.store.records import SceneRecord, TileRecord
from seep.store.store import Session
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import PRODUCT_AUTHOR, Workspace

_MOST_KEPT = 16
_kept: OrderedDict[tuple[Path, int, int], "Layout"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the tiles of a scene lie; what changes of a tile, such as its state, is not in it.

    Attributes:
        scene: the scene.
        tiles: as they were imported.
        places: left and upper edge of each tile in pixels of the scene, by tile id.
        height: of the scene, pixels.
        width: of the scene, pixels.
        placed: False where the grid is not known: the tiles then lie in a square, by number.
    """

    scene: SceneRecord
    tiles: list[TileRecord]
    places: dict[int, tuple[int, int]]
    height: int
    width: int
    placed: bool

    @property
    def limits(self) -> tuple[float, float]:
        """The values between which the first band is shown."""
        statistics = self.scene.statistics
        return statistics["low"][0], statistics["high"][0]

    def within(self, window: Window) -> list[TileRecord]:
        """Return the tiles that a window of the scene touches."""
        return [
            tile
            for tile in self.tiles
            if self.places[tile.id][0] < window.x + window.width
            and self.places[tile.id][0] + tile.width > window.x
            and self.places[tile.id][1] < window.y + window.height
            and self.places[tile.id][1] + tile.height > window.y
        ]


def layout(workspace: Workspace, scene_id: int) -> Layout:
    """Lay out a scene.

    Raises:
        MissingError: there is no such scene.
    """
    settle_columns(workspace, scene_id)
    with workspace.store.reading() as session:
        scene = scenes.get_scene(session, scene_id)
        key = (workspace.store.root, scene_id, scene.tile_count)
        with _lock:
            known = _kept.get(key)
        if known is not None and known.scene == scene:
            return known
        tiles = scenes.tiles_of_scene(session, scene_id)
    made = _lay_out(scene, tiles)
    with _lock:
        _kept[key] = made
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return made


def _lay_out(scene: SceneRecord, tiles: list[TileRecord]) -> Layout:
    found = place_tiles(scene, tiles)
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


def read_picture(scene: Layout, window: Window, factor: int = 1) -> ByteImage:
    """Read a part of a scene as a picture; see `seep.core.image.downsample`.

    Args:
        scene: which.
        window: within the scene.
        factor: by how much it is made smaller, by the mean; a power of two.

    Returns:
        (ceil(height / factor), ceil(width / factor)) uint8; 0 where no tile lies or nothing was measured.

    Raises:
        ImageError: a file is gone or damaged.
    """
    if scene.scene.path is not None:
        return _of_raster(scene, Path(scene.scene.path), window, factor)
    picture = np.zeros((window.height, window.width), np.uint8)
    for tile in scene.within(window):
        x, y = scene.places[tile.id]
        drawn = to_picture(as_bands(read_pixels(tile))[:, :, 0], tile.nodata, scene.limits)
        paste(drawn, picture, x - window.x, y - window.y)
    return mean_reduced(picture, factor) if factor > 1 else picture


def _of_raster(scene: Layout, path: Path, window: Window, factor: int) -> ByteImage:
    with open_raster(path) as raster:
        if factor in raster.overviews:
            shape = (-(-window.height // factor), -(-window.width // factor))
            return to_picture(raster.read(window, shape, band=0), scene.scene.nodata, scene.limits)
        picture = to_picture(raster.read(window, band=0), scene.scene.nodata, scene.limits)
    return mean_reduced(picture, factor) if factor > 1 else picture


def paste(part: ByteImage, target: ByteImage, x: int, y: int) -> None:
    """Lay a part over a target, its upper left corner at (x, y); what reaches beyond is cut, 0 is clear."""
    top, left = max(0, y), max(0, x)
    bottom, right = min(target.shape[0], y + part.shape[0]), min(target.shape[1], x + part.shape[1])
    if top < bottom and left < right:
        piece = part[top - y : bottom - y, left - x : right - x]
        spot = target[top:bottom, left:right]
        np.copyto(spot, piece, where=piece > 0)


MOST_LOOKED_AT = 600
"""Tiles that a guess of the grid's width reads at most."""

_hopeless: set[tuple[Path, int, int]] = set()
"""Workspace, scene and number of tiles of guesses that came to nothing: not made again for the same tiles."""


@dataclass(frozen=True)
class Placed:
    """A tile beside another one.

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


def places(session: Session, scene_id: int) -> dict[int, tuple[int, int]]:
    """Say where the tiles of a scene lie: left and upper edge in pixels of the scene, by tile id.

    Windows of one large file lie where they were cut. Files lie on the grid by their number; without a known
    width of the grid, nothing is said of them.

    Raises:
        MissingError: there is no such scene.
    """
    return place_tiles(scenes.get_scene(session, scene_id), scenes.tiles_of_scene(session, scene_id))


def place_tiles(scene: SceneRecord, tiles: list[TileRecord]) -> dict[int, tuple[int, int]]:
    """Say where tiles of a scene lie; see `places`.

    Args:
        scene: their scene.
        tiles: all of the scene's: the largest one tells how far apart the grid's lines are.
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
    return found


def neighbors(workspace: Workspace, tile_id: int, reach_px: int) -> list[Placed]:
    """List the tiles around a tile, nearest to the upper left first.

    Args:
        workspace: where from.
        tile_id: around which.
        reach_px: tiles whose edge is no farther than this from the tile's edge; touching is 0.

    Returns:
        None of them the tile itself; an empty list where the grid is not known.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
    settle_columns(workspace, tile.scene_id)
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, tile.scene_id)
        placed = place_tiles(scenes.get_scene(session, tile.scene_id), tiles)
    if tile_id not in placed:
        return []
    x, y = placed[tile_id]
    found = [
        Placed(one.id, placed[one.id][0] - x, placed[one.id][1] - y, one.width, one.height)
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


def settle_columns(workspace: Workspace, scene_id: int) -> int | None:
    """Make sure that the width of a scene's grid is known, if its pixels tell it.

    Asked for at the first look at a tile's surroundings; the answer is kept with the scene.

    Returns:
        Tiles in a row of the grid; None where that cannot be told.

    Raises:
        MissingError: there is no such scene.
    """
    with workspace.store.reading() as session:
        scene = scenes.get_scene(session, scene_id)
        if scene.columns is not None or scene.path is not None:
            return scene.columns
        key = (workspace.store.root, scene_id, scene.tile_count)
        with _lock:
            if key in _hopeless:
                return None
        tiles = scenes.tiles_of_scene(session, scene_id)
    columns = guess_columns(_edges(tiles[:MOST_LOOKED_AT]))
    if columns is None:
        with _lock:
            _hopeless.add(key)
        return None
    with workspace.store.transaction() as session:
        if scenes.get_scene(session, scene_id).columns is None:
            scenes.set_columns(session, scene_id, columns, PRODUCT_AUTHOR)
    return columns


def _edges(tiles: list[TileRecord]) -> dict[int, Edges]:
    """Read the edges of tiles, by number; those that cannot be read are left out."""
    found = {}
    for tile in tiles:
        try:
            found[tile.number] = edges_of(read_pixels(tile), tile.nodata)
        except SeepError:
            continue
    return found
