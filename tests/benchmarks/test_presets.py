import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from benchmarks import presets
from seep.core.synthesis.scene import synthesize_scene
from seep.workflow.inference.folder_dataset import FolderTile, folder_options, scan_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes of three tiles each."""
    path: Path = tmp_path_factory.mktemp("tiles")
    for number in range(12):
        made = synthesize_scene(number, 64, 64, wedges=False)
        for name, array in (("images", made.image), ("masks", made.mask)):
            (path / name).mkdir(exist_ok=True)
            tifffile.imwrite(path / name / f"{number % 4:02}.{number:04}.tif", array)
    return path


@pytest.fixture(scope="module")
def tiles(folder: Path) -> list[FolderTile]:
    found = scan_folder(
        folder / "images", folder / "masks", folder_options(r"(?P<scene>\d+)\.(?P<tile>\d+)", "auto")
    )
    return [*found.tiles]


def test_a_split_of_scenes_shares_no_scene_and_a_split_of_tiles_no_tile(tiles: list[FolderTile]) -> None:
    scenes = presets.split_tiles(tiles, "scenes", 0)
    parts = [{tile.scene for tile in part} for part in (scenes.training, scenes.validation, scenes.test)]
    assert [len(part) for part in parts] == [2, 1, 1]
    assert len(set.union(*parts)) == 4
    random = presets.split_tiles(tiles, "tiles", 0)
    assert [len(random.training), len(random.validation), len(random.test)] == [9, 1, 2]
    names = [tile.path for part in (random.training, random.validation, random.test) for tile in part]
    assert len(set(names)) == 12
    assert {tile.scene for tile in random.test} <= {tile.scene for tile in random.training}
    with pytest.raises(SystemExit, match="There are 2 tiles"):
        presets.split_tiles(tiles[:2], "tiles", 0)


def test_a_curve_has_a_plateau_if_its_last_quarter_gains_little() -> None:
    assert presets.has_plateaued([0.1, 0.3, 0.4, 0.4, 0.395, 0.4, 0.405, 0.402])
    assert not presets.has_plateaued([0.1, 0.2, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46])
    assert not presets.has_plateaued([0.0, 0.0, None, 0.0])
    assert not presets.has_plateaued([0.4])


def command_of(folder: Path, cache: Path, *presets: str) -> list[str]:
    command = [str(folder / "images"), str(folder / "masks"), "--cache", str(cache), "--split", "tiles"]
    return [*command, "--presets", *presets, "--width", "2", "--epochs", "2", "--steps-per-epoch", "1"]


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def kill_at(monkeypatch: pytest.MonkeyPatch, kind: str, step: int) -> None:
    """End each training at an event, as if its process was killed."""
    train = presets.train

    def killed(*given: Any, on_event: Callable[[dict[str, Any]], None], **options: Any) -> Any:
        def tell(event: dict[str, Any]) -> None:
            on_event(event)
            if (event["kind"], event.get("step")) == (kind, step):
                raise KeyboardInterrupt

        return train(*given, on_event=tell, **options)

    monkeypatch.setattr(presets, "train", killed)


def test_a_killed_training_keeps_its_epochs_and_its_time(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    presets.main(command_of(folder, tmp_path / "whole", "unet-binary"))
    (whole,) = told(capsys)["results"]
    command = command_of(folder, tmp_path / "killed", "unet-binary")
    # Before the state of epoch 2 is saved, then with the state of epoch 1 and the row of epoch 2.
    for kind, step in (("step", 2), ("epoch", 2)):
        with monkeypatch.context() as patch:
            kill_at(patch, kind, step)
            with pytest.raises(KeyboardInterrupt):
                presets.main(command)
    (file,) = (tmp_path / "killed").glob("*.curve.json")
    kept = json.loads(file.read_text())
    assert [row["step"] for row in kept["rows"]] == [1, 2]
    file.write_text(json.dumps(kept | {"train_s": 5000.0}))
    with pytest.raises(
        SystemExit, match=r"curve.json was made with epochs 2 instead of 4. Use another --cache"
    ):
        presets.main([*command, "--epochs", "4"])
    capsys.readouterr()
    presets.main(command)
    (resumed,) = told(capsys)["results"]
    assert resumed["curve"] == whole["curve"]
    assert resumed["train_s"] >= 5000


def test_figures_of_other_options_are_not_taken_for_these(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = command_of(folder, tmp_path, "unet-binary")
    presets.main(command)
    capsys.readouterr()
    with pytest.raises(SystemExit, match=r"seed0.json was made with patience 10 instead of 3. Use another"):
        presets.main([*command, "--patience", "3"])
    (kept,) = tmp_path.glob("*.seed0.json")
    found = json.loads(kept.read_text())
    del found["options"]  # as in caches of older versions
    kept.write_text(json.dumps(found))
    presets.main([*command, "--patience", "3"])
    assert told(capsys)["results"][0]["curve"] == found["curve"]


def test_presets_are_trained_once_and_stand_beside_what_is_published(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = command_of(folder, tmp_path, "unet-binary", "unet-focal-tversky")
    presets.main(command)
    shown = capsys.readouterr().out
    first = json.loads(shown.splitlines()[-1])
    binary, staged = first["results"]
    assert [row["step"] for row in binary["curve"]] == [1, 2]
    assert [row["stage"] for row in staged["curve"]] == [0, 1]
    iou = binary["figures"]["binary_iou"]
    assert binary["figures"]["dice"] == pytest.approx(2 * iou / (1 + iou))
    assert np.isfinite(staged["figures"]["mean_iou_seep"])
    assert "binary IoU 0.39" in shown
    monkeypatch.setattr(presets, "measure", None)  # nothing is trained again
    presets.main(command)
    assert told(capsys) == first
