import csv
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from pycocotools.coco import COCO

from seep.errors import SettingsError, StorageError
from seep.io.exporting.yolo import HOLES_NOTE
from seep.io.masks import read_mask
from seep.workflow.exports.exporter import (
    ExportOptions,
    MaskCounts,
    TileSelection,
    count_masks,
    export,
    export_zip,
)
from seep.workflow.exports.formats import FORMATS
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.databases import environment
from tests.workflow.making import SIDE_PX, accept, make_tile, never, quiet
from tests.workflow.results import UTM, fill_scene, scene_mask

UNREVIEWED = TileSelection(states=("unreviewed",))
OUTLINES = {"geojson": "slicks.geojson", "geopackage": "slicks.gpkg", "shapefile": "slicks.shp"}


@pytest.fixture
def placed(workspace: Workspace, tmp_path: Path) -> list[int]:
    """A scene of four tiles in UTM zone 31."""
    return fill_scene(workspace, tmp_path / "scene", "s")


def part(number: int) -> np.ndarray:
    y, x = (SIDE_PX * at for at in divmod(number, 2))
    return scene_mask()[y : y + SIDE_PX, x : x + SIDE_PX]


def test_reviewed_masks_come_out_as_they_were_saved(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    accept(workspace, tiles[0], stripe=5)
    report = export(workspace, tmp_path / "out", "mask-tiff", actor=ADA)
    assert (report.written, report.what, report.without_mask) == (1, "mask", 0)
    expected = make_tile(0)[1]
    expected[30:33] = 5
    np.testing.assert_array_equal(read_mask(tmp_path / "out" / "a.000000.tif"), expected)


def test_predictions_stand_in_where_nothing_was_saved(
    workspace: Workspace, bare_tiles: list[int], tmp_path: Path
) -> None:
    predict_tiles(workspace, bare_tiles[:4], 1, quiet, never)
    seen: list[tuple[int, int]] = []
    report = export(
        workspace,
        tmp_path / "out",
        "mask-tiff",
        UNREVIEWED,
        actor=ADA,
        on_progress=lambda done, total, _: seen.append((done, total)),
    )
    assert (report.written, report.without_mask) == (4, 8)
    assert seen[-1] == (12, 12)


def test_truth_leaves_predictions_out(workspace: Workspace, bare_tiles: list[int], tmp_path: Path) -> None:
    predict_tiles(workspace, bare_tiles[:4], 1, quiet, never)
    accept(workspace, bare_tiles[0])
    truth = ExportOptions(masks="truth")
    report = export(workspace, tmp_path / "out", "mask-tiff", TileSelection(states=None), truth, actor=ADA)
    assert (report.written, report.without_mask) == (1, 11)
    assert count_masks(workspace, TileSelection(states=None), "truth") == MaskCounts(1, 0, 11)
    assert count_masks(workspace, TileSelection(states=None), "shown") == MaskCounts(1, 3, 8)


def test_tiles_and_scenes_can_be_chosen(workspace: Workspace, tiles: list[int], tmp_path: Path) -> None:
    chosen = TileSelection(states=None, tiles=tiles[:2])
    assert export(workspace, tmp_path / "tiles", "png", chosen, actor=ADA).written == 2
    chosen = TileSelection(states=None, scenes=("b", "c"))
    assert export(workspace, tmp_path / "scenes", "png", chosen, actor=ADA).written == 6
    with pytest.raises(SettingsError, match="no scene 'z'"):
        export(workspace, tmp_path / "z", "png", TileSelection(scenes=("z",)), actor=ADA)


def test_a_file_in_the_way_is_named(workspace: Workspace, tiles: list[int], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"file is a file, not a folder\."):
        export(workspace, tmp_path / "file" / "out", "mask-tiff", actor=ADA)


@pytest.mark.parametrize("name", ["mask-tiff", "training-set"])
def test_the_images_are_not_replaced(
    workspace: Workspace, tiles: list[int], folders: tuple[Path, Path], name: str
) -> None:
    before = {path: path.read_bytes() for path in folders[0].iterdir()}
    out = folders[0] if name == "mask-tiff" else folders[0].parent
    with pytest.raises(
        SettingsError, match=r"contains (images/)?[a-d]\.00000\d\.tif, which Seep did not write"
    ):
        export(workspace, out, name, UNREVIEWED, actor=ADA)
    assert {path: path.read_bytes() for path in folders[0].iterdir()} == before


def test_what_is_not_known_is_named(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(SettingsError, match="'done'"):
        export(workspace, out, "mask-tiff", TileSelection(states=["done"]), actor=ADA)
    with pytest.raises(SettingsError, match="'dwg'"):
        export(workspace, out, "dwg", actor=ADA)
    with pytest.raises(SettingsError, match="0 to 10"):
        export(workspace, out, "geojson", options=ExportOptions(simplify_px=11), actor=ADA)
    with pytest.raises(SettingsError, match="'best'"):
        export(workspace, out, "geojson", options=ExportOptions(masks="best"), actor=ADA)
    assert not out.exists()


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_that_fails_leaves_what_was_there(
    workspace: Workspace, placed: list[int], tmp_path: Path, name: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    out = tmp_path / "out"
    out.mkdir()
    (out / "s.000.tif").write_text("older")
    with pytest.raises(StorageError, match=r"No space left on device.*None of these files changed"):
        export(workspace, out, name, on_progress=full, actor=ADA)
    assert [path.name for path in out.iterdir()] == ["s.000.tif"]
    assert (out / "s.000.tif").read_text() == "older"
    with pytest.raises(StorageError, match="No space"):
        export(workspace, tmp_path / "new" / "deep", name, on_progress=full, actor=ADA)
    assert not (tmp_path / "new").exists()


def test_geotiffs_keep_place_and_colors(workspace: Workspace, placed: list[int], tmp_path: Path) -> None:
    assert export(workspace, tmp_path / "out", "geotiff", actor=ADA).written == 4
    with rasterio.open(tmp_path / "out" / "s.003.tif") as file:
        np.testing.assert_array_equal(file.read(1), part(3))
        assert file.crs.to_epsg() == 32631
        assert file.transform == rasterio.Affine(10, 0, 500_640, 0, -10, 4_599_360)
        assert file.colormap(1)[1] == (0xE6, 0x9F, 0, 255)
        assert file.tags(1)["CLASS_1"] == "Seep class 1"
        assert file.nodata == 255


def test_pngs_hold_class_ids(workspace: Workspace, placed: list[int], tmp_path: Path) -> None:
    from PIL import Image

    export(workspace, tmp_path / "out", "png", actor=ADA)
    with Image.open(tmp_path / "out" / "s.000.png") as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.asarray(picture), part(0))
    assert cv2.imread(str(tmp_path / "out" / "s.000.png")).shape == (SIDE_PX, SIDE_PX, 3)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools
def test_coco_reads_back_the_same(
    workspace: Workspace, placed: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(workspace, tmp_path / "out", "coco", actor=ADA)
    read = COCO(tmp_path / "out" / "annotations.json")
    assert [one["name"] for one in read.loadCats([1, 255])] == ["Seep class 1", "Unsure"]
    for image in read.loadImgs(read.getImgIds()):
        found = np.zeros((image["height"], image["width"]), np.uint8)
        for one in read.loadAnns(read.getAnnIds(image["id"])):
            found[read.annToMask(one) > 0] = one["category_id"]
            assert one["area"] == read.annToMask(one).sum()
        np.testing.assert_array_equal(found, part(int(image["file_name"].split(".")[1])))


def test_yolo_counts_classes_from_0(workspace: Workspace, placed: list[int], tmp_path: Path) -> None:
    report = export(workspace, tmp_path / "out", "yolo", actor=ADA)
    lines = (tmp_path / "out" / "labels" / "s.000.txt").read_text().splitlines()
    corners = np.array([float(one) for one in lines[0].split()[1:]]).reshape(-1, 2) * SIDE_PX
    assert lines[0].split()[0] == "2"
    inset = [(5.25, 5.25), (5.25, 8.75), (24.75, 5.25), (24.75, 8.75)]
    assert sorted(map(tuple, corners.round(4).tolist())) == inset
    assert '  0: "Seep class 1"' in (tmp_path / "out" / "data.yaml").read_text()
    assert report.notes == (HOLES_NOTE,)


@pytest.mark.parametrize("name", OUTLINES)
def test_a_slick_over_four_tiles_is_one(
    workspace: Workspace, placed: list[int], tmp_path: Path, name: str
) -> None:
    report = export(workspace, tmp_path / "out", name, actor=ADA)
    assert (report.written, report.what) == (2, "slick")
    layer = {"layer": "slicks"} if name == "geopackage" else {}
    read = geopandas.read_file(tmp_path / "out" / OUTLINES[name], **layer)
    assert read.crs.to_epsg() == 4326
    assert list(read["area_px"]) == [90 * 8 - 8, 80]
    in_meters = read.to_crs(UTM[0])
    np.testing.assert_allclose(in_meters.area, read["area_px"] * 100, rtol=1e-3)
    np.testing.assert_allclose(read["area_km2"], read["area_px"] * 1e-4, rtol=0.01)
    np.testing.assert_allclose(read["length_km"], [0.9, 0.2], rtol=0.05)
    np.testing.assert_allclose(read["width_m"], [80, 40], rtol=0.15)
    assert [len(part.interiors) for part in shapely.get_parts(in_meters.geometry.iloc[0])] == [1]
    west, _, _, north = in_meters.total_bounds
    np.testing.assert_allclose([west, north], [500_050, 4_599_950], atol=0.2)
    assert read["class_name"][0] == "Seep class 1"
    assert read["author"][0] == "import"


def test_contrast_tells_how_much_darker(workspace: Workspace, placed: list[int], tmp_path: Path) -> None:
    export(workspace, tmp_path / "out", "csv", actor=ADA)
    with (tmp_path / "out" / "slicks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == ["1", "2"]
    assert all(float(row["contrast_db"]) == pytest.approx(-9.54, abs=0.5) for row in rows)
    assert rows[0]["probability"] == ""


def test_probability_and_checkpoint_come_from_the_prediction(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    predict_tiles(workspace, placed, 1, quiet, never)
    export(workspace, tmp_path / "out", "geojson", actor=ADA)
    first = json.loads((tmp_path / "out" / "slicks.geojson").read_text())["features"][0]["properties"]
    assert 0 < first["probability"] < 1
    assert first["checkpoint"] == "tiny"
    assert first["state"] == "accepted"


def test_center_lines_run_along_the_slicks(workspace: Workspace, placed: list[int], tmp_path: Path) -> None:
    export(workspace, tmp_path / "out", "geopackage", actor=ADA)
    lines = geopandas.read_file(tmp_path / "out" / "slicks.gpkg", layer="center_lines").to_crs(UTM[0])
    slicks = geopandas.read_file(tmp_path / "out" / "slicks.gpkg", layer="slicks").to_crs(UTM[0])
    assert list(lines["number"]) == [1, 2]
    assert (lines.length > slicks["length_km"] * 800).all()
    assert slicks.buffer(12).contains(lines.geometry).all()


def test_without_georeference_coordinates_are_pixels_and_that_is_said(
    workspace: Workspace, tmp_path: Path
) -> None:
    fill_scene(workspace, tmp_path / "scene", "s", place=None)
    report = export(workspace, tmp_path / "out", "geojson", actor=ADA)
    assert "without georeference" in report.notes[0]
    content = json.loads((tmp_path / "out" / "slicks_pixels.geojson").read_text())
    assert "pixels" in content["note"]
    assert content["features"][0]["properties"]["area_km2"] is None
    assert content["features"][1]["geometry"]["coordinates"][0][0] in [[5, 5], [5, 9], [25, 5], [25, 9]]
    export(workspace, tmp_path / "out", "geopackage", actor=ADA)
    read = geopandas.read_file(tmp_path / "out" / "slicks.gpkg", layer="slicks_pixels")
    assert read.crs is None or not read.crs.is_geographic
    np.testing.assert_allclose(read.area, read["area_px"])
    export(workspace, tmp_path / "out", "shapefile", actor=ADA)
    read = geopandas.read_file(tmp_path / "out" / "slicks_pixels.shp")
    np.testing.assert_allclose(read.area, read["area_px"])


def test_tiles_without_a_grid_are_measured_one_by_one(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    report = export(workspace, tmp_path / "out", "csv", UNREVIEWED, actor=ADA)
    assert report.written == 12
    with (tmp_path / "out" / "slicks.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["area_px"] for row in csv.DictReader(file)} == {"160"}


def test_simplified_outlines_have_fewer_corners_and_the_same_measures(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    mask = scene_mask()[:SIDE_PX, :SIDE_PX].copy()
    cv2.line(mask, (2, 30), (50, 50), 2, 5)
    from seep.workflow.review import revisions
    from seep.workflow.review.tile_document import tile_document

    head = tile_document(workspace, placed[0], ADA)["head"]["id"]
    revisions.save_mask(
        workspace, placed[0], mask, "accept", actor=ADA, base_revision_id=head, request_id="slant-request"
    )
    read = {}
    for simplify_px in (0.0, 1.0):
        export(
            workspace, tmp_path / "out", "geojson", options=ExportOptions(simplify_px=simplify_px), actor=ADA
        )
        read[simplify_px] = geopandas.read_file(tmp_path / "out" / "slicks.geojson").set_index("class_id")
    corners = [len(one.geometry[2].exterior.coords) for one in read.values()]
    assert corners[1] < corners[0] / 2
    assert read[0.0]["area_km2"][2] == read[1.0]["area_km2"][2]


def test_a_training_set_holds_the_files_that_were_imported(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    assert export(workspace, tmp_path / "out", "training-set", actor=ADA).written == 4
    images, masks = tmp_path / "out" / "images", tmp_path / "out" / "masks"
    for path in (tmp_path / "scene" / "images").iterdir():
        assert (images / path.name).read_bytes() == path.read_bytes()
        np.testing.assert_array_equal(
            read_mask(masks / path.name), read_mask(tmp_path / "scene" / "masks" / path.name)
        )
    assert json.loads((tmp_path / "out" / "classes.json").read_text())[1]["name"] == "Seep class 1"


def test_a_zip_holds_the_export_and_goes_after_a_day(workspace: Workspace, placed: list[int]) -> None:
    report, path = export_zip(workspace, "shapefile", actor=ADA)
    assert (report.written, path.parent) == (2, workspace.store.root / "exports")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {"slicks.shp", "slicks.dbf", "slicks.prj", "center_lines.shp"} <= set(archive.namelist())
    assert list(path.parent.iterdir()) == [path]
    os.utime(path, (time.time() - 90_000,) * 2)
    _, newer = export_zip(workspace, "csv", actor=ADA)
    assert list(path.parent.iterdir()) == [newer]


CHILD = """
import os, resource, signal, sys
from pathlib import Path
from seep.errors import StorageError
from seep.settings import read_settings
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.exports.formats import FORMATS
from seep.workflow.workspace import open_workspace
from tests.actors import ADA

root, out = Path(sys.argv[1]), Path(sys.argv[2])
workspace = open_workspace(read_settings({**os.environ, "SEEP_WORKSPACE": str(root), "SEEP_USER": "ada"}))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
for name in FORMATS:
    try:
        export(workspace, out / name, name, TileSelection(states=None), actor=ADA)
        print(name, "written")
    except StorageError as error:
        print(name, "refused", error)
"""


def on_small_disk(workspace: Workspace, out: Path, limit_bytes: int) -> dict[str, str]:
    """Export everything where no file may grow beyond a limit; return how each format ended."""
    asked = [sys.executable, "-c", CHILD, str(workspace.store.root), str(out), str(limit_bytes)]
    done = subprocess.run(
        asked,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=environment(workspace.store.root),
    )
    return {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()}


def test_no_format_leaves_half_a_file_on_a_disk_that_takes_no_more(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "csv").mkdir(parents=True)
    (out / "csv" / "slicks.txt").write_text("older")
    assert on_small_disk(workspace, out, 64) == dict.fromkeys(FORMATS, "refused")
    assert [path for path in out.rglob("*") if path.is_file()] == [out / "csv" / "slicks.txt"]
    # GDAL says nothing of what it could not write to a table or when it closed an image.
    found = on_small_disk(workspace, out, 2000)
    large = {
        "geotiff",
        "cog",
        "coco",
        "geojson",
        "label-studio",
        "geopackage",
        "shapefile",
        "kml",
        "report",
        "coco-dataset",
        "yolo-dataset",
        "training-set",
    }
    assert {name for name, end in found.items() if end == "refused"} == large
    assert not list(out.rglob("*.shp"))


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_to_export_is_said(
    workspace: Workspace, bare_tiles: list[int], tmp_path: Path, format_name: str
) -> None:
    with pytest.raises(SettingsError, match=r"No tile matches the selection\. Select other states"):
        export(workspace, tmp_path / "out", format_name, actor=ADA)
    with pytest.raises(
        SettingsError, match=rf"None of the {len(bare_tiles)} selected tiles has a mask to export\."
    ):
        export(workspace, tmp_path / "out", format_name, TileSelection(states=None), actor=ADA)
    with pytest.raises(SettingsError, match="No tile matches the selection"):
        export_zip(workspace, format_name, actor=ADA)
    assert not (tmp_path / "out").exists()
    assert not (workspace.store.root / "exports").exists()


def test_a_folder_that_is_not_permitted_is_refused_before_the_tiles(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="belongs to the workspace"):
        export(workspace, workspace.store.root / "new", "csv", actor=ADA)
    assert not (workspace.store.root / "new").exists()
