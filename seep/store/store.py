"""Open a workspace: its database with transactions, and its files."""

import fcntl
import logging
import os
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import seep.store.comments.comments
import seep.store.places.causes
import seep.store.review.tables  # noqa: F401 - adds its tables to the metadata
from seep.errors import StorageError, WorkspaceError
from seep.store.database import (
    DRIVER_ERRORS,
    Versions,
    WriterLock,
    copy_log,
    make_engine,
    opening_error_text,
    set_journal,
    storage_errors,
    writing,
)
from seep.store.deleted.session import StoreSession
from seep.store.files.blobs import Blobs, open_blobs
from seep.store.files.bucket import Bucket
from seep.store.files.bucket_images import BucketImages
from seep.store.files.cache import NodeCache
from seep.store.files.file_store import FileStore
from seep.store.identity import ID_FILE, Identity, set_id
from seep.store.migrate import has_tables, migrate

_LOGGER = logging.getLogger("seep.store")
CACHE_MB = 10240
DATABASE = "seep.db"
"""Database file in the folder of a workspace, unless the settings name another database."""


class StoredFiles:
    """The files of a workspace, without its database.

    Attributes:
        files: stored files.
        images: images in buckets.
        cache: copies of what is in buckets, on this machine.
    """

    def __init__(self, files: Blobs, cache: NodeCache) -> None:
        self.files = files
        self.images = BucketImages(cache, Bucket)
        self.cache = cache


class Store(StoredFiles):
    """An open workspace: rows with `transaction` and `reading`, stored files with `files`.

    Attributes:
        root: folder of the workspace.
    """

    def __init__(self, root: Path, engine: Engine, files: Blobs, cache: NodeCache, workspace_id: str) -> None:
        super().__init__(files, cache)
        self.root = root
        self._identity = Identity(
            root,
            workspace_id,
            _sqlite_file(engine),
            with_folder=_holds_data(root, _sqlite_file(engine), files),
            reopen=self._reopen,
        )
        event.listen(engine, "do_connect", self._check_before_connecting)
        if isinstance(files, FileStore):
            files.check_home = self.check
        self._reader = engine
        self._writer = engine.execution_options(**writing())
        self._write_lock = WriterLock()
        self._versions = Versions(engine)

    def check(self) -> None:
        """Check that the workspace at the path is the one that was opened; takes microseconds.

        Raises:
            MovedError: it was moved, its disk was unmounted, or another workspace is there.
        """
        self._identity.check()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session that may write; commit when the block ends, roll back when it raises.

        The write lock is taken first, so values read in the block cannot change before the commit.

        Raises:
            BusyError: other writers kept the lock for too long.
            MovedError: see `check`.
            StorageError: the disk is full or not writable.
        """
        with self._write_lock.held(), storage_errors():
            opened = self._identity.check()
            with StoreSession(self._writer) as session, session.begin():
                session.connection()
                yield session
                self._identity.check(opened)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read-only session that sees one state of the database; a write in it fails.

        Raises:
            MovedError: see `check`.
            StorageError: the database cannot be read.
        """
        self._identity.check()
        with storage_errors(), StoreSession(self._reader) as session:
            yield session

    def version(self) -> Hashable:
        """Return a value that is another one after each commit of any process; for this object only.

        Raises:
            StorageError: the database cannot be read.
        """
        self._identity.check()
        with storage_errors():
            return self._versions.current()

    def copy_log(self) -> None:
        """Finish a large transaction: on SQLite, copy the write-ahead log into the database, beside other writers.

        Raises:
            StorageError: the disk is full or fails; nothing is lost.
        """
        with storage_errors():
            copy_log(self._reader)

    def _check_before_connecting(self, *_: object) -> None:
        """Check a path before SQLite opens it, which would make a new database there."""
        self._identity.look()

    def _reopen(self) -> None:
        self._versions.start_again()
        self._reader.dispose()

    def close(self) -> None:
        """Close all connections; the store cannot be used afterward."""
        self._versions.close()
        self._reader.dispose()


def open_files(root: Path, files_url: str | None, cache: Path, cache_mb: int) -> StoredFiles:
    """Open the files of a workspace to read them on another machine; a folder must be on a shared disk.

    Args:
        root: the workspace's folder.
        files_url: `s3://BUCKET/PREFIX` of the stored files; None for the folder `root/files`.
        cache: folder for copies of files of a bucket on this machine.
        cache_mb: size of these copies, MiB.

    Raises:
        WorkspaceError: the URL is not one of a bucket, or obstore is not installed.
        StorageError: the bucket cannot be listed.
    """
    copies = NodeCache(cache, cache_mb << 20)
    return StoredFiles(open_blobs(root, files_url, copies, readonly=True), copies)


def open_store(
    root: Path,
    database_url: str | None = None,
    files_url: str | None = None,
    cache_mb: int = CACHE_MB,
    *,
    create: bool = True,
) -> Store:
    """Open the workspace in a folder; create it if needed, and migrate it to this version.

    Args:
        root: the workspace's folder.
        database_url: SQLAlchemy URL of SQLite or PostgreSQL; by default SQLite in `DATABASE`.
        files_url: `s3://BUCKET/PREFIX` of the stored files; by default the folder `root/files`.
        cache_mb: size of the copies of files of a bucket on this machine, MiB.
        create: create a new workspace if there is none.

    Raises:
        WorkspaceError: there is no workspace, the folder is not writable or belongs to another one, the bucket cannot
            be used, or the database is damaged, unreachable, of a newer version, or of another program.
    """
    engine = make_engine(database_url or URL.create("sqlite", database=str(root / DATABASE)))
    database = _sqlite_file(engine)
    if database is not None and not database.is_file() and (root / ID_FILE).exists():
        raise WorkspaceError(
            f"The database {database} of the workspace is missing. Restore it from a backup. To create an empty one, "
            f"delete {root / ID_FILE}."
        )
    holder = database or (None if files_url else root)  # beside a server and a bucket, it has copies only
    if not create and holder is not None and not holder.exists():
        raise WorkspaceError(no_workspace(root))
    cache = NodeCache(root / "cache", cache_mb << 20)
    try:
        _make_private(root)
        files = open_blobs(root, files_url, cache)
        lock = (root / "open.lock").open("w")
    except StorageError as error:
        raise WorkspaceError(f"The workspace {root} cannot be used: {error}") from error
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {root} cannot be used: {error.strerror or error}. Choose a folder that you may "
            "write to, with --workspace or SEEP_WORKSPACE."
        ) from error
    # The app and its worker start together; without the lock, both would migrate. Hosts that share a PostgreSQL
    # database wait in `begin`.
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with engine.execution_options(**writing(to_open=True)).begin() as connection:
                if not create and not has_tables(connection):
                    raise WorkspaceError(no_workspace(root))
                migrate(connection)
                workspace_id = set_id(connection, root, with_folder=_holds_data(root, database, files))
            set_journal(engine)  # last: a database that was refused stays as it is
        except (SQLAlchemyError, *DRIVER_ERRORS) as error:
            engine.dispose()
            raise WorkspaceError(
                f"The workspace {root} cannot be opened. {opening_error_text(error)}"
            ) from error
        except OSError as error:
            engine.dispose()
            raise WorkspaceError(
                f"The workspace {root} cannot be used: {error.strerror or error}."
            ) from error
        except WorkspaceError:
            engine.dispose()
            raise
    return Store(root, engine, files, cache, workspace_id)


def _make_private(root: Path) -> None:
    """Make the folder of a workspace for its owner only: images and names of people are in it.

    An empty folder that exists becomes so too. One with files stays as it is, since others may need them, and is named
    in the log.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = root.stat().st_mode & 0o777
    if not mode & 0o077:
        return
    if root.stat().st_uid == os.geteuid() and next(root.iterdir(), None) is None:
        root.chmod(0o700)
        return
    _LOGGER.warning(
        "Other users of this machine can use the workspace %s (mode %o). Run seep doctor --repair.",
        root,
        mode,
    )


def no_workspace(root: Path) -> str:
    """Return why nothing can be opened where no workspace is."""
    return (
        f"There is no workspace {root}. Name another with --workspace or SEEP_WORKSPACE, or mount its disk. "
        "seep import and seep demo create one."
    )


def _sqlite_file(engine: Engine) -> Path | None:
    return Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None


def _holds_data(root: Path, database: Path | None, files: Blobs) -> bool:
    """Tell whether the folder has the database or the stored files, not only copies of what is elsewhere."""
    return not files.is_remote or (database is not None and database.is_relative_to(root))
