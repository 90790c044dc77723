"""Backups: a copy of a workspace that was made while people work, and is a workspace of its own."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from seep.core.files import sync_folder, write_atomic
from seep.errors import SettingsError, StorageError, WorkspaceError
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.io.readers.view import encode_view, read_view
from seep.settings import Settings
from seep.store import inspection, sqlite
from seep.store.identity import forget_id
from seep.store.schema import utc_now
from seep.store.store import Store, open_store
from seep.workflow.actor import Actor, requires
from seep.workflow.maintenance.unused_files import maintenance_lock
from seep.workflow.workspace import Workspace

NOTE = "backup.json"
_FOLDERS = ("demo", "products", "unpacked", "converted", "runs", "maps")
"""Folders of a workspace besides its database and its stored files. Uploads, exports and locks are left out."""
_CHUNK_BYTES = 1 << 20

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class BackupReport:
    """Result of a backup or a restore.

    Attributes:
        folder: the copy.
        created_at: moment of the backup, ISO 8601 in UTC; every change that was saved before is in it.
        files: number of files besides the database.
        size_bytes: size of all files.
        root: folder that paths in the database begin with.
        missing: files that were in the way of a complete copy: named by rows, but lost already.
    """

    folder: str
    created_at: str
    files: int
    size_bytes: int
    root: str
    missing: tuple[str, ...] = ()


@requires("admin", "back up a workspace")
def backup(
    workspace: Workspace, out: Path, actor: Actor, on_progress: OnProgress | None = None
) -> BackupReport:
    """Copy a workspace to a new folder while people work.

    First the database is copied as one consistent state, then the stored files that existed at that moment or came
    later: stored files are only added, and none is removed during a backup. Images outside of the workspace are
    not copied.

    Args:
        out: new folder; it appears when the copy is complete.
        on_progress: called with (done, total, name).

    Raises:
        SettingsError: the folder exists, is in the workspace, the database is not SQLite, or the files are in a
            bucket.
        StorageError: the disk is full, or another backup is running; no copy is left.
    """
    root, out = workspace.store.root.resolve(), out.expanduser().resolve()
    if workspace.settings.database_url is not None:
        raise SettingsError(
            "Only SQLite workspaces can be copied. Back up SEEP_DATABASE_URL with its own tools."
        )
    if workspace.settings.files_url is not None:
        raise SettingsError(
            "Only files on this machine can be copied. Copy seep.db first, then SEEP_FILES_URL with the tools of the "
            "object store."
        )
    if out.exists() or out.is_relative_to(root):
        raise SettingsError(f"{out} exists, or is in the workspace. Choose a new folder outside of it.")
    with maintenance_lock(root), _new_folder(out) as part:
        created_at = utc_now()
        inspection.copy_database(root / "seep.db", part / "seep.db")
        return _fill(root, part, out, created_at=created_at, old_root=str(root), on_progress=on_progress)


@requires("admin", "restore a backup")
def restore(source: Path, target: Path, actor: Actor, on_progress: OnProgress | None = None) -> BackupReport:
    """Copy a backup to a new folder that is a workspace of its own.

    Args:
        source: folder of a backup, at any place.
        target: new folder.
        on_progress: called with (done, total, name).

    Raises:
        WorkspaceError: the folder is not a backup.
        SettingsError: the target exists.
        StorageError: the disk is full, or a file cannot be read; no copy is left.
    """
    source, target = source.expanduser().resolve(), target.expanduser().resolve()
    note = read_note(source)
    if target.exists():
        raise SettingsError(f"{target} exists. Choose a new folder for the restored workspace.")
    with _new_folder(target) as part:
        shutil.copyfile(source / "seep.db", part / "seep.db")
        return _fill(
            source,
            part,
            target,
            created_at=note.created_at,
            old_root=note.root,
            on_progress=on_progress,
        )


def read_note(folder: Path) -> BackupReport:
    """Read the note of a backup.

    Raises:
        WorkspaceError: the folder is not a complete backup.
    """
    try:
        values = json.loads((folder / NOTE).read_text("utf-8"))
        return BackupReport(**{**values, "missing": tuple(values["missing"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WorkspaceError(f"{folder} is not a complete backup of Seep. Choose another folder.") from error


def _fill(
    root: Path, part: Path, out: Path, *, created_at: str, old_root: str, on_progress: OnProgress | None
) -> BackupReport:
    """Copy files beside a copied database, and let its paths begin with the new folder."""
    names = [*_file_names(root)]
    size, missing = (part / "seep.db").stat().st_size, []
    for done, name in enumerate(names, 1):
        if on_progress:
            on_progress(done, len(names), name)
        try:
            size += _copy(root / name, part / name)
        except FileNotFoundError:  # a run ended and its state was deleted
            missing.append(name)
    _move_paths(part, old_root, str(out))
    report = BackupReport(str(out), created_at, len(names) - len(missing), size, str(out), tuple(missing))
    write_atomic(part / NOTE, json.dumps(asdict(report), indent=1).encode())
    return report


def _file_names(root: Path) -> Iterator[str]:
    """Yield the files to copy, relative to the workspace."""
    for folder in ("files", *_FOLDERS):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.relative_to(root).parts[:2] != ("files", "incoming"):
                yield path.relative_to(root).as_posix()


def _copy(source: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, target.open("wb") as writing:
        shutil.copyfileobj(reading, writing, _CHUNK_BYTES)
        writing.flush()
        os.fsync(writing.fileno())
        return writing.tell()


def _move_paths(part: Path, old: str, new: str) -> None:
    """Let the paths of tiles, scenes and views that begin with `old` begin with `new`."""
    forget_id(part / "seep.db")  # the copy gets an id of its own
    store = open_store(part)
    try:
        with store.transaction() as session:
            inspection.move_paths(session, old, new)
            for tile_id, path in inspection.tile_paths(session, VIEW_SUFFIX):
                inspection.set_tile_path(session, tile_id, _moved_view(store, part, path, old, new))
    finally:
        store.close()


def _moved_view(store: Store, part: Path, path: str, old: str, new: str) -> str:
    """Return the path of a view whose image has moved with the workspace."""
    if not path.startswith(f"{new}/"):
        return path
    view = read_view(part / path[len(new) + 1 :])
    if not view.locator.startswith(f"{old}/"):
        return path
    moved = replace(view, locator=new + view.locator[len(old) :])
    sha256 = store.files.put(encode_view(moved), VIEW_SUFFIX)
    return new + store.files.locator(sha256, VIEW_SUFFIX)[len(str(part)) :]


@contextlib.contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """Yield a folder beside `out` that gets its name if the block succeeds, and is deleted if it fails."""
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        part.mkdir(mode=0o700, parents=True)
        yield part
        for folder in (part, *(path for path in part.rglob("*") if path.is_dir())):
            sync_folder(folder)
        part.rename(out)
        sync_folder(out.parent)
    except (OSError, sqlite.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StorageError(f"{out} could not be written: {reason}. Nothing is left of it.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_copy(settings: Settings, folder: str) -> Settings:
    """Return settings for the workspace of a copy, to check it."""
    return settings.model_copy(update={"workspace": Path(folder), "database_url": None, "files_url": None})
