"""Layouts of data sets, and names of masks that differ from those of their images."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions, check_options
from seep.errors import ImageError, ImportRefusedError, SettingsError
from seep.io.annotations.shapes import rasterize_shapes
from seep.io.dataset_layout import dataset_parts
from seep.io.folder_reader import has_masks, read_candidate, scan_folder

OPTIONS = ImportOptions()


def fill(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in {".tif", ".png"}:
            tifffile.imwrite(path, np.ones((8, 8), np.uint8))
        else:
            path.write_text("")


LAYOUTS: dict[str, tuple[list[str], dict[str, str | None]]] = {
    "images and masks": (["images/a.tif", "masks/a.tif"], {"images": "masks"}),
    "ultralytics": (
        ["images/train/a.tif", "images/val/b.tif", "labels/train/a.txt", "labels/val/b.txt"],
        {"images/train": "labels/train", "images/val": "labels/val"},
    ),
    "roboflow": (
        ["train/images/a.tif", "train/labels/a.txt", "valid/images/b.tif", "valid/labels/b.txt"],
        {"train/images": "train/labels", "valid/images": "valid/labels"},
    ),
    "voc": (
        ["JPEGImages/a.tif", "SegmentationClass/a.tif", "ImageSets/x.txt"],
        {"JPEGImages": "SegmentationClass"},
    ),
    "camvid": (
        ["train/a.tif", "train_labels/a_L.tif", "val/b.tif", "val_labels/b_L.tif"],
        {"train": "train_labels", "val": "val_labels"},
    ),
    "mmsegmentation": (
        [
            "img_dir/train/a.tif",
            "ann_dir/train/a_labelTrainIds.png",
            "img_dir/val/a.tif",
            "ann_dir/val/a.png",
        ],
        {"img_dir/train": "ann_dir/train", "img_dir/val": "ann_dir/val"},
    ),
    "segnet": (["test/a.tif", "testannot/a.tif"], {"test": "testannot"}),
    "images only": (["images/a.tif"], {"images": None}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_recognized(tmp_path: Path, layout: str) -> None:
    names, expected = LAYOUTS[layout]
    fill(tmp_path, *names)
    parts = [(tmp_path / one, tmp_path / mask if mask else None) for one, mask in expected.items()]
    assert [(one.images, one.masks) for one in dataset_parts(tmp_path)] == parts
    assert has_masks(tmp_path) == (layout != "images only")
    scan = scan_folder(tmp_path, None, OPTIONS)
    assert len(scan.candidates) == len(parts)
    assert all(one.mask_path or one.shapes for one in scan.candidates) == (layout != "images only")


def test_coco_splits_share_their_annotations(tmp_path: Path) -> None:
    fill(tmp_path, "train2017/a.tif", "val2017/b.tif")
    (tmp_path / "annotations").mkdir()
    for split, name in (("train", "a"), ("val", "b")):
        content = {
            "images": [{"id": 1, "file_name": f"{name}.tif", "width": 8, "height": 8}],
            "categories": [{"id": 1, "name": "Oil"}],
            "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}],
        }
        (tmp_path / "annotations" / f"instances_{split}2017.json").write_text(json.dumps(content))
    scan = scan_folder(tmp_path, None, OPTIONS)
    assert [(one.path.stem, len(one.shapes.shapes)) for one in scan.candidates if one.shapes] == [
        ("a", 1),
        ("b", 1),
    ]
    (family,) = scan.families
    assert (family.format, family.files, family.images, family.shapes) == ("COCO", 2, 2, {"Oil": 2})


def coco_of(name: str, left: int = 0) -> str:
    ring = [left, 0, left + 4, 0, left + 4, 4]
    content = {
        "images": [{"id": 1, "file_name": name, "width": 8, "height": 8}],
        "categories": [{"id": 1, "name": "Oil"}],
        "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [ring]}],
    }
    return json.dumps(content)


CVAT = (
    '<annotations><image id="0" name="a.tif" width="8" height="8"><polygon label="Oil" points="0,0;4,0;4,4"/>'
    "</image></annotations>"
)
RUNS = "ImageId_ClassId,EncodedPixels\na.tif_1,1 4\na.tif_2,\n"
BESIDE = {
    "cvat": ("images/a.tif", "annotations.xml", CVAT),
    "label studio": ("images/a.tif", "result.json", coco_of("images/a.tif")),
    "coco": ("images/a.tif", "instances_default.json", coco_of("a.tif")),
    "kaggle": ("train_images/a.tif", "train.csv", RUNS),
    "one folder": ("a.tif", "_annotations.coco.json", coco_of("a.tif")),
}


@pytest.mark.parametrize("layout", BESIDE)
def test_a_file_of_annotations_beside_the_images_is_read(tmp_path: Path, layout: str) -> None:
    image, name, content = BESIDE[layout]
    fill(tmp_path, image)
    (tmp_path / name).write_text(content)
    (tmp_path / "sample_submission.csv").write_text(RUNS)
    if layout == "one folder":
        (tmp_path / "sample_submission.csv").unlink()
    assert has_masks(tmp_path)
    (found,) = scan_folder(tmp_path, None, OPTIONS).candidates
    assert found.path == tmp_path / image
    assert found.shapes is not None
    assert len(found.shapes.shapes) == 1


def test_images_of_one_name_in_splits_keep_the_annotations_of_their_split(tmp_path: Path) -> None:
    for split, left in (("train", 0), ("valid", 4)):
        fill(tmp_path, f"{split}/a.tif")
        (tmp_path / split / "_annotations.coco.json").write_text(coco_of("a.tif", left))
    scan = scan_folder(tmp_path, None, OPTIONS)
    masks = [
        rasterize_shapes(one.shapes, (8, 8), ("No seep", "Oil"), None)
        for one in scan.candidates
        if one.shapes
    ]
    assert [bool(mask[:, :4].any()) for mask in masks] == [True, False]
    assert [bool(mask[:, 4:].any()) for mask in masks] == [False, True]


def test_two_files_of_annotations_beside_the_images_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "images/a.tif")
    for name in ("instances_train.json", "instances_val.json"):
        (tmp_path / name).write_text(coco_of("a.tif"))
    with pytest.raises(ImportRefusedError, match=r"contains instances_train\.json and instances_val\.json"):
        scan_folder(tmp_path, None, OPTIONS)


def test_a_backup_of_a_cvat_task_is_named(tmp_path: Path) -> None:
    fill(tmp_path, "data/a.tif")
    (tmp_path / "annotations.json").write_text(
        json.dumps([{"version": 0, "tags": [], "shapes": [], "tracks": []}])
    )
    with pytest.raises(ImportRefusedError, match="CVAT task backup, which Seep does not read"):
        scan_folder(tmp_path / "data", tmp_path / "annotations.json", OPTIONS)


def test_a_text_file_among_images_tells_how_annotations_are_read(tmp_path: Path) -> None:
    fill(tmp_path, "a.tif")
    (tmp_path / "a.json").write_text("{}")
    text, _ = scan_folder(tmp_path, None, OPTIONS).candidates
    with pytest.raises(ImageError, match="choose its folder as the folder of masks"):
        read_candidate(text, OPTIONS)


def test_masks_and_labels_side_by_side_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "images/a.tif", "masks/a.tif", "labels/a.txt")
    with pytest.raises(ImportRefusedError, match="contains masks and labels"):
        scan_folder(tmp_path, None, OPTIONS)
    assert scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS).mask_images == 1


NAMES = {
    "a": ["a_mask", "a-mask", "a_gt", "a_L", "a_label", "a_labelIds", "a_seg", "a_segmentation", "a_masks"],
    "aachen_19_leftImg8bit": ["aachen_19_gtFine_labelIds"],
    "104_sat": ["104_mask"],
}


@pytest.mark.parametrize(
    ("image", "mask"), [(image, mask) for image, masks in NAMES.items() for mask in masks]
)
def test_suffixes_of_masks_are_recognized(tmp_path: Path, image: str, mask: str) -> None:
    fill(tmp_path, f"images/{image}.tif", f"masks/{mask}.png", "masks/a_color.png")
    (candidate,) = scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS).candidates
    assert candidate.mask_path == tmp_path / "masks" / f"{mask}.png"


def test_a_mask_with_the_same_name_needs_no_pattern(tmp_path: Path) -> None:
    fill(tmp_path, "images/a_L.tif", "images/a.tif", "masks/a_L.tif")
    first, second = scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS).candidates
    assert (first.mask_path, second.mask_path) == (None, tmp_path / "masks" / "a_L.tif")


def test_a_pattern_can_be_set(tmp_path: Path) -> None:
    fill(tmp_path, "images/a.tif", "masks/GT_a.tif", "masks/a_mask.tif")
    options = ImportOptions(mask_pattern=r"GT_(?P<image>.+)")
    (candidate,) = scan_folder(tmp_path / "images", tmp_path / "masks", options).candidates
    assert candidate.mask_path == tmp_path / "masks" / "GT_a.tif"
    for pattern in ("(", "mask_(.+)"):
        with pytest.raises(SettingsError, match="mask name pattern"):
            check_options(ImportOptions(mask_pattern=pattern))


def test_two_suffixes_of_one_image_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "images/a.tif", "masks/a_gt.tif", "masks/a_mask.tif")
    with pytest.raises(ImportRefusedError, match=r"a_gt\.tif and a_mask\.tif .* same image"):
        scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS)


def test_masks_may_lie_among_their_images(tmp_path: Path) -> None:
    fill(tmp_path, "set/a.tif", "set/a_mask.png", "set/b.tif")
    scan = scan_folder(tmp_path / "set", tmp_path / "set", OPTIONS)
    assert [(one.path.name, one.mask_path) for one in scan.candidates] == [
        ("a.tif", tmp_path / "set" / "a_mask.png"),
        ("b.tif", None),
    ]


def test_brush_masks_of_label_studio_are_named(tmp_path: Path) -> None:
    fill(tmp_path, "images/a.tif", "masks/task-7-annotation-3-by-1-tag-Oil-0.png")
    with pytest.raises(ImportRefusedError, match=r"brush masks of Label Studio.*Export JSON"):
        scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS)
