"""A scene as one picture: how large it is, where its tiles lie in it, and its pixels, part by part."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from seep.core.grid import Window
from seep.core.raster import ByteImage, as_bands
from seep.core.reduction import mean_reduced, to_picture
from seep.io.rasters import open_raster
from seep.store import scenes
from seep.store.records import SceneRecord, TileRecord
from seep.workflow.pixels import read_pixels
from seep.workflow.placing import place_tiles, settle_columns
from seep.workflow.workspace import Workspace

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
    """Read a part of a scene as a picture; see `seep.core.reduction`.

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
