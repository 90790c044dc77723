"""A demo workspace with passes of two synthetic places."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.synthesis.place import synthesize_place
from seep.core.synthesis.scene import SyntheticScene
from seep.errors import StorageError
from seep.io.masks import write_mask
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.importer import ImportReport, OnProgress, import_folder
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.models.registry import active_model, list_models
from seep.workflow.places.places import create_place
from seep.workflow.places.times import set_times
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.review.queue import count
from seep.workflow.workspace import PRODUCT, Workspace

PLACES = 2
SCENES = 16
PASSES = SCENES // PLACES
VENTS = 5
FIRST_PASS = datetime(2026, 3, 2, 5, 41, tzinfo=UTC)
REPEAT = timedelta(days=12)
"""Time between two passes of Sentinel-1 over the same ground."""

SAMPLE_SHARE = 0.25
"""Of 64 tiles, so that the quality sample has more than the 10 tiles that an estimate needs."""

ROWS = COLUMNS = 2
TILE_PX = 256


def make_demo(workspace: Workspace, seed: int = 0, on_progress: OnProgress | None = None) -> ImportReport:
    """Fill an empty workspace with eight passes of each of two synthetic places, four tiles of 256 px per pass.

    Each place has five vents. Their slicks drift in another direction in each pass, so that sites can be detected.
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
        for place in range(PLACES):
            made = synthesize_place(
                seed * PLACES + place, side_px=ROWS * TILE_PX, passes=PASSES, vents=VENTS, rates=(0.5, 0.95)
            )
            for number, scene in enumerate(made.passes, place * PASSES):
                _write_scene(images, masks, _name(number), scene)
                if on_progress:
                    on_progress(number + 1, SCENES, f"scene {_name(number)}")
    except OSError as error:
        raise StorageError(
            f"Cannot write the demo: {error.strerror or error}. Free disk space and try again."
        ) from error
    set_quality_sample_share(workspace, SAMPLE_SHARE, PRODUCT)
    report = import_folder(
        workspace, images, None, ImportOptions(columns=COLUMNS), PRODUCT, on_progress=on_progress
    )
    for place in range(PLACES):
        names = [_name(place * PASSES + number) for number in range(PASSES)]
        times = {name: (FIRST_PASS + number * REPEAT).isoformat() for number, name in enumerate(names)}
        set_times(workspace, times, PRODUCT)
        create_place(workspace, f"Demo place {place + 1}", names, PRODUCT)
    return report


@requires("lead", "load the demo")
def load_demo(workspace: Workspace, actor: Actor) -> ImportReport:
    """Make the demo, and queue the prediction of its tiles where a version is active.

    Args:
        workspace: a workspace; one with tiles is not changed.
        actor: who loads it.
    """
    report = make_demo(workspace)
    if report.imported and active_model(list_models(workspace)):
        enqueue_predict(workspace, actor)
    return report


def _name(number: int) -> str:
    return f"demo-{number + 1:02d}"


def _write_scene(images: Path, masks: Path, name: str, scene: SyntheticScene) -> None:
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        part = np.s_[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        file = f"{name}.{number:06d}.tif"
        tifffile.imwrite(images / file, np.ascontiguousarray(scene.image[part]), metadata=None)
        write_mask(masks / file, scene.mask[part])
