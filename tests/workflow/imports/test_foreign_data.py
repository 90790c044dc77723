"""Imports of other kinds of data: colors, annotations, bands, zips, products, large images, masks that come
later."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.masks.classes import SeepClass
from seep.core.masks.palette import M4D, color_table
from seep.core.records import TileRecord
from seep.errors import ImportRefusedError
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.exports.exporter import export
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import Workspace
from seep_testing.image_files import NAME, write_geotiff, write_safe
from tests.actors import ADA
from tests.workflow.making import write_tiles


def bring(workspace: Workspace, images: Path, masks: Path | None = None, **options: object) -> ImportReport:
    return import_folder(workspace, images, masks, ImportOptions(**options), ADA)  # type: ignore[arg-type]


def tiles_of(workspace: Workspace) -> dict[str, TileRecord]:
    with workspace.store.reading() as session:
        return {tile.name: tile for tile in tile_queries.list_tiles(session, limit=None)}


def shown(workspace: Workspace, tile: TileRecord) -> np.ndarray:
    assert tile.head_revision_id is not None
    return tile_data.revision_mask(workspace, tile.head_revision_id)


@pytest.fixture
def streets(tmp_path: Path) -> tuple[Path, Path, np.ndarray, np.ndarray]:
    """A set of street scenes: RGB pictures of 48 x 36 pixels in 12 classes."""
    random = np.random.default_rng(0)
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    picture = random.integers(1, 255, (36, 48, 3), np.uint8)
    mask = np.sort(random.integers(0, 12, (36, 48), np.uint8), axis=1)
    mask[0, 0] = 11
    for number in range(3):
        cv2.imwrite(str(images / f"street.{number}.png"), picture[:, :, ::-1])
        cv2.imwrite(str(masks / f"street.{number}.png"), mask)
    return images, masks, picture, mask


def test_colored_pictures_in_twelve_classes_come_in(
    workspace: Workspace, streets: tuple[Path, Path, np.ndarray, np.ndarray]
) -> None:
    images, masks, picture, mask = streets
    report = bring(workspace, images, masks)
    assert {one.path.name for one in report.refused} == {f"street.{n}.png" for n in range(3)}
    assert "class ids out of range: 8, 9, 10, 11" in report.refused[0].reason
    assert bring(workspace, images, masks, fit_classes=True).imported == 3
    assert len(get_classes(workspace)) == 12
    tile = tiles_of(workspace)["street.1"]
    np.testing.assert_array_equal(read_pixels(workspace, tile), picture)
    np.testing.assert_array_equal(shown(workspace, tile), mask)
    assert list_scenes(workspace)[0].band_names == ["red", "green", "blue"]


def test_classes_of_a_workspace_with_tiles_stay(
    workspace: Workspace, tmp_path: Path, streets: tuple[Path, Path, np.ndarray, np.ndarray]
) -> None:
    bring(workspace, *write_tiles(tmp_path / "sar"))
    report = bring(workspace, *streets[:2], fit_classes=True)
    assert len(report.refused) == 3
    assert len(get_classes(workspace)) == 8


def test_masks_in_the_colors_of_the_classes_come_in_and_snapped_pixels_are_told(
    workspace: Workspace, tmp_path: Path
) -> None:
    set_classes(workspace, M4D, ADA)
    images, masks = write_tiles(tmp_path, scenes=("a",), each=2)
    colors = {class_id: color for color, class_id in color_table(M4D).items()}
    for path in list(masks.iterdir()):
        mask = tifffile.imread(path)
        table = np.array([[int(colors[n][at : at + 2], 16) for at in (5, 3, 1)] for n in range(5)], np.uint8)
        picture = table[mask]
        picture[0, :3] = (5, 5, 5)
        cv2.imwrite(str(path.with_suffix(".png")), picture)
        path.rename(tmp_path / path.name)
    report = bring(workspace, images, masks)
    assert (report.imported, report.refused) == (2, [])
    assert report.notes[0] == (
        "a.000000.png: 3 pixels with other colors got the class of the nearest color (3 of class 0)."
    )
    for name, tile in tiles_of(workspace).items():
        np.testing.assert_array_equal(shown(workspace, tile), tifffile.imread(tmp_path / f"{name}.tif"))


def test_annotations_become_masks(workspace: Workspace, tmp_path: Path) -> None:
    images, masks = write_tiles(tmp_path, scenes=("a",), each=2)
    shutil.rmtree(masks)
    content = {
        "images": [{"id": 1, "file_name": "a.000001.tif", "width": 64, "height": 64}],
        "categories": [{"id": 5, "name": "Seep class 2"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 5, "segmentation": [[4, 4, 20, 4, 20, 9, 4, 9]]}
        ],
    }
    (tmp_path / "coco.json").write_text(json.dumps(content))
    report = bring(workspace, images, tmp_path / "coco.json")
    assert (report.imported, report.without_mask) == (2, ["a.000000"])
    expected = np.zeros((64, 64), np.uint8)
    expected[4:9, 4:20] = 2
    np.testing.assert_array_equal(shown(workspace, tiles_of(workspace)["a.000001"]), expected)
    (tmp_path / "coco.json").write_text("{}")
    with pytest.raises(ImportRefusedError, match=r"coco\.json is not GeoJSON, COCO"):
        bring(workspace, images, tmp_path / "coco.json")


def test_masks_that_come_later_reach_tiles_without_one(workspace: Workspace, tmp_path: Path) -> None:
    images, masks = write_tiles(tmp_path, scenes=("a",), each=2)
    bring(workspace, images)
    report = bring(workspace, images, masks, reviewed=True)
    assert (report.imported, report.skipped, report.masks) == (0, 0, 2)
    first = tiles_of(workspace)["a.000000"]
    assert first.state == "accepted"
    np.testing.assert_array_equal(shown(workspace, first), tifffile.imread(masks / "a.000000.tif"))
    tifffile.imwrite(masks / "a.000000.tif", np.full((64, 64), 3, np.uint8))
    assert bring(workspace, images, masks).masks == 0
    report = bring(workspace, images, masks, masks_again=True)
    assert report.masks == 2
    assert (shown(workspace, tiles_of(workspace)["a.000000"]) == 3).all()
    document = tile_document(workspace, first.id, ADA)
    assert document["head"]["kind"] == "import"


def test_chosen_bands_are_what_a_tile_has(workspace: Workspace, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    image = (np.random.default_rng(0).random((40, 50, 3)) * 200 + 1).astype(np.uint16)
    write_geotiff(images / "a.1.tif", image, names=("VV", "VH", "angle"))
    bring(workspace, images, bands=("vh", "1"), copy=True)
    shutil.rmtree(images)
    tile = tiles_of(workspace)["a.1"]
    assert tile.bands == 2
    np.testing.assert_array_equal(read_pixels(workspace, tile), image[:, :, (1, 0)])
    assert list_scenes(workspace)[0].band_names == ["VH", "VV"]


def test_a_view_among_images_is_none(workspace: Workspace, tmp_path: Path) -> None:
    images, _ = write_tiles(tmp_path, scenes=("a",), each=1)
    (images / "b.1.view").write_text(json.dumps({"path": "/etc/passwd", "bands": [0]}))
    report = bring(workspace, images)
    assert report.imported == 1
    assert ".view files belong to a workspace" in report.refused[0].reason


def test_a_tile_with_a_place_tells_the_size_of_its_pixels(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "placed"
    folder.mkdir()
    write_geotiff(folder / "a.1.tif", np.full((40, 50), 9, np.uint16))
    bring(workspace, folder)
    document = tile_document(workspace, tiles_of(workspace)["a.1"].id, ADA)
    assert document["pixel_m"] == pytest.approx(10, rel=0.01)


def test_a_unit_can_be_set(workspace: Workspace, tmp_path: Path) -> None:
    images, _ = write_tiles(tmp_path, scenes=("a",), each=1)
    bring(workspace, images, unit="linear")
    assert list_scenes(workspace)[0].unit == "linear"


def test_a_large_image_becomes_a_scene_of_windows_with_its_mask(workspace: Workspace, tmp_path: Path) -> None:
    images, masks = write_tiles(tmp_path, scenes=("a",), each=1)
    image = (np.random.default_rng(0).random((150, 200)) * 200 + 1).astype(np.uint16)
    mask = (image > 190).astype(np.uint8)
    write_geotiff(images / "big.tif", image, compress="deflate")
    cv2.imwrite(str(masks / "big.png"), mask)
    report = bring(workspace, images, masks, window_px=64, overlap_px=8, copy=True)
    assert report.refused == []
    assert report.scenes == ["a", "big"]
    shutil.rmtree(images)
    windows = {name: tile for name, tile in tiles_of(workspace).items() if tile.scene == "big"}
    assert len(windows) == report.imported - 1 == 12
    for tile in windows.values():
        part = np.s_[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        np.testing.assert_array_equal(read_pixels(workspace, tile), image[part])
        np.testing.assert_array_equal(shown(workspace, tile), mask[part])


@pytest.mark.parametrize("packed", [False, True])
def test_a_sentinel_1_product_comes_in_as_calibrated_sigma0(
    workspace: Workspace, tmp_path: Path, packed: bool
) -> None:
    source = write_safe(tmp_path / "products")
    if packed:
        shutil.make_archive(str(tmp_path / "product"), "zip", tmp_path / "products")
        source = tmp_path / "product.zip"
    report = bring(workspace, source, copy=True)
    assert (report.refused, report.scenes) == ([], [NAME])
    shutil.rmtree(tmp_path / "products")
    (tile,) = tiles_of(workspace).values()
    image = read_pixels(workspace, tile)
    assert (image.shape, image.dtype) == ((60, 80, 2), np.float32)
    assert image[30, 40, 0] == pytest.approx((130 / (200 + 200 * 30 / 59 + 40)) ** 2, rel=1e-5)
    (scene,) = list_scenes(workspace)
    assert (scene.unit, scene.band_names, scene.nodata) == ("linear", ["VV", "VH"], 0.0)
    assert scene.acquired_at == "2020-01-02T05:30:11+00:00"
    assert bring(workspace, source if packed else write_safe(tmp_path / "products"), copy=True).skipped == 1


def test_a_zip_of_images_comes_in(workspace: Workspace, tmp_path: Path) -> None:
    images, masks = write_tiles(tmp_path / "set", scenes=("a",), each=3)
    shutil.make_archive(str(tmp_path / "images"), "zip", images)
    report = bring(workspace, tmp_path / "images.zip", masks)
    assert (report.imported, report.without_mask) == (3, [])
    assert bring(workspace, tmp_path / "images.zip", masks).skipped == 3


def test_a_folder_without_an_image_is_one_sentence(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("x")
    with pytest.raises(ImportRefusedError, match="No supported images"):
        bring(workspace, tmp_path)


def test_classes_keep_their_names_when_more_are_needed(
    workspace: Workspace, streets: tuple[Path, Path, np.ndarray, np.ndarray]
) -> None:
    named = (SeepClass(0, "Sky", "#000000", "0"), SeepClass(1, "Road", "#112233", "1"))
    set_classes(workspace, named, ADA)
    bring(workspace, *streets[:2], fit_classes=True)
    assert [one.name for one in get_classes(workspace)][:3] == ["Sky", "Road", "Seep class 2"]


def test_an_exported_training_set_holds_the_chosen_bands(workspace: Workspace, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    image = (np.random.default_rng(0).random((40, 50, 2)) * 200 + 1).astype(np.uint16)
    write_geotiff(images / "a.1.tif", image)
    tifffile.imwrite(tmp_path / "a.1.tif", np.ones((40, 50), np.uint8))
    bring(workspace, images, tmp_path / "a.1.tif", bands=("2",), reviewed=True)
    export(workspace, tmp_path / "out", "training-set", actor=ADA)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out" / "images" / "a.1.tif"), image[:, :, 1])


@pytest.mark.parametrize("packed", [False, True])
def test_a_data_set_brings_its_masks(workspace: Workspace, tmp_path: Path, packed: bool) -> None:
    write_tiles(tmp_path / "set", scenes=("a",), each=3)
    source = tmp_path / "set"
    if packed:
        shutil.make_archive(str(tmp_path / "set"), "zip", tmp_path, "set")
        source = tmp_path / "set.zip"
    report = bring(workspace, source)
    assert (report.imported, report.without_mask, report.refused) == (3, [], [])
    for name, tile in tiles_of(workspace).items():
        expected = tifffile.imread(tmp_path / "set" / "masks" / f"{name}.tif")
        np.testing.assert_array_equal(shown(workspace, tile), expected)
