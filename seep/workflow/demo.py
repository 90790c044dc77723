"""A demo workspace with synthetic scenes."""

from pathlib import Path

import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.synthesis.scene import synthesize_scene
from seep.errors import StorageError
from seep.io.masks import write_mask
from seep.workflow.imports.importer import ImportReport, OnProgress, import_folder
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.review.queue import count
from seep.workflow.workspace import PRODUCT, Workspace

SCENES = 16
SAMPLE_SHARE = 0.25
"""Of 64 tiles, so that the quality sample has more than the 10 tiles that an estimate needs."""

ROWS = COLUMNS = 2
TILE_PX = 256


def make_demo(workspace: Workspace, seed: int = 0, on_progress: OnProgress | None = None) -> ImportReport:
    """Fill an empty workspace with 16 synthetic scenes of four unreviewed tiles of 256 px.

    Sixteen scenes give the three test scenes that a verdict needs. The share of the quality sample is raised so
    that an estimate can be reached. Images are in `demo/images` of the workspace. Their exact masks are in
    `demo/masks` and are not imported.

    Args:
        workspace: a workspace; one with tiles is not changed.
        seed: the same seed gives the same scenes.
        on_progress: called with (done, total, what).

    Returns:
        The report of the import; all counts are 0 if the workspace was not empty.

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
            f"Cannot write the demo: {error.strerror or error}. Free disk space and try again."
        ) from error
    set_quality_sample_share(workspace, SAMPLE_SHARE, PRODUCT)
    return import_folder(
        workspace, images, None, ImportOptions(columns=COLUMNS), PRODUCT, on_progress=on_progress
    )


def _write_scene(images: Path, masks: Path, name: str, seed: int) -> None:
    scene = synthesize_scene(seed, ROWS * TILE_PX, COLUMNS * TILE_PX)
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        part = np.s_[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        file = f"{name}.{number:06d}.tif"
        tifffile.imwrite(images / file, np.ascontiguousarray(scene.image[part]), metadata=None)
        write_mask(masks / file, scene.mask[part])
