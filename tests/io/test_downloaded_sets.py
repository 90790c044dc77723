"""Root folders of public data sets, with the layout and the names of their publishers."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.errors import ImportRefusedError
from seep.io.folder_reader import FolderScan, has_masks, read_candidate, scan_folder
from seep.io.masks import decide_masks

OPTIONS = ImportOptions()
SUPERVISELY = {
    "size": {"height": 8, "width": 8},
    "objects": [
        {
            "classTitle": "Oil",
            "geometryType": "polygon",
            "points": {"exterior": [[0, 0], [4, 0], [4, 4]], "interior": []},
        }
    ],
}


def coco(stem: str) -> str:
    image = {"id": 1, "file_name": f"{stem}.tif", "width": 8, "height": 8}
    outline = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}
    return json.dumps({"images": [image], "categories": [{"id": 1, "name": "Oil"}], "annotations": [outline]})


def voc(stem: str) -> str:
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox>"
    return (
        f"<annotation><filename>{stem}.tif</filename><size><width>8</width><height>8</height></size>"
        f"<object><name>Oil</name>{box}</object></annotation>"
    )


def write(root: Path, *names: str) -> None:
    """Write files; `a.json:b` describes the image `b`."""
    for text in names:
        name, _, stem = text.partition(":")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in {".tif", ".png"}:
            tifffile.imwrite(path, np.ones((8, 8), np.uint8))
        elif path.suffix == ".xml":
            path.write_text(voc(path.stem))
        elif name.endswith(".tif.json"):
            path.write_text(json.dumps(SUPERVISELY))
        else:
            path.write_text(coco(stem) if stem else "x")


ANNOTATION = "annotation"
Row = tuple[str, str | None, str]
"""An image, its mask (`ANNOTATION` for shapes, None for none) and its split."""
ROOTS: dict[str, tuple[list[str], list[Row]]] = {
    "CamVid": (
        ["train/a.tif", "train_labels/a_L.tif", "val/b.tif", "val_labels/b_L.tif", "class_dict.csv"],
        [("train/a.tif", "train_labels/a_L.tif", "train"), ("val/b.tif", "val_labels/b_L.tif", "validation")],
    ),
    "CamVid of its authors": (
        ["701_StillsRaw_full/0001TP_006690.tif", "LabeledApproved_full/0001TP_006690_L.tif"],
        [("701_StillsRaw_full/0001TP_006690.tif", "LabeledApproved_full/0001TP_006690_L.tif", "")],
    ),
    "Cityscapes": (
        [
            f"{folder}/{split}/{city}/{city}_000000_000019_{end}"
            for split, city in (("train", "aachen"), ("val", "bonn"))
            for folder, end in (
                ("leftImg8bit", "leftImg8bit.png"),
                *(
                    ("gtFine", f"gtFine_{kind}.png")
                    for kind in ("color", "instanceIds", "labelIds", "labelTrainIds")
                ),
                ("gtFine", "gtFine_polygons.json"),
            )
        ],
        [
            (
                f"leftImg8bit/{split}/{city}/{city}_000000_000019_leftImg8bit.png",
                f"gtFine/{split}/{city}/{city}_000000_000019_gtFine_labelTrainIds.png",
                kept,
            )
            for split, city, kept in (("train", "aachen", "train"), ("val", "bonn", "validation"))
        ],
    ),
    "Pascal VOC 2012": (
        [
            "VOCdevkit/VOC2012/JPEGImages/a.tif",
            "VOCdevkit/VOC2012/JPEGImages/b.tif",
            "VOCdevkit/VOC2012/Annotations/a.xml",
            "VOCdevkit/VOC2012/SegmentationClass/a.png",
            "VOCdevkit/VOC2012/SegmentationObject/a.png",
        ],
        [
            ("VOCdevkit/VOC2012/JPEGImages/a.tif", "VOCdevkit/VOC2012/SegmentationClass/a.png", ""),
            ("VOCdevkit/VOC2012/JPEGImages/b.tif", None, ""),
        ],
    ),
    "COCO 2017": (
        [
            "train2017/a.tif",
            "val2017/b.tif",
            "annotations/instances_train2017.json:a",
            "annotations/instances_val2017.json:b",
            "annotations/captions_val2017.json:b",
            "annotations/person_keypoints_val2017.json:b",
        ],
        [("train2017/a.tif", ANNOTATION, "train"), ("val2017/b.tif", ANNOTATION, "validation")],
    ),
    "nnU-Net": (
        ["dataset.json", "imagesTr/c_001_0000.tif", "imagesTs/c_003_0000.tif", "labelsTr/c_001.tif"],
        [
            ("imagesTr/c_001_0000.tif", "labelsTr/c_001.tif", "train"),
            ("imagesTs/c_003_0000.tif", None, "test"),
        ],
    ),
    "nnU-Net with several channels": (
        [
            "dataset.json",
            *(f"imagesTr/c_{case}_000{channel}.tif" for case in ("001", "002") for channel in (0, 1)),
            "imagesTs/c_003_0000.tif",
            "imagesTs/c_003_0001.tif",
            "labelsTr/c_001.tif",
            "labelsTr/c_002.tif",
        ],
        [
            ("imagesTr/c_001_0000.tif", "labelsTr/c_001.tif", "train"),
            ("imagesTr/c_002_0000.tif", "labelsTr/c_002.tif", "train"),
            ("imagesTs/c_003_0000.tif", None, "test"),
        ],
    ),
    "Roboflow, masks": (
        [
            f"{split}/{stem}.rf.1{end}.png"
            for split, stem in (("train", "a_jpg"), ("valid", "b_jpg"))
            for end in ("", "_mask")
        ]
        + ["train/_classes.csv", "README.roboflow.txt"],
        [
            ("train/a_jpg.rf.1.png", "train/a_jpg.rf.1_mask.png", "train"),
            ("valid/b_jpg.rf.1.png", "valid/b_jpg.rf.1_mask.png", "validation"),
        ],
    ),
    "Roboflow, Pascal VOC": (
        ["README.dataset.txt", "train/a.tif", "train/a.xml", "valid/b.tif", "valid/b.xml"],
        [("train/a.tif", ANNOTATION, "train"), ("valid/b.tif", ANNOTATION, "validation")],
    ),
    "Roboflow, COCO": (
        [
            "train/a.tif",
            "train/_annotations.coco.json:a",
            "test/b.tif",
            "test/_annotations.coco.json:b",
        ],
        [("test/b.tif", ANNOTATION, "test"), ("train/a.tif", ANNOTATION, "train")],
    ),
    "Supervisely": (
        ["meta.json", "ds0/img/a.tif", "ds0/ann/a.tif.json", "ds1/img/b.tif", "ds1/ann/b.tif.json"],
        [("ds0/img/a.tif", ANNOTATION, ""), ("ds1/img/b.tif", ANNOTATION, "")],
    ),
    "MVTec AD": (
        [
            "bottle/train/good/000.png",
            "bottle/test/good/000.png",
            "bottle/test/broken/000.png",
            "bottle/ground_truth/broken/000_mask.png",
            "license.txt",
        ],
        [
            ("bottle/test/broken/000.png", "bottle/ground_truth/broken/000_mask.png", "test"),
            ("bottle/test/good/000.png", None, "test"),
            ("bottle/train/good/000.png", None, "train"),
        ],
    ),
    "Carvana": (
        ["train/a_01.tif", "train_masks/a_01_mask.tif", "test/c_01.tif"],
        [("test/c_01.tif", None, "test"), ("train/a_01.tif", "train_masks/a_01_mask.tif", "train")],
    ),
    "DeepGlobe": (
        ["train/104_sat.tif", "train/104_mask.png", "valid/105_sat.tif", "class_dict.csv"],
        [("train/104_sat.tif", "train/104_mask.png", "train"), ("valid/105_sat.tif", None, "validation")],
    ),
    "SOS": (
        [
            f"{split}/{sensor}/{folder}/1_{end}.png"
            for split in ("train", "test")
            for sensor in ("palsar", "sentinel")
            for folder, end in (("sat", "sat"), ("gt", "mask"))
        ],
        [
            (f"{split}/{sensor}/sat/1_sat.png", f"{split}/{sensor}/gt/1_mask.png", split)
            for split in ("test", "train")
            for sensor in ("palsar", "sentinel")
        ],
    ),
    "images and masks in one folder": (
        ["119_sat.png", "119_mask.png", "120_sat.png", "120_mask.png"],
        [("119_sat.png", "119_mask.png", ""), ("120_sat.png", "120_mask.png", "")],
    ),
    "M4D": (
        ["train/images/1.tif", "train/labels/1.png", "train/labels_1D/1.png"],
        [("train/images/1.tif", "train/labels/1.png", "")],
    ),
    "Sen1Floods11": (
        [
            "v1.1/HandLabeled/S1Hand/Bolivia_1_S1Hand.tif",
            "v1.1/HandLabeled/LabelHand/Bolivia_1_LabelHand.tif",
        ],
        [
            (
                "v1.1/HandLabeled/S1Hand/Bolivia_1_S1Hand.tif",
                "v1.1/HandLabeled/LabelHand/Bolivia_1_LabelHand.tif",
                "",
            )
        ],
    ),
    "OilSpillNet": (
        ["images/image_1.tif", "images/image_2.tif", "masks/mask_1.png", "masks/mask_2.png"],
        [("images/image_1.tif", "masks/mask_1.png", ""), ("images/image_2.tif", "masks/mask_2.png", "")],
    ),
    "names that differ in case": (
        ["images/Scene_A.tif", "masks/scene_a.png"],
        [("images/Scene_A.tif", "masks/scene_a.png", "")],
    ),
    "names that differ in Unicode form": (
        ["images/M\u00e9l.tif", "masks/Me\u0301l.png"],
        [("images/M\u00e9l.tif", "masks/Me\u0301l.png", "")],
    ),
}


def rows(scan: FolderScan, root: Path) -> list[Row]:
    return [
        (
            one.path.relative_to(root).as_posix(),
            one.mask_path.relative_to(root).as_posix()
            if one.mask_path
            else (ANNOTATION if one.shapes or one.notes else None),
            one.split,
        )
        for one in scan.candidates
    ]


@pytest.mark.parametrize("name", ROOTS)
def test_a_set_is_read_as_it_is_downloaded(tmp_path: Path, name: str) -> None:
    names, expected = ROOTS[name]
    write(tmp_path, *names)
    scan = scan_folder(tmp_path, None, OPTIONS)
    assert rows(scan, tmp_path) == expected
    assert [one.problem for one in scan.candidates] == [""] * len(expected)
    assert has_masks(tmp_path)


def test_left_out_annotations_of_a_set_are_named(tmp_path: Path) -> None:
    write(tmp_path, *ROOTS["COCO 2017"][0])
    notes = scan_folder(tmp_path, None, OPTIONS).notes
    assert notes[0].startswith("captions_val2017.json and 1 other file in annotations: left out")


REFUSED = {
    "a mask for each object": (
        ["stage1_train/aa/images/aa.png", "stage1_train/aa/masks/m1.png", "stage1_train/aa/masks/m2.png"],
        "like Data Science Bowl 2018: aa has a mask for each object.*Merge the masks",
    ),
    "no known layout": (
        ["radar/a.tif", "drawn/a.tif"],
        "has no images, but the folders drawn, radar, in no layout that Seep recognizes. Choose the folder of images",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_set_that_cannot_be_read_is_named_with_the_way_out(tmp_path: Path, name: str) -> None:
    names, message = REFUSED[name]
    write(tmp_path, *names)
    with pytest.raises(ImportRefusedError, match=message):
        scan_folder(tmp_path, None, OPTIONS)


def test_names_without_case_count_only_where_they_are_unique(tmp_path: Path) -> None:
    write(tmp_path, "images/A.tif", "images/a.tif", "images/b.tif", "masks/a.png", "masks/B.png")
    found = rows(scan_folder(tmp_path / "images", tmp_path / "masks", OPTIONS), tmp_path)
    assert [mask for _, mask, _ in found] == [None, "masks/a.png", "masks/B.png"]


@pytest.mark.parametrize("water", [0, 1])
def test_minus_one_is_unsure_with_and_without_other_classes(tmp_path: Path, water: int) -> None:
    write(tmp_path, "S1Hand/a_S1Hand.tif", "LabelHand/a_LabelHand.tif")
    labels = np.zeros((8, 8), np.int16)
    labels[0], labels[1] = -1, water
    tifffile.imwrite(tmp_path / "LabelHand" / "a_LabelHand.tif", labels)
    (candidate,) = scan_folder(tmp_path, None, OPTIONS).candidates
    assert candidate.mask_path is not None
    decided = decide_masks([candidate.mask_path], OPTIONS).options
    tile = read_candidate(candidate, decided)
    assert tile.mask is not None
    assert (tile.mask[0] == 255).all()
    assert (tile.mask[1] == water).all()
    assert "a_LabelHand.tif: pixels of \N{MINUS SIGN}1 are unsure." in tile.notes
