"""Class lists and channels of data sets as they are downloaded."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from seep.core.import_options import ImportOptions
from seep.core.masks.classes import default_classes
from seep.core.records import TileRecord
from seep.errors import ImportRefusedError
from seep.io.images import read_header
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.classes import adopt_classes, get_classes, parse_class_list
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.inference.folders import predict_folder
from seep.workflow.training.from_scratch import ScratchOptions, train_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA

RANDOM = np.random.default_rng(0)
IDS = np.repeat(np.array([[0, 1, 2]], np.uint8), 16, axis=1).repeat(40, axis=0)
COLORS = np.array([[128, 128, 128], [0, 0, 192], [0, 0, 0]], np.uint8)
CLASS_DICT = "name,r,g,b\nSky,128,128,128\nPavement,0,0,192\nVoid,0,0,0\n"


def put(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels)


def camvid(root: Path) -> Path:
    for number, split in enumerate(("train", "val")):
        put(root / split / f"{number}.png", RANDOM.integers(1, 255, (*IDS.shape, 3), np.uint8))
        put(root / f"{split}_labels" / f"{number}_L.png", COLORS[IDS])
    (root / "class_dict.csv").write_text(CLASS_DICT)
    return root


def roboflow(root: Path, second: str = "Oil") -> Path:
    for number, split in enumerate(("train", "valid")):
        put(root / split / f"{number}.png", RANDOM.integers(1, 255, IDS.shape, np.uint8))
        put(root / split / f"{number}_mask.png", IDS)
        names = ["background", "Oil" if split == "train" else second, "Ship"]
        lines = [f" {number}, {name}" for number, name in enumerate(names)]
        (root / split / "_classes.csv").write_text("\n".join(["Pixel Value, Class", *lines]))
    return root


def nnunet(root: Path, cases: int = 2, **changes: object) -> Path:
    for case in range(cases):
        for channel in range(2):
            pixels = RANDOM.integers(1, 60, IDS.shape, np.uint8) + np.uint8(100 * channel)
            put(root / "imagesTr" / f"c_{case:03d}_{channel:04d}.png", pixels)
        put(root / "labelsTr" / f"c_{case:03d}.png", IDS)
    content = {
        "channel_names": {"0": "VV", "1": "VH"},
        "labels": {"background": 0, "Oil": 1, "ignore": 2},
        "numTraining": cases,
        "file_ending": ".png",
    }
    (root / "dataset.json").write_text(json.dumps(content | changes))
    return root


def bring(workspace: Workspace, root: Path) -> ImportReport:
    return import_folder(workspace, root, None, ImportOptions(), ADA)


def tiles_of(workspace: Workspace) -> list[TileRecord]:
    with workspace.store.reading() as session:
        return tile_queries.list_tiles(session, order="name", limit=None)


def shown(workspace: Workspace, tile: TileRecord) -> np.ndarray:
    assert tile.head_revision_id is not None
    return tile_data.revision_mask(workspace, tile.head_revision_id)


def names(workspace: Workspace) -> list[str]:
    return [one.name for one in get_classes(workspace)]


def test_colors_of_a_set_are_read_by_the_class_list_beside_them(workspace: Workspace, tmp_path: Path) -> None:
    root = camvid(tmp_path / "CamVid")
    note = "3 classes listed in CamVid/class_dict.csv: Sky, Pavement, Void."
    about = preview_import(workspace, root, None, ImportOptions()).notes
    assert note in about
    assert [one for one in about if "has more classes than these, so it does not predict here" in one]
    report = bring(workspace, root)
    assert (report.imported, report.refused, note in report.notes) == (2, [], True)
    assert [(one.name, one.color) for one in get_classes(workspace)] == [
        ("Sky", "#808080"),
        ("Pavement", "#0000c0"),
        ("Void", "#000000"),
    ]
    for tile in tiles_of(workspace):
        np.testing.assert_array_equal(shown(workspace, tile), IDS)


def test_pixel_values_of_roboflow_name_the_classes(workspace: Workspace, tmp_path: Path) -> None:
    report = bring(workspace, roboflow(tmp_path / "set"))
    assert (report.imported, report.refused) == (2, [])
    assert names(workspace) == ["background", "Oil", "Ship"]


def test_lists_of_a_set_that_differ_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    root = roboflow(tmp_path / "set", second="Slick")
    with pytest.raises(
        ImportRefusedError, match=r"train/_classes\.csv and valid/_classes\.csv list different"
    ):
        bring(workspace, root)
    assert get_classes(workspace) == default_classes()


def test_classes_of_a_workspace_are_kept_and_a_note_says_so(workspace: Workspace, tmp_path: Path) -> None:
    adopt_classes(workspace, parse_class_list("Road\nSidewalk\nVoid #010101"), ADA)
    report = bring(workspace, camvid(tmp_path / "CamVid"))
    assert names(workspace) == ["Road", "Sidewalk", "Void"]
    assert any("not used, because the workspace has classes of its own" in note for note in report.notes)


def test_a_file_that_is_no_list_is_named_and_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    root = roboflow(tmp_path / "set")
    for split in ("train", "valid"):
        (root / split / "_classes.csv").write_text("filename, Oil, Ship\n0.png, 1, 0\n")
    report = bring(workspace, root)
    assert report.imported == 2
    assert names(workspace) == [one.name for one in default_classes()]


def test_a_list_with_one_color_for_two_classes_is_named(workspace: Workspace, tmp_path: Path) -> None:
    root = camvid(tmp_path / "CamVid")
    (root / "class_dict.csv").write_text(CLASS_DICT.replace("0,0,192", "128,128,128"))
    notes = preview_import(workspace, root, None, ImportOptions()).notes
    assert any("class_dict.csv has the color #808080 for 2 classes" in note for note in notes)


def test_channels_of_nnunet_are_bands_with_names_and_classes(workspace: Workspace, tmp_path: Path) -> None:
    root = nnunet(tmp_path / "Dataset001_Oil")
    assert preview_import(workspace, root, None, ImportOptions()).headers[0].band_names == ("VV", "VH")
    report = bring(workspace, root)
    assert (report.imported, report.refused) == (2, [])
    assert not [one for one in report.notes if "has more classes" in one]  # two classes fit every version
    assert names(workspace) == ["background", "Oil"]
    assert "c_000.png: pixels of 2 are unsure." in report.notes
    for tile in tiles_of(workspace):
        channels = [
            cv2.imread(str(root / "imagesTr" / f"{tile.name[:5]}_{number:04d}.png"), cv2.IMREAD_UNCHANGED)
            for number in range(2)
        ]
        np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), np.dstack(channels))
        assert read_header(Path(tile.path)).band_names == ("VV", "VH")
        np.testing.assert_array_equal(shown(workspace, tile), np.where(IDS == 2, 255, IDS))


def test_version_1_of_nnunet_names_ids_first(workspace: Workspace, tmp_path: Path) -> None:
    labels = {"0": "background", "1": "Oil", "2": "Ship"}
    root = nnunet(
        tmp_path / "Task001_Oil", modality={"0": "VV", "1": "VH"}, channel_names=None, labels=labels
    )
    assert bring(workspace, root).imported == 2
    assert names(workspace) == ["background", "Oil", "Ship"]


@pytest.mark.parametrize("gone", [0, 1])
def test_an_image_without_a_channel_is_refused_by_name(
    workspace: Workspace, tmp_path: Path, gone: int
) -> None:
    root = nnunet(tmp_path / "set")
    (root / "imagesTr" / f"c_001_{gone:04d}.png").unlink()
    report = bring(workspace, root)
    assert report.imported == 1
    assert [one.path.name for one in report.refused] == [f"c_001_{1 - gone:04d}.png"]
    assert f"c_001_{gone:04d}.png beside it is missing" in report.refused[0].reason


def test_channels_of_different_sizes_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    root = nnunet(tmp_path / "set")
    put(root / "imagesTr" / "c_001_0001.png", np.ones((8, 8), np.uint8))
    (refused,) = bring(workspace, root).refused
    assert "band VH has another size or type than VV" in refused.reason


def test_a_network_is_trained_on_channels_and_predicts_them(tmp_path: Path) -> None:
    root = nnunet(tmp_path / "set", cases=4, labels={"background": 0, "Oil": 1, "Ship": 2})
    out = tmp_path / "two.safetensors"
    options = ScratchOptions(preset="unet-rgb", epochs=1, steps_per_epoch=1, batch_size=1, device="cpu")
    report = train_folder(root / "imagesTr", root / "labelsTr", out, options)
    assert (report.bands, report.classes, report.tiles) == (2, 3, 4)
    found = predict_folder(root / "imagesTr", tmp_path / "predicted", out, device="cpu")
    assert (found.written, found.refused) == (4, [])
    assert (tmp_path / "predicted" / "c_000_0000.tif").is_file()
