"""Which annotation belongs to which image, for every format that names its images."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from seep.core.import_options import ImportOptions
from seep.errors import ImportRefusedError
from seep.io.folder_reader import ImportCandidate, scan_folder

SIZE = {"width": 60, "height": 40}
POINTS = [[5, 3], [30, 3], [30, 12], [5, 12]]
FLAT = [number for point in POINTS for number in point]
OPTIONS = ImportOptions(class_names=("No seep", "Oil"))


def put_images(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((40, 60), 9, np.uint8))


def coco(name: str) -> str:
    return json.dumps(
        {
            "images": [{"id": 1, "file_name": name, **SIZE}],
            "categories": [{"id": 1, "name": "Oil"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [FLAT]}],
        }
    )


def cvat(name: str, *, subset: str = "", shape: bool = True) -> str:
    points = ";".join(f"{x},{y}" for x, y in POINTS)
    polygon = f'<polygon label="Oil" points="{points}"/>' if shape else ""
    about = f'subset="{subset}"' if subset else ""
    return f'<image name="{name}" {about} width="60" height="40">{polygon}</image>'


def label_studio(name: str) -> str:
    points = [[100 * x / 60, 100 * y / 40] for x, y in POINTS]
    value = {"points": points, "polygonlabels": ["Oil"]}
    result = {"type": "polygonlabels", "original_width": 60, "original_height": 40, "value": value}
    address = f"/data/local-files/?d=sar/{name}" if "/" in name else name
    return json.dumps([{"data": {"image": address}, "annotations": [{"result": [result]}]}])


def labelme(name: str) -> str:
    shape = {"label": "Oil", "points": POINTS, "shape_type": "polygon"}
    return json.dumps({"shapes": [shape], "imagePath": name, "imageHeight": 40, "imageWidth": 60})


def datumaro(name: str) -> str:
    one = {"type": "polygon", "label_id": 0, "points": FLAT}
    item = {"id": name.rsplit(".", 1)[0], "annotations": [one], "image": {"path": None, "size": [40, 60]}}
    return json.dumps({"categories": {"label": {"labels": [{"name": "Oil"}]}}, "items": [item]})


FORMATS: dict[str, tuple[str, Callable[[str], str]]] = {
    "COCO": ("list.json", coco),
    "CVAT": ("list.xml", lambda name: f"<annotations>{cvat(name)}</annotations>"),
    "Label Studio": ("list.json", label_studio),
    "LabelMe": ("list.json", labelme),
    "Datumaro": ("list.json", datumaro),
    "CSV": ("list.csv", lambda name: f"ImageId,EncodedPixels\n{name},1 20\n"),
}


def scan(images: Path, masks: Path) -> dict[str, ImportCandidate]:
    return {
        f"{one.path.parent.name}/{one.path.name}": one
        for one in scan_folder(images, masks, OPTIONS).candidates
    }


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_with_a_folder_gives_no_mask_to_another_folder(tmp_path: Path, form: str) -> None:
    put_images(tmp_path, "west/a.png", "east/a.png")
    name, write = FORMATS[form]
    (tmp_path / name).write_text(write("east/a.png"))
    with pytest.raises(ImportRefusedError, match=r"west/a\.png has no mask: .*of another folder"):
        scan(tmp_path / "west", tmp_path / name)
    assert scan(tmp_path / "east", tmp_path / name)["east/a.png"].shapes is not None


@pytest.mark.parametrize("form", FORMATS)
def test_a_bare_name_gives_a_mask_to_the_only_image_of_that_name(tmp_path: Path, form: str) -> None:
    put_images(tmp_path, "west/a.png")
    name, write = FORMATS[form]
    (tmp_path / name).write_text(write("a.png"))
    assert scan(tmp_path / "west", tmp_path / name)["west/a.png"].shapes is not None


@pytest.mark.parametrize("form", FORMATS)
def test_a_bare_name_that_several_images_have_gives_none_a_mask(tmp_path: Path, form: str) -> None:
    """Splits share a file of annotations."""
    put_images(tmp_path, "images/train/a.png", "images/val/a.png")
    name, write = FORMATS[form]
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / name).write_text(write("a.png"))
    found = scan_folder(tmp_path, None, OPTIONS).candidates
    assert [one.shapes for one in found] == [None, None]
    assert all("several images have the name a.png" in one.problem for one in found)


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_without_masks_does_not_refuse_the_others_of_its_set(tmp_path: Path, form: str) -> None:
    put_images(tmp_path, "images/east/a.png", "images/west/a.png")
    name, write = FORMATS[form]
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / name).write_text(write("east/a.png"))
    found = {one.path.parent.name: one for one in scan_folder(tmp_path, None, OPTIONS).candidates}
    assert found["east"].shapes is not None
    assert (found["west"].shapes, found["west"].problem) == (None, "")
    assert "is of another folder" in found["west"].notes[0]


def test_subsets_of_a_cvat_project_keep_their_own_shapes(tmp_path: Path) -> None:
    put_images(tmp_path, "images/Train/img0.png", "images/Test/img0.png")
    images = cvat("img0.png", subset="Train", shape=False) + cvat("img0.png", subset="Test")
    (tmp_path / "annotations.xml").write_text(f"<annotations>{images}</annotations>")
    found = scan(tmp_path / "images" / "Train", tmp_path / "annotations.xml")
    assert found["Train/img0.png"].shapes is None
    assert (
        scan(tmp_path / "images" / "Test", tmp_path / "annotations.xml")["Test/img0.png"].shapes is not None
    )
    whole = {f"{one.path.parent.name}": one for one in scan_folder(tmp_path, None, OPTIONS).candidates}
    assert (whole["Train"].shapes, whole["Train"].problem) == (None, "")
    assert whole["Test"].shapes is not None


def test_a_cvat_project_without_subsets_needs_no_folder(tmp_path: Path) -> None:
    put_images(tmp_path, "sar/img0.png")
    (tmp_path / "a.xml").write_text(f"<annotations>{cvat('img0.png', subset='default')}</annotations>")
    assert scan(tmp_path / "sar", tmp_path / "a.xml")["sar/img0.png"].shapes is not None


def test_absolute_paths_of_another_computer_need_the_same_last_folder(tmp_path: Path) -> None:
    put_images(tmp_path, "east/a.png", "west/a.png")
    for address in ("/home/b/set/east/a.png", "C:\\set\\east\\a.png"):
        (tmp_path / "list.json").write_text(coco(address))
        assert scan(tmp_path / "east", tmp_path / "list.json")["east/a.png"].shapes is not None
        with pytest.raises(ImportRefusedError, match="of another folder"):
            scan(tmp_path / "west", tmp_path / "list.json")


@pytest.mark.parametrize("form", FORMATS)
def test_names_are_compared_after_unicode_normalization_and_without_case(tmp_path: Path, form: str) -> None:
    put_images(tmp_path, "sar/Größe_A.PNG")
    name, write = FORMATS[form]
    (tmp_path / name).write_text(write("sar/gr\u006f\u0308\u00dfe_a.png"))
    (found,) = scan_folder(tmp_path / "sar", tmp_path / name, OPTIONS).candidates
    assert found.shapes is not None


def test_names_that_differ_in_case_keep_their_own_annotation(tmp_path: Path) -> None:
    put_images(tmp_path, "sar/a.png", "sar/A.png")
    (tmp_path / "list.json").write_text(coco("a.png"))
    found = scan(tmp_path / "sar", tmp_path / "list.json")
    assert found["sar/a.png"].shapes is not None
    assert found["sar/A.png"].shapes is None
    (tmp_path / "list.json").write_text(coco("A.PNG"))
    with_case = scan(tmp_path / "sar", tmp_path / "list.json")
    assert with_case["sar/A.png"].shapes is not None
    assert with_case["sar/a.png"].shapes is None


def test_images_that_nobody_annotated_need_no_folder(tmp_path: Path) -> None:
    put_images(tmp_path, "images/train/a.png", "images/val/a.png")
    (tmp_path / "annotations").mkdir()
    content = json.loads(coco("a.png")) | {"annotations": []}
    (tmp_path / "annotations" / "list.json").write_text(json.dumps(content))
    assert [one.problem for one in scan_folder(tmp_path, None, OPTIONS).candidates] == ["", ""]


def test_splits_with_the_same_names_have_the_annotations_of_the_file_named_for_them(tmp_path: Path) -> None:
    put_images(tmp_path, "train2017/1.png", "val2017/1.png")
    (tmp_path / "annotations").mkdir()
    for split, listed in (
        ("train", coco("1.png")),
        ("val", json.dumps(json.loads(coco("1.png")) | {"annotations": []})),
    ):
        (tmp_path / "annotations" / f"instances_{split}2017.json").write_text(listed)
    found = scan_folder(tmp_path, None, OPTIONS).candidates
    assert [(one.path.parent.name, one.shapes is not None, one.problem) for one in found] == [
        ("train2017", True, ""),
        ("val2017", False, ""),
    ]
