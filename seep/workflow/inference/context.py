"""Tiles read with what lies around them, so that a prediction does not end where the sea goes on."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from seep.core.geo.grid import row_column
from seep.core.geo.grid_inference import Edges, edges_of, guess_columns
from seep.core.image.padding import Beside, surround
from seep.errors import SeepError
from seep.io.tiff import read_image
from seep.store import scenes
from seep.store.records import TileRecord
from seep.workflow.scenes.layout import place_tiles, settle_columns
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.workflow.inference.folders import FolderTile

MARGIN_PX = 32
"""On five real scenes that the network had not seen a margin of 32 px took the binary IoU from 0.416 to 0.428
at 1.5 times the cost; 64 px gave no more, and four flips without a margin 0.421 at 4 times."""
MOST_PX = 1024
"""Larger tiles are read alone: their border is a small part of them, and their neighbors much memory."""
KEPT = 64
"""Neighbors in memory: some rows of a scene's grid, at most 128 MB of 1024 px."""

Key = TypeVar("Key", bound=Hashable)
Corner = tuple[int, int]
"""Left and upper edge in the scene, pixels."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network sees of a tile.

    Attributes:
        image: the tile's pixels, with `margin_px` more on each side.
        margin_px: 0 where the surroundings are not known.
    """

    image: Any
    margin_px: int

    @property
    def own(self) -> Any:
        """The tile's pixels alone."""
        inside = slice(self.margin_px, -self.margin_px or None)
        return self.image[inside, inside]


def around_tiles(workspace: Workspace) -> Callable[[TileRecord], Seen]:
    """Make a reader of tiles of a workspace; it raises ImageError where the tile's own file is bad."""
    records: dict[int, TileRecord] = {}

    def corners(scene_id: int) -> Mapping[int, Corner]:
        settle_columns(workspace, scene_id)
        with workspace.store.reading() as session:
            scene, tiles = scenes.get_scene(session, scene_id), scenes.tiles_of_scene(session, scene_id)
        records.update({tile.id: tile for tile in tiles})
        return {} if scene.path is not None else place_tiles(scene, tiles)

    around = _Surroundings[int](lambda tile_id: read_pixels(records[tile_id]), corners)

    def read(tile: TileRecord) -> Seen:
        records[tile.id] = tile
        return around.see(tile.id, tile.scene_id, tile.nodata)

    return read


def around_files(tiles: Sequence["FolderTile"]) -> Callable[["FolderTile"], Seen]:
    """Make a reader of images of a folder; it raises ImageError where the image's own file is bad."""
    by_scene: dict[str, list[FolderTile]] = defaultdict(list)
    for tile in tiles:
        by_scene[tile.scene].append(tile)

    def corners(scene: str) -> Mapping[Path, Corner]:
        paths, edges, size = dict[int, Path](), dict[int, Edges](), (0, 0)
        for tile in by_scene[scene]:
            image = read_image(tile.path)
            paths[tile.number], edges[tile.number] = tile.path, edges_of(image, tile.nodata)
            size = max(size, image.shape[:2])
        columns = guess_columns(edges)
        placed = {path: row_column(number, columns) for number, path in paths.items()}
        return {path: (at[1] * size[1], at[0] * size[0]) for path, at in placed.items() if at}

    around = _Surroundings[Path](read_image, corners)
    return lambda tile: around.see(tile.path, tile.scene, tile.nodata)


class _Surroundings(Generic[Key]):
    """Reads tiles with their neighbors; a neighbor of several tiles is read once."""

    def __init__(self, read: Callable[[Key], Any], corners_of: Callable[[Any], Mapping[Key, Corner]]) -> None:
        """Remember how to read.

        Args:
            read: pixels of a tile.
            corners_of: where the tiles of a scene lie; empty where that is not known.
        """
        self._read, self._corners_of = read, corners_of
        self._corners: dict[Any, Mapping[Key, Corner]] = {}
        self._owners: dict[Any, dict[Corner, Key]] = {}
        self._kept: OrderedDict[Key, Any] = OrderedDict()

    def see(self, key: Key, scene: Any, nodata: float | None) -> Seen:
        """Read a tile and what lies around it; a neighbor that cannot be read counts as none."""
        image = self._pixels(key)
        if nodata is None or max(image.shape[:2]) > MOST_PX:
            return Seen(image, 0)
        if scene not in self._corners:
            self._corners[scene] = self._corners_of(scene)
            self._owners[scene] = {corner: owner for owner, corner in self._corners[scene].items()}
        if key not in self._corners[scene]:
            return Seen(image, 0)
        beside = self._beside(self._owners[scene], self._corners[scene][key], image)
        return Seen(surround(image, beside, MARGIN_PX, nodata), MARGIN_PX)

    def _beside(self, owners: Mapping[Corner, Key], corner: Corner, image: Any) -> Iterator[Beside]:
        height, width = image.shape[:2]
        for dy in (-height, 0, height):
            for dx in (-width, 0, width):
                owner = owners.get((corner[0] + dx, corner[1] + dy))
                if owner is None or not (dx or dy):
                    continue
                try:
                    pixels = self._pixels(owner)
                except SeepError:
                    continue
                if pixels.dtype == image.dtype and pixels.shape[2:] == image.shape[2:]:
                    yield dx, dy, pixels

    def _pixels(self, key: Key) -> Any:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        pixels = self._read(key)
        if max(pixels.shape[:2]) <= MOST_PX:
            self._kept[key] = pixels
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return pixels
