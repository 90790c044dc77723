"""Mosaics: the selected tiles of a scene at their positions, read by window.

Slicks cross tile borders, so exports work on mosaics: one per scene if the positions of its tiles are known,
else one per tile. A mosaic is never in memory as a whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache
from sqlalchemy.orm import Session

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.mask import UNSURE, Mask, decode_mask
from seep.core.records import REVIEWED, SceneRecord, TileRecord
from seep.errors import ImageError
from seep.io.images import read_header
from seep.store import checkpoints, predictions, revisions, scenes
from seep.workflow.scenes.layout import infer_columns, tile_positions
from seep.workflow.tile_data import image_path, read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

MASKS = ("shown", "truth")
"""Mask of a tile: the newest revision, else the prediction; or truth only (see `ExportOptions`)."""

_CACHE_BYTES = 64 * 2**20
_SAME_PLACE_PX = 0.5


@dataclass(frozen=True)
class PlacedTile:
    """A tile of a mosaic, with its mask and probability.

    Attributes:
        tile: the tile.
        x: left edge in the mosaic, pixels.
        y: upper edge in the mosaic, pixels.
        mask_sha256: of the selected mask; None if the tile has none.
        probability_sha256: of the active model's probability; None if there is none.
        author: who saved the mask; None for a prediction.
        saved_at: when the mask was saved or predicted.
        checkpoint: name of the model that predicted the probability.
    """

    tile: TileRecord
    x: int
    y: int
    mask_sha256: str | None
    probability_sha256: str | None
    author: str | None
    saved_at: str | None
    checkpoint: str | None

    @property
    def predicted(self) -> bool:
        """Whether the mask is a prediction that nobody reviewed."""
        return self.mask_sha256 is not None and self.author is None


@dataclass(frozen=True)
class Mosaic:
    """Tiles of one scene at their positions.

    Attributes:
        name: of the scene, or of the tile if the mosaic is a single tile.
        scene: scene of the tiles.
        width: pixels.
        height: pixels.
        georeference: of the mosaic; None if unknown.
        tiles: selected tiles.
    """

    name: str
    scene: SceneRecord
    width: int
    height: int
    georeference: Georeference | None
    tiles: tuple[PlacedTile, ...]

    @property
    def predicted(self) -> bool:
        """Whether some of its mask is a prediction that nobody reviewed."""
        return any(tile.predicted for tile in self.tiles)


def build_mosaics(workspace: Workspace, tiles: Sequence[TileRecord], masks: str = "shown") -> list[Mosaic]:
    """Build the mosaics of tiles: one per scene if the positions of its tiles are known, else one per tile.

    Args:
        masks: "shown" or "truth", see `MASKS`.

    Returns:
        Mosaics, sorted by scene and name.
    """
    by_scene: dict[int, list[TileRecord]] = {}
    for tile in tiles:
        by_scene.setdefault(tile.scene_id, []).append(tile)
    found = []
    for scene_id, members in by_scene.items():
        if len(members) > 1:
            infer_columns(workspace, scene_id)
        with workspace.store.reading() as session:
            scene = scenes.get_scene(session, scene_id)
            positions = tile_positions(scene, scenes.tiles_of_scene(session, scene_id))
            placed = [_place_tile(session, tile, positions.get(tile.id), masks) for tile in members]
        found += _mosaics_of_scene(
            workspace, scene, placed, {tile.id for tile in members} <= positions.keys()
        )
    return sorted(found, key=lambda mosaic: (mosaic.scene.name, mosaic.name))


class MosaicReader:
    """Reads a mosaic by window; caches up to 64 MiB of decoded tiles.

    Attributes:
        workspace: of the mosaic.
        mosaic: to read.
        unreadable: reason by tile name, for images that could not be read.
    """

    def __init__(self, workspace: Workspace, mosaic: Mosaic) -> None:
        self.mosaic = mosaic
        self.unreadable: dict[str, str] = {}
        self.workspace = workspace
        self._files = workspace.store.files
        self._cache: LRUCache[tuple[str, int], npt.NDArray[Any] | None] = LRUCache(
            _CACHE_BYTES, getsizeof=lambda array: 0 if array is None else array.nbytes
        )
        # Where windows overlap, reviewed masks cover predictions.
        self._tiles = sorted(mosaic.tiles, key=lambda one: one.tile.state in REVIEWED)
        corners = [
            (tile.x, tile.y, tile.x + tile.tile.width, tile.y + tile.tile.height) for tile in self._tiles
        ]
        self._corners = np.array(corners, dtype=np.int64).reshape(-1, 4)

    def tiles_in(self, window: Window) -> list[PlacedTile]:
        """List the tiles that overlap a window."""
        left, top, right, bottom = self._corners.T
        across = (left < window.x + window.width) & (right > window.x)
        down = (top < window.y + window.height) & (bottom > window.y)
        return [self._tiles[index] for index in np.flatnonzero(across & down)]

    def mask(self, window: Window) -> Mask:
        """Return the mask of a window, (height, width) uint8; UNSURE where no selected tile has a mask."""
        return self._paste(window, np.full((window.height, window.width), UNSURE, np.uint8), self._mask)

    def tile_mask(self, one: PlacedTile) -> Mask | None:
        """Return the mask of a tile, (H, W) uint8; None if it has none."""
        return self._mask(one)

    def probability(self, window: Window) -> tuple[Mask, npt.NDArray[np.bool_]]:
        """Return the seep probability in a window, uint8 0 to 255, and a bool mask of where it is known."""
        empty = np.full((window.height, window.width), -1, np.int16)
        found = self._paste(window, empty, self._probability)
        return np.maximum(found, 0).astype(np.uint8), found >= 0

    def pixels(self, window: Window) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Return the first band in a window as float32, and a bool mask of the measured pixels.

        Unreadable images are omitted and listed in `unreadable`.
        """
        empty = np.full((window.height, window.width), np.nan, np.float32)
        found = self._paste(window, empty, self._pixels)
        return np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), np.isfinite(found)

    def _paste(
        self, window: Window, target: npt.NDArray[Any], read: Callable[[PlacedTile], npt.NDArray[Any] | None]
    ) -> npt.NDArray[Any]:
        for tile in self.tiles_in(window):
            found = self._cached(tile, read)
            if found is None:
                continue
            left, top = max(tile.x, window.x), max(tile.y, window.y)
            right = min(tile.x + found.shape[1], window.x + window.width)
            bottom = min(tile.y + found.shape[0], window.y + window.height)
            target[top - window.y : bottom - window.y, left - window.x : right - window.x] = found[
                top - tile.y : bottom - tile.y, left - tile.x : right - tile.x
            ]
        return target

    def _cached(
        self, one: PlacedTile, read: Callable[[PlacedTile], npt.NDArray[Any] | None]
    ) -> npt.NDArray[Any] | None:
        key = (read.__name__, one.tile.id)
        if key in self._cache:
            return self._cache[key]
        found = read(one)
        if found is None or found.nbytes <= _CACHE_BYTES:
            self._cache[key] = found
        return found

    def _mask(self, one: PlacedTile) -> Mask | None:
        if one.mask_sha256 is None:
            return None
        return decode_mask(self._files.read(one.mask_sha256, MASK_SUFFIX))

    def _probability(self, one: PlacedTile) -> npt.NDArray[Any] | None:
        if one.probability_sha256 is None:
            return None
        return decode_mask(self._files.read(one.probability_sha256, MASK_SUFFIX))

    def _pixels(self, one: PlacedTile) -> npt.NDArray[Any] | None:
        try:
            image = read_pixels(self.workspace, one.tile)
        except ImageError as error:
            self.unreadable[one.tile.name] = str(error)
            return None
        band = (image if image.ndim == 2 else image[:, :, 0]).astype(np.float32)
        if one.tile.nodata is not None:
            band[band == np.float32(one.tile.nodata)] = np.nan
        return band


def mask_sha256(session: Session, tile: TileRecord, masks: str) -> str | None:
    """Return the SHA-256 of a tile's mask, see `MASKS`; None if it has none."""
    return _place_tile(session, tile, None, masks).mask_sha256


def tile_georeference(workspace: Workspace, tile: TileRecord) -> Georeference | None:
    """Return the georeference of a tile from its file; None if it has none or the file is missing."""
    try:
        found = read_header(image_path(workspace, tile)).georeference
    except ImageError:
        return None
    return found.shifted(tile.x, tile.y) if found else None


def _place_tile(
    session: Session, tile: TileRecord, position: tuple[int, int] | None, masks: str
) -> PlacedTile:
    prediction = (
        predictions.get_prediction(session, tile.prediction_id) if tile.prediction_id is not None else None
    )
    head = (
        revisions.ground_truth(session, [tile.id]).get(tile.id)
        if masks == "truth"
        else revisions.get_revision(session, tile.head_revision_id)
        if tile.head_revision_id is not None
        else None
    )
    chosen = head or (prediction if masks == "shown" else None)
    x, y = position or (0, 0)
    return PlacedTile(
        tile=tile,
        x=x,
        y=y,
        mask_sha256=chosen.mask_sha256 if chosen else None,
        probability_sha256=prediction.probability_sha256 if prediction else None,
        author=head.author if head else None,
        saved_at=chosen.created_at if chosen else None,
        checkpoint=checkpoints.get_checkpoint(session, prediction.checkpoint_id).name if prediction else None,
    )


def _mosaics_of_scene(
    workspace: Workspace, scene: SceneRecord, tiles: list[PlacedTile], has_positions: bool
) -> list[Mosaic]:
    """Build one mosaic if the tiles have positions that agree with their georeferences, else one per tile."""
    own = Georeference.from_dict(scene.georeference)
    if has_positions and own is None and scene.path is None:
        corners = [found for one in (tiles[0], tiles[-1]) if (found := _corner(workspace, one))]
        own = corners[0] if corners else None
        has_positions = all(_is_same_place(corner, corners[0]) for corner in corners)
    if has_positions:
        width = scene.width or max(tile.x + tile.tile.width for tile in tiles)
        height = scene.height or max(tile.y + tile.tile.height for tile in tiles)
        return [Mosaic(scene.name, scene, width, height, own, tuple(tiles))]
    return [_single_tile_mosaic(workspace, scene, tile) for tile in tiles]


def _single_tile_mosaic(workspace: Workspace, scene: SceneRecord, one: PlacedTile) -> Mosaic:
    tile = one.tile
    tiles = (replace(one, x=0, y=0),)
    return Mosaic(tile.name, scene, tile.width, tile.height, tile_georeference(workspace, tile), tiles)


def _corner(workspace: Workspace, one: PlacedTile) -> Georeference | None:
    """Return the georeference of the mosaic that a tile's own georeference implies."""
    found = tile_georeference(workspace, one.tile)
    return found.shifted(-one.x, -one.y) if found else None


def _is_same_place(one: Georeference, other: Georeference) -> bool:
    if one.transform is None or other.transform is None:
        return one == other
    step = max(abs(one.transform[0]), abs(one.transform[1]))
    apart = np.abs(np.subtract(one.transform, other.transform)).max()
    return one.crs == other.crs and bool(apart <= _SAME_PLACE_PX * step)
