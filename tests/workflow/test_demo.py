import math
from pathlib import Path

import numpy as np
import tifffile

import seep
from seep.core.image.normalize import normalize, statistics_of
from seep.core.import_options import ImportOptions
from seep.core.masks.dark_areas import DARK_AREA_DEPTH, wide_areas
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX
from seep.core.synthesis.place import synthesize_place
from seep.io.masks import read_mask
from seep.store import scenes as stored_scenes
from seep.workflow import demo
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.detection import place_sites
from seep.workflow.places.document import place_document
from seep.workflow.places.places import list_places
from seep.workflow.reference_layers import references_around
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


def test_the_places_of_the_demo_have_wind_currents_depth_and_platforms(workspace: Workspace) -> None:
    demo.make_demo(workspace)
    scenes = list_scenes(workspace)
    made = [synthesize_place(place, side_px=512, passes=8, vents=5, rates=(0.5, 0.95)) for place in range(2)]
    headings = [heading for place in made for heading in place.drifts]
    with workspace.store.reading() as session:
        known = [(one.wind_ms, one.wind_from_deg) for one in stored_scenes.list_scenes(session)]
    assert len(known) == len(scenes) == len(headings)
    for (speed, from_deg), heading in zip(known, headings, strict=True):
        assert 3 <= speed <= 9
        # The wind blows along the drift; the grid is turned against north by less than a degree.
        toward = math.degrees(math.atan2(math.cos(heading), -math.sin(heading)))
        assert abs((from_deg + 180 - toward + 180) % 360 - 180) < 1
    images = workspace.store.root / "demo"
    import_folder(workspace, images / "images", images / "masks", ImportOptions(), ADA)
    for place in list_places(workspace):
        document = place_document(workspace, place.place.id, ADA)
        paths = [one["paths"] for one in document["sites"] if one["paths"]]
        agree, known = (sum(one[name] for one in paths) for name in ("agree", "known"))
        assert known >= 10
        # Slicks wind about the drift, and some ends are taken for the other ones. By chance one in eight agrees.
        assert agree / known > 0.3
        (layer,) = document["references"]
        assert (layer["name"], len(layer["parts"])) == ("Platforms", 2)
        data = place_sites(workspace, place.place.id).data
        around = references_around(workspace, data.georeference, data.bounds)
        water = around.water(256, 256)
        assert water is not None
        assert 700 <= water["depth_m"] <= 1900
