"""Import of one large raster: it stays where it lies and becomes a scene of overlapping windows."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from seep.core.geo.grid import Window, windows
from seep.core.masks.mask import check_mask, encode_mask
from seep.errors import ImageError, ImportRefusedError, MaskError, StorageError
from seep.io.files import write_atomic
from seep.io.folder_reader import ImportOptions, ReadTile, is_text
from seep.io.images import ImageHeader, kind_of, nodata_of, read_header
from seep.io.rasters import open_raster
from seep.io.readers.safe import acquired_at
from seep.io.tiff import write_mask
from seep.store import audit_log, classes, scenes
from seep.store.records import NewTile, SceneRecord
from seep.workflow.imports.raster_survey import Survey, survey
from seep.workflow.imports.splits import new_splits, trained_splits
from seep.workflow.imports.writer import kept_image
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace

WINDOW_PX = 1024
OVERLAP_PX = 64
_PRINT_BYTES = 1 << 20

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class RasterOptions:
    """How a raster becomes a scene.

    Attributes:
        name: of the scene; None for the file's name without its suffix.
        window_px: side of a window.
        overlap_px: what neighboring windows share at least.
        nodata: the value that means "not measured", None for no such value, "auto": see `nodata_of`.
        unit: "dn", "linear" or "db"; None for what the file tells.
        mask: a mask raster of the same size, to start from; None for none.
        reviewed: that mask counts as reviewed.
    """

    name: str | None = None
    window_px: int = WINDOW_PX
    overlap_px: int = OVERLAP_PX
    nodata: float | str | None = "auto"
    unit: str | None = None
    mask: Path | None = None
    reviewed: bool = False


@dataclass(frozen=True)
class RasterReport:
    """What the import of a raster did.

    Attributes:
        scene_id: of the scene.
        scene: its name.
        windows: windows added; 0 when the raster was in the workspace already.
        empty: windows left out, since nothing was measured in them.
        elapsed_s: seconds from start to end.
    """

    scene_id: int
    scene: str
    windows: int
    empty: int
    elapsed_s: float


def import_raster(
    workspace: Workspace,
    path: Path,
    options: RasterOptions,
    author: str,
    on_progress: OnProgress | None = None,
) -> RasterReport:
    """Open a large TIFF in place: one scene, its windows as tiles, no pixel copied.

    A quarter of its blocks is looked at, for the statistics by which it is normalized and for windows that
    hold no measurement, which are left out. The same file under the same name changes nothing.

    Args:
        workspace: where to.
        path: of the TIFF; it must stay there.
        options: how to cut it.
        author: who imports.
        on_progress: called with (done, total, what).

    Raises:
        ImageError: the file cannot be read, or another raster of this name is here.
        ImportRefusedError: nothing at all was measured in it.
        MaskError: the mask does not fit.
        SettingsError: windows that cannot be laid.
        StorageError: the disk is full or fails; nothing changed.
    """
    began = time.monotonic()
    path = path.expanduser().resolve()
    show = on_progress or (lambda _done, _total, _what: None)
    if not is_text(path.name):
        raise ImageError(f"The name {path.name!a} holds characters that are no text. Rename the file.")
    header, name, sha256 = read_header(path), options.name or path.stem, fingerprint(path)
    known = _known(workspace, name)
    if known is not None:
        _check_same(workspace, known, path, sha256)
        return RasterReport(known.id, name, 0, 0, time.monotonic() - began)
    nodata = nodata_of(header, options.nodata)
    cut = windows(header.height, header.width, options.window_px, options.overlap_px)
    show(0, len(cut), "looks at the image")
    found = survey(path, cut, nodata)
    chosen = [number for number, measured in enumerate(found.measured) if measured]
    if not chosen:
        raise ImportRefusedError(f"{path.name} holds no measured pixel; give its nodata value.")
    rows = _rows(header, path, name, sha256, nodata, cut, chosen)
    if options.mask is not None:
        rows = _with_masks(workspace, rows, options, header, show)
    scene_id = _add(workspace, path, header, nodata, found, rows, options, author, name)
    write_first_picture(workspace, scene_id, found)
    show(len(cut), len(cut), name)
    return RasterReport(scene_id, name, len(rows), len(cut) - len(rows), time.monotonic() - began)


def fingerprint(path: Path) -> str:
    """Name a large file by its size and three pieces of it: hashing all of a gigabyte would take seconds.

    Raises:
        ImageError: it cannot be read.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(f"{size}\n".encode())
        with path.open("rb") as file:
            for start in (0, size // 2, max(0, size - _PRINT_BYTES)):
                file.seek(start)
                digest.update(file.read(_PRINT_BYTES))
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()


def map_folder(workspace: Workspace, scene_id: int) -> Path:
    """Return the folder of a scene's pictures."""
    return workspace.store.root / "maps" / str(scene_id)


def write_first_picture(workspace: Workspace, scene_id: int, found: Survey) -> None:
    """Keep what the first look saw, for the map to show until its own pictures are made."""
    buffer = BytesIO()
    np.save(buffer, found.cells, allow_pickle=False)
    write_atomic(map_folder(workspace, scene_id) / "first.npy", buffer.getvalue())


def _known(workspace: Workspace, name: str) -> SceneRecord | None:
    with workspace.store.reading() as session:
        return next((scene for scene in scenes.list_scenes(session) if scene.name == name), None)


def _check_same(workspace: Workspace, known: SceneRecord, path: Path, sha256: str) -> None:
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, known.id)
    if known.path != str(path) or any(tile.sha256 != sha256 for tile in tiles[:1]):
        raise ImageError(
            f"{path.name}: a scene called {known.name} is here with another file or other pixels; "
            "rename the file, or give the scene another name."
        )


def _rows(  # noqa: PLR0917 - one call site
    header: ImageHeader,
    path: Path,
    name: str,
    sha256: str,
    nodata: float | None,
    cut: Sequence[Window],
    chosen: Sequence[int],
) -> list[NewTile]:
    """Make a tile of each chosen window, numbered by its place on the grid."""
    return [
        NewTile(
            name=f"{name}.{number:06d}",
            number=number,
            path=str(path),
            width=cut[number].width,
            height=cut[number].height,
            bands=header.bands,
            dtype=header.dtype,
            nodata=nodata,
            sha256=sha256,
            x=cut[number].x,
            y=cut[number].y,
        )
        for number in chosen
    ]


def _with_masks(
    workspace: Workspace,
    rows: list[NewTile],
    options: RasterOptions,
    header: ImageHeader,
    show: OnProgress,
) -> list[NewTile]:
    """Cut the mask raster into the windows' first revisions."""
    assert options.mask is not None
    own = read_header(options.mask)
    if (own.height, own.width, own.bands) != (header.height, header.width, 1) or own.dtype != "uint8":
        raise MaskError(
            f"The mask {options.mask.name} is {own.height} x {own.width} pixels, {own.bands} band(s) of "
            f"{own.dtype}; its image is {header.height} x {header.width}: give one uint8 band of that size."
        )
    with workspace.store.reading() as session:
        class_count = len(classes.list_classes(session))
    made = []
    with open_raster(options.mask) as raster:
        for done, row in enumerate(rows):
            mask = raster.read(Window(row.x, row.y, row.width, row.height))
            check_mask(mask, (row.height, row.width), class_count, f"The mask {options.mask.name}")
            made.append(
                replace(
                    row,
                    mask_sha256=workspace.store.files.put(encode_mask(mask), MASK_SUFFIX),
                    classes=class_areas(mask),
                    state="accepted" if options.reviewed else "unreviewed",
                )
            )
            show(done, len(rows), "cuts the mask")
    return made


def _add(  # noqa: PLR0917 - one call site
    workspace: Workspace,
    path: Path,
    header: ImageHeader,
    nodata: float | None,
    found: Survey,
    rows: list[NewTile],
    options: RasterOptions,
    author: str,
    name: str,
) -> int:
    """Write the scene and its windows in one transaction."""
    with workspace.store.reading() as session:
        present = {scene.name: scene.split for scene in scenes.list_scenes(session)}
    split = new_splits(present, [name], trained_splits(workspace))[name]
    place = header.georeference
    with workspace.store.transaction() as session:
        names = {scene.name for scene in scenes.list_scenes(session)}
        if name in names or {row.name for row in rows} & scenes.known_hashes(session).keys():
            raise StorageError(f"Another import brought {name} or tiles of that name; import again.")
        scene = scenes.add_scene(
            session,
            name=name,
            split=split,
            statistics=found.statistics.to_dict(),
            nodata=nodata,
            columns=None,
            bands=header.bands,
            dtype=header.dtype,
            path=str(path),
            width=header.width,
            height=header.height,
            georeference=None if place is None else place.to_dict(),
            unit=options.unit or header.unit,
            band_names=list(header.band_names),
            acquired_at=acquired_at(name),
            overlap_px=options.overlap_px,
        )
        scenes.add_tiles(session, scene.id, rows, author)
        audit_log.add(session, author, "import", str(path)[-255:], {"tiles": len(rows), "scenes": 1})
    return scene.id


PRODUCTS = "products"
"""Folder of the workspace for SAFE folders that are copied in."""


def import_large(
    workspace: Workspace,
    tile: ReadTile,
    options: ImportOptions,
    author: str,
    on_progress: OnProgress | None,
) -> RasterReport:
    """Open a large image as a scene of windows, with the mask that was read for it.

    Raises:
        SeepError: as `seep.workflow.imports.rasters.import_raster`.
    """
    if options.copy and kind_of(tile.path) == "SAFE":
        tile = replace(tile, path=_copied(workspace, tile.path))
    path = kept_image(workspace, tile, options)
    with tempfile.TemporaryDirectory(prefix="seep-mask-") as scratch:
        mask_path = None
        if tile.mask is not None:
            mask_path = Path(scratch) / f"{tile.name}.tif"
            write_mask(mask_path, tile.mask)
        chosen = RasterOptions(
            name=tile.name,
            window_px=options.window_px,
            overlap_px=options.overlap_px,
            nodata=options.nodata,
            unit=tile.header.unit,
            mask=mask_path,
            reviewed=options.reviewed,
        )
        return import_raster(workspace, path, chosen, author, on_progress)


def _copied(workspace: Workspace, folder: Path) -> Path:
    """Copy a SAFE folder into the workspace, whole or not at all."""
    target = workspace.store.root / PRODUCTS / folder.name
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".part-"))
    try:
        shutil.copytree(folder, scratch / folder.name, symlinks=False)
        (scratch / folder.name).rename(target)
    except OSError as error:
        if target.is_dir():  # another import has just brought it
            return target
        raise StorageError(
            f"{folder.name} could not be copied: {error.strerror}. Free some space."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target
