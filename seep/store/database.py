"""How the database is spoken to: connections, locks, journal, and plain words for what the disk does.

SQLite is the default and gets what it needs to be safe with several processes: `BEGIN IMMEDIATE` for each
write (deferred transactions gave thousands of "locked" errors with 20 writers), a busy timeout, full
sync, and write-ahead logging only where it cannot corrupt the file. Other databases get plain transactions.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from seep.errors import StorageError, WorkspaceError

BUSY_TIMEOUT_MS = 5000
WRITING = {"seep_writing": True}
"""Execution options of a connection that may write."""
_BUSY = "The database was busy for more than 5 s; try again."
DRIVER_ERRORS = (DBAPIError, PoolTimeoutError, sqlite3.Error)
"""What the driver raises; SQLAlchemy does not wrap it while a connection is being prepared."""


class WriterTurn:
    """Lets the threads of this process write one after the other.

    SQLite's lock is polled with growing pauses and goes to whoever asks at the right moment: with 20 threads
    on a busy machine some waited their 5 s out. So threads wait here, where they are woken, and only one
    of each process polls. Databases that serve many writers are not held back.
    """

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for this thread's turn and hold it for the block.

        Raises:
            StorageError: it did not come within the busy timeout.
        """
        if self._lock is None:
            yield
            return
        if not self._lock.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise StorageError(f"{_BUSY} Nothing was changed.")
        try:
            yield
        finally:
            self._lock.release()


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Tell whether this SQLite version is free of the WAL-reset bug, which corrupts under load.

    Fixed in 3.51.3 and in the branches 3.50.7 and 3.44.6 (https://sqlite.org/wal.html#walresetbug).
    """
    fixed = {(3, 50): 7, (3, 44): 6}
    return version >= (3, 51, 3) or version[2] >= fixed.get(version[:2], 1 << 30)


def make_engine(url: str | URL) -> Engine:
    """Return an engine for a SQLAlchemy URL; SQLite connections are set up as this module says.

    Raises:
        WorkspaceError: the URL cannot be understood, or its driver is not installed.
    """
    try:
        if make_url(url).get_backend_name() != "sqlite":
            return create_engine(url)
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=20,
            max_overflow=20,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
    except (SQLAlchemyError, ImportError) as error:
        raise WorkspaceError(f"The database address in SEEP_DATABASE_URL cannot be used: {error}") from error
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the module's own BEGIN is deferred; `_begin` says which one
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("seep_writing", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def set_journal(engine: Engine) -> None:
    """Choose SQLite's journal; the mode stays in the file, so once at opening is enough."""
    if engine.dialect.name != "sqlite":
        return
    mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(f"PRAGMA journal_mode={mode}")
    finally:
        connection.close()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what the disk does to the database into StorageError; programming errors pass."""
    try:
        yield
    except DRIVER_ERRORS as error:
        sentence = _disk_sentence(_reason(error).lower())
        if sentence is None:
            raise
        raise StorageError(f"{sentence} Nothing was changed.") from error


def _disk_sentence(reason: str) -> str | None:
    sentences = {
        "is full": "The disk of the workspace is full; free some space and try again.",
        "is locked": _BUSY,
        "queuepool limit": _BUSY,
        "disk i/o error": "The workspace's disk reports an error; check the disk.",
        "unable to open": "The database cannot be opened; check that its folder is there and writable.",
        "malformed": "The database is damaged; bring it back from a backup of the workspace.",
        "not a database": "The database is damaged; bring it back from a backup of the workspace.",
        "readonly": "The database cannot be written; check the permissions of the workspace's folder.",
    }
    return next((text for words, text in sentences.items() if words in reason), None)


def opening_sentence(error: Exception) -> str:
    """Say in plain words why the database cannot be opened."""
    reason = _reason(error)
    return _disk_sentence(reason.lower()) or f"{reason}."


def _reason(error: Exception) -> str:
    """Return the driver's own words, without the statement that SQLAlchemy adds."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)
