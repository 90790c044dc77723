"""Pictures of the same ground in every pass: a square of the place, drawn from one pass."""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.image.arrays import ByteImage
from seep.core.memory_cache import MemoryCache
from seep.core.records import TileRecord
from seep.core.text import with_minus_signs
from seep.errors import MissingError, SettingsError
from seep.store.places import places
from seep.workflow.places.geometry import PassGeometry, Points
from seep.workflow.places.survey import survey_of
from seep.workflow.scenes import pyramid
from seep.workflow.scenes.layout import Layout, layout, read_picture
from seep.workflow.workspace import Workspace

SIZES_PX = (16, 512)
_GRID = 17
_QUALITY = 88
_MAX_FACTOR = 64

_pictures = MemoryCache[tuple[Path, str, tuple[float, ...]], bytes](64 * 2**20, len)


@dataclass(frozen=True)
class Square:
    """A square of a place: left and upper edge and side, in pixels of the place."""

    x: float
    y: float
    side: float


def pass_jpeg(workspace: Workspace, scene_id: int, square: Square, size_px: int) -> tuple[bytes, str]:
    """Draw a square of a place from one of its passes.

    Args:
        size_px: side of the picture, 16 to 512 pixels.

    Returns:
        A gray JPEG, and a name for its content. Ground without valid pixels is black.

    Raises:
        MissingError: there is no such scene, or it has no place.
        SettingsError: a size is out of range.
        ImageError: the image file is missing or damaged.
    """
    if not SIZES_PX[0] <= size_px <= SIZES_PX[1] or not 1 <= square.side <= 1e6:
        side = with_minus_signs(f"{square.side:g}")
        raise SettingsError(f"A square of {side} px cannot be drawn at {size_px} px. Use 16 to 512.")
    scene = layout(workspace, scene_id)
    version = pyramid.pyramid_folder(workspace, scene).name
    offset = (scene.scene.pass_x, scene.scene.pass_y)
    key = (workspace.store.root, version, (scene_id, *offset, square.x, square.y, square.side, size_px))

    def draw() -> bytes:
        picture = pass_picture(workspace, scene_id, square, size_px)
        done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        assert done  # encoding a uint8 array in memory cannot fail
        return data.tobytes()

    return _pictures.get_or_compute(key, draw), "-".join(map(str, key[1:]))


def pass_picture(workspace: Workspace, scene_id: int, square: Square, size_px: int) -> ByteImage:
    """Return the same as pixels, (size_px, size_px) uint8, 0 without data; see `pass_jpeg`."""
    spots = np.linspace(0, square.side, _GRID)
    grid = np.stack(np.meshgrid(square.x + spots, square.y + spots), axis=-1).reshape(-1, 2)
    scene = layout(workspace, scene_id)
    there = _geometry(workspace, scene).to_pass(grid)
    return draw_ground(workspace, scene, there, (size_px, size_px))


def ground_grid(width: int, height: int) -> Points:
    """Return a coarse grid over an image of width times height pixels, (N, 2) x and y, for `draw_ground`."""
    across, down = np.linspace(0, width, _GRID), np.linspace(0, height, _GRID)
    return np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)


def draw_ground(workspace: Workspace, scene: Layout, grid: Points, shape: tuple[int, int]) -> ByteImage:
    """Draw ground from a scene, in another pixel grid.

    Args:
        grid: (17 * 17, 2) x and y in pixels of the scene, row by row, of evenly spaced points of the picture from
            corner to corner; positions between them are interpolated.
        shape: height and width of the picture.

    Returns:
        (height, width) uint8 in the contrast of the scene, 0 without data.

    Raises:
        ImageError: the image file is missing or damaged.
    """
    height, width = shape
    there = grid.reshape(_GRID, _GRID, 2)
    left, top = np.floor(there.min(axis=(0, 1))).astype(int) - 1
    right, bottom = np.ceil(there.max(axis=(0, 1))).astype(int) + 1
    left, top = max(0, int(left)), max(0, int(top))
    right, bottom = min(scene.width, int(right)), min(scene.height, int(bottom))
    if right <= left or bottom <= top:
        return np.zeros(shape, np.uint8)
    factor = 1
    while factor * 2 <= min(max((right - left) / width, (bottom - top) / height), _MAX_FACTOR):
        factor *= 2
    left, top = left // factor * factor, top // factor * factor
    window = Window(left, top, right - left, bottom - top)
    pixels = _read(workspace, scene, window, factor)
    where = _weights(height) @ there.transpose(2, 0, 1) @ _weights(width).T
    columns = ((where[0] - left) / factor - 0.5).astype(np.float32)
    rows = ((where[1] - top) / factor - 0.5).astype(np.float32)
    drawn = cv2.remap(pixels, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    known = cv2.remap(pixels, columns, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.where(known > 0, drawn, 0).astype(np.uint8)


def _weights(size: int) -> npt.NDArray[np.float64]:
    """Weights, (size, 17), that interpolate from a coarse grid to the centers of `size` pixels."""
    at = (np.arange(size) + 0.5) / size * (_GRID - 1)
    weights: npt.NDArray[np.float64] = np.maximum(0, 1 - np.abs(at[:, np.newaxis] - np.arange(_GRID)))
    return weights


def _geometry(workspace: Workspace, known: Layout) -> PassGeometry:
    scene = known.scene
    if scene.place_id is None:
        raise MissingError(f"Scene {scene.name} has no place. Add it to a place on the Sites page.")
    with workspace.store.reading() as session:
        place = places.get_place(session, scene.place_id)
    own = survey_of(workspace, known).georeference
    return PassGeometry(own, Georeference.from_dict(place.georeference), (scene.pass_x, scene.pass_y))


def _read(workspace: Workspace, scene: Layout, window: Window, factor: int) -> ByteImage:
    level = int(math.log2(factor))
    if level >= pyramid.KEPT_LEVEL and level < pyramid.level_count(scene) and pyramid.start(workspace, scene):
        small = Window(
            window.x >> level, window.y >> level, -(-window.width // factor), -(-window.height // factor)
        )
        try:
            found = pyramid.crop(pyramid.pyramid_folder(workspace, scene), "image", level, small)
            return found if found.ndim == 2 else found[:, :, 0]  # passes are compared in their first band
        except FileNotFoundError:  # deleted in the meantime: the scene has changed
            pass
    return read_picture(workspace, scene, window, factor)


def tile_at(workspace: Workspace, scene_id: int, x: float, y: float) -> TileRecord | None:
    """Return the tile of a pass at a point of its place; None where there is none.

    Raises:
        MissingError: there is no such scene, or it has no place.
    """
    scene = layout(workspace, scene_id)
    ((column, row),) = _geometry(workspace, scene).to_pass(np.array([[x, y]], np.float64)).tolist()
    found = scene.tiles_in(Window(int(np.floor(column)), int(np.floor(row)), 1, 1))
    return found[0] if found else None
