"""Where tiles lie in their scene, and which lie beside each other."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from seep.core.continuity import Edges, edges_of, guess_columns
from seep.core.grid import row_column
from seep.errors import SeepError
from seep.store import scenes
from seep.store.records import SceneRecord, TileRecord
from seep.store.store import Session
from seep.workflow.pixels import read_pixels
from seep.workflow.workspace import PRODUCT_AUTHOR, Workspace

MOST_LOOKED_AT = 600
"""Tiles that a guess of the grid's width reads at most."""

_hopeless: set[tuple[Path, int, int]] = set()
"""Workspace, scene and number of tiles of guesses that came to nothing: not made again for the same tiles."""
_lock = Lock()


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


def neighbours(workspace: Workspace, tile_id: int, reach_px: int) -> list[Placed]:
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
