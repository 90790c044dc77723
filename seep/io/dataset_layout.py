"""Layouts of data sets: folders of images and of masks inside one folder, with or without splits.

Recognized are `images` and `masks`; `images/train` and `labels/train` (Ultralytics); `train/images` and
`train/labels` (Roboflow); `JPEGImages` and `SegmentationClass` (Pascal VOC); `train` and `train_labels` or
`trainannot` (CamVid); `train2017` and `annotations` (COCO); `img_dir/train` and `ann_dir/train` (MMSegmentation);
`images` and a file of annotations beside it (CVAT, Label Studio); `train_images` and `train.csv` (Kaggle);
images and a file of their annotations in one folder (COCO of Roboflow); folders of cities in both (Cityscapes);
`imagesTr` and `labelsTr` (nnU-Net); images and their masks in one folder (DeepGlobe, Roboflow); `img` and `ann`
(Supervisely); `test` and `ground_truth` (MVTec AD). They may be inside other folders.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from seep.core.geo.grid import TilePosition
from seep.core.import_options import DEFAULT_MASK_PATTERN
from seep.core.text import counted
from seep.errors import ImportRefusedError
from seep.io.images import IMAGE_SUFFIXES
from seep.io.mask_names import masks_among

_IMAGES = ("images", "image", "imgs", "img", "img_dir", "jpegimages", "leftimg8bit", "sat", "s1hand")
_MASKS = (
    "masks",
    "mask",
    "labels",
    "label",
    "segmentationclass",
    "gtfine",
    "gt",
    "annotations",
    "annotation",
    "ann_dir",
    "ann",
    "labelhand",
)
_FILES = re.compile(
    r".*annotations?(\..*)?\.(json|xml)|.*\.coco\.json|instances_.*\.json|result\.json", re.IGNORECASE
)
"""Names of files with the annotations of all images: those of CVAT, COCO, Roboflow and Label Studio."""
_SPLITS = {
    "train": "train",
    "imagestr": "train",
    "imagests": "test",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
_SPLIT = re.compile(rf"({'|'.join(_SPLITS)})(?:[_-]?(?:images?|imgs?))?(?:\d{{4}})?", re.IGNORECASE)
_PAIRS = {"imagestr": "labelstr", "imagests": "labelsts", "701_stillsraw_full": "labeledapproved_full"}
"""Folders of images and masks without a common name: nnU-Net, CamVid."""
_MAX_DEPTH = 2
_LOOKED_AT = 3
_OF_COCO = ("captions_", "person_keypoints_", "image_info_", "stuff_")
_PAIRED = ("_masks", "_mask", "_labels", "_label", "_annot", "annot")
_SPLIT_NAMES = {"train": "training", "validation": "validation", "test": "test"}
_MAX_SPLIT_NAMES = 3
Placed = tuple[TilePosition, str]
"""Scene and number of a file, and its split; "" for none."""


@dataclass(frozen=True)
class DatasetPart:
    """A folder of images, and the folder or file of their masks or annotations; None if there is none.

    `split` is the name of the part, such as "train" for the folder `train` or `train/images`; "" without a name.
    `scene` is that of images whose names have none, such as `aachen`; "" for the name of the part.
    """

    images: Path
    masks: Path | None
    split: str = ""
    scene: str = ""

    def split_of(self, image: Path) -> str:
        """Return "train", "validation" or "test" for an image, or "" without splits."""
        listed = _listed_splits(self.images.parent)
        return split_named(self.split or self.images.name) or listed.get(image.stem, "")


def split_named(name: str) -> str:
    """Return the split that a folder such as `val2017`, `test_images` or `valid` is named for, or ""."""
    found = _SPLIT.fullmatch(name)
    return _SPLITS[found[1].lower()] if found else ""


@lru_cache(maxsize=4)  # one scan asks for each image
def _listed_splits(folder: Path) -> dict[str, str]:
    """Return the splits by stem that the lists of Pascal VOC beside `JPEGImages` give."""
    lists = folder / "ImageSets" / "Segmentation"
    try:
        files = {name: lists / f"{name}.txt" for name in ("train", "val", "test")}
        return {
            line.split()[0]: _SPLITS[name]
            for name, path in files.items()
            if path.is_file()
            for line in path.read_text("utf-8", "replace").splitlines()
            if line.strip()
        }
    except OSError:
        return {}


def dataset_parts(folder: Path, depth: int = 0) -> list[DatasetPart]:
    """Return the parts of a data set, by name; empty if a folder has none of the layouts.

    Args:
        depth: of the folder within the data set.

    Raises:
        ImportRefusedError: several folders may have the masks, or the data set has a layout that cannot be read.
    """
    inside = _folders(folder)
    if depth > _MAX_DEPTH or not inside:
        return []
    images = next((inside[name] for name in _IMAGES if name in inside), None)
    masks = _masks(inside)
    _refuse_others(folder, inside)
    if images is not None:
        return _split_parts(images, masks or annotation_file(folder))
    found: list[DatasetPart] = []
    unlabeled: list[DatasetPart] = []
    for name, path in inside.items():
        if (
            path == masks
            or name in _PAIRS.values()
            or any(name == o + end for o in inside for end in _PAIRED)
        ):
            continue
        paired = next((inside[name + end] for end in _PAIRED if name + end in inside), None)
        paired = (
            paired or inside.get(_PAIRS.get(name, "")) or _table_of(path) or annotation_file(path) or masks
        )
        if split_named(name) and "ground_truth" in inside:
            found += _anomalies(path, inside["ground_truth"])
        elif not _has_pictures(path):
            found += [_within(part, path) for part in dataset_parts(path, depth + 1)]
        elif paired := paired or (own_masks(path, outlines=True) if split_named(name) else None):
            found.append(DatasetPart(path, paired))
        elif split_named(name):
            unlabeled.append(DatasetPart(path, None))
    return sorted(found + unlabeled, key=lambda part: part.images) if found else []


def own_masks(folder: Path, outlines: bool = False) -> Path | None:
    """Return a folder if a third of its pictures are masks of others, such as `119_sat` and `119_mask`; else None.

    Args:
        outlines: a file of Pascal VOC is enough.
    """
    files = _files(folder)
    pictures = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    masks = masks_among(pictures, DEFAULT_MASK_PATTERN)
    enough = bool(masks) and 3 * len(masks) >= len(pictures)
    return folder if enough or (outlines and any(path.suffix.lower() == ".xml" for path in files)) else None


def without_duplicates(files: list[Path]) -> tuple[list[Path], list[str]]:
    """Leave out annotations of images that other files of the set describe.

    These are captions and key points of COCO beside its instances, and polygons of Cityscapes beside its masks.

    Returns:
        The other files, and notes.
    """
    names = [path.name for path in files]
    ends = ("_polygons.json",) if any(name.endswith("_labelIds.png") for name in names) else ()
    starts = _OF_COCO if any(name.startswith("instances_") for name in names) else ()
    left = [path for path in files if path.name.startswith(starts) or path.name.endswith(ends)]
    if not left:
        return files, []
    rest = f" and {counted(len(left) - 1, 'other file')}" if len(left) > 1 else ""
    return [path for path in files if path not in {*left}], [
        f"{left[0].name}{rest} in {left[0].parent.name}: left out, because other files of the data set have the masks."
    ]


def _masks(inside: dict[str, Path]) -> Path | None:
    """Return the folder of masks; of Pascal VOC that of the classes, not that of the boxes."""
    found = [inside[name] for name in _MASKS if name in inside]
    return inside["segmentationclass"] if {"jpegimages", "segmentationclass"} <= {*inside} else _only(found)


def _within(part: DatasetPart, folder: Path) -> DatasetPart:
    """Return a part of a data set inside a folder: the folder may name its split, or its scene."""
    own = part.split or (part.images.name if split_named(part.images.name) else "")
    if not own:
        return replace(part, split=folder.name)
    if split_named(folder.name) and not split_named(own):
        return replace(part, split=folder.name, scene=part.scene or own)
    return replace(part, split=own, scene=f"{folder.name}-{part.scene or own}")


def _anomalies(images: Path, truth: Path) -> list[DatasetPart]:
    """Return the parts of `train` or `test` of MVTec AD: `good` has no masks."""
    masks = _folders(truth) if split_named(images.name) == "test" else {}
    return [
        DatasetPart(path, masks.get(name), images.name, f"{images.name}-{path.name}")
        for name, path in _folders(images).items()
        if _has_pictures(path)
    ]


def _refuse_others(folder: Path, inside: dict[str, Path]) -> None:
    """Refuse masks by object (Data Science Bowl 2018), with the way out.

    Raises:
        ImportRefusedError: there are such masks.
    """
    objects = next((path for path in list(inside.values())[:_LOOKED_AT] if _has_masks_by_object(path)), None)
    if objects is not None:
        raise ImportRefusedError(
            f"{folder} is a set like Data Science Bowl 2018: {objects.name} has a mask for each object, not for the "
            "image. Merge the masks of each image into one with the name of the image."
        )


def _has_masks_by_object(folder: Path) -> bool:
    inside = _folders(folder)
    if not {"images", "masks"} <= inside.keys():
        return False
    images, masks = _files(inside["images"]), _files(inside["masks"])
    return len(images) == 1 < len(masks) and images[0].stem not in {path.stem for path in masks}


def annotation_file(folder: Path) -> Path | None:
    """Return the only file of a folder whose name is that of annotations of many images, or None.

    Raises:
        ImportRefusedError: there are several.
    """
    return _only([path for path in _files(folder) if _FILES.fullmatch(path.name)])


def _table_of(images: Path) -> Path | None:
    """Return `train.csv` for `train_images`, or None."""
    split, found, _ = images.name.lower().rpartition("_images")
    beside = {path.name.lower(): path for path in _files(images.parent)} if found else {}
    return beside.get(f"{split}.csv")


def _split_parts(images: Path, masks: Path | None) -> list[DatasetPart]:
    """Return one part, or one per split if the images are in subfolders, or one per city of each split."""
    if _has_files(images):
        return [DatasetPart(images, masks)]
    of_masks = _folders(masks) if masks is not None and masks.is_dir() else {}
    found = []
    for name, path in _folders(images).items():
        own = of_masks.get(name)
        if _has_files(path):
            found.append(DatasetPart(path, own or annotation_file(path) or masks))
        elif own is not None:
            found += [
                replace(part, split=path.name, scene=part.images.name) for part in _split_parts(path, own)
            ]
    return found


def _only(found: list[Path]) -> Path | None:
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise ImportRefusedError(
            f"{found[0].parent} contains {names}, which may all be masks. Choose the folders of images and masks."
        )
    return found[0] if found else None


def _folders(folder: Path) -> dict[str, Path]:
    """Return the subfolders by lower-case name, in order, without hidden ones."""
    try:
        found = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    except OSError:
        return {}
    return {one.name.lower(): one for one in found}


def _has_files(folder: Path) -> bool:
    return bool(_files(folder))


def _has_pictures(folder: Path) -> bool:
    return any(path.suffix.lower() in IMAGE_SUFFIXES for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder, in order, without hidden ones."""
    try:
        return sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
    except OSError:
        return []


def with_splits(files: Sequence[Placed]) -> tuple[list[Placed], list[str]]:
    """Give every split scenes of its own, because a scene has one split.

    A scene with tiles in several splits becomes one scene per split, such as `041869` and `041869-test`. A set whose
    only split is for training has no splits: its scenes are divided as any others.

    Args:
        files: all files of the set.

    Returns:
        The same with their scenes, and notes.
    """
    counts = Counter(split for _, split in files)
    if not {*counts} - {"", "train"}:
        return [(position, "") for position, _ in files], []
    sizes = ", ".join(f"{counts[split]} {name}" for split, name in _SPLIT_NAMES.items() if counts[split])
    other = f"; {counted(counts[''], 'image')} without a split" if counts[""] else ""
    notes = [
        f"The splits of the data set are kept: {sizes}{other}. To choose new splits by scene instead, clear the option "
        "Keep the splits of the data set (--new-splits)."
    ]
    splits: dict[str, set[str]] = defaultdict(set)
    for position, split in files:
        splits[position.scene].add(split)
    shared = {scene for scene, found in splits.items() if len(found) > 1}
    named = sorted({position.scene for position, _ in files if position.named} & shared)
    if named:
        more = ", ..." if len(named) > _MAX_SPLIT_NAMES else ""
        notes.append(
            f"{counted(len(named), 'scene')} with tiles in several splits of the data set "
            f"({', '.join(named[:_MAX_SPLIT_NAMES])}{more}): each split becomes a scene of its own, such as "
            f"{named[0]}-{_SPLIT_NAMES[max(splits[named[0]] - {'', 'train'})]}. Neighboring tiles share "
            "slicks, so metrics on these test tiles are too high."
        )
    return [
        (replace(position, scene=f"{position.scene}-{_SPLIT_NAMES[split]}"), split)
        if position.scene in shared and split not in ("", "train")
        else (position, split)
        for position, split in files
    ], notes
