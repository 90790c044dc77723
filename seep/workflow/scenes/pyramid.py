"""Image pyramid of a scene map, made once and stored in the workspace.

A pixel of level n covers 2^n x 2^n pixels of the scene. Levels 0 to 2 are read from the image files. Level 3 and
coarser ones are stored, because reading them would take hundreds of milliseconds per map tile. The layer "image"
is the mean. The layer "minimum" is the mean up to level 2, which removes speckle, then the minimum of each 2 x 2.
"""

import contextlib
import hashlib
import logging
import secrets
import shutil
import time
from collections import deque
from pathlib import Path
from threading import Lock, Thread, main_thread

import numpy as np

from seep.core.geo.grid import Window
from seep.core.image.arrays import ByteImage
from seep.core.image.downsample import filled_between, mean_reduced, minimum_halved, to_picture
from seep.errors import StorageError
from seep.workflow.scenes.layout import Layout, read_picture
from seep.workflow.scenes.raster_survey import CELL_PX
from seep.workflow.workspace import Workspace

TILE_PX = 256
KEPT_LEVEL = 3
"""Finest stored level."""
LAYERS = ("image", "minimum")
READERS = 4
_PART = ".part-"
_PART_MAX_AGE_S = 24 * 3600
_SPAN_PX = 2048
_BASE = 4
_LOGGER = logging.getLogger("seep.workflow")

_building: dict[Path, Thread] = {}
_failed: set[Path] = set()
_lock = Lock()


def level_count(scene: Layout) -> int:
    """Return the number of levels of a scene; the last one fits into one map tile."""
    longest, levels = max(scene.height, scene.width), 1
    while longest > TILE_PX:
        longest, levels = -(-longest // 2), levels + 1
    return levels


def map_folder(workspace: Workspace, scene_id: int) -> Path:
    """Return the folder with the map pictures of a scene."""
    return workspace.store.root / "maps" / str(scene_id)


def pyramid_folder(workspace: Workspace, scene: Layout) -> Path:
    """Return the folder of a scene's pictures; it depends on the tiles and the display range."""
    state = [*map(str, scene.color_limits), str(scene.scene.nodata), str(scene.scene.columns)]
    name = hashlib.sha256("\n".join([*state, scene.content]).encode()).hexdigest()[:16]
    return map_folder(workspace, scene.scene.id) / name


def is_ready(folder: Path) -> bool:
    """Return whether the pictures are ready."""
    return folder.is_dir()


def start(workspace: Workspace, scene: Layout, *, wait: bool = False) -> bool:
    """Start making the pictures of a scene in the background, if they are missing.

    Args:
        wait: wait until they are ready.

    Returns:
        Whether they are ready. If an image file cannot be read, they never are; see the server log.
    """
    folder = pyramid_folder(workspace, scene)
    with _lock:
        if is_ready(folder) or folder in _failed:
            return is_ready(folder)
        thread = _building.get(folder)
        if thread is None:
            thread = Thread(target=_build, args=(workspace, scene, folder), name="pyramid")
            _building[folder] = thread
            thread.start()
    if wait:
        thread.join()
    return is_ready(folder)


def crop(folder: Path, layer: str, level: int, window: Window) -> ByteImage:
    """Read a window of a stored picture, clipped at its edges.

    Args:
        folder: see `pyramid_folder`.
        layer: one of `LAYERS`.
        level: `KEPT_LEVEL` or more.
        window: in pixels of that level.

    Raises:
        FileNotFoundError: the pictures are missing.
    """
    picture = np.load(folder / f"{layer}-{level}.npy", mmap_mode="r", allow_pickle=False)
    part = picture[window.y : window.y + window.height, window.x : window.x + window.width]
    return np.array(part, np.uint8)


def coarse_picture(workspace: Workspace, scene: Layout) -> ByteImage | None:
    """Return the coarse picture from the import, one pixel per 64 x 64; None if there is none."""
    try:
        cells = np.load(map_folder(workspace, scene.scene.id) / "first.npy", allow_pickle=False)
    except (OSError, ValueError):
        return None
    filled = filled_between(cells, ~np.isnan(cells))
    return to_picture(filled, None, scene.limits)


def coarse_level() -> int:
    """Return the level of `coarse_picture`."""
    return CELL_PX.bit_length() - 1


def _build(workspace: Workspace, scene: Layout, folder: Path) -> None:
    part = folder.with_name(
        f"{_PART}{secrets.token_hex(4)}"
    )  # unique: another server may make the same pictures
    try:
        part.mkdir(parents=True)
        _write_levels(workspace, scene, part)
        try:
            part.replace(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another server was faster
                raise
        _delete_outdated(folder)
    except Exception as error:  # any error: do not try again for every map tile
        _LOGGER.warning("The map of scene %s stays coarse: %s", scene.scene.name, error)
        with _lock:
            _failed.add(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        with _lock:
            _building.pop(folder, None)


def _delete_outdated(kept: Path) -> None:
    """Delete outdated pictures of a scene, and parts that a stopped process left a day ago."""
    with contextlib.suppress(OSError):  # another server deleted it
        newest = kept.stat().st_mtime
        for other in kept.parent.iterdir():
            latest = time.time() - _PART_MAX_AGE_S if other.name.startswith(_PART) else newest
            if other.is_dir() and other != kept and other.stat().st_mtime <= latest:
                shutil.rmtree(other, ignore_errors=True)


def _write_levels(workspace: Workspace, scene: Layout, folder: Path) -> None:
    base = _base(workspace, scene)
    picture, darkest = mean_reduced(base, 2), minimum_halved(base)
    for level in range(KEPT_LEVEL, max(level_count(scene), KEPT_LEVEL + 1)):
        np.save(folder / f"image-{level}.npy", picture)
        np.save(folder / f"minimum-{level}.npy", darkest)
        picture, darkest = mean_reduced(picture, 2), minimum_halved(darkest)


def _base(workspace: Workspace, scene: Layout) -> ByteImage:
    """Read the whole scene at level 2, in pieces on several threads."""
    shape = (-(-scene.height // _BASE), -(-scene.width // _BASE), len(scene.color_limits))
    base = np.zeros(shape if shape[2] > 1 else shape[:2], np.uint8)
    spans = [
        Window(x, y, min(_SPAN_PX, scene.width - x), min(_SPAN_PX, scene.height - y))
        for y in range(0, scene.height, _SPAN_PX)
        for x in range(0, scene.width, _SPAN_PX)
    ]

    waiting, failures = deque(spans), list[Exception]()

    def read() -> None:
        # A process that exits does not wait for pictures, and must not stop GDAL in the middle.
        while waiting and not failures and main_thread().is_alive():
            try:
                _read_span(workspace, scene, waiting.popleft(), base)
            except IndexError:  # another thread took the last one
                return
            except Exception as error:  # otherwise the picture would have a hole
                failures.append(error)

    threads = [Thread(target=read, name="pyramid-part") for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if waiting and not failures:
        failures.append(StorageError("the app stopped; the pictures are made again later"))
    if failures:
        raise failures[0]
    return base


def _read_span(workspace: Workspace, scene: Layout, span: Window, base: ByteImage) -> None:
    part = read_picture(workspace, scene, span, _BASE, color=True)
    y, x = span.y // _BASE, span.x // _BASE
    base[y : y + part.shape[0], x : x + part.shape[1]] = part
