"""`seep import`, `export`, `report`, `list`, `demo` and `worker`."""

import json
from pathlib import Path

import pytest

from seep.io.masks import read_mask
from seep.workflow.jobs import list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.review.queue import queue
from seep.workflow.workspace import Workspace
from tests.cli.conftest import Refuse, Run
from tests.workflow.making import accept


def test_import_finetune_promote_and_export_work_together(
    workspace: Workspace,
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    run: Run,
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


def test_refused_files_are_listed_and_others_imported(
    workspace: Workspace,
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    refuse: Refuse,
    run: Run,
) -> None:
    for path in sorted(folders[0].iterdir())[1:]:
        path.write_bytes(b"cut")
    assert run("import", folders[0], "--predict") == 3
    out, err = capsys.readouterr()
    assert "1 imported, 0 skipped (already imported), 11 refused" in out
    assert "refused a.000001.tif is not a TIFF" in out
    assert "1 tile predicted" in out
    assert "seep: 11 files refused; all others are in the workspace." in err
    assert run("import", folders[0]) == 3  # again: the same files are refused
    min(folders[0].iterdir()).write_bytes(b"cut")
    message = refuse("import", folders[0], "--workspace", folders[1] / "other")
    assert "every file was refused" in message


def test_number_of_classes_is_fixed_after_first_import(
    workspace: Workspace,
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    refuse: Refuse,
    run: Run,
) -> None:
    assert run("import", folders[0], "--classes", 4) == 0
    assert run("list", "classes") == 0
    assert "Seep class 3" in capsys.readouterr().out
    assert "before the first import" in refuse("import", folders[0], "--classes", 5)


def test_demo_fills_only_an_empty_workspace(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    refuse: Refuse,
    run: Run,
) -> None:
    monkeypatch.setattr("seep.workflow.demo.PASSES", 1)
    assert run("demo", "--no-predict") == 0
    assert "8 tiles in 2 synthetic scenes" in capsys.readouterr().out
    assert list_jobs(workspace)[0].state == "queued"
    assert run("demo", "--if-new") == 0
    assert capsys.readouterr().out == ""
    assert "already has tiles" in refuse("demo")


def test_interrupt_cancels_the_job_and_exits_with_130(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seep.jobs.wait.get_job", interrupt)
    assert run("import", folders[0], "--predict") == 130
    assert list_jobs(workspace)[0].state == "canceled"


def test_worker_exits_when_no_job_is_queued(workspace: Workspace, run: Run) -> None:
    assert run("worker", "--once") == 0


def test_odd_file_names_are_printed_on_one_line(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    (folders[0] / "a.000000.tif").rename(folders[0] / "line\nbreak \udcff.000000.tif")
    (folders[1] / "a.000001.tif").unlink()
    assert run("import", folders[0], "--masks", folders[1]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("11 imported")
    assert lines[1] == "Nodata: 0 in 11 images; it fills areas at the border of 11"
    assert lines[2] == "1 without a mask: a.000001"
    assert "line\\nbreak" in lines[3]
    assert len(lines) == 4


def test_export_and_report_write_slicks(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], refuse: Refuse, run: Run
) -> None:
    assert run("import", folders[0], "--masks", folders[1], "--reviewed") == 0
    capsys.readouterr()
    assert run("export", tmp_path / "slicks", "--format", "csv", "--scenes", "a,b") == 0
    assert "6 slicks written" in capsys.readouterr().out
    assert len((tmp_path / "slicks" / "slicks.csv").read_text().splitlines()) == 7
    assert run("report", "--scene", "a", "--out", tmp_path / "a.html") == 0
    assert "3 slicks of scene a" in capsys.readouterr().out
    assert "no scene 'z'" in refuse("report", "--scene", "z", "--out", tmp_path / "z.html")
    assert "no scene 'z'" in refuse("export", tmp_path / "z", "--scenes", "z")


def test_test_tiles_are_exported_by_the_name_of_the_split_and_by_its_earlier_name(
    folders: tuple[Path, Path], tmp_path: Path, run: Run, refuse: Refuse
) -> None:
    assert run("import", folders[0], "--masks", folders[1], "--reviewed") == 0
    for split in ("test", "locked"):
        assert run("export", tmp_path / split, "--format", "png", "--split", split) == 0
    names = sorted(path.name for path in (tmp_path / "test").rglob("*.png"))
    assert names
    assert names == sorted(path.name for path in (tmp_path / "locked").rglob("*.png"))
    with pytest.raises(SystemExit):
        run("export", tmp_path / "other", "--format", "png", "--split", "blocked")


def test_workspace_option_replaces_the_setting(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    assert run("import", folders[0], "--workspace", tmp_path / "other") == 0
    assert (tmp_path / "other" / "seep.db").exists()
    capsys.readouterr()
    assert run("list", "scenes", "--workspace", tmp_path / "other") == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


@pytest.mark.parametrize("command", [("list", "models"), ("sites", "list", "Bay"), ("trash",), ("rollback",)])
def test_a_workspace_that_does_not_exist_is_not_created(
    tmp_path: Path, refuse: Refuse, command: tuple[str, ...]
) -> None:
    missing = tmp_path / "typo"
    assert f"There is no workspace {missing}." in refuse(*command, "--workspace", missing)
    assert not missing.exists()


def test_dry_run_prints_the_preview_and_changes_nothing(
    workspace: Workspace,
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    run: Run,
) -> None:
    pictures = tmp_path / "pictures"
    assert run("import", folders[0], "--masks", folders[1], "--dry-run", "--pictures", pictures) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "12 files in 4 scenes; nothing was imported"
    assert "Masks: 12 of 12 images with a mask" in lines
    assert len(list(pictures.iterdir())) == 4
    assert queue(workspace) == []
