"""Splits that the author of a data set made become the splits of its scenes, unless the user turns that off."""

from pathlib import Path

import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.store import scenes, tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import make_tile

SPLITS = {"train": "train", "val": "validation", "test": "test"}
LAYOUTS = {
    "Ultralytics": ("images/{}", "labels/{}"),
    "Roboflow": ("{}/images", "{}/labels"),
    "CamVid": ("{}", "{}annot"),
    "COCO": ("{}2017", "{}2017_masks"),
}


def put(folder: Path, layout: str, names: dict[str, list[str]]) -> Path:
    images, masks = LAYOUTS[layout]
    for number, (split, stems) in enumerate(names.items()):
        for other, stem in enumerate(stems):
            image, mask = make_tile(10 * number + other)
            for place, pixels in ((images, image), (masks, mask)):
                path = folder / place.format(split) / f"{stem}.tif"
                path.parent.mkdir(parents=True, exist_ok=True)
                tifffile.imwrite(path, pixels)
    return folder


def splits_of(workspace: Workspace) -> dict[str, str]:
    """Return the split by tile."""
    with workspace.store.reading() as session:
        found = {one.name: one.split for one in scenes.list_scenes(session)}
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
    return {one.name: found[one.scene] for one in tiles}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_folders_of_splits_become_splits(workspace: Workspace, tmp_path: Path, layout: str) -> None:
    names = {split: [f"{split}-{n}" for n in range(2)] for split in SPLITS}
    source = put(tmp_path / "set", layout, names)
    note = "The splits of the data set are kept: 2 training, 2 validation, 2 test."
    assert [one for one in preview_import(workspace, source, None, ImportOptions()).notes if note in one]
    report = import_folder(workspace, source, None, ImportOptions(), ADA)
    assert [one for one in report.notes if note in one]
    assert splits_of(workspace) == {stem: SPLITS[split] for split in SPLITS for stem in names[split]}


@pytest.mark.parametrize("name", ["valid", "validation", "Val"])
def test_other_names_of_the_validation_split(workspace: Workspace, tmp_path: Path, name: str) -> None:
    source = put(tmp_path / "set", "Roboflow", {"train": ["a"], name: ["b"]})
    import_folder(workspace, source, None, ImportOptions(), ADA)
    assert splits_of(workspace) == {"a": "train", "b": "validation"}


def test_lists_of_pascal_voc_become_splits(workspace: Workspace, tmp_path: Path) -> None:
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    names = {"train": ["a", "b"], "val": ["c"], "test": ["d"]}
    for folder in ("JPEGImages", "SegmentationClass"):
        (tmp_path / folder).mkdir()
    for number, (split, stems) in enumerate(names.items()):
        (lists / f"{split}.txt").write_text("\n".join(stems))
        for stem in stems:
            image, mask = make_tile(number)
            tifffile.imwrite(tmp_path / "JPEGImages" / f"{stem}.tif", image)
            tifffile.imwrite(tmp_path / "SegmentationClass" / f"{stem}.tif", mask)
    (lists / "trainval.txt").write_text("a\nb\nc")
    import_folder(workspace, tmp_path, None, ImportOptions(), ADA)
    assert splits_of(workspace) == {"a": "train", "b": "train", "c": "validation", "d": "test"}


def test_a_scene_in_two_splits_becomes_two_scenes_and_the_report_says_so(
    workspace: Workspace, tmp_path: Path
) -> None:
    names = {"train": ["041869.1", "041869.2"], "test": ["041869.3", "045520.1"]}
    source = put(tmp_path / "set", "Ultralytics", names)
    report = import_folder(workspace, source, None, ImportOptions(), ADA)
    assert report.scenes == ["041869", "041869-test", "045520"]
    assert splits_of(workspace) == {stem: SPLITS[split] for split in names for stem in names[split]}
    assert [one for one in report.notes if one.startswith("1 scene with tiles in several splits")]


def test_the_splits_of_a_data_set_can_be_turned_off(workspace: Workspace, tmp_path: Path) -> None:
    source = put(tmp_path / "set", "Ultralytics", {"train": ["a.1"], "test": ["a.2", "b.1"]})
    report = import_folder(workspace, source, None, ImportOptions(keep_splits=False), ADA)
    assert report.scenes == ["a", "b"]
    assert set(splits_of(workspace).values()) == {"train"}
    assert not [one for one in report.notes if "splits of the data set" in one]


def test_a_set_for_training_only_is_split_by_scene(workspace: Workspace, tmp_path: Path) -> None:
    source = put(tmp_path / "set", "Ultralytics", {"train": ["a.1", "b.1", "c.1", "d.1"]})
    import_folder(workspace, source, None, ImportOptions(), ADA)
    assert set(splits_of(workspace).values()) == {"train", "validation", "test"}


def test_test_tiles_of_a_scene_that_trains_already_are_named(workspace: Workspace, tmp_path: Path) -> None:
    import_folder(
        workspace,
        put(tmp_path / "one", "CamVid", {"train": ["a.1"], "test": ["b.1"]}),
        None,
        ImportOptions(),
        ADA,
    )
    later = put(tmp_path / "two", "CamVid", {"train": ["c.1"], "test": ["a.2"]})
    report = import_folder(workspace, later, None, ImportOptions(), ADA)
    assert [
        one
        for one in report.notes
        if one.startswith("1 tile of the test split of the data set added to scene a")
    ]


def test_files_of_two_splits_with_one_name_are_told_apart_in_the_refusal(
    workspace: Workspace, tmp_path: Path
) -> None:
    source = put(tmp_path / "set", "Roboflow", {"train": ["tile"], "test": ["tile"]})
    report = import_folder(workspace, source, None, ImportOptions(), ADA)
    assert [refusal.reason for refusal in report.refused] == [
        "This file, of scene train, and one of scene test are both named tile. Rename one of them."
    ]
