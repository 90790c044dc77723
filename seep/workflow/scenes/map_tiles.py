"""The map of a whole scene: a document that says what there is, and its picture tile by tile."""

import contextlib
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.image.arrays import JPEG_QUALITY, ByteImage
from seep.core.image.downsample import mask_reduced
from seep.core.masks.mask import Mask
from seep.core.tile_states import TILE_STATES
from seep.errors import ImageError, MissingError, SettingsError
from seep.store import classes, scenes
from seep.workflow.review.queue import tile_version
from seep.workflow.scenes import pyramid
from seep.workflow.scenes.layout import Layout, layout, paste, read_picture
from seep.workflow.scenes.pyramid import TILE_PX
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

LAYERS = ("image", "minimum", "mask", "state")
_READERS = 4


class _Kept:
    """The last things that were made, up to so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._size = most_bytes, 0
        self._values: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """Return what is kept under a key, or make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            if key not in self._values:
                self._values[key] = made
                self._size += size(made)
            while self._size > self._most:
                self._size -= size(self._values.popitem(last=False)[1])
        return made


_tiles = _Kept(48 << 20)
_masks = _Kept(64 << 20)


def scene_list(workspace: Workspace) -> list[dict[str, Any]]:
    """List the scenes for a choice, by name: id, name, split, width, height, tile_count, raster."""
    with workspace.store.reading() as session:
        found = scenes.list_scenes(session)
    kept = ("id", "name", "split", "width", "height", "tile_count")
    return [{**{name: getattr(one, name) for name in kept}, "raster": one.path is not None} for one in found]


def scene_document(workspace: Workspace, scene_id: int) -> dict[str, Any]:
    """Return all that a map needs to know of a scene besides its pictures, ready for JSON.

    Asking starts the making of the pictures, where they are not there yet.

    Returns:
        id, name, split, width, height, levels, tile_px, placed, pixel_m, unit, band_names, bounds (corners as
        [longitude, latitude], clockwise from the upper left, or None), georeference, acquired_at, picture
        ("coarse" or "ready"), image_version, mask_version, counts by state, and the tiles.

    Raises:
        MissingError: there is no such scene.
    """
    scene = layout(workspace, scene_id)
    first = pyramid.first_picture(workspace, scene) is not None
    ready = pyramid.start(workspace, scene, wait=not first)
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, scene_id)
    kept = ("id", "name", "number", "width", "height", "state", "likely_wrong", "seep_area_px")
    rows = [
        {name: getattr(tile, name) for name in kept}
        | dict(zip("xy", scene.places.get(tile.id, (0, 0)), strict=True))
        | {"version": tile_version(tile)}
        for tile in tiles
    ]
    own, told = scene.scene, ("id", "name", "split", "unit", "band_names", "georeference", "acquired_at")
    looks = "\n".join(f"{row['id']} {row['version']} {row['state']}" for row in rows)
    return {
        **{name: getattr(own, name) for name in told},
        **_place(scene),
        "width": scene.width,
        "height": scene.height,
        "levels": pyramid.level_count(scene),
        "tile_px": TILE_PX,
        "placed": scene.placed,
        "picture": "ready" if ready else "coarse",
        "image_version": f"{pyramid.pyramid_folder(workspace, scene).name}-{int(ready)}",
        "mask_version": hashlib.sha256(looks.encode()).hexdigest()[:16],
        "counts": dict(Counter(tile.state for tile in tiles)),
        "tiles": rows,
    }


def map_tile(  # noqa: PLR0917 - an address has these parts
    workspace: Workspace, scene_id: int, level: int, column: int, row: int, layer: str
) -> tuple[bytes, str]:
    """Draw one tile of a scene's map.

    Args:
        workspace: where from.
        scene_id: which scene.
        level: 0 is full resolution, each further one half of it.
        column: of the tile at that level.
        row: of the tile at that level.
        layer: one of `LAYERS`.

    Returns:
        256 x 256 pixels as JPEG ("image", "minimum") or PNG with transparency ("mask", "state"), and its
        media type.

    Raises:
        MissingError: there is no such scene, or no such tile in it.
        SettingsError: an unknown layer.
        ImageError: the source is gone or damaged.
    """
    if layer not in LAYERS:
        raise SettingsError(f"There is no layer {layer!r} of a map; use {', '.join(LAYERS)}.")
    scene = layout(workspace, scene_id)
    side = TILE_PX << level
    if level >= pyramid.level_count(scene) or column * side >= scene.width or row * side >= scene.height:
        raise MissingError(f"Scene {scene.scene.name} has no map tile {level}/{column}/{row}.")
    x, y = column * side, row * side
    window = Window(x, y, min(side, scene.width - x), min(side, scene.height - y))
    if layer in pyramid.LAYERS:
        folder = pyramid.pyramid_folder(workspace, scene)
        made = level < pyramid.KEPT_LEVEL or pyramid.start(workspace, scene)
        key = (folder, layer if level >= pyramid.KEPT_LEVEL else "image", level, column, row, made)
        picture = _tiles.get(key, lambda: _jpeg(_picture(workspace, scene, window, level, layer)), len)
        return picture, "image/jpeg"
    drawn = _mask_tile(workspace, scene, window, level) if layer == "mask" else None
    return (_state_tile(workspace, scene, window, level) if drawn is None else drawn), "image/png"


def _picture(workspace: Workspace, scene: Layout, window: Window, level: int, layer: str) -> ByteImage:
    if level < pyramid.KEPT_LEVEL:
        return read_picture(scene, window, 1 << level)
    small = Window(window.x >> level, window.y >> level, TILE_PX, TILE_PX)
    if pyramid.start(workspace, scene):
        with contextlib.suppress(FileNotFoundError):  # swept since: the scene has another look by now
            return pyramid.crop(pyramid.pyramid_folder(workspace, scene), layer, level, small)
    first = pyramid.first_picture(workspace, scene)
    if first is None:
        raise ImageError(f"The pictures of scene {scene.scene.name} could not be made; its files are gone.")
    scale = 2.0 ** (level - pyramid.first_level())
    shape = (-(-window.width >> level), -(-window.height >> level))
    # Cells of the first picture to pixels of this level, centers on centers.
    moved = np.array(
        [[scale, 0, small.x * scale + (scale - 1) / 2], [0, scale, small.y * scale + (scale - 1) / 2]]
    )
    found = cv2.warpAffine(
        first, moved, shape, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found, np.uint8)


def _mask_tile(workspace: Workspace, scene: Layout, window: Window, level: int) -> bytes:
    with workspace.store.reading() as session:
        shown = scenes.shown_masks(session, scene.scene.id)
        colors = {one.id: one.color for one in classes.list_classes(session)}
    tiles = [tile for tile in scene.within(window) if tile.id in shown and shown[tile.id][2]]
    key = (level, window, tuple(sorted(colors.items())), tuple((t.id, shown[t.id][1]) for t in tiles))

    def make() -> bytes:
        target = np.zeros((TILE_PX, TILE_PX), np.uint8)
        with ThreadPoolExecutor(_READERS) as pool:
            parts = list(pool.map(lambda tile: _reduced(workspace, shown[tile.id][1], level), tiles))
        for tile, part in zip(tiles, parts, strict=True):
            x, y = scene.places[tile.id]
            paste(part, target, (x - window.x) >> level, (y - window.y) >> level)
        return _png(target, colors)

    return bytes(_tiles.get((workspace.store.root, "mask", scene.scene.id, key), make, len))


def _reduced(workspace: Workspace, sha256: str, level: int) -> Mask:
    def make() -> Mask:
        return mask_reduced(read_mask(workspace, sha256), 1 << level)

    found: Mask = _masks.get((sha256, level), make, lambda mask: mask.nbytes)
    return found


def _state_tile(workspace: Workspace, scene: Layout, window: Window, level: int) -> bytes:
    with workspace.store.reading() as session:
        states = {tile.id: tile.state for tile in scenes.tiles_of_scene(session, scene.scene.id)}
    target = np.zeros((TILE_PX, TILE_PX), np.uint8)
    numbers = {state: number for number, state in enumerate(TILE_STATES, 1)}
    for tile in scene.within(window):
        x, y = scene.places[tile.id]
        part = np.full((max(1, tile.height >> level), max(1, tile.width >> level)), numbers[states[tile.id]])
        paste(part.astype(np.uint8), target, (x - window.x) >> level, (y - window.y) >> level)
    return _png(target, {numbers[key]: state.color_dark for key, state in TILE_STATES.items()})


def _jpeg(picture: ByteImage) -> bytes:
    full = np.zeros((TILE_PX, TILE_PX), np.uint8)
    full[: picture.shape[0], : picture.shape[1]] = picture
    done, data = cv2.imencode(".jpg", full, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done  # encoding a small uint8 array into memory has no way to fail
    return data.tobytes()


def _png(numbers: Mask, colors: dict[int, str]) -> bytes:
    """Draw class ids in their colors; 0 and ids without a color are transparent."""
    table: npt.NDArray[np.uint8] = np.zeros((256, 4), np.uint8)
    for number, color in colors.items():
        if number:
            red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
            table[number] = (blue, green, red, 255)
    done, data = cv2.imencode(".png", table[numbers], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done  # as above
    return data.tobytes()


def _place(scene: Layout) -> dict[str, Any]:
    """Say where on Earth a scene lies and how large its pixels are; None where that is not known."""
    nowhere = {"pixel_m": None, "bounds": None}
    try:
        place = Georeference.from_dict(scene.scene.georeference)
        if place is None:
            return nowhere
        columns, rows = [0, scene.width, scene.width, 0], [0, 0, scene.height, scene.height]
        corners = np.stack(place.lonlat(columns, rows), axis=1)
    except ImageError:
        return nowhere
    size = place.pixel_size_m(scene.width / 2, scene.height / 2)
    return {
        "pixel_m": None if size is None else round(sum(size) / 2, 3),
        "bounds": corners.tolist() if np.isfinite(corners).all() else None,
    }
