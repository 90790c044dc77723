from pathlib import Path

import numpy as np
import pyproj
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.text import decimal
from seep.errors import DeniedError, MissingError, SettingsError
from seep.store import audit_log
from seep.workflow import trash
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.places import places
from seep.workflow.places.document import place_document
from seep.workflow.places.proposals import dismiss, propose_places
from seep.workflow.places.survey import survey
from seep.workflow.scenes.layout import layout
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.places.making import COLUMNS, write_pass


def names(workspace: Workspace) -> dict[str, list[str]]:
    return {one.place.name: [scene.name for scene in one.passes] for one in places.list_places(workspace)}


def test_scenes_with_equal_nodata_are_proposed_and_confirmed(
    workspace: Workspace, passes: list[str], tmp_path: Path
) -> None:
    for number, name in enumerate(("q1", "q2")):
        write_pass(tmp_path / "other", name, number, wedge=150)
    import_folder(workspace, tmp_path / "other" / "images", None, ImportOptions(columns=COLUMNS), ADA)
    first, second = propose_places(workspace)
    assert (first.scenes, second.scenes) == (tuple(passes), ("q1", "q2"))
    assert (first.evidence, first.place_id) == ("nodata", None)
    assert first.agreement > 0.95
    assert first.sentence.startswith(
        "p1 to p4 look like 4 passes of one place: the areas without data of their images are the same on at least "
    )
    assert first.sentence.endswith(
        f" tiles, for {decimal(100 * first.agreement, 1)}\u202f% of their pixels or more."
    )
    places.create_place(workspace, first.name, first.scenes, BOB)
    assert names(workspace) == {"p1 to p4": passes}
    assert [one.scenes for one in propose_places(workspace)] == [("q1", "q2")]
    with workspace.store.reading() as session:
        assert audit_log.list_by_subject(session, "place")[0].author == "bob"


def test_a_later_scene_is_proposed_for_the_place_that_exists(
    workspace: Workspace, place: int, tmp_path: Path
) -> None:
    assert propose_places(workspace) == []
    write_pass(tmp_path / "later", "p5", 0)
    import_folder(workspace, tmp_path / "later" / "images", None, ImportOptions(columns=COLUMNS), ADA)
    (found,) = propose_places(workspace)
    assert (found.place_id, found.name, found.scenes) == (place, "Bay", ("p5",))
    places.add_passes(workspace, place, found.scenes, ADA)
    assert names(workspace) == {"Bay": ["p1", "p2", "p3", "p4", "p5"]}


def test_the_passes_of_a_place_move_into_one_split(
    workspace: Workspace, passes: list[str], place: int
) -> None:
    ids = {scene.name: scene.id for scene in list_scenes(workspace)}
    for name, split in zip(passes, ("train", "train", "validation", "test"), strict=True):
        set_split(workspace, ids[name], split, ADA)
    (mixed,) = places.list_places(workspace)
    assert mixed.splits == {"train": 2, "validation": 1, "test": 1}
    with pytest.raises(DeniedError):
        places.move_passes(workspace, place, "train", Actor("ann", "reviewer"))
    with pytest.raises(SettingsError):
        places.move_passes(workspace, place, "locked", BOB)
    assert places.list_places(workspace) == [mixed]
    assert places.move_passes(workspace, place, "train", BOB) == 2
    assert places.list_places(workspace)[0].splits == {"train": 4}
    with workspace.store.reading() as session:
        logged = audit_log.list_by_subject(session, "scene", action="split")
    assert [one.author for one in logged].count("bob") == 2


def test_a_dismissed_proposal_does_not_come_back(workspace: Workspace, passes: list[str]) -> None:
    dismiss(workspace, passes, ADA)
    assert propose_places(workspace) == []


def test_georeferenced_scenes_are_compared_by_their_footprints(workspace: Workspace, tmp_path: Path) -> None:
    """Two scenes with different grids overlap by 90 %, a third one lies elsewhere."""
    folder = tmp_path / "rasters"
    write_raster(folder, "a", 500_000, 3000)
    write_raster(folder, "b", 500_300, 3000, step=20)
    write_raster(folder, "c", 700_000, 3000)
    import_folder(workspace, folder, None, ImportOptions(columns=1), ADA)
    (found,) = propose_places(workspace)
    assert (found.scenes, found.evidence) == (("a", "b"), "georeference")
    assert found.agreement == pytest.approx(0.9, abs=0.01)
    made = places.create_place(workspace, "Shelf", found.scenes, ADA)
    assert made.place.georeference is not None
    document = place_document(workspace, made.place.id, ADA)
    assert document["corners"] is not None
    to_lonlat = pyproj.Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    around = to_lonlat.transform([500_000, 503_300, 503_300, 500_000], [6e6, 6e6, 5_997_000, 5_997_000])
    np.testing.assert_allclose(document["corners"], np.stack(around, axis=1), atol=1e-6)


def write_raster(folder: Path, name: str, left: int, side_m: int, *, step: int = 10) -> None:
    """Write a scene of one tile with a georeference, `left` meters east in its UTM zone."""
    import rasterio
    from rasterio import Affine

    folder.mkdir(exist_ok=True)
    side = side_m // step
    with rasterio.open(
        folder / f"{name}.0.tif", "w", driver="GTiff", width=side, height=side, count=1, dtype="uint16",
        crs="EPSG:32633", transform=Affine(step, 0, left, 0, -step, 6_000_000),
    ) as file:  # fmt: skip
        file.write(np.full((1, side, side), 500, np.uint16))


def test_tiles_numbered_by_dates_have_no_grid(workspace: Workspace, tmp_path: Path) -> None:
    for number in ("0", "1", "20260521"):
        tifffile.imwrite(tmp_path / f"bay.{number}.tif", np.full((64, 64), 500, np.uint16))
    import_folder(workspace, tmp_path, None, ImportOptions(columns=4), ADA)
    (scene,) = list_scenes(workspace)
    found = layout(workspace, scene.id)
    assert (found.placed, found.height, found.width) == (False, 128, 128)
    assert propose_places(workspace) == []


def test_a_large_scene_does_not_join_small_ones_that_share_no_ground(
    workspace: Workspace, tmp_path: Path
) -> None:
    """The large scene covers two spots, each with two small scenes; later a fifth one at the second spot."""
    write_raster(tmp_path / "first", "large", 500_000, 6000)
    for name, left in (("s1", 500_000), ("s2", 500_100), ("s3", 504_000), ("s4", 504_100)):
        write_raster(tmp_path / "first", name, left, 1500)
    import_folder(workspace, tmp_path / "first", None, ImportOptions(columns=1), ADA)
    first, second = propose_places(workspace)
    assert (first.scenes, second.scenes) == (("large", "s1", "s2"), ("s3", "s4"))
    assert second.agreement == pytest.approx(14 / 15, abs=0.01)
    for one in (first, second):
        places.create_place(workspace, one.name, one.scenes, ADA)
    write_raster(tmp_path / "later", "s5", 504_200, 1500)
    import_folder(workspace, tmp_path / "later", None, ImportOptions(columns=1), ADA)
    (found,) = propose_places(workspace)
    assert (found.name, found.scenes) == (second.name, ("s5",))


def test_places_are_split_merged_renamed_and_deleted(workspace: Workspace, place: int) -> None:
    other = places.split_place(workspace, place, ["p1", "p3"], "North", ADA)
    assert names(workspace) == {"Bay": ["p2", "p4"], "North": ["p1", "p3"]}
    places.rename_place(workspace, place, "South", ADA)
    places.merge_places(workspace, place, other.place.id, ADA)
    assert names(workspace) == {"South": ["p1", "p2", "p3", "p4"]}
    places.remove_passes(workspace, ["p2"], ADA)
    assert names(workspace) == {"South": ["p1", "p3", "p4"]}
    places.delete_place(workspace, place, ADA)
    assert names(workspace) == {}
    assert [one.place_id for one in list_scenes(workspace)] == [None] * 4


def test_a_split_keeps_how_sites_are_detected(workspace: Workspace, place: int) -> None:
    places.set_detection(workspace, place, 30.0, 2, ADA)
    new = places.split_place(workspace, place, ["p3", "p4"], "Other", ADA).place
    assert (new.radius, new.min_passes) == (30.0, 2)


def test_a_deleted_scene_is_restored_to_no_place_if_its_own_is_deleted(
    workspace: Workspace, place: int
) -> None:
    entry = trash.delete_scene(workspace, scene_id(workspace, "p4"), ADA)
    places.delete_place(workspace, place, ADA)
    later = places.create_place(workspace, "Gulf", ["p1", "p2"], ADA).place.id
    trash.restore(workspace, entry.id, ADA)
    assert names(workspace) == {"Gulf": ["p1", "p2"]}
    places.delete_place(workspace, later, ADA)
    assert [one.scenes for one in propose_places(workspace)] == [("p1", "p2", "p3", "p4")]


def test_a_deleted_scene_is_restored_to_the_place_that_took_its_own(workspace: Workspace, place: int) -> None:
    other = places.split_place(workspace, place, ["p3", "p4"], "Other", ADA).place.id
    entry = trash.delete_scene(workspace, scene_id(workspace, "p4"), ADA)
    places.merge_places(workspace, place, other, ADA)
    trash.restore(workspace, entry.id, ADA)
    assert names(workspace) == {"Bay": ["p1", "p2", "p3", "p4"]}


def scene_id(workspace: Workspace, name: str) -> int:
    return next(one.id for one in list_scenes(workspace) if one.name == name)


def test_a_wrong_request_changes_nothing(workspace: Workspace, place: int) -> None:
    before = names(workspace)
    with pytest.raises(SettingsError, match="belongs to a place already"):
        places.create_place(workspace, "Other", ["p1"], ADA)
    with pytest.raises(MissingError, match="'p9'"):
        places.add_passes(workspace, place, ["p1", "p9"], ADA)
    with pytest.raises(SettingsError, match="no pass would be left"):
        places.split_place(workspace, place, ["p1", "p2", "p3", "p4"], "North", ADA)
    with pytest.raises(SettingsError, match="exists already"):
        places.split_place(workspace, place, ["p1"], "Bay", ADA)
    with pytest.raises(SettingsError, match="merged with itself"):
        places.merge_places(workspace, place, place, ADA)
    with pytest.raises(SettingsError, match="radius of -1"):
        places.set_detection(workspace, place, -1, 3, ADA)
    with pytest.raises(SettingsError, match="cannot lie more than"):
        places.set_offset(workspace, "p1", (10**30, 0), ADA)
    assert names(workspace) == before


def test_the_survey_is_kept_and_knows_where_pixels_are(workspace: Workspace, passes: list[str]) -> None:
    scene = list_scenes(workspace)[0]
    found = survey(workspace, scene.id)
    assert (found.width, found.height, found.placed) == (256, 192, True)
    spots = np.array([(3, 3), (200, 100), (300, 100), (-9, 100)], np.float64)
    assert found.covers(spots).tolist() == [False, True, False, False]
    (kept,) = (workspace.store.root / "passes" / str(scene.id)).glob("survey-*.npz")
    kept.write_bytes(b"damaged")
    from seep.workflow.places import survey as module

    module._surveys.forget()
    assert np.array_equal(survey(workspace, scene.id).valid, found.valid)


def test_the_grid_of_most_passes_is_given_to_the_others(workspace: Workspace, tmp_path: Path) -> None:
    for number, name in enumerate(("p1", "p2", "p3")):
        write_pass(tmp_path / "place", name, number)
    images = tmp_path / "place" / "images"
    import_folder(workspace, images, None, ImportOptions(columns=COLUMNS), ADA)
    tifffile.imwrite(tmp_path / "single.0.tif", np.ones((64, 64), np.uint16))
    import_folder(workspace, tmp_path / "single.0.tif", None, ImportOptions(), ADA)
    places.create_place(workspace, "Bay", ["p1", "p2", "p3", "single"], ADA)
    assert {one.name: one.columns for one in list_scenes(workspace)}["single"] == COLUMNS
