"""A demo workspace with passes of two synthetic places."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.synthesis.lookalikes import calm_streak
from seep.core.synthesis.place import synthesize_place
from seep.core.synthesis.scene import SyntheticScene
from seep.errors import StorageError
from seep.io.masks import write_mask
from seep.store import scenes
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

CALM_SCENE, CALM_TILE = 8, 1
"""A training tile with a band of low wind, which the shipped model predicts as a wide dark area. It is among the first
of the quality sample, so it is near the start of the queue."""
_CALM_HALF_AXES_PX = (120.0, 23.0)
_CALM_AMPLITUDE = 0.2
_CALM_HEADING = 0.6

SAMPLE_SHARE = 0.25
"""Of 64 tiles, so that the quality sample has more than the 10 tiles that an estimate needs."""

ROWS = COLUMNS = 2
TILE_PX = 256


def make_demo(workspace: Workspace, seed: int = 0, on_progress: OnProgress | None = None) -> ImportReport:
    """Fill an empty workspace with eight passes of each of two synthetic places, four tiles of 256 px per pass.

    Each place has five vents. Their slicks drift in another direction in each pass, so that sites can be detected.
    One tile holds a band of low wind that is predicted as seep, and Review asks whether it is an oil sheet. Sixteen
    scenes give the three test scenes that a verdict needs. The share of the quality sample is raised so that an
    estimate can be reached. Images are in `demo/images` of the workspace. Their exact masks are in `demo/masks` and
    are not imported.

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
                shown = _with_low_wind(scene, seed) if number == CALM_SCENE else scene
                _write_scene(images, masks, _name(number), shown)
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
    """
    report = make_demo(workspace)
    if report.imported and active_model(list_models(workspace)):
        enqueue_predict(workspace, actor)
    return report


def has_demo(workspace: Workspace) -> bool:
    """Return whether the workspace holds scenes of the demo, which are synthetic."""
    if not (workspace.store.root / "demo" / "images").is_dir():
        return False
    names = {_name(number) for number in range(SCENES)}
    with workspace.store.reading() as session:
        return any(scene.name in names for scene in scenes.list_scenes(session))


def _name(number: int) -> str:
    return f"demo-{number + 1:02d}"


def _with_low_wind(scene: SyntheticScene, seed: int) -> SyntheticScene:
    """Darken a band in one tile of a scene; it is no oil, so the mask stays."""
    row, column = divmod(CALM_TILE, COLUMNS)
    center = ((column + 0.5) * TILE_PX, (row + 0.5) * TILE_PX)
    rng = np.random.default_rng((seed, 11))
    cover = calm_streak(rng, scene.image.shape, center, _CALM_HALF_AXES_PX, _CALM_HEADING)
    darkened = scene.image * (1 - (1 - _CALM_AMPLITUDE) * cover)
    nodata = scene.image == 0
    return replace(scene, image=np.where(nodata, 0, np.maximum(darkened, 1)).astype(np.uint16))


def _write_scene(images: Path, masks: Path, name: str, scene: SyntheticScene) -> None:
    for number in range(ROWS * COLUMNS):
        row, column = divmod(number, COLUMNS)
        part = np.s_[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        file = f"{name}.{number:06d}.tif"
        tifffile.imwrite(images / file, np.ascontiguousarray(scene.image[part]), metadata=None)
        write_mask(masks / file, scene.mask[part])
