"""Retention: old exports, rotated logs and ended jobs go; nothing that somebody else wrote or changed does."""

import json
import logging
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from seep.cli.main import main
from seep.errors import DeniedError, SettingsError
from seep.io.exporting.staging import LEDGER, place_for, staged
from seep.store import audit_log, jobs, runs
from seep.store.schema import Job, JobEvent
from seep.workflow.actor import Actor
from seep.workflow.exports.exporter import export, export_zip
from seep.workflow.maintenance.log_files import LOGGER, start_log
from seep.workflow.maintenance.retention import Retention, RetentionReport, delete_old
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept

DAY_S = 86_400
EXPORTS, LOGS, JOBS = Retention(exports=30), Retention(logs=30), Retention(jobs=30)


def later(
    workspace: Workspace, retention: Retention, *, dry_run: bool = False, days: float = 31
) -> RetentionReport:
    """Delete what is old after some days."""
    return delete_old(workspace, retention, ADA, dry_run=dry_run, now=time.time() + days * DAY_S)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def write(out: Path, **contents: str) -> None:
    """Write files as an export does; "__" in a name stands for a folder."""
    with staged(out) as stage:
        for name, text in contents.items():
            place_for(stage, *name.split("__")).write_text(text)


def test_old_exports_and_zips_are_deleted_after_a_dry_run_that_lists_them(
    workspace: Workspace, tiles: list[int]
) -> None:
    accept(workspace, tiles[0])
    out = workspace.store.root / "exports"
    export(workspace, out / "masks", "mask-tiff", actor=ADA)
    _, zipped = export_zip(workspace, "mask-tiff", actor=ADA)
    (out / "seep-notes.zip").write_text("mine")
    before = files(out)
    assert later(workspace, EXPORTS, days=29) == RetentionReport((), 0, (), 0)
    listed = later(workspace, EXPORTS, dry_run=True)
    assert files(out) == before
    assert zipped in listed.files
    assert out / "masks/a.000000.tif" in listed.files
    assert listed.size_bytes == sum(path.stat().st_size for path in listed.files)
    assert later(workspace, EXPORTS) == listed
    assert files(out) == ["seep-notes.zip"]
    assert not any(path.exists() for path in listed.files)


def test_files_that_seep_did_not_write_or_that_were_changed_stay(
    workspace: Workspace, tmp_path: Path
) -> None:
    root = tmp_path / "given"
    here = replace(workspace, settings=workspace.settings.model_copy(update={"export_roots": (root,)}))
    out = root / "team" / "out"
    write(out, a="a", b="b", deep__er__c="c", own__d="d")
    (out / "b").write_text("changed")
    (out / "own" / "notes.txt").write_text("mine")
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, a="a")
    first = later(here, EXPORTS)
    assert (first.files, first.changed) == ((out / "a", out / "deep/er/c", out / "own/d"), (out / "b",))
    assert files(root) == [
        "team",
        "team/out",
        f"team/out/{LEDGER}",
        "team/out/b",
        "team/out/own",
        "team/out/own/notes.txt",
    ]
    assert later(here, EXPORTS) == RetentionReport((), 0, (out / "b",), 0)
    assert files(elsewhere) == [LEDGER, "a"]


def test_a_folder_with_a_new_export_stays_whole(workspace: Workspace) -> None:
    out = workspace.store.root / "exports" / "out"
    write(out, a="a")
    old = time.time() - 90 * DAY_S
    for path in (out / "a", out / LEDGER):
        os.utime(path, (old, old))
    write(out, b="b")
    assert later(workspace, EXPORTS, days=0).files == ()
    assert files(out) == [LEDGER, "a", "b"]


@pytest.mark.parametrize("name", ["../mine.txt", "link/mine.txt", "link.txt"])
def test_a_list_of_written_files_cannot_name_files_elsewhere(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    out = workspace.store.root / "exports" / "out"
    write(out, a="mine")
    ledger = json.loads((out / LEDGER).read_text())
    target = tmp_path / "mine" / "mine.txt"
    target.parent.mkdir()
    (out / "link").symlink_to(target.parent)
    (out / "link.txt").symlink_to(target)
    for path in (target, out.parent / "mine.txt"):
        path.write_text("mine")
    (out / LEDGER).write_text(json.dumps({"files": {name: ledger["files"]["a"], **ledger["files"]}}))
    assert later(workspace, EXPORTS).files == (out / "a",)
    assert (target.read_text(), (out.parent / "mine.txt").read_text()) == ("mine", "mine")


def test_rotated_log_files_are_deleted_and_the_current_one_stays(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    here = replace(workspace, settings=workspace.settings.model_copy(update={"log_folder": folder}))
    start_log(here.settings, "worker")
    handler = next(
        one for one in LOGGER.handlers if getattr(one, "baseFilename", "") == str(folder / "worker.jsonl")
    )
    try:
        handler.doRollover()  # type: ignore[attr-defined]
        logging.getLogger("seep").error("Something happened.")
    finally:
        LOGGER.removeHandler(handler)
        handler.close()
    (folder / "app.jsonl.2").write_text("another program\n")
    (folder / "notes.jsonl.1").write_text((folder / "worker.jsonl.1").read_text())
    (folder / "app.jsonl.1").symlink_to(folder / "notes.jsonl.1")
    assert later(here, LOGS, days=29).files == ()
    assert later(here, LOGS).files == (folder / "worker.jsonl.1",)
    assert files(folder) == ["app.jsonl.1", "app.jsonl.2", "notes.jsonl.1", "worker.jsonl"]


def test_ended_jobs_go_but_none_that_somebody_needs(workspace: Workspace) -> None:
    with workspace.store.transaction() as session:
        ids = {}
        for name, kind, state in (
            ("predicted", "predict", "done"),
            ("failed", "predict", "failed"),
            ("evaluated", "evaluate", "done"),
            ("not evaluated", "evaluate", "failed"),
            ("trained", "finetune", "done"),
            ("new", "predict", "done"),
            ("waiting", "predict", ""),
            ("newest", "predict", "done"),
        ):
            ids[name] = jobs.enqueue(session, kind, {}, "ada").id
            jobs.add_events(session, ids[name], [{"kind": "log", "text": name}])
            if kind == "finetune":
                runs.add_run(
                    session, ids[name], base_checkpoint_id=None, config={}, revision_ids=[], author="ada"
                )
            if state:
                session.execute(update(Job).where(Job.id == ids[name]).values(state="running"))
                jobs.finish(session, ids[name], state)
        session.execute(
            update(Job).where(Job.id == ids["new"]).values(finished_at="2999-01-01T00:00:00.000+00:00")
        )
    assert later(workspace, JOBS, days=29).jobs == 0
    assert later(workspace, JOBS, dry_run=True).jobs == 3
    assert later(workspace, JOBS).jobs == 3
    gone = {"predicted", "failed", "evaluated"}
    kept = [number for name, number in ids.items() if name not in gone]
    with workspace.store.reading() as session:
        assert list(session.scalars(select(Job.id).order_by(Job.id))) == kept
        assert list(session.scalars(select(JobEvent.job_id).order_by(JobEvent.job_id))) == kept
        logged = [one.details for one in audit_log.list_audit(session) if one.action == "delete old files"]
    assert logged == [{"files": 0, "bytes": 0, "jobs": 3}]


@pytest.mark.parametrize("retention", [Retention(), Retention(exports=0), Retention(exports=30, logs=-1)])
def test_no_days_and_days_below_one_are_refused(workspace: Workspace, retention: Retention) -> None:
    with pytest.raises(SettingsError, match=r"Set the days of exports, logs or jobs, from 1 to 36.500"):
        later(workspace, retention)


def test_only_an_admin_deletes_old_files(workspace: Workspace) -> None:
    with pytest.raises(DeniedError):
        delete_old(workspace, EXPORTS, Actor("lea", "lead"), dry_run=True)


def test_the_command_prints_what_it_would_delete_and_what_it_deletes(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    out = workspace.store.root / "exports" / "out"
    write(out, a="a", b="b")
    (out / "b").write_text("changed")
    old = time.time() - 90 * DAY_S
    os.utime(out / LEDGER, (old, old))
    arguments = ["prune", "--exports", "30", "--workspace", str(workspace.settings.workspace)]
    lines = [f"{out}/a", f"{out}/b was changed after Seep wrote it, and stays."]
    assert main([*arguments, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [*lines, "1 file, 1 byte, 0 jobs would be deleted."]
    assert files(out) == [LEDGER, "a", "b"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == [*lines, "Deleted 1 file, 1 byte, 0 jobs."]
    assert files(out) == [LEDGER, "b"]
    assert main(arguments[:1] + arguments[3:]) == 1
    assert "Set the days of exports, logs or jobs" in capsys.readouterr().err
