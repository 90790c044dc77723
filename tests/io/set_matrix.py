"""Root folders of public data sets, with the layout and the names of their publishers, and which names belong together.

python -m tests.io.set_matrix     # rewrites the tables in docs/formats.md
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import tifffile

from seep.core.import_options import DEFAULT_MASK_PATTERN, ImportOptions
from seep.io.folder_reader import FolderScan, scan_folder
from seep.io.mask_names import match_masks
from tests.io.format_matrix import rewrite

OPTIONS = ImportOptions()
START, END = "<!-- sets: python -m tests.io.set_matrix -->\n\n", "\n<!-- end of sets -->\n"
NAMES_START, NAMES_END = "<!-- names: python -m tests.io.set_matrix -->\n\n", "\n<!-- end of names -->\n"
SPLITS = {"train": "training", "validation": "validation", "test": "test"}

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


CVAT = (
    '<annotations><image name="a.tif" width="8" height="8"><polygon label="Oil" points="0,0;4,0;4,4"/></image>'
    "</annotations>"
)
TEXTS = {"data.yaml": "names: [Oil]\n", "train.csv": "ImageId,EncodedPixels\na.tif,1 4\n"}
"""Files with a fixed content."""


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
        if path.name in TEXTS or (path.suffix == ".txt" and "labels" in path.parts):
            path.write_text(TEXTS.get(path.name, "0 0 0 0.5 0 0.5 0.5\n"))
            continue
        if path.suffix in {".tif", ".png"}:
            tifffile.imwrite(path, np.ones((8, 8), np.uint8))
        elif path.suffix == ".xml":
            path.write_text(CVAT if path.name == "annotations.xml" else voc(path.stem))
        elif name.endswith(".tif.json"):
            path.write_text(json.dumps(SUPERVISELY))
        else:
            path.write_text(coco(stem) if stem else "x")


ANNOTATION = "annotation"
YOLO = (("images", ".tif"), ("labels", ".txt"))
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
    "Ultralytics": (
        ["data.yaml", *(f"{kind}/{split}/a{end}" for split in ("train", "val") for kind, end in YOLO)],
        [("images/train/a.tif", ANNOTATION, "train"), ("images/val/a.tif", ANNOTATION, "validation")],
    ),
    "Roboflow, YOLO": (
        ["data.yaml", *(f"{split}/{kind}/a{end}" for split in ("train", "valid") for kind, end in YOLO)],
        [("train/images/a.tif", ANNOTATION, "train"), ("valid/images/a.tif", ANNOTATION, "validation")],
    ),
    "MMSegmentation": (
        ["img_dir/train/a.tif", "img_dir/val/b.tif", "ann_dir/train/a.png", "ann_dir/val/b.png"],
        [
            ("img_dir/train/a.tif", "ann_dir/train/a.png", "train"),
            ("img_dir/val/b.tif", "ann_dir/val/b.png", "validation"),
        ],
    ),
    "Kaggle": (["train_images/a.tif", "train.csv"], [("train_images/a.tif", ANNOTATION, "")]),
    "CVAT": (["images/a.tif", "annotations.xml"], [("images/a.tif", ANNOTATION, "")]),
    "COCO of CVAT": (
        ["images/a.tif", "annotations/instances_default.json:a"],
        [("images/a.tif", ANNOTATION, "")],
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


NAMES = {
    "the same name": ("a.tif", "a.png"),
    "another case or Unicode form, if that is unique": ("Scene_A.tif", "scene_a.png"),
    "a suffix": ("a.tif", "a_mask.png"),
    "other suffixes": ("a.tif", "a_gt.png", "a_L.png", "a_label.png", "a_seg.png", "a_annotation.png"),
    "a prefix": ("a.tif", "mask_a.png", "label_a.png", "gt_a.png"),
    "an image with a prefix": ("image_a.tif", "mask_a.png"),
    "other images with a prefix": ("img_a.tif", "mask_a.png", "a_mask.png"),
    "an image with a suffix": ("a_sat.tif", "a_mask.png", "a.png"),
    "Cityscapes": ("a_leftImg8bit.png", "a_gtFine_labelTrainIds.png", "a_gtFine_labelIds.png"),
    "Sen1Floods11": ("a_S1Hand.tif", "a_LabelHand.tif"),
    "nnU-Net": ("a_0000.tif", "a.tif"),
}
"""An image, and names of masks that belong to it."""


def belongs(mask: str, image: str) -> bool:
    """Return whether a mask belongs to an image by its name."""
    return match_masks([Path(mask)], {Path(image).stem}, DEFAULT_MASK_PATTERN) != {}


def names_table() -> str:
    """Return the table of names in docs/formats.md."""
    lines = ["| rule | image | masks |", "| --- | --- | --- |"]
    for rule, (image, *masks) in NAMES.items():
        assert all(belongs(mask, image) for mask in masks), rule
        lines.append(f"| {rule} | `{image}` | {', '.join(f'`{mask}`' for mask in masks)} |")
    return "\n".join(lines) + "\n"


def table() -> str:
    """Return the table of data sets in docs/formats.md: of each set the first image with a mask, as it is read."""
    lines = ["| data set | image | mask or annotation | splits |", "| --- | --- | --- | --- |"]
    for name, (files, _) in ROOTS.items():
        if name.startswith("names that differ"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            write(root, *files)
            scan = scan_folder(root, None, OPTIONS)
        first = next(one for one in scan.candidates if one.mask_path or one.shapes or one.notes)
        if first.mask_path:
            mask = first.mask_path.relative_to(root).as_posix()
        else:
            source = first.shapes.source if first.shapes else f"{first.path.stem}.xml"  # with boxes only
            described = [one for one in (text.partition(":")[0] for text in files) if one.endswith(source)]
            beside = [one for one in described if (root / one).parent == first.path.parent]
            mask = (beside or described)[0]
        splits = ", ".join(
            text for key, text in SPLITS.items() if key in {one.split for one in scan.candidates}
        )
        lines.append(f"| {name} | `{first.path.relative_to(root).as_posix()}` | `{mask}` | {splits} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    rewrite(START, END, table())
    rewrite(NAMES_START, NAMES_END, names_table())
