import json
from pathlib import Path

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


def test_presets_are_trained_once_and_stand_beside_what_is_published(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [str(folder / "images"), str(folder / "masks"), "--cache", str(tmp_path), "--split", "tiles"]
    command += ["--presets", "unet-binary", "unet-focal-tversky"]
    command += ["--width", "2", "--epochs", "2", "--steps-per-epoch", "1"]
    presets.main(command)
    shown = capsys.readouterr().out
    told = json.loads(shown.splitlines()[-1])
    binary, staged = told["results"]
    assert [row["step"] for row in binary["curve"]] == [1, 2]
    assert [row["stage"] for row in staged["curve"]] == [0, 1]
    iou = binary["figures"]["binary_iou"]
    assert binary["figures"]["dice"] == pytest.approx(2 * iou / (1 + iou))
    assert np.isfinite(staged["figures"]["mean_iou_seep"])
    assert "binary IoU 0.39" in shown
    monkeypatch.setattr(presets, "measure", None)  # nothing is trained again
    presets.main(command)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == told
