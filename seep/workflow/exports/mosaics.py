"""Sheets: the chosen tiles of a scene laid where they belong, read a window at a time.

A slick does not end where a tile does, so results are made of sheets: a whole scene where its tiles' places
are known, else each tile by itself. No sheet is ever in memory as a whole.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.mask import UNSURE, Mask, decode_mask
from seep.errors import ImageError
from seep.io.tiff import read_header
from seep.store import checkpoints, predictions, revisions, scenes
from seep.store.records import REVIEWED, SceneRecord, TileRecord
from seep.store.store import Session
from seep.workflow.scenes.layout import place_tiles, settle_columns
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

MASKS = ("shown", "truth")
"""Which mask of a tile: the newest revision, else the prediction; or only what counts as truth."""

_KEPT_BYTES = 64 * 2**20
_SAME_PLACE_PX = 0.5


@dataclass(frozen=True)
class LaidTile:
    """A tile on a sheet, with the files of its mask and probability and where they come from.

    Attributes:
        tile: the tile.
        x: left edge on the sheet, pixels.
        y: upper edge.
        mask_sha256: of the chosen mask; None where the tile has none.
        probability_sha256: of the active checkpoint's probability; None where there is none.
        author: who saved the mask; None for a prediction.
        saved_at: when it was saved or predicted.
        checkpoint: name of the checkpoint whose probability this is.
    """

    tile: TileRecord
    x: int
    y: int
    mask_sha256: str | None
    probability_sha256: str | None
    author: str | None
    saved_at: str | None
    checkpoint: str | None


@dataclass(frozen=True)
class Sheet:
    """Tiles of one scene where they belong.

    Attributes:
        name: of the scene; of the tile where it is alone.
        scene: whose tiles.
        width: pixels.
        height: pixels.
        georeference: of the sheet's upper left corner; None where unknown.
        tiles: those that were chosen.
    """

    name: str
    scene: SceneRecord
    width: int
    height: int
    georeference: Georeference | None
    tiles: tuple[LaidTile, ...]


def lay_sheets(workspace: Workspace, tiles: Sequence[TileRecord], masks: str = "shown") -> list[Sheet]:
    """Lay tiles on sheets, a scene each where the places of its tiles are known.

    Args:
        workspace: where from.
        tiles: which, of any scenes.
        masks: "shown" or "truth", see `MASKS`.

    Returns:
        Sheets by the names of their scenes.
    """
    by_scene: dict[int, list[TileRecord]] = {}
    for tile in tiles:
        by_scene.setdefault(tile.scene_id, []).append(tile)
    found = []
    for scene_id, members in by_scene.items():
        if len(members) > 1:
            settle_columns(workspace, scene_id)
        with workspace.store.reading() as session:
            scene = scenes.get_scene(session, scene_id)
            places = place_tiles(scene, scenes.tiles_of_scene(session, scene_id))
            laid = [_lay(session, tile, places.get(tile.id), masks) for tile in members]
        found += _sheets(scene, laid, {tile.id for tile in members} <= places.keys())
    return sorted(found, key=lambda sheet: (sheet.scene.name, sheet.name))


class SheetReader:
    """Reads a sheet a window at a time; keeps the tiles that it decoded last, 64 MiB of them.

    Attributes:
        sheet: which.
        unreadable: names of tiles whose image could not be read, with the reason.
    """

    def __init__(self, workspace: Workspace, sheet: Sheet) -> None:
        self.sheet = sheet
        self.unreadable: dict[str, str] = {}
        self._files = workspace.store.files
        self._kept: OrderedDict[tuple[str, int], npt.NDArray[Any] | None] = OrderedDict()
        self._kept_bytes = 0
        # Where windows overlap, what a person reviewed lies above what was predicted.
        self._tiles = sorted(sheet.tiles, key=lambda one: one.tile.state in REVIEWED)
        corners = [(one.x, one.y, one.x + one.tile.width, one.y + one.tile.height) for one in self._tiles]
        self._corners = np.array(corners, dtype=np.int64).reshape(-1, 4)

    def touching(self, window: Window) -> list[LaidTile]:
        """List the tiles that a window touches."""
        left, top, right, bottom = self._corners.T
        across = (left < window.x + window.width) & (right > window.x)
        down = (top < window.y + window.height) & (bottom > window.y)
        return [self._tiles[index] for index in np.flatnonzero(across & down)]

    def mask(self, window: Window) -> Mask:
        """Return the mask of a window, (height, width) uint8; UNSURE where no chosen tile has a mask."""
        return self._paste(window, np.full((window.height, window.width), UNSURE, np.uint8), self._mask)

    def tile_mask(self, one: LaidTile) -> Mask | None:
        """Return the mask of a tile, (H, W) uint8; None where it has none."""
        return self._mask(one)

    def probability(self, window: Window) -> tuple[Mask, npt.NDArray[np.bool_]]:
        """Return the probability of seep in a window, 0 to 255, and where there is one."""
        empty = np.full((window.height, window.width), -1, np.int16)
        found = self._paste(window, empty, self._probability)
        return np.maximum(found, 0).astype(np.uint8), found >= 0

    def pixels(self, window: Window) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Return the first band of the image in a window, as float32, and which pixels were measured.

        Tiles whose image cannot be read are left out, and named in `unreadable`.
        """
        empty = np.full((window.height, window.width), np.nan, np.float32)
        found = self._paste(window, empty, self._pixels)
        return np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), np.isfinite(found)

    def _paste(
        self, window: Window, target: npt.NDArray[Any], read: Callable[[LaidTile], npt.NDArray[Any] | None]
    ) -> npt.NDArray[Any]:
        for one in self.touching(window):
            found = self._remembered(one, read)
            if found is None:
                continue
            left, top = max(one.x, window.x), max(one.y, window.y)
            right = min(one.x + found.shape[1], window.x + window.width)
            bottom = min(one.y + found.shape[0], window.y + window.height)
            target[top - window.y : bottom - window.y, left - window.x : right - window.x] = found[
                top - one.y : bottom - one.y, left - one.x : right - one.x
            ]
        return target

    def _remembered(
        self, one: LaidTile, read: Callable[[LaidTile], npt.NDArray[Any] | None]
    ) -> npt.NDArray[Any] | None:
        key = (read.__name__, one.tile.id)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = read(one)
        self._kept[key] = found
        self._kept_bytes += 0 if found is None else found.nbytes
        while len(self._kept) > 1 and self._kept_bytes > _KEPT_BYTES:
            _, gone = self._kept.popitem(last=False)
            self._kept_bytes -= 0 if gone is None else gone.nbytes
        return found

    def _mask(self, one: LaidTile) -> Mask | None:
        if one.mask_sha256 is None:
            return None
        return decode_mask(self._files.read(one.mask_sha256, MASK_SUFFIX))

    def _probability(self, one: LaidTile) -> npt.NDArray[Any] | None:
        if one.probability_sha256 is None:
            return None
        return decode_mask(self._files.read(one.probability_sha256, MASK_SUFFIX))

    def _pixels(self, one: LaidTile) -> npt.NDArray[Any] | None:
        try:
            image = read_pixels(one.tile)
        except ImageError as error:
            self.unreadable[one.tile.name] = str(error)
            return None
        band = (image if image.ndim == 2 else image[:, :, 0]).astype(np.float32)
        if one.tile.nodata is not None:
            band[band == np.float32(one.tile.nodata)] = np.nan
        return band


def mask_sha256(session: Session, tile: TileRecord, masks: str) -> str | None:
    """Return the SHA-256 of a tile's mask of a kind, see `MASKS`; None where it has none."""
    return _lay(session, tile, None, masks).mask_sha256


def tile_georeference(tile: TileRecord) -> Georeference | None:
    """Return where a tile lies on the ground, as its file says; None where it does not say, or is gone."""
    try:
        found = read_header(Path(tile.path)).georeference
    except ImageError:
        return None
    return found.shifted(tile.x, tile.y) if found else None


def _lay(session: Session, tile: TileRecord, place: tuple[int, int] | None, masks: str) -> LaidTile:
    prediction = (
        predictions.get_prediction(session, tile.prediction_id) if tile.prediction_id is not None else None
    )
    head = (
        revisions.truths(session, [tile.id]).get(tile.id)
        if masks == "truth"
        else revisions.get_revision(session, tile.head_revision_id)
        if tile.head_revision_id is not None
        else None
    )
    chosen = head or (prediction if masks == "shown" else None)
    x, y = place or (0, 0)
    return LaidTile(
        tile=tile,
        x=x,
        y=y,
        mask_sha256=chosen.mask_sha256 if chosen else None,
        probability_sha256=prediction.probability_sha256 if prediction else None,
        author=head.author if head else None,
        saved_at=chosen.created_at if chosen else None,
        checkpoint=checkpoints.get_checkpoint(session, prediction.checkpoint_id).name if prediction else None,
    )


def _sheets(scene: SceneRecord, laid: list[LaidTile], placed: bool) -> list[Sheet]:
    """One sheet for a scene whose tiles have places, and agree with their own georeferences if any."""
    own = Georeference.from_dict(scene.georeference)
    if placed and own is None and scene.path is None:
        corners = [found for one in (laid[0], laid[-1]) if (found := _corner(one))]
        own = corners[0] if corners else None
        placed = all(_same_place(one, corners[0]) for one in corners)
    if placed:
        width = scene.width or max(one.x + one.tile.width for one in laid)
        height = scene.height or max(one.y + one.tile.height for one in laid)
        return [Sheet(scene.name, scene, width, height, own, tuple(laid))]
    return [_alone(scene, one) for one in laid]


def _alone(scene: SceneRecord, one: LaidTile) -> Sheet:
    tile = one.tile
    lone = (replace(one, x=0, y=0),)
    return Sheet(tile.name, scene, tile.width, tile.height, tile_georeference(tile), lone)


def _corner(one: LaidTile) -> Georeference | None:
    """Return what a tile's own georeference says of the sheet's corner."""
    found = tile_georeference(one.tile)
    return found.shifted(-one.x, -one.y) if found else None


def _same_place(one: Georeference, other: Georeference) -> bool:
    if one.transform is None or other.transform is None:
        return one == other
    step = max(abs(one.transform[0]), abs(one.transform[1]))
    apart = np.abs(np.subtract(one.transform, other.transform)).max()
    return one.crs == other.crs and bool(apart <= _SAME_PLACE_PX * step)
