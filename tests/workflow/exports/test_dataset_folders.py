"""Data sets in the folders that training programs load, read by independent programs."""

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import supervision
import yaml
from pycocotools.coco import COCO

from seep.store import tile_queries
from seep.workflow.exports.exporter import ExportReport, TileSelection, export
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.tile_data import read_pixels, revision_mask
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import fill
from tests.workflow.results import scene_mask, write_scene

ALL = TileSelection(states=None)
SPLITS = {"train": "train", "validation": "val", "test": "test"}


@pytest.fixture
def truth(workspace: Workspace, tmp_path: Path) -> dict[tuple[str, str], np.ndarray]:
    """Three scenes of four tiles, one per split; the masks by folder and image name."""
    for split in SPLITS:
        images, masks = write_scene(tmp_path / split, split)
        fill(workspace, images, masks, reviewed=True, columns=2)
    for scene in list_scenes(workspace):
        set_split(workspace, scene.id, scene.name, ADA)
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
    return {
        (SPLITS[tile.split], f"{tile.name}.png"): revision_mask(workspace, tile.head_revision_id or 0)
        for tile in tiles
    }


def written(workspace: Workspace, out: Path, name: str) -> ExportReport:
    return export(workspace, out, name, ALL, actor=ADA)


def loaded_coco(path: Path) -> COCO:
    with contextlib.redirect_stdout(None):
        return COCO(str(path))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools
def test_pycocotools_and_supervision_read_the_coco_folders(
    workspace: Workspace, truth: dict[tuple[str, str], np.ndarray], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert written(workspace, out, "coco-dataset").written == len(truth) == 12
    for split in SPLITS.values():
        path = out / "annotations" / f"instances_{split}.json"
        expected = {name: mask for (folder, name), mask in truth.items() if folder == split}
        dataset = loaded_coco(path)
        assert {one["file_name"] for one in dataset.dataset["images"]} == expected.keys()
        for image in dataset.dataset["images"]:
            found = np.zeros((image["height"], image["width"]), np.uint8)
            for one in dataset.loadAnns(dataset.getAnnIds(imgIds=image["id"])):
                found[dataset.annToMask(one) > 0] = one["category_id"]
            np.testing.assert_array_equal(found, expected[image["file_name"]])
        read = supervision.DetectionDataset.from_coco(str(out / "images" / split), str(path))
        for name, picture, detections in read:
            mask = expected[Path(name).name]
            assert picture.shape == (*mask.shape, 3)
            areas = {
                read.classes[one]: int(detections.mask[detections.class_id == one].sum())
                for one in set(detections.class_id)
            }
            assert sum(areas.values()) == (mask > 0).sum()


def test_supervision_reads_the_yolo_folders(
    workspace: Workspace, truth: dict[tuple[str, str], np.ndarray], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert written(workspace, out, "yolo-dataset").written == 12
    description = yaml.safe_load((out / "data.yaml").read_text())
    assert "path" not in description
    for split in SPLITS.values():
        assert description[split] == f"images/{split}"
        read = supervision.DetectionDataset.from_yolo(
            str(out / description[split]), str(out / "labels" / split), str(out / "data.yaml")
        )
        assert len(read) == 4
        for name, _, detections in read:
            mask = truth[split, Path(name).name]
            assert {one + 1 for one in detections.class_id} == set(np.unique(mask)) - {0, 255}
            if len(detections):
                found = np.asarray(detections.mask).any(axis=0)
                seep = (mask > 0) & (mask < 255)
                assert (found & seep).sum() == seep.sum()


def test_pictures_are_stretched_to_the_display_limits_and_the_report_says_so(
    workspace: Workspace, truth: dict[tuple[str, str], np.ndarray], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = written(workspace, out, "yolo-dataset")
    assert any(note.startswith("12 images stretched to 8 bits") for note in report.notes)
    with workspace.store.reading() as session:
        tile = tile_queries.list_tiles(session, order="name", limit=None)[-1]
    picture = cv2.imread(str(out / "images" / "val" / f"{tile.name}.png"), cv2.IMREAD_UNCHANGED)
    pixels = read_pixels(workspace, tile).astype(float).ravel()
    assert picture.dtype == np.uint8
    assert np.corrcoef(pixels, picture.ravel())[0, 1] > 0.99


def test_color_images_of_8_bits_keep_their_pixels(workspace: Workspace, tmp_path: Path) -> None:
    mask = scene_mask()
    pixels = np.random.default_rng(1).integers(1, 255, (*mask.shape, 3)).astype(np.uint8)
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.1.png"), pixels)
    cv2.imwrite(str(tmp_path / "masks" / "a.1.png"), np.where(mask == 255, 0, mask))
    fill(workspace, tmp_path / "images", tmp_path / "masks", mask_format="index")
    out = tmp_path / "out"
    report = export(workspace, out, "coco-dataset", ALL, actor=ADA)
    (picture,) = (out / "images").rglob("*.png")
    np.testing.assert_array_equal(cv2.imread(str(picture)), pixels)
    assert not any("stretched" in note for note in report.notes)


def test_a_split_without_tiles_is_named_and_replaced(
    workspace: Workspace, truth: dict[tuple[str, str], np.ndarray], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = export(workspace, out, "yolo-dataset", TileSelection(states=None, split="train"), actor=ADA)
    description = yaml.safe_load((out / "data.yaml").read_text())
    assert (description["train"], description["val"]) == ("images/train", "images/train")
    assert any("no tiles for val" in note for note in report.notes)
    export(workspace, tmp_path / "coco", "coco-dataset", TileSelection(split="train"), actor=ADA)
    names = [path.name for path in (tmp_path / "coco" / "annotations").iterdir()]
    assert names == ["instances_train.json"]
