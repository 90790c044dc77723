import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.cli.main import main
from seep.io.masks import read_mask
from seep.workflow.jobs import list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.review.queue import queue
from seep.workflow.workspace import Workspace, _opened
from tests.workflow.making import accept, make_checkpoint

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "import",
    "predict",
    "finetune",
    "evaluate",
    "export",
    "report",
    "worker",
    "demo",
    "list",
    "promote",
    "rollback",
    "model-export",
    "model-import",
]


@pytest.fixture(autouse=True)
def in_workspace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_WORKSPACE", str(workspace.store.root))
    monkeypatch.setenv("SEEP_USER", "ada")
    monkeypatch.setenv("SEEP_DEVICE", "cpu")


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run what must be refused; returns its sentence."""
    capsys.readouterr()
    assert run(*arguments) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("seep: ")
    return error


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")
    assert caught.value.code == 0
    assert f"python -m seep {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["import"],
        ["predict", "images"],
        ["evaluate", "--images", "images"],
        ["finetune", "--epochs", "many"],
        ["import", "images", "--nodata", "black"],
        ["list", "dreams"],
        ["export", "out", "--split", "test"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    assert "usage: seep" in capsys.readouterr().err


def test_the_whole_loop(
    workspace: Workspace,
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images, masks = folders
    assert run("import", images, "--masks", masks, "--predict") == 0
    out = capsys.readouterr().out
    assert "12 imported, 0 skipped" in out
    assert "12 tiles predicted" in out
    assert run("import", images, "--masks", masks) == 0
    assert "0 imported, 12 skipped" in capsys.readouterr().out
    for item in queue(workspace):
        accept(workspace, item.id, stripe=2)
    assert run("finetune", "--epochs", 2, "--crop", 32) == 0
    assert "seep-1 is a candidate" in capsys.readouterr().out
    assert run("promote", "seep-1") == 0
    assert run("list", "models", "--json") == 0
    out = capsys.readouterr().out
    assert [row["name"] for row in json.loads(out[out.index("[") :]) if row["active"]] == ["seep-1"]
    assert run("rollback") == 0
    assert [model.name for model in list_models(workspace) if model.active] == ["tiny"]
    assert run("export", tmp_path / "out") == 0
    assert (read_mask(tmp_path / "out" / "a.000000.tif")[30:33] == 2).all()


def test_predict_and_evaluate_need_no_workspace(
    folders: tuple[Path, Path],
    tiny_checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images, masks = folders
    monkeypatch.setenv("SEEP_WORKSPACE", str(tmp_path / "none"))
    assert run("predict", images, "--out", tmp_path / "out", "--checkpoint", tiny_checkpoint) == 0
    assert len(list((tmp_path / "out").iterdir())) == 12
    figures = tmp_path / "figures.json"
    chosen = ["--images", images, "--masks", masks, "--checkpoint", tiny_checkpoint]
    assert run("evaluate", *chosen, "--scenes", "a,b", "--json", figures) == 0
    assert "binary IoU" in capsys.readouterr().out
    assert json.loads(figures.read_text())["tiles"] == 6
    assert run("evaluate", *chosen) == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == 4
    assert not (tmp_path / "none").exists()


def test_bad_input_is_one_sentence_that_names_it(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images, masks = folders
    (tmp_path / "empty").mkdir()
    checkpoint = make_checkpoint(tmp_path / "c.safetensors")
    (tmp_path / "foreign.safetensors").write_bytes(b"no weights")
    out = ["--out", tmp_path / "out"]
    good = ["predict", images, *out, "--checkpoint"]
    assert "gone" in refused(capsys, "import", tmp_path / "gone")
    assert "empty" in refused(capsys, "import", tmp_path / "empty")
    assert "none.safetensors" in refused(capsys, *good, tmp_path / "none.safetensors")
    assert "foreign.safetensors" in refused(capsys, *good, tmp_path / "foreign.safetensors")
    assert "cuda:99" in refused(capsys, *good, checkpoint, "--device", "cuda:99")
    assert "nothing to train on" in refused(capsys, "finetune")
    assert "no checkpoint 'best'" in refused(capsys, "promote", "best")
    assert "roll back" in refused(capsys, "rollback")
    assert "regular expression" in refused(capsys, "import", images, "--pattern", "(")
    tifffile.imwrite(masks / "a.000000.tif", np.full((64, 64), 9, np.uint8))
    (images / "b.000000.tif").write_bytes(b"II")
    assert "b.000000.tif" in refused(capsys, *good, checkpoint)
    assert not (tmp_path / "out").exists()


def test_refused_files_are_listed_and_the_rest_is_imported(
    workspace: Workspace, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(folders[0].iterdir())[1:]:
        path.write_bytes(b"cut")
    assert run("import", folders[0]) == 0
    out = capsys.readouterr().out
    assert "1 imported, 0 skipped (there already), 11 refused" in out
    assert "refused a.000001.tif is no TIFF" in out
    min(folders[0].iterdir()).write_bytes(b"cut")
    message = refused(capsys, "import", folders[0], "--workspace", folders[1] / "other")
    assert "every file was refused" in message


def test_classes_are_set_before_the_first_import_only(
    workspace: Workspace, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", folders[0], "--classes", 4) == 0
    assert run("list", "classes") == 0
    assert "Seep class 3" in capsys.readouterr().out
    assert "before the first import" in refused(capsys, "import", folders[0], "--classes", 5)


def test_the_demo_is_made_once(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.demo.SCENES", 1)
    assert run("demo", "--no-predict") == 0
    assert "4 tiles in 1 synthetic scenes" in capsys.readouterr().out
    assert list_jobs(workspace)[0].state == "queued"
    assert run("demo", "--if-new") == 0
    assert capsys.readouterr().out == ""
    assert "holds tiles already" in refused(capsys, "demo")


def test_an_interrupt_is_130_and_cancels_the_job(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seep.jobs.wait.get_job", interrupt)
    assert run("import", folders[0], "--predict") == 130
    assert list_jobs(workspace)[0].state == "canceled"


def test_a_worker_leaves_when_nothing_waits(workspace: Workspace) -> None:
    assert run("worker", "--once") == 0


def test_the_module_runs_and_shows_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seep", "predict", "nowhere", "--out", "out"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("seep: ")
    assert "Traceback" not in done.stderr


def test_every_command_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    for command in COMMANDS:
        assert f"## {command}" in text


def test_reports_show_odd_names_on_one_line(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (folders[0] / "a.000000.tif").rename(folders[0] / "line\nbreak \udcff.000000.tif")
    (folders[1] / "a.000001.tif").unlink()
    assert run("import", folders[0], "--masks", folders[1]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("11 imported")
    assert lines[1] == "1 without a mask: a.000001"
    assert "line\\nbreak" in lines[2]
    assert len(lines) == 3


def test_figures_that_could_not_be_written_are_not_computed(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("evaluate", "--images", folders[0], "--masks", folders[1], "--json", tmp_path / "no" / "f.json")
    assert "f.json cannot be written" in refused(capsys, *asked)


def test_a_device_that_is_not_there_is_named_for_a_workspace_too(
    folders: tuple[Path, Path], workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.store.close()
    elsewhere = workspace.store.root.parent / "elsewhere"
    assert run("import", folders[0], "--workspace", elsewhere / "w") == 0
    _opened.clear()
    error = refused(capsys, "predict", "--workspace", elsewhere / "w", "--device", "cuda:99")
    assert "cuda:99" in error


def test_options_for_a_folder_need_a_folder(folders: tuple[Path, Path]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("predict", "--out", folders[0])
    assert caught.value.code == 2


def test_slicks_and_reports_come_out_of_the_command_line(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", folders[0], "--masks", folders[1], "--reviewed") == 0
    capsys.readouterr()
    assert run("export", tmp_path / "slicks", "--format", "csv", "--scenes", "a,b") == 0
    assert "6 slicks written" in capsys.readouterr().out
    assert len((tmp_path / "slicks" / "slicks.csv").read_text().splitlines()) == 7
    assert run("report", "--scene", "a", "--out", tmp_path / "a.html") == 0
    assert "3 slicks of scene a" in capsys.readouterr().out
    assert "no scene 'z'" in refused(capsys, "report", "--scene", "z", "--out", tmp_path / "z.html")
    assert "no scene 'z'" in refused(capsys, "export", tmp_path / "z", "--scenes", "z")


def test_model_info_describes_checkpoints_and_presets(capsys):
    assert main(["model-info", "--json", "--preset", "unet-rgb", "--bands", "3", "--classes", "12"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["parameters"] == pytest.approx(34.5e6, rel=0.002)
    assert main(["model-info", "models/seep-base.safetensors"]) == 0
    assert "million parameters" in capsys.readouterr().out
    assert main(["model-info", "--size", "250"]) == 1
    assert "multiple of" in capsys.readouterr().err


def test_train_refuses_what_cannot_be(capsys, tmp_path):
    command = ["train", str(tmp_path), str(tmp_path), "--out"]
    assert main([*command, "mine.pt"]) == 1
    assert ".safetensors" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "mine.safetensors"), "--preset", "best"]) == 1
    assert "unet-rgb" in capsys.readouterr().err


def test_a_model_goes_out_and_comes_in(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("model-export", "tiny", "--out", tmp_path / "out") == 0
    assert str(tmp_path / "out" / "tiny.safetensors") in capsys.readouterr().out
    other = make_checkpoint(tmp_path / "other.safetensors", seed=5, name="other")
    assert run("model-import", other) == 0
    assert "other is there as number 2" in capsys.readouterr().out
    assert "huge" in refused(capsys, "model-export", "huge", "--out", tmp_path)


def test_the_workspace_option_replaces_the_setting(tmp_path: Path) -> None:
    assert run("list", "models", "--workspace", tmp_path / "other") == 0
    assert (tmp_path / "other" / "seep.db").exists()
