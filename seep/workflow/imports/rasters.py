"""Import of one large raster: it stays in place and becomes a scene of overlapping windows."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from seep.core.files import write_atomic
from seep.core.geo.grid import Window, windows
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import check_mask, encode_mask
from seep.core.records import NewTile, SceneRecord
from seep.core.text import is_printable
from seep.errors import ImageError, ImportRefusedError, MaskError, StorageError
from seep.io.folder_reader import DecodedTile
from seep.io.header import ImageHeader
from seep.io.images import kind_of, read_header
from seep.io.masks import write_mask
from seep.io.nodata import nodata_of
from seep.io.rasters import open_raster
from seep.io.readers.safe import acquired_at
from seep.store import audit_log, classes, scenes, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.splits import new_splits, trained_splits
from seep.workflow.imports.writer import store_image
from seep.workflow.locators import local_path
from seep.workflow.scenes.pyramid import map_folder
from seep.workflow.scenes.raster_survey import OVERLAP_PX, WINDOW_PX, Survey, survey_raster
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace

_FINGERPRINT_BYTES = 1 << 20

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RasterOptions:
    """How a raster becomes a scene.

    Attributes:
        name: of the scene; None for the file name without its suffix.
        window_px: side of a window.
        overlap_px: minimum overlap of neighboring windows.
        nodata: value of pixels without a measurement, None for no such value, "auto": see `nodata_of`.
        unit: "dn", "linear" or "db"; None to detect it from the file.
        mask: raster of class ids with the size of the image; None for none.
        reviewed: the mask counts as reviewed.
        split: of the scene; "" to choose it.
    """

    name: str | None = None
    window_px: int = WINDOW_PX
    overlap_px: int = OVERLAP_PX
    nodata: float | str | None = "auto"
    unit: str | None = None
    mask: Path | None = None
    reviewed: bool = False
    split: str = ""


@dataclass(frozen=True)
class RasterReport:
    """Result of the import of a raster.

    Attributes:
        scene_id: id of the scene.
        scene: name of the scene.
        windows: number of new windows; 0 if the raster was imported before.
        empty: number of windows without a measured pixel, which were left out.
        elapsed_s: duration in seconds.
    """

    scene_id: int
    scene: str
    windows: int
    empty: int
    elapsed_s: float


@dataclass(frozen=True)
class _Source:
    """The raster of a new scene."""

    locator: str
    header: ImageHeader
    scene: str
    sha256: str
    nodata: float | None


@requires("lead", "import tiles")
def import_raster(
    workspace: Workspace,
    path: Path,
    options: RasterOptions,
    actor: Actor,
    on_progress: OnProgress | None = None,
    *,
    locator: str | None = None,
) -> RasterReport:
    """Import a large image in place as one scene; its windows become tiles. No pixel is copied.

    About a quarter of the blocks is read for the normalization statistics and to leave out windows without
    a measured pixel. Importing the same file with the same name again changes nothing.

    Args:
        path: image file; it must not move afterward, unless it has another locator.
        on_progress: called with (done, total, text).
        locator: of the image, see `seep.workflow.locators`; None for its path.

    Raises:
        ImageError: the file cannot be read, or another raster has this name.
        ImportRefusedError: the image has no measured pixel.
        MaskError: the mask does not match the image.
        SettingsError: impossible window size or overlap.
        StorageError: the disk is full or fails; nothing changed.
    """
    started = time.monotonic()
    path = path.expanduser().resolve()
    report_progress = on_progress or (lambda _done, _total, _text: None)
    if not is_printable(path.name):
        raise ImageError(f"The file name {path.name!a} contains control characters. Rename the file.")
    header, name, sha256 = read_header(path), options.name or path.stem, fingerprint(path)
    known = _find_scene(workspace, name)
    if known is not None:
        _check_same_file(workspace, known, locator or str(path), sha256)
        return RasterReport(known.id, name, 0, 0, time.monotonic() - started)
    source = _Source(
        locator or str(path), header, name, sha256, nodata_of(header, options.nodata, None, path)
    )
    grid = windows(header.height, header.width, options.window_px, options.overlap_px)
    report_progress(0, len(grid), "Scanning the image")
    survey = survey_raster(path, grid, source.nodata)
    chosen = [number for number, measured in enumerate(survey.measured) if measured]
    if not chosen:
        raise ImportRefusedError(f"{path.name} has no measured pixel. Check its nodata value.")
    rows = _window_rows(source, grid, chosen)
    if options.mask is not None:
        rows = _with_masks(workspace, rows, options, header, report_progress)
    scene_id = _write_scene(workspace, source, survey, rows=rows, options=options, actor=actor)
    write_coarse_picture(workspace, scene_id, survey)
    report_progress(len(grid), len(grid), name)
    return RasterReport(scene_id, name, len(rows), len(grid) - len(rows), time.monotonic() - started)


def fingerprint(path: Path) -> str:
    """Return a hash of a file's size and three of its parts: hashing a gigabyte would take seconds.

    Raises:
        ImageError: the file cannot be read.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(f"{size}\n".encode())
        with path.open("rb") as file:
            for start in (0, size // 2, max(0, size - _FINGERPRINT_BYTES)):
                file.seek(start)
                digest.update(file.read(_FINGERPRINT_BYTES))
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()


def write_coarse_picture(workspace: Workspace, scene_id: int, survey: Survey) -> None:
    """Store the coarse picture of a survey; the map shows it until its own pictures are ready."""
    buffer = BytesIO()
    np.save(buffer, survey.cells, allow_pickle=False)
    write_atomic(map_folder(workspace, scene_id) / "first.npy", buffer.getvalue())


def _find_scene(workspace: Workspace, name: str) -> SceneRecord | None:
    with workspace.store.reading() as session:
        return next((scene for scene in scenes.list_scenes(session) if scene.name == name), None)


def _check_same_file(workspace: Workspace, known: SceneRecord, locator: str, sha256: str) -> None:
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, known.id)
    if known.path != locator or any(tile.sha256 != sha256 for tile in tiles[:1]):
        raise ImageError(
            f"{Path(locator).name}: a scene named {known.name} with another file or other pixels exists. Rename the "
            "file, or give the scene another name."
        )


def _window_rows(source: _Source, grid: Sequence[Window], chosen: Sequence[int]) -> list[NewTile]:
    """Make a tile of each chosen window; its number is its position in the grid."""
    return [
        NewTile(
            name=f"{source.scene}.{number:06d}",
            number=number,
            path=source.locator,
            width=grid[number].width,
            height=grid[number].height,
            bands=source.header.bands,
            dtype=source.header.dtype,
            nodata=source.nodata,
            sha256=source.sha256,
            x=grid[number].x,
            y=grid[number].y,
        )
        for number in chosen
    ]


def _with_masks(
    workspace: Workspace,
    rows: list[NewTile],
    options: RasterOptions,
    header: ImageHeader,
    on_progress: OnProgress,
) -> list[NewTile]:
    """Cut the mask raster into the first revisions of the windows."""
    assert options.mask is not None
    own = read_header(options.mask)
    if (own.height, own.width, own.bands) != (header.height, header.width, 1) or own.dtype != "uint8":
        raise MaskError(
            f"The mask {options.mask.name} has {own.height} x {own.width} pixels and {own.bands} band(s) of "
            f"{own.dtype}. Its image has {header.height} x {header.width} pixels. Provide one uint8 band of "
            "that size."
        )
    with workspace.store.reading() as session:
        class_count = len(classes.list_classes(session))
    found = []
    with open_raster(options.mask) as raster:
        for done, row in enumerate(rows):
            mask = raster.read(Window(row.x, row.y, row.width, row.height))
            check_mask(mask, (row.height, row.width), class_count, f"The mask {options.mask.name}")
            found.append(
                replace(
                    row,
                    mask_sha256=workspace.store.files.put(encode_mask(mask), MASK_SUFFIX),
                    classes=class_areas(mask),
                    state="accepted" if options.reviewed else "unreviewed",
                )
            )
            on_progress(done, len(rows), "Splitting the mask")
    return found


def _write_scene(
    workspace: Workspace,
    source: _Source,
    survey: Survey,
    *,
    rows: list[NewTile],
    options: RasterOptions,
    actor: Actor,
) -> int:
    """Write the scene and its windows in one transaction; return the id of the scene."""
    name, header = source.scene, source.header
    with workspace.store.reading() as session:
        present = {scene.name: scene.split for scene in scenes.list_scenes(session)}
    split = new_splits(
        present, [name], trained_splits(workspace), {name: options.split} if options.split else None
    )[name]
    georeference = header.georeference
    with workspace.store.transaction() as session:
        names = {scene.name for scene in scenes.list_scenes(session)}
        if name in names or tile_queries.ids_by_name(session, [row.name for row in rows]):
            raise StorageError(f"Another import added {name} or its tiles in the meantime. Import again.")
        scene = scenes.add_scene(
            session,
            name=name,
            split=split,
            statistics=survey.statistics.to_dict(),
            nodata=source.nodata,
            columns=None,
            bands=header.bands,
            dtype=header.dtype,
            path=source.locator,
            width=header.width,
            height=header.height,
            georeference=None if georeference is None else georeference.to_dict(),
            unit=options.unit or header.unit,
            band_names=list(header.band_names),
            acquired_at=acquired_at(name),
            overlap_px=options.overlap_px,
        )
        import_id = scenes.add_import(session, source.locator, actor.name)
        scenes.add_tiles(session, scene.id, rows, actor.name, import_id)
        audit_log.add(session, actor.name, "import", source.locator[-255:], {"tiles": len(rows), "scenes": 1})
    return scene.id


PRODUCTS = "products"
"""Folder of the workspace for copied SAFE products."""


@requires("lead", "import tiles")
def import_large(
    workspace: Workspace,
    tile: DecodedTile,
    options: ImportOptions,
    actor: Actor,
    on_progress: OnProgress | None,
) -> RasterReport:
    """Import a large image of a folder, with its mask, as a scene of windows.

    Raises:
        SeepError: see `import_raster`.
    """
    if options.copy and kind_of(tile.path) == "SAFE":
        tile = replace(tile, path=_copy_product(workspace, tile.path))
    locator = store_image(workspace, tile, options)
    with tempfile.TemporaryDirectory(prefix="seep-mask-") as folder:
        mask_path = None
        if tile.mask is not None:
            mask_path = Path(folder) / f"{tile.name}.tif"
            write_mask(mask_path, tile.mask)
        raster_options = RasterOptions(
            name=tile.name,
            window_px=options.window_px,
            overlap_px=options.overlap_px,
            nodata=tile.nodata,
            unit=tile.header.unit,
            mask=mask_path,
            reviewed=options.reviewed,
            split=tile.split,
        )
        path = local_path(workspace.store, locator)
        return import_raster(workspace, path, raster_options, actor, on_progress, locator=locator)


def _copy_product(workspace: Workspace, folder: Path) -> Path:
    """Copy a SAFE folder into the workspace, completely or not at all."""
    target = workspace.store.root / PRODUCTS / folder.name
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".part-"))
    try:
        shutil.copytree(folder, temporary / folder.name, symlinks=False)
        (temporary / folder.name).rename(target)
    except OSError as error:
        if target.is_dir():  # another import was faster
            return target
        raise StorageError(
            f"{folder.name} could not be copied: {error.strerror}. Free some disk space."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target
