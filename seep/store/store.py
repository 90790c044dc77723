"""Open a workspace: its database with transactions, and its files."""

import fcntl
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

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
from seep.store.migrate import migrate

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

    def __init__(self, root: Path, engine: Engine, files: Blobs, cache: NodeCache) -> None:
        super().__init__(files, cache)
        self.root = root
        self._reader = engine
        self._writer = engine.execution_options(**writing())
        self._write_lock = WriterLock()
        self._versions = Versions(engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session that may write; commit when the block ends, roll back when it raises.

        The write lock is taken first, so values read in the block cannot change before the commit.

        Raises:
            BusyError: other writers kept the lock for too long.
            StorageError: the disk is full or not writable.
        """
        with (
            self._write_lock.held(),
            storage_errors(),
            StoreSession(self._writer) as session,
            session.begin(),
        ):
            session.connection()
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read-only session that sees one state of the database; a write in it fails.

        Raises:
            StorageError: the database cannot be read.
        """
        with storage_errors(), StoreSession(self._reader) as session:
            yield session

    def version(self) -> Hashable:
        """Return a value that is another one after each commit of any process; for this object only.

        Raises:
            StorageError: the database cannot be read.
        """
        with storage_errors():
            return self._versions.current()

    def copy_log(self) -> None:
        """Finish a large transaction: on SQLite, copy the write-ahead log into the database, beside other writers.

        Raises:
            StorageError: the disk is full or fails; nothing is lost.
        """
        with storage_errors():
            copy_log(self._reader)

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
    root: Path, database_url: str | None = None, files_url: str | None = None, cache_mb: int = CACHE_MB
) -> Store:
    """Open the workspace in a folder; create it if needed, and migrate it to this version.

    Args:
        root: the workspace's folder.
        database_url: SQLAlchemy URL of SQLite or PostgreSQL; by default SQLite in `DATABASE`.
        files_url: `s3://BUCKET/PREFIX` of the stored files; by default the folder `root/files`.
        cache_mb: size of the copies of files of a bucket on this machine, MiB.

    Raises:
        WorkspaceError: the folder is not writable, the bucket cannot be used, or the database is damaged,
            unreachable, of a newer version, or of another program.
    """
    engine = make_engine(database_url or URL.create("sqlite", database=str(root / DATABASE)))
    cache = NodeCache(root / "cache", cache_mb << 20)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)  # images and names of people are in it
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
                migrate(connection)
            set_journal(engine)  # last: a database that was refused stays as it is
        except (SQLAlchemyError, *DRIVER_ERRORS) as error:
            engine.dispose()
            raise WorkspaceError(
                f"The workspace {root} cannot be opened. {opening_error_text(error)}"
            ) from error
        except WorkspaceError:
            engine.dispose()
            raise
    return Store(root, engine, files, cache)
