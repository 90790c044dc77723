"""Map of a whole scene: a document that describes it, and its pictures as map tiles of 256 px."""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypedDict

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.image.arrays import ByteImage
from seep.core.masks.mask import UNSURE, Mask, mask_reduced
from seep.core.masks.subject import is_about_seeps
from seep.core.masks.thumbnail import JPEG_QUALITY
from seep.core.memory_cache import MemoryCache
from seep.core.records import TileRecord
from seep.core.tile_states import TILE_STATES
from seep.errors import ImageError, MissingError, SettingsError
from seep.store import checkpoints, classes, scenes
from seep.workflow.reference_layers import ReferenceRow, references_around
from seep.workflow.scenes import pyramid
from seep.workflow.scenes.layout import Layout, layout, paste, read_picture
from seep.workflow.scenes.pyramid import TILE_PX
from seep.workflow.tile_data import read_mask, tile_version
from seep.workflow.wide_areas import PredictedTile, WideAreaLimits, tile_wide_pixels
from seep.workflow.workspace import Workspace

LAYERS = ("image", "minimum", "mask", "state")
_READERS = 4
_WIDE_ID = UNSURE - 1
_WIDE_COLOR = "#b388ff"
"""Color of wide dark areas that nobody has reviewed; the Review canvas has the same (`render/wide_areas.js`)."""
_HATCH_PX = 8
"""Period of their hatching along a row, pixels of the map."""


_tiles = MemoryCache[Hashable, bytes](48 << 20, len)
_masks = MemoryCache[Hashable, Mask](64 << 20, lambda mask: mask.nbytes)


class SceneChoice(TypedDict):
    """A scene for a list of choices; `raster` is true if it is one large image."""

    id: int
    name: str
    split: str
    width: int | None
    height: int | None
    tile_count: int
    raster: bool


class MapTile(TypedDict):
    """A tile on the map; x and y are its upper left corner in pixels of the scene."""

    id: int
    name: str
    number: int
    width: int
    height: int
    state: str
    likely_wrong: float | None
    seep_area_px: int | None
    x: int
    y: int
    version: str


class SceneDocument(TypedDict):
    """What a map needs to know of a scene besides its pictures.

    `pixel_m` is the side of a pixel in meters. `bounds` are the corners as [longitude, latitude], clockwise
    from the upper left. Both are None without a georeference. `picture` is "coarse" or "ready".
    """

    id: int
    name: str
    split: str
    unit: str
    band_names: list[str]
    georeference: dict[str, Any] | None
    acquired_at: str | None
    pixel_m: float | None
    bounds: list[list[float]] | None
    width: int
    height: int
    levels: int
    tile_px: int
    placed: bool
    picture: str
    image_version: str
    mask_version: str
    counts: dict[str, int]
    tiles: list[MapTile]
    references: list[ReferenceRow]


@dataclass(frozen=True)
class MapTileKey:
    """Address of a map tile.

    Attributes:
        level: 0 is full resolution; each further level halves it.
        column: of the tile at that level.
        row: of the tile at that level.
        layer: one of `LAYERS`.
    """

    level: int
    column: int
    row: int
    layer: str = "image"


def scene_list(workspace: Workspace) -> list[SceneChoice]:
    """List the scenes by name, ready for JSON."""
    with workspace.store.reading() as session:
        found = scenes.list_scenes(session)
    return [
        SceneChoice(
            id=one.id,
            name=one.name,
            split=one.split,
            width=one.width,
            height=one.height,
            tile_count=one.tile_count,
            raster=one.path is not None,
        )
        for one in found
    ]


def scene_document(workspace: Workspace, scene_id: int) -> SceneDocument:
    """Describe a scene for the map, ready for JSON; start making its pictures if they are missing.

    Raises:
        MissingError: there is no such scene.
    """
    scene = layout(workspace, scene_id)
    has_coarse = pyramid.coarse_picture(workspace, scene) is not None
    ready = pyramid.start(workspace, scene, wait=not has_coarse)
    with workspace.store.reading() as session:
        tiles = [_map_tile_row(scene, tile) for tile in scenes.tiles_of_scene(session, scene_id)]
    own = scene.scene
    versions = "\n".join(f"{tile['id']} {tile['version']} {tile['state']}" for tile in tiles)
    pixel_m, bounds = _ground(scene)
    return SceneDocument(
        id=own.id,
        name=own.name,
        split=own.split,
        unit=own.unit,
        band_names=list(own.band_names),
        georeference=own.georeference,
        acquired_at=own.acquired_at,
        pixel_m=pixel_m,
        bounds=bounds,
        width=scene.width,
        height=scene.height,
        levels=pyramid.level_count(scene),
        tile_px=TILE_PX,
        placed=scene.placed,
        picture="ready" if ready else "coarse",
        image_version=f"{pyramid.pyramid_folder(workspace, scene).name}-{int(ready)}",
        mask_version=hashlib.sha256(versions.encode()).hexdigest()[:16],
        counts=dict(Counter(tile["state"] for tile in tiles)),
        tiles=tiles,
        references=list(_references(workspace, scene)),
    )


def _references(workspace: Workspace, scene: Layout) -> tuple[ReferenceRow, ...]:
    try:
        georeference = Georeference.from_dict(scene.scene.georeference)
    except ImageError:
        return ()
    return references_around(
        workspace, georeference, (0.0, 0.0, float(scene.width), float(scene.height))
    ).rows


def _map_tile_row(scene: Layout, tile: TileRecord) -> MapTile:
    x, y = scene.places.get(tile.id, (0, 0))
    return MapTile(
        id=tile.id,
        name=tile.name,
        number=tile.number,
        width=tile.width,
        height=tile.height,
        state=tile.state,
        likely_wrong=tile.values.likely_wrong,
        seep_area_px=tile.seep_area_px,
        x=x,
        y=y,
        version=tile_version(tile),
    )


def map_tile(workspace: Workspace, scene_id: int, key: MapTileKey) -> tuple[bytes, str]:
    """Render one tile of a scene's map.

    Returns:
        256 x 256 pixels as JPEG ("image", "minimum") or PNG with transparency ("mask", "state"), and its
        media type.

    Raises:
        MissingError: there is no such scene, or no such tile in it.
        SettingsError: unknown layer.
        ImageError: the image file is missing or damaged.
    """
    if key.layer not in LAYERS:
        raise SettingsError(f"Unknown map layer {key.layer!r}. Use {', '.join(LAYERS)}.")
    scene = layout(workspace, scene_id)
    side = TILE_PX << key.level
    x, y = key.column * side, key.row * side
    if key.level >= pyramid.level_count(scene) or x >= scene.width or y >= scene.height:
        raise MissingError(f"Scene {scene.scene.name} has no map tile {key.level}/{key.column}/{key.row}.")
    window = Window(x, y, min(side, scene.width - x), min(side, scene.height - y))
    if key.layer in pyramid.LAYERS:
        return _image_tile(workspace, scene, window, key), "image/jpeg"
    draw = _mask_tile if key.layer == "mask" else _state_tile
    return draw(workspace, scene, window, key.level), "image/png"


def _image_tile(workspace: Workspace, scene: Layout, window: Window, key: MapTileKey) -> bytes:
    from_source = key.level < pyramid.KEPT_LEVEL
    final = from_source or pyramid.start(workspace, scene)
    layer = "image" if from_source else key.layer
    folder = pyramid.pyramid_folder(workspace, scene)
    return _tiles.get_or_compute(
        (folder, layer, key.level, key.column, key.row, final),
        lambda: _jpeg(_picture(workspace, scene, window, key.level, layer)),
    )


def _picture(workspace: Workspace, scene: Layout, window: Window, level: int, layer: str) -> ByteImage:
    if level < pyramid.KEPT_LEVEL:
        return read_picture(workspace, scene, window, 1 << level, color=True)
    small = Window(window.x >> level, window.y >> level, TILE_PX, TILE_PX)
    if pyramid.start(workspace, scene):
        with contextlib.suppress(FileNotFoundError):  # deleted in the meantime: the scene has changed
            return pyramid.crop(pyramid.pyramid_folder(workspace, scene), layer, level, small)
    coarse = pyramid.coarse_picture(workspace, scene)
    if coarse is None:
        raise ImageError(
            f"The map of scene {scene.scene.name} cannot be made because its image files are missing."
        )
    scale = 2.0 ** (level - pyramid.coarse_level())
    shape = (-(-window.width >> level), -(-window.height >> level))
    # Map the cells of the coarse picture to pixels of this level, center to center.
    transform = np.array(
        [[scale, 0, small.x * scale + (scale - 1) / 2], [0, scale, small.y * scale + (scale - 1) / 2]]
    )
    found = cv2.warpAffine(
        coarse,
        transform,
        shape,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found, np.uint8)


def _mask_tile(workspace: Workspace, scene: Layout, window: Window, level: int) -> bytes:
    with workspace.store.reading() as session:
        shown = scenes.shown_masks(session, scene.scene.id)
        known = classes.list_classes(session)
        colors = {seep_class.id: seep_class.color for seep_class in known}
        hatched = scenes.wide_areas(session, scene.scene.id) if is_about_seeps(known) else {}
        active = checkpoints.active_checkpoint(session)
    limits = WideAreaLimits.from_card(active.card if active else {})
    tiles = [
        tile
        for tile in scene.tiles_in(window)
        if tile.id in shown and (shown[tile.id][2] or tile.id in hatched)
    ]
    key = (
        (level, window, tuple(sorted(colors.items())), limits),
        tuple((tile.id, shown[tile.id][1], tile.id in hatched) for tile in tiles),
    )

    def render() -> bytes:
        target = np.zeros((TILE_PX, TILE_PX), np.uint8)
        with ThreadPoolExecutor(_READERS) as pool:
            parts = list(pool.map(lambda tile: _reduced(workspace, shown[tile.id][1], level), tiles))
        wide = np.zeros_like(target)
        for tile, part in zip(tiles, parts, strict=True):
            x, y = scene.places[tile.id]
            place = (x - window.x) >> level, (y - window.y) >> level
            paste(part, target, *place)
            if tile.id in hatched:
                predicted = PredictedTile(scene.scene, tile, shown[tile.id][1], limits)
                paste(_reduced_areas(workspace, predicted, level), wide, *place)
        target[(wide > 0) & _hatching()] = _WIDE_ID
        return _png(target, colors | {_WIDE_ID: _WIDE_COLOR})

    return _tiles.get_or_compute((workspace.store.root, "mask", scene.scene.id, key), render)


def _hatching() -> npt.NDArray[np.bool_]:
    """Return diagonal lines over a map tile, which join at its edges."""
    rows, columns = np.indices((TILE_PX, TILE_PX))
    return np.asarray((rows + columns) % _HATCH_PX < _HATCH_PX // 2)


def _reduced(workspace: Workspace, sha256: str, level: int) -> Mask:
    return _masks.get_or_compute(
        (sha256, level), lambda: mask_reduced(read_mask(workspace, sha256), 1 << level)
    )


def _reduced_areas(workspace: Workspace, predicted: PredictedTile, level: int) -> Mask:
    def render() -> Mask:
        return mask_reduced(tile_wide_pixels(workspace, predicted).astype(np.uint8), 1 << level)

    key = (workspace.store.root, predicted.tile.id, predicted.mask_sha256, predicted.limits, level)
    return _masks.get_or_compute(key, render)


def _state_tile(workspace: Workspace, scene: Layout, window: Window, level: int) -> bytes:
    with workspace.store.reading() as session:
        states = {tile.id: tile.state for tile in scenes.tiles_of_scene(session, scene.scene.id)}
    target = np.zeros((TILE_PX, TILE_PX), np.uint8)
    numbers = {state: number for number, state in enumerate(TILE_STATES, 1)}
    for tile in scene.tiles_in(window):
        x, y = scene.places[tile.id]
        part = np.full((max(1, tile.height >> level), max(1, tile.width >> level)), numbers[states[tile.id]])
        paste(part.astype(np.uint8), target, (x - window.x) >> level, (y - window.y) >> level)
    return _png(target, {numbers[key]: state.color_dark for key, state in TILE_STATES.items()})


def _jpeg(picture: ByteImage) -> bytes:
    full = np.zeros((TILE_PX, TILE_PX, *picture.shape[2:]), np.uint8)
    full[: picture.shape[0], : picture.shape[1]] = picture
    if full.ndim == 3:
        full = full[:, :, ::-1]  # OpenCV writes blue first
    done, data = cv2.imencode(".jpg", full, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done  # encoding a uint8 array in memory cannot fail
    return data.tobytes()


def _png(numbers: Mask, colors: dict[int, str]) -> bytes:
    """Encode class ids in their colors; 0 and ids without a color are transparent."""
    table: npt.NDArray[np.uint8] = np.zeros((256, 4), np.uint8)
    for number, color in colors.items():
        if number:
            red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
            table[number] = (blue, green, red, 255)
    done, data = cv2.imencode(".png", table[numbers], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done  # see above
    return data.tobytes()


def _ground(scene: Layout) -> tuple[float | None, list[list[float]] | None]:
    """Return the side of a pixel in meters and the corners of the scene as [longitude, latitude]."""
    try:
        georeference = Georeference.from_dict(scene.scene.georeference)
        if georeference is None:
            return None, None
        columns, rows = [0, scene.width, scene.width, 0], [0, 0, scene.height, scene.height]
        corners = np.stack(georeference.lonlat(columns, rows), axis=1)
    except ImageError:
        return None, None
    size = georeference.pixel_size_m(scene.width / 2, scene.height / 2)
    return (
        None if size is None else round(sum(size) / 2, 3),
        corners.tolist() if np.isfinite(corners).all() else None,
    )
