"""`seep doctor`, `seep backup`, `seep restore` and `seep prune`: checks, copies and clearing of a workspace."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace
from seep.cli.output import progress_bar
from seep.cli.session import actor_of, settings_of, workspace_of
from seep.core.text import counted, number
from seep.errors import SettingsError, WorkspaceError
from seep.settings import Settings
from seep.workflow.actor import Actor
from seep.workflow.maintenance.backup import BackupReport, backup, check_copy, delete_older_backups, restore
from seep.workflow.maintenance.checks import Finding, check_workspace, repair, version_line
from seep.workflow.maintenance.installation import check_installation, device_line
from seep.workflow.maintenance.retention import Retention, delete_old
from seep.workflow.maintenance.worker_lock import worker_app

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_maintenance_commands(parsers: "Parsers") -> None:
    """Add the commands to the parser."""
    parser = add_command(
        parsers,
        "backup",
        run_backup,
        "copy a workspace while people work, and check the copy",
        "copy/2026-11-22",
    )
    parser.add_argument("out", type=Path, help="new folder, outside of the workspace")
    parser.add_argument(
        "--keep",
        type=int,
        metavar="N",
        help="then delete the oldest backups of this workspace beside it, so that N are left",
    )
    add_workspace(parser)
    parser = add_command(
        parsers,
        "restore",
        run_restore,
        "make a workspace of a backup, and check it",
        "copy/2026-11-22 --out survey",
    )
    parser.add_argument("backup", type=Path, help="folder of the backup")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder of the workspace")
    parser.add_argument(
        "--to-servers",
        action="store_true",
        help="rows to the empty database SEEP_DATABASE_URL, stored files to the bucket SEEP_FILES_URL, where set",
    )
    add_workspace(parser)
    parser = add_command(
        parsers,
        "prune",
        run_prune,
        "delete exports, rotated log files and ended jobs that are older than some days",
        "--exports 90 --logs 30 --jobs 180 --dry-run",
        "--logs 30",
    )
    for name, text in (
        ("exports", "since the last export to a folder in the export folders"),
        ("logs", "since the last line of a rotated log file"),
        ("jobs", "since a job ended"),
    ):
        parser.add_argument(f"--{name}", type=int, metavar="DAYS", help=f"days {text}")
    parser.add_argument(
        "--dry-run", action="store_true", help="list what would be deleted, and delete nothing"
    )
    add_workspace(parser)


def check(settings: Settings, before: Sequence[Finding] = ()) -> None:
    """Check a workspace and print the findings, after those that were found before.

    Raises:
        WorkspaceError: there are errors.
    """
    with progress_bar("check", "file") as show:
        findings = [*before, *check_workspace(settings, show)]
    for one in findings:
        hint = " (--repair)" if one.repairable else ""
        print(f"{one.level}: {one.check}: {one.message}{hint}")
    errors = sum(one.level == "error" for one in findings)
    warnings = len(findings) - errors
    if errors:
        raise WorkspaceError(
            f"The workspace {settings.workspace} has {counted(errors, 'error')} and {counted(warnings, 'warning')}."
        )
    print(f"The workspace {settings.workspace} has no errors and {counted(warnings, 'warning')}.")


def check_and_repair(options: argparse.Namespace) -> None:
    """`seep doctor` without a device."""
    settings = settings_of(options)
    if options.repair:
        for sentence in repair(settings, Actor(options.author or settings.user, "admin")):
            print(sentence)
    print(version_line(settings))
    app = worker_app(settings.workspace)
    if app:
        print(f"An app runs the jobs of this workspace: {app.text}.")
    print(device_line())
    check(settings, check_installation(settings, os.environ))


def run_backup(options: argparse.Namespace) -> None:
    """`seep backup`."""
    workspace = workspace_of(options)
    if options.keep is not None and options.keep < 1:
        raise SettingsError(f"--keep is {options.keep}. Keep 1 backup or more.")
    with progress_bar("backup", "file") as show:
        report = backup(workspace, options.out, actor_of(options, workspace), show)
    _print(report)
    check(check_copy(workspace.settings, report.folder))
    if options.keep:
        for folder in delete_older_backups(Path(report.folder), options.keep):
            print(f"Deleted the backup {folder}.")


def run_restore(options: argparse.Namespace) -> None:
    """`seep restore`."""
    settings = settings_of(options)
    with progress_bar("restore", "file") as show:
        report = restore(
            options.backup,
            options.out,
            Actor(options.author or settings.user, "admin"),
            show,
            settings if options.to_servers else None,
        )
    _print(report)
    check(check_copy(settings, report.folder, servers=options.to_servers))


def run_prune(options: argparse.Namespace) -> None:
    """`seep prune`."""
    workspace = workspace_of(options)
    report = delete_old(
        workspace,
        Retention(options.exports, options.logs, options.jobs),
        actor_of(options, workspace),
        dry_run=options.dry_run,
    )
    for path in report.files:
        print(path)
    for path in report.changed:
        print(f"{path} was changed after Seep wrote it, and stays.")
    counts = ((len(report.files), "file"), (report.size_bytes, "byte"), (report.jobs, "job"))
    what = ", ".join(counted(count, name) for count, name in counts)
    print(f"{what} would be deleted." if options.dry_run else f"Deleted {what}.")


def _print(report: BackupReport) -> None:
    print(
        f"{report.folder}: {counted(report.files, 'file')}, {number(report.size_bytes)} bytes, "
        f"as of {report.created_at}."
    )
    for name in report.missing:
        print(f"{name} was deleted during the copy.")
