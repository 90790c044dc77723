from pathlib import Path

import numpy as np
import tifffile

import seep
from seep.core.image.normalize import normalize, statistics_of
from seep.core.import_options import ImportOptions
from seep.core.masks.dark_areas import DARK_AREA_DEPTH, wide_areas
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX
from seep.io.masks import read_mask
from seep.workflow import demo
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.detection import place_sites
from seep.workflow.places.places import list_places
from seep.workflow.review.quality_sample import MIN_TILES, measure_quality
from seep.workflow.review.queue import queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def test_the_demo_is_sixteen_scenes_unreviewed_without_masks(workspace: Workspace) -> None:
    report = demo.make_demo(workspace)
    assert (report.imported, len(report.scenes), report.refused) == (64, 16, [])
    assert {item.state for item in queue(workspace)} == {"unreviewed"}
    splits = [scene.split for scene in list_scenes(workspace)]
    assert set(splits) == {"train", "validation", "test"}
    assert splits.count("test") >= 3, "a verdict needs three test scenes"
    document = tile_document(workspace, 1, ADA)
    assert (document["start"], document["height"], document["dtype"]) == ("empty", 256, "uint16")
    assert measure_quality(workspace).drawn > MIN_TILES
    masks = sorted((workspace.store.root / "demo" / "masks").iterdir())
    assert len(masks) == 64
    assert any(np.count_nonzero(read_mask(path)) for path in masks)
    assert demo.make_demo(workspace).imported == 0
    assert demo.has_demo(workspace)
    calm = list_scenes(workspace)[demo.CALM_SCENE]
    assert (calm.name, calm.split) == ("demo-09", "train"), "the answer is for training"
    image = tifffile.imread(workspace.store.root / "demo" / "images" / "demo-09.000001.tif")
    normalized = normalize(image, statistics_of([image], 0), 0)
    (area,) = wide_areas(seep.predict(image, nodata=0).mask, normalized, WIDE_RADIUS_PX, DARK_AREA_DEPTH)
    assert area.area_px > 3000, "Review asks whether it is an oil sheet"
    (tile,) = [item for item in queue(workspace) if item.name == "demo-09.000001"]
    assert tile.in_sample, "newcomers meet it soon"


def test_a_workspace_with_other_scenes_is_not_called_the_demo(workspace: Workspace, tiles: list[int]) -> None:
    assert not demo.has_demo(workspace)
    (workspace.store.root / "demo" / "images").mkdir(parents=True)
    assert not demo.has_demo(workspace)


def test_a_workspace_with_tiles_is_left_as_it_is(
    workspace: Workspace, tiles: list[int], folders: tuple[Path, Path]
) -> None:
    assert demo.make_demo(workspace).imported == 0
    assert not (workspace.store.root / "demo").exists()


def test_the_demo_has_two_places_of_eight_dated_passes(workspace: Workspace) -> None:
    demo.make_demo(workspace)
    found = list_places(workspace)
    assert [(one.place.name, len(one.passes), one.ordered_by_name) for one in found] == [
        ("Demo place 1", 8, ()),
        ("Demo place 2", 8, ()),
    ]
    exact = workspace.store.root / "demo" / "masks"
    import_folder(workspace, exact.parent / "images", exact, ImportOptions(), ADA)
    assert all(len(place_sites(workspace, one.place.id).sites) >= 3 for one in found)
