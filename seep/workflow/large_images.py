"""Images too large for one tile, and Sentinel-1 products: kept in place, opened as scenes of windows."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from seep.errors import StorageError
from seep.io.images import kind_of
from seep.io.importing import ImportOptions, ReadTile
from seep.io.tiff import write_mask
from seep.workflow.adding import kept_image
from seep.workflow.rasters import RasterOptions, RasterReport, import_raster
from seep.workflow.workspace import Workspace

PRODUCTS = "products"
"""Folder of the workspace for SAFE folders that are copied in."""

OnProgress = Callable[[int, int, str], None]


def import_large(
    workspace: Workspace,
    tile: ReadTile,
    options: ImportOptions,
    author: str,
    on_progress: OnProgress | None,
) -> RasterReport:
    """Open a large image as a scene of windows, with the mask that was read for it.

    Raises:
        SeepError: as `seep.workflow.rasters.import_raster`.
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
