"""Deletes exports, rotated log files and ended jobs that are older than some days; only what Seep wrote."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seep.core.text import number
from seep.errors import SettingsError, StorageError
from seep.io.exporting.staging import LEDGER, remove_written
from seep.store import audit_log, jobs
from seep.store.schema import stamp
from seep.workflow.actor import Actor, requires
from seep.workflow.maintenance.unused_files import maintenance_lock
from seep.workflow.workspace import Workspace

MAX_DAYS = 36_500
_DAY_S = 86_400
_ZIP = re.compile(r"seep-.+-\d{8}-\d{6}-[0-9a-f]{6}\.zip")
_ROTATED = re.compile(r"(app|worker)\.jsonl\.\d+")
_LOG_KEYS = {"time", "level", "logger", "process", "message"}


@dataclass(frozen=True)
class Retention:
    """What to delete: the age in days, from 1 to `MAX_DAYS`; None keeps all of that kind.

    Attributes:
        exports: days since the last export to a folder; of zips for download, since they were written.
        logs: days since the last line of a rotated log file.
        jobs: days since the end of a job.
    """

    exports: int | None = None
    logs: int | None = None
    jobs: int | None = None


@dataclass(frozen=True)
class RetentionReport:
    """What was deleted, or would be.

    Attributes:
        files: paths.
        size_bytes: of these files.
        changed: exported files that were changed since, or cannot be deleted; they stay.
        jobs: number of jobs.
    """

    files: tuple[Path, ...]
    size_bytes: int
    changed: tuple[Path, ...]
    jobs: int


@requires("admin", "delete old exports, logs and jobs")
def delete_old(
    workspace: Workspace, retention: Retention, actor: Actor, *, dry_run: bool, now: float | None = None
) -> RetentionReport:
    """Delete exports in the export folders, rotated log files, and rows of ended jobs.

    Exported files are recognized by the list with hashes that each export leaves in its folder, zips and log files by
    name, and log files by their first line too. Jobs of training runs stay, as do evaluations that failed or were
    canceled, which would be repeated, and the newest job.

    Args:
        dry_run: change nothing.
        now: seconds since the epoch; None for the current time.

    Raises:
        SettingsError: no kind is chosen, or a number of days cannot be used.
        StorageError: a backup is running, or a folder cannot be read.
    """
    chosen = [days for days in vars(retention).values() if days is not None]
    if not chosen or not all(1 <= days <= MAX_DAYS for days in chosen):
        raise SettingsError(f"Set the days of exports, logs or jobs, from 1 to {number(MAX_DAYS)}.")
    moment = time.time() if now is None else now
    sizes: dict[Path, int] = {}
    changed: list[Path] = []
    ended = 0
    with maintenance_lock(workspace.store.root):
        try:
            if retention.exports is not None:
                _exports(workspace, moment - _DAY_S * retention.exports, sizes, changed, dry_run=dry_run)
            if retention.logs is not None:
                before = moment - _DAY_S * retention.logs
                logs = [
                    one for one in _matching(workspace.settings.log_path, _ROTATED, before) if _is_log(one)
                ]
                _remove(logs, sizes, dry_run=dry_run)
        except OSError as error:
            raise StorageError(f"{error.filename} cannot be read or deleted: {error.strerror}.") from error
        with workspace.store.transaction() as session:
            if retention.jobs is not None:
                before = moment - _DAY_S * retention.jobs
                ended = jobs.delete_ended(
                    session, stamp(datetime.fromtimestamp(before, UTC)), dry_run=dry_run
                )
            if not dry_run and (sizes or ended):
                details = {"files": len(sizes), "bytes": sum(sizes.values()), "jobs": ended}
                audit_log.add(session, actor.name, "delete old files", "workspace", details)
    return RetentionReport(tuple(sizes), sum(sizes.values()), tuple(changed), ended)


def _exports(
    workspace: Workspace, before: float, sizes: dict[Path, int], changed: list[Path], *, dry_run: bool
) -> None:
    own = workspace.store.root / "exports"
    _remove(_matching(own, _ZIP, before), sizes, dry_run=dry_run)
    roots = dict.fromkeys(one.resolve() for one in (*workspace.settings.export_folders, own))
    for root in roots:
        for path in sorted(root.rglob(LEDGER)):
            removed, kept = remove_written(path.parent, before, dry_run=dry_run)
            sizes |= removed
            changed += kept
            if not dry_run and path.parent != root and not any(path.parent.iterdir()):
                path.parent.rmdir()


def _matching(folder: Path, name: re.Pattern[str], before: float) -> Iterator[Path]:
    for path in sorted(folder.glob("*")):
        if (
            name.fullmatch(path.name)
            and path.is_file()
            and not path.is_symlink()
            and path.stat().st_mtime < before
        ):
            yield path


def _is_log(path: Path) -> bool:
    """Tell whether the first line of a file is one of `seep.workflow.maintenance.log_files`."""
    with path.open(encoding="utf-8", errors="replace") as file:
        try:
            line = json.loads(file.readline(1 << 20))
        except ValueError:
            return False
    return isinstance(line, dict) and line.keys() >= _LOG_KEYS


def _remove(paths: Iterator[Path] | list[Path], sizes: dict[Path, int], *, dry_run: bool) -> None:
    for path in paths:
        sizes[path] = path.stat().st_size
        if not dry_run:
            path.unlink()
