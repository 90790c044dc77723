"""A demo workspace as a team would leave it: reviewed in part, with a large scene and several bands."""

import time
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
import tifffile
from rasterio.transform import Affine

from seep.core.import_options import ImportOptions
from seep.core.synthesis.scene import synthesize_scene
from seep.io.masks import read_mask
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.imports.rasters import RasterOptions, import_raster
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import ACTIVE, list_jobs
from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import decide, save_mask
from seep.workflow.review.tile_document import tile_document
from seep.workflow.training.presets import FINETUNE
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace

PEOPLE = (Actor("Ana", "admin"), Actor("Jo", "admin"))
LARGE = "strait"
BANDED = "dual-pol.000001"
JOB_LIMIT_S = 900
PIXEL_M = 10.0


def wait_for_jobs(workspace: Workspace) -> None:
    """Wait until the worker has nothing left to do."""
    until = time.monotonic() + JOB_LIMIT_S
    while any(job.state in ACTIVE for job in list_jobs(workspace)):
        if time.monotonic() > until:
            raise SystemExit("The jobs did not end; see what the worker does.")
        time.sleep(0.5)


def add_large_scene(workspace: Workspace, folder: Path) -> None:
    """Import a GeoTIFF of 2400 x 1500 px, and review two of its windows."""
    scene = synthesize_scene(77, 1500, 2400)
    path = folder / f"{LARGE}.tif"
    place = Affine(PIXEL_M, 0, 520_000, 0, -PIXEL_M, 4_230_000)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=2400,
        height=1500,
        count=1,
        dtype="uint16",
        nodata=0,
        crs="EPSG:32633",
        transform=place,
        tiled=True,
        compress="deflate",
    ) as raster:
        raster.write(scene.image, 1)
    import_raster(workspace, path, RasterOptions(), PEOPLE[0])
    enqueue_predict(workspace, PEOPLE[0])
    wait_for_jobs(workspace)
    windows = [item.id for item in queue(workspace, None, "name") if item.scene == LARGE]
    for tile, actor in zip(windows, PEOPLE, strict=False):
        info = tile_document(workspace, tile, actor)
        position = info["place"]
        assert position is not None  # a window of a georeferenced scene
        x, y = position["x"], position["y"]
        mask = scene.mask[y : y + info["height"], x : x + info["width"]]
        head = info["head"]
        save_mask(
            workspace,
            tile,
            np.ascontiguousarray(mask),
            "accept",
            actor=actor,
            base_revision_id=head["id"] if head else None,
            request_id=uuid.uuid4().hex,
            confirmed=True,
        )
    decide(workspace, windows[2], "flag", PEOPLE[1], "Ship wakes or slicks at the right?")


def add_banded(workspace: Workspace, folder: Path) -> None:
    """Import a tile with two polarizations and a third band."""
    images = folder / "dual-pol"
    images.mkdir()
    like, cross = (synthesize_scene(91, 256, 256, wedges=False).image, synthesize_scene(92, 256, 256).image)
    bands = (like, np.maximum(like // 3, 1) + cross // 8, like // 2 + cross // 2)
    both = np.stack(bands, axis=-1).astype(np.uint16)
    tifffile.imwrite(images / f"{BANDED}.tif", both, photometric="minisblack", planarconfig="contig")
    import_folder(workspace, images, None, ImportOptions(), PEOPLE[0])


def review(workspace: Workspace) -> None:
    """Accept the exact masks of most tiles, as two people would; leave some to do."""
    masks = workspace.store.root / "demo" / "masks"
    for number, item in enumerate(queue(workspace, None, "name")):
        if number % 4 == 3:
            continue
        actor = PEOPLE[number % 3 == 0]
        head = tile_document(workspace, item.id, actor)["head"]
        mask = read_mask(masks / f"{item.name}.tif")
        save_mask(
            workspace,
            item.id,
            mask,
            "accept",
            actor=actor,
            base_revision_id=head["id"] if head else None,
            request_id=uuid.uuid4().hex,
            confirmed=True,
        )


def finetune(workspace: Workspace) -> None:
    """Queue a short fine-tuning, for the page that shows one."""
    enqueue_finetune(workspace, replace(FINETUNE["quick"], epochs=4, max_steps=16), PEOPLE[0])


def tile_called(workspace: Workspace, name: str) -> int:
    """Return the id of the tile with a name."""
    return next(item.id for item in queue(workspace, None, "name") if item.name == name)
