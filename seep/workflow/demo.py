"""The demo: synthetic scenes, so that a first look needs no data."""

from pathlib import Path

import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.synthesis import synthesize_scene
from seep.errors import StorageError
from seep.io.masks import write_mask
from seep.workflow.imports.importer import ImportReport, OnProgress, import_folder
from seep.workflow.review.queue import count
from seep.workflow.workspace import PRODUCT_AUTHOR, Workspace

SCENES = 16
ROWS = COLUMNS = 2
TILE_PX = 256


def make_demo(workspace: Workspace, seed: int = 0, on_progress: OnProgress | None = None) -> ImportReport:
    """Fill an empty workspace with 16 synthetic scenes of four tiles of 256 px, unreviewed.

    So many scenes because a verdict on a new model needs three locked ones.

    Images lie under `demo/images` of the workspace. Their exact masks lie under `demo/masks` and are not
    imported: whoever tries the review can look there for the truth.

    Args:
        workspace: where to; one that holds tiles already is left as it is.
        seed: the same seed gives the same scenes.
        on_progress: called with (done, total, what).

    Returns:
        The import's report; all zero when the workspace was not empty.

    Raises:
        StorageError: the files cannot be written.
    """
    if count(workspace):
        return ImportReport()
    images, masks = workspace.store.root / "demo" / "images", workspace.store.root / "demo" / "masks"
    try:
        images.mkdir(parents=True, exist_ok=True)
        for number in range(SCENES):
            _write_scene(images, masks, f"demo-{number + 1:02d}", seed * SCENES + number)
            if on_progress:
                on_progress(number + 1, SCENES, f"scene demo-{number + 1:02d}")
    except OSError as error:
        raise StorageError(
            f"The demo cannot be written ({error.strerror or error}); free space and try again."
        ) from error
    return import_folder(
        workspace, images, None, ImportOptions(columns=COLUMNS), PRODUCT_AUTHOR, on_progress=on_progress
    )


def _write_scene(images: Path, masks: Path, name: str, seed: int) -> None:
    scene = synthesize_scene(seed, ROWS * TILE_PX, COLUMNS * TILE_PX)
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        part = np.s_[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        file = f"{name}.{number:06d}.tif"
        tifffile.imwrite(images / file, np.ascontiguousarray(scene.image[part]), metadata=None)
        write_mask(masks / file, scene.mask[part])
