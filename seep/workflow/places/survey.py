"""Where a scene has valid pixels, measured once per set of tiles and kept in the workspace."""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from seep.core.files import write_atomic
from seep.core.geo.georeference import Georeference
from seep.core.image.arrays import as_bands
from seep.core.records import TileRecord
from seep.core.sites.proposals import NodataShape, nodata_shape
from seep.errors import ImageError
from seep.io.rasters import open_raster
from seep.workflow.locators import local_path
from seep.workflow.places.derived_files import DerivedFiles
from seep.workflow.scenes.layout import Layout, layout
from seep.workflow.scenes.mosaics import tile_georeference
from seep.workflow.scenes.pyramid import map_folder
from seep.workflow.scenes.raster_survey import CELL_PX as RASTER_CELL_PX
from seep.workflow.scenes.raster_survey import sampled_blocks
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import Workspace

CELL_PX = 8
"""Side of the squares in which the valid pixels of tile files are counted."""

MAX_SHAPES = 400
"""Tiles of a scene whose nodata is compared with that of other scenes."""

_READERS = 4
_VERSION = 2


@dataclass(frozen=True, eq=False)
class Survey:
    """Extent of the valid pixels of a scene.

    Attributes:
        height: of the scene, pixels.
        width: of the scene, pixels.
        placed: False if the grid of its tiles is unknown.
        georeference: of the scene; None if unknown.
        shapes: nodata of its first tiles by tile number; empty for large images.
        valid: (rows, columns) bool, True where a square of `cell_px` pixels has data.
        cell_px: side of the squares.
    """

    height: int
    width: int
    placed: bool
    georeference: Georeference | None
    shapes: dict[int, NodataShape]
    valid: npt.NDArray[np.bool_]
    cell_px: int

    def pixel_size_m(self) -> tuple[float, float] | None:
        """Return the ground width and height of the pixel in the middle, meters; None where unknown."""
        own = self.georeference
        return None if own is None else own.pixel_size_m(self.width / 2, self.height / 2)

    def covers(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Return whether there are valid pixels at points, (N, 2) x and y in pixels of the scene."""
        columns, rows = np.floor(points / self.cell_px).astype(np.int64).T
        height, width = self.valid.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        known = self.valid[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
        return np.asarray(inside & known, dtype=np.bool_)


def survey(workspace: Workspace, scene_id: int) -> Survey:
    """Return the survey of a scene; reads its tiles if the result is not kept yet.

    Tiles that cannot be read count as nodata.

    Raises:
        MissingError: there is no such scene.
    """
    return survey_of(workspace, layout(workspace, scene_id))


def survey_of(workspace: Workspace, scene: Layout) -> Survey:
    """Return the survey of a scene by its layout; see `survey`."""
    path = pass_folder(workspace, scene.scene.id) / f"survey-{_name(scene)}.npz"
    return _surveys.get(path, lambda: _measure(workspace, scene))


def scene_georeference(workspace: Workspace, scene: Layout) -> Georeference | None:
    """Return the georeference of a scene, of a set of tiles from its first tile; None if it is unknown.

    Raises:
        ImageError: the stored georeference is damaged.
    """
    own = Georeference.from_dict(scene.scene.georeference)
    if own is not None or scene.scene.path is not None or not scene.placed or not scene.tiles:
        return own
    first = scene.tiles[0]
    found = tile_georeference(workspace, first)
    x, y = scene.places[first.id]
    return found.shifted(-x, -y) if found else None


def pass_folder(workspace: Workspace, scene_id: int) -> Path:
    """Return the folder with what was derived from a scene; it can be deleted at any time."""
    return workspace.store.root / "passes" / str(scene_id)


def keep_only(path: Path, pattern: str) -> None:
    """Delete older files of a pattern beside a new one."""
    for other in path.parent.glob(pattern):
        if other != path:
            other.unlink(missing_ok=True)


def _name(scene: Layout) -> str:
    state = [str(_VERSION), str(scene.scene.id), str(scene.scene.columns), str(scene.scene.nodata)]
    return hashlib.sha256("\n".join([*state, scene.content]).encode()).hexdigest()[:16]


def _measure(workspace: Workspace, scene: Layout) -> Survey:
    own = scene_georeference(workspace, scene)
    if scene.scene.path is not None:
        valid, cell_px = _raster_valid(workspace, scene)
        return Survey(scene.height, scene.width, True, own, {}, valid, cell_px)
    valid = np.zeros((-(-scene.height // CELL_PX), -(-scene.width // CELL_PX)), bool)
    shapes: dict[int, NodataShape] = {}
    with ThreadPoolExecutor(_READERS) as pool:
        masks = pool.map(partial(_valid_pixels, workspace, nodata=scene.scene.nodata), scene.tiles)
        for tile, mask in zip(scene.tiles, masks, strict=True):
            if mask is None:
                continue
            if len(shapes) < MAX_SHAPES:
                shapes[tile.number] = nodata_shape(mask)
            x, y = (at // CELL_PX for at in scene.places[tile.id])
            cells = _cells(mask)
            part = valid[y : y + cells.shape[0], x : x + cells.shape[1]]
            part |= cells[: part.shape[0], : part.shape[1]]
    return Survey(scene.height, scene.width, scene.placed, own, shapes, valid, CELL_PX)


def _valid_pixels(
    workspace: Workspace, tile: TileRecord, nodata: float | None
) -> npt.NDArray[np.bool_] | None:
    try:
        band = as_bands(read_pixels(workspace, tile))[:, :, 0]
    except ImageError:
        return None
    value = tile.nodata if tile.nodata is not None else nodata
    valid = np.isfinite(band) if band.dtype.kind == "f" else np.ones(band.shape, bool)
    return np.asarray(valid if value is None else valid & (band != value), dtype=np.bool_)


def _cells(valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether each square of `CELL_PX` pixels has valid ones."""
    down = np.logical_or.reduceat(valid, range(0, valid.shape[0], CELL_PX), axis=0)
    return np.asarray(np.logical_or.reduceat(down, range(0, valid.shape[1], CELL_PX), axis=1), dtype=np.bool_)


def _raster_valid(workspace: Workspace, scene: Layout) -> tuple[npt.NDArray[np.bool_], int]:
    """Valid cells of a large image, from its import; cells that were not sampled are like the nearest sampled one."""
    try:
        cells = np.load(map_folder(workspace, scene.scene.id) / "first.npy", allow_pickle=False)
    except (OSError, ValueError):
        return np.ones(
            (-(-scene.height // RASTER_CELL_PX), -(-scene.width // RASTER_CELL_PX)), bool
        ), RASTER_CELL_PX
    valid = ~np.isnan(cells)
    known = _sampled_cells(workspace, scene, valid.shape)
    if known.any() and not known.all():
        _, nearest = ndimage.distance_transform_edt(~known, return_indices=True)
        valid = valid[tuple(nearest)]
    return valid, RASTER_CELL_PX


def _sampled_cells(workspace: Workspace, scene: Layout, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which cells of a large image its import sampled; all where the file is gone."""
    known = np.ones(shape, bool)
    try:
        with open_raster(local_path(workspace.store, scene.scene.path or "")) as raster:
            block = raster.block
    except ImageError:
        return known
    rows, columns = sampled_blocks((scene.height, scene.width), block)
    for axis, (starts, size) in enumerate(((rows, block[0]), (columns, block[1]))):
        hit = np.zeros(shape[axis], bool)
        for start in starts:
            hit[start // RASTER_CELL_PX : -(-(start + size) // RASTER_CELL_PX)] = True
        known &= np.expand_dims(hit, 1 - axis)
    return known


def _write(path: Path, found: Survey) -> None:
    facts = {
        "height": found.height,
        "width": found.width,
        "placed": found.placed,
        "georeference": found.georeference.to_dict() if found.georeference else None,
        "cell_px": found.cell_px,
    }
    numbers = np.array(list(found.shapes), np.int64)
    shapes = np.stack(list(found.shapes.values())) if found.shapes else np.zeros((0, 1, 1), bool)
    buffer = BytesIO()
    np.savez_compressed(buffer, facts=json.dumps(facts), numbers=numbers, shapes=shapes, valid=found.valid)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, buffer.getvalue())
    keep_only(path, "survey-*.npz")


def _read(path: Path) -> Survey | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            facts = json.loads(str(file["facts"]))
            numbers: Iterable[int] = file["numbers"].tolist()
            shapes = dict(zip(numbers, file["shapes"], strict=True))
            valid = file["valid"]
    except (OSError, ValueError, KeyError, EOFError):
        return None
    georeference = Georeference.from_dict(facts["georeference"])
    return Survey(
        facts["height"], facts["width"], facts["placed"], georeference, shapes, valid, facts["cell_px"]
    )


_surveys = DerivedFiles(_read, _write)
