"""Backups: a copy of a workspace that was made while people work, and is a workspace of its own."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from seep.core.files import sync_folder, write_atomic
from seep.errors import SeepError, SettingsError, StorageError, WorkspaceError
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.io.readers.view import encode_view, read_view
from seep.settings import Settings
from seep.store import audit_log, inspection, sqlite
from seep.store.copies.rows import copy_to_server, copy_to_sqlite
from seep.store.files.blobs import Blobs, open_blobs
from seep.store.files.bucket_store import BLOB_SCHEME
from seep.store.files.cache import NodeCache
from seep.store.files.file_store import FileStore, blob_key, read_key
from seep.store.identity import forget_id
from seep.store.schema import utc_now
from seep.store.store import open_store
from seep.workflow.actor import Actor, requires
from seep.workflow.locators import split_blob
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
        source: folder that was copied, "" in backups before 0.2.0.
    """

    folder: str
    created_at: str
    files: int
    size_bytes: int
    root: str
    missing: tuple[str, ...] = ()
    source: str = ""


@requires("admin", "back up a workspace")
def backup(
    workspace: Workspace, out: Path, actor: Actor, on_progress: OnProgress | None = None
) -> BackupReport:
    """Copy a workspace to a new folder while people work.

    First the database is copied as one consistent state, then the stored files that existed at that moment or came
    later: stored files are only added, and none is removed during a backup. Images outside of the workspace are
    not copied. A database of a server becomes a SQLite database of the backup, and files of a bucket are fetched: the
    backup is a workspace on one machine. A backup from a bucket that was interrupted goes on when it is made again.

    Args:
        out: new folder; it appears when the copy is complete.
        on_progress: called with (done, total, name).

    Raises:
        SettingsError: the folder exists, or is in the workspace.
        StorageError: the disk is full, or another backup is running; no copy is left.
    """
    try:
        return _backup(workspace, out, on_progress)
    except (SeepError, OSError) as error:
        with contextlib.suppress(SeepError), workspace.store.transaction() as session:
            audit_log.add(session, actor.name, "fail backup", "workspace", {"reason": str(error)})
        raise


def _backup(workspace: Workspace, out: Path, on_progress: OnProgress | None) -> BackupReport:
    root, out = workspace.store.root.resolve(), out.expanduser().resolve()
    if out.exists() or out.is_relative_to(root):
        raise SettingsError(f"{out} exists, or is in the workspace. Choose a new folder outside of it.")
    files = workspace.store.files
    with maintenance_lock(root), _new_folder(out, resume=files.is_remote) as part:
        created_at = utc_now()
        if workspace.settings.database_url is None:
            inspection.copy_database(root / "seep.db", part / "seep.db")
        else:
            with workspace.store.reading() as session:
                copy_to_sqlite(session.connection(), part / "seep.db")
        if files.is_remote:
            _fetch(files, FileStore(part / "files"), on_progress)
        return _fill(root, part, out, created_at=created_at, old_root=str(root), on_progress=on_progress)


@requires("admin", "restore a backup")
def restore(
    source: Path,
    target: Path,
    actor: Actor,
    on_progress: OnProgress | None = None,
    servers: Settings | None = None,
) -> BackupReport:
    """Copy a backup to a new folder that is a workspace of its own.

    Args:
        servers: settings whose `database_url` gets the rows and whose `files_url` gets the stored files, where they are
            set; None for a workspace on one machine. After an interruption, the same call does the rest: files that the
            bucket has already are not sent again, and the rows come last, in one transaction.
        source: folder of a backup, at any place.
        target: new folder.
        on_progress: called with (done, total, name).

    Raises:
        WorkspaceError: the folder is not a backup.
        SettingsError: the target exists, or the database of the servers is not empty.
        StorageError: the disk is full, or a file cannot be read; no copy is left.
    """
    source, target = source.expanduser().resolve(), target.expanduser().resolve()
    note = read_note(source)
    if target.exists():
        raise SettingsError(f"{target} exists. Choose a new folder for the restored workspace.")
    to_bucket = servers is not None and servers.files_url is not None
    with _new_folder(target) as part:
        shutil.copyfile(source / "seep.db", part / "seep.db")
        report = _fill(
            source,
            part,
            target,
            created_at=note.created_at,
            old_root=note.root,
            on_progress=on_progress,
            to_bucket=to_bucket,
        )
        if servers is not None:
            _move_to_servers(part, servers, on_progress)
        return report


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


def delete_older_backups(newest: Path, keep: int) -> list[Path]:
    """Delete the oldest backups of a workspace beside its newest one.

    Only complete backups of the same workspace are counted and deleted: other folders stay.

    Args:
        newest: folder of a backup.
        keep: how many to keep, the newest included, at least 1.

    Returns:
        The folders that are gone, oldest first.

    Raises:
        WorkspaceError: the folder is not a backup.
        StorageError: one could not be deleted; the newer ones are there.
    """
    source, found = read_note(newest).source, []
    for folder in newest.resolve().parent.iterdir():
        try:
            note = read_note(folder)
        except WorkspaceError:
            continue
        if note.source == source:
            found.append((note.created_at, folder))
    old = [folder for _, folder in sorted(found)[:-keep]]
    for folder in old:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(f"The backup {folder} could not be deleted: {error.strerror}.") from error
    return old


def _fill(
    root: Path,
    part: Path,
    out: Path,
    *,
    created_at: str,
    old_root: str,
    on_progress: OnProgress | None,
    to_bucket: bool = False,
) -> BackupReport:
    """Copy files beside a copied database, and let its paths begin with the new folder."""
    names = [*_file_names(root)]
    missing = []
    for done, name in enumerate(names, 1):
        if on_progress:
            on_progress(done, len(names), name)
        try:
            _copy(root / name, part / name)
        except FileNotFoundError:  # a run ended and its state was deleted
            missing.append(name)
    copied = [part / name for name in _file_names(part)]  # with those that were fetched from a bucket
    size = sum(path.stat().st_size for path in (part / "seep.db", *copied))
    _move_paths(part, old_root, str(out), to_bucket=to_bucket)
    report = BackupReport(str(out), created_at, len(copied), size, str(out), tuple(missing), str(root))
    write_atomic(part / NOTE, json.dumps(asdict(report), indent=1).encode())
    return report


def _file_names(root: Path) -> Iterator[str]:
    """Yield the files to copy, relative to the workspace."""
    for folder in ("files", *_FOLDERS):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.relative_to(root).parts[:2] != ("files", "incoming"):
                yield path.relative_to(root).as_posix()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, target.open("wb") as writing:
        shutil.copyfileobj(reading, writing, _CHUNK_BYTES)
        writing.flush()
        os.fsync(writing.fileno())


def _move_paths(part: Path, old: str, new: str, *, to_bucket: bool) -> None:
    """Let the locators of tiles, scenes and views that name a file of the old workspace name that of the new one.

    Args:
        old: folder that paths begin with.
        new: folder that they begin with afterward.
        to_bucket: stored files are named as those of a bucket.
    """
    forget_id(part / "seep.db")  # the copy gets an id of its own
    store = open_store(part)
    with store.transaction() as session:
        audit_log.forget_event(session)  # the workspace itself sends them

    def named(sha256: str, suffix: str) -> str:
        return f"{BLOB_SCHEME}{sha256}{suffix}" if to_bucket else f"{new}/files/{blob_key(sha256, suffix)}"

    def moved(locator: str) -> str:
        stored = _stored_file(locator, old)
        if stored is None:
            return new + locator[len(old) :] if locator.startswith(f"{old}/") else locator
        if stored[1] == VIEW_SUFFIX:
            view = read_view(store.files.local(*stored))
            inner = replace(view, locator=moved(view.locator))
            if inner != view:
                stored = store.files.put(encode_view(inner), VIEW_SUFFIX), VIEW_SUFFIX
        return named(*stored)

    try:
        with store.transaction() as session:
            inspection.change_paths(session, (f"{old}/", BLOB_SCHEME), moved)
    finally:
        store.close()


def _stored_file(locator: str, root: str) -> tuple[str, str] | None:
    """Return the hash and the suffix of a stored file that a locator names, in a bucket or in a folder."""
    if locator.startswith(BLOB_SCHEME):
        return split_blob(locator)
    return read_key(locator[len(root) + 7 :]) if locator.startswith(f"{root}/files/") else None


def _fetch(source: Blobs, target: FileStore, on_progress: OnProgress | None) -> None:
    """Copy the stored files of a bucket; those that are there already and whole stay."""
    wanted = list(source.stored())
    for done, one in enumerate(wanted, 1):
        if on_progress:
            on_progress(done, len(wanted), one.sha256[:12])
        if not _has(target, one.sha256, one.suffix):
            target.put_file(source.local(one.sha256, one.suffix), one.suffix)


def _has(files: FileStore, sha256: str, suffix: str) -> bool:
    try:
        files.check(sha256, suffix)
    except StorageError:
        return False
    return True


def _move_to_servers(part: Path, servers: Settings, on_progress: OnProgress | None) -> None:
    """Move the stored files of a copy to the bucket, then its rows to the database server."""
    if servers.files_url is not None:
        local = FileStore(part / "files")
        bucket = open_blobs(part, servers.files_url, NodeCache(part / "cache", servers.cache_mb << 20))
        stored = list(local.stored())
        for done, one in enumerate(stored, 1):
            if on_progress:
                on_progress(done, len(stored), one.sha256[:12])
            bucket.put_file(local.local(one.sha256, one.suffix), one.suffix)
        shutil.rmtree(part / "files")
    if servers.database_url is not None:
        copy_to_server(part / "seep.db", servers.database_url)
        for path in part.glob("seep.db*"):
            path.unlink()


@contextlib.contextmanager
def _new_folder(out: Path, *, resume: bool = False) -> Iterator[Path]:
    """Yield a folder beside `out` that gets its name if the block succeeds, and is deleted if it fails.

    With `resume`, it stays if the block fails, and is used again; only its database is made anew.
    """
    part = out.with_name(f".{out.name}.part" if resume else f".{out.name}.part-{os.getpid()}")
    try:
        part.mkdir(mode=0o700, parents=True, exist_ok=resume)
        for path in part.glob("seep.db*"):
            path.unlink()
        yield part
        for folder in (part, *(path for path in part.rglob("*") if path.is_dir())):
            sync_folder(folder)
        part.rename(out)
        sync_folder(out.parent)
    except (OSError, sqlite.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        left = "What was fetched is kept; run the same command again." if resume else "Nothing is left of it."
        raise StorageError(f"{out} could not be written: {reason}. {left}") from error
    finally:
        if not resume:
            shutil.rmtree(part, ignore_errors=True)


def check_copy(settings: Settings, folder: str, *, servers: bool = False) -> Settings:
    """Return settings for the workspace of a copy, to check it.

    Args:
        servers: it was restored to the servers of the settings.
    """
    elsewhere = {} if servers else {"database_url": None, "files_url": None}
    return settings.model_copy(update={"workspace": Path(folder), **elsewhere})
