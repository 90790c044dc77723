"""`seep predict` and `seep evaluate`."""

import json
from pathlib import Path

import pytest

from seep.workflow.workspace import Workspace, _opened
from tests.cli.conftest import Refuse, Run


@pytest.fixture
def no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_WORKSPACE", str(tmp_path / "none"))


@pytest.mark.usefixtures("no_workspace")
def test_predict_and_evaluate_need_no_workspace(
    folders: tuple[Path, Path],
    tiny_checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    run: Run,
) -> None:
    images, masks = folders
    assert run("predict", images, "--out", tmp_path / "out", "--checkpoint", tiny_checkpoint) == 0
    assert len(list((tmp_path / "out").glob("*.tif"))) == 12
    figures = tmp_path / "figures.json"
    chosen = ["--images", images, "--masks", masks, "--checkpoint", tiny_checkpoint]
    assert run("evaluate", *chosen, "--scenes", "a,b", "--json", figures) == 0
    assert "Binary IoU" in capsys.readouterr().out
    assert json.loads(figures.read_text())["tiles"] == 6
    assert run("evaluate", *chosen) == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == 4
    assert not (tmp_path / "none").exists()


def test_unwritable_metrics_file_is_refused_before_evaluation(
    folders: tuple[Path, Path], tmp_path: Path, refuse: Refuse
) -> None:
    asked = ("evaluate", "--images", folders[0], "--masks", folders[1], "--json", tmp_path / "no" / "f.json")
    assert "f.json cannot be written" in refuse(*asked)


def test_missing_device_is_named(
    folders: tuple[Path, Path], workspace: Workspace, refuse: Refuse, run: Run
) -> None:
    workspace.store.close()
    elsewhere = workspace.store.root.parent / "elsewhere"
    assert run("import", folders[0], "--workspace", elsewhere / "w") == 0
    _opened.clear()
    error = refuse("predict", "--workspace", elsewhere / "w", "--device", "cuda:99")
    assert "cuda:99" in error


def test_out_requires_images(folders: tuple[Path, Path], run: Run) -> None:
    with pytest.raises(SystemExit) as caught:
        run("predict", "--out", folders[0])
    assert caught.value.code == 2
