import json
from pathlib import Path

import pytest

from seep.errors import ImageError, ImportRefusedError, SettingsError
from seep.io.masks import read_mask, write_mask
from seep.workflow.evaluation.folders import evaluate_folder
from seep.workflow.evaluation.tables import group_rows
from seep.workflow.inference.folders import predict_folder


def test_predictions_are_refused_as_masks(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    for path in (tmp_path / "out").glob("[bcd]*.tif"):
        write_mask(path, read_mask(path))
    with pytest.raises(
        ImportRefusedError, match=r"^3 of 12 masks in .*out, such as a\.000000\.tif, are predictions"
    ):
        evaluate_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")


def test_masks_equal_to_the_predictions_have_iou_one(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    predict_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    for path in (tmp_path / "out").glob("*.tif"):
        write_mask(path, read_mask(path))
    found = evaluate_folder(folders[0], tmp_path / "out", tiny_checkpoint, device="cpu")
    assert found.iou == 1
    assert "probably copies of predictions" in found.notes[-1]
    assert (found.checkpoint, found.images, found.metrics.tiles, found.metrics.scenes) == (
        "tiny",
        "images",
        12,
        4,
    )


def test_only_named_scenes_are_evaluated(folders: tuple[Path, Path], tiny_checkpoint: Path) -> None:
    found = evaluate_folder(*folders, tiny_checkpoint, scenes=["a", "d"], device="cpu")
    assert list(found.metrics.per_scene) == ["a", "d"]
    assert json.loads(json.dumps(found.document)) == found.document
    with pytest.raises(SettingsError, match="no scene z"):
        evaluate_folder(*folders, tiny_checkpoint, scenes=["a", "z"], device="cpu")


def test_scenes_are_grouped_by_their_names(folders: tuple[Path, Path], tiny_checkpoint: Path) -> None:
    found = evaluate_folder(*folders, tiny_checkpoint, device="cpu", groups="(?P<group>[ab])")
    assert {name: (one.scenes, one.tiles) for name, one in found.groups.items()} == {
        "a": (1, 3),
        "b": (1, 3),
        "other": (2, 6),
    }
    only = evaluate_folder(*folders, tiny_checkpoint, scenes=["a"], device="cpu").metrics
    assert (found.groups["a"].binary_iou, found.groups["a"].f1_2px) == (only.binary_iou, only.f1_2px)
    assert group_rows(found.groups)[1][:3] == ("a", "3", "1")
    with pytest.raises(SettingsError, match=r"no group named `group`"):
        evaluate_folder(*folders, tiny_checkpoint, device="cpu", groups="[ab]")


def test_images_without_mask_are_skipped(folders: tuple[Path, Path], tiny_checkpoint: Path) -> None:
    for path in sorted(folders[1].iterdir())[1:]:
        path.unlink()
    assert evaluate_folder(*folders, tiny_checkpoint, device="cpu").metrics.tiles == 1


def test_folders_that_do_not_match_are_refused(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(ImportRefusedError):
        evaluate_folder(folders[0], tmp_path / "none", tiny_checkpoint)
    first = min(folders[1].iterdir())
    first.write_bytes(b"no mask")
    with pytest.raises(ImageError, match=first.name):
        evaluate_folder(*folders, tiny_checkpoint)


def test_report_is_one_file_that_fetches_nothing(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    page = tmp_path / "report.html"
    found = evaluate_folder(*folders, tiny_checkpoint, device="cpu", html=page)
    text = page.read_text()
    for name in (
        "Confusion matrix",
        "Precision and recall",
        "Calibration near seeps",
        "Binary IoU by scene",
        "Slicks by class",
    ):
        assert f"<h2>{name}" in text
    assert "tiny on images" in text
    assert f"{found.iou:.3f}" in text
    body = text[text.index("<body>") :]
    assert 'src="http' not in body
    assert "data:image/jpeg;base64," in body
    assert found.metrics.slicks is not None
    assert found.metrics.slicks.true[0] > 0


def test_names_with_markup_are_text_in_the_report(
    folders: tuple[Path, Path], tmp_path: Path, tiny_checkpoint: Path
) -> None:
    marked = tmp_path / "<b>images"
    folders[0].rename(marked)
    page = tmp_path / "report.html"
    evaluate_folder(marked, folders[1], tiny_checkpoint, device="cpu", html=page)
    assert "&lt;b&gt;images" in page.read_text()
    assert "<b>images" not in page.read_text()


def test_same_checkpoint_twice_gives_the_same_metrics(
    folders: tuple[Path, Path], tiny_checkpoint: Path
) -> None:
    alone = evaluate_folder(*folders, tiny_checkpoint, scenes=["a"], device="cpu")
    found = evaluate_folder(*folders, [tiny_checkpoint, tiny_checkpoint], scenes=["a"], device="cpu")
    assert found.checkpoint == "tiny + tiny"
    assert found.metrics == alone.metrics
