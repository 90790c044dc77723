"""Database connections, locks, the journal mode, and error messages for disk faults.

SQLite is the default, with settings that are safe with several processes: `BEGIN IMMEDIATE` for each
write (deferred transactions gave thousands of "locked" errors with 20 writers), a busy timeout, full
sync, and write-ahead logging only where it cannot corrupt the file. Other databases get plain transactions.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from seep.errors import BusyError, StorageError, WorkspaceError

BUSY_TIMEOUT_MS = 5000
WRITING = {"seep_writing": True}
"""Execution options of a connection that may write."""
TURN_S = 20.0
"""Longest wait of a thread for its turn to write; browsers give up after 30 s."""
_BUSY = "The database was busy for more than 5 s. Try again."
_NO_TURN = "Other saves kept the workspace busy for more than {:.0f} s. Nothing was changed. Try again."
DRIVER_ERRORS = (DBAPIError, PoolTimeoutError, sqlite3.Error)
"""Errors of the driver; SQLAlchemy does not wrap them while it opens a connection."""


class WriterLock:
    """Lock that lets one thread of this process write at a time, in the order in which they came.

    SQLite's own lock is polled with growing pauses and is unfair: with 20 threads on a busy machine, some timed
    out after 5 s. With this lock, only one thread per process polls. Other databases do not use it.
    """

    def __init__(self, engine: Engine, turn_s: float = TURN_S) -> None:
        self._used, self._turn_s = engine.dialect.name == "sqlite", turn_s
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Acquire the lock and hold it for the block.

        Raises:
            BusyError: the turn of this thread did not come in time.
        """
        if not self._used:
            yield
            return
        self._acquire()
        try:
            yield
        finally:
            self._release()

    def _acquire(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(self._turn_s):
            return
        with self._mutex:
            if turn.is_set():  # it came at the last moment
                return
            self._waiting.remove(turn)
        raise BusyError(_NO_TURN.format(self._turn_s))

    def _release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()  # the lock stays taken, so that nobody overtakes
            else:
                self._taken = False


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Tell whether this SQLite version is free of the WAL-reset bug, which can corrupt the database under load.

    Fixed in 3.51.3 and in the branches 3.50.7 and 3.44.6 (https://sqlite.org/wal.html#walresetbug).
    """
    fixed = {(3, 50): 7, (3, 44): 6}
    return version >= (3, 51, 3) or version[2] >= fixed.get(version[:2], 1 << 30)


def make_engine(url: str | URL) -> Engine:
    """Return an engine for a SQLAlchemy URL, with this module's settings for SQLite.

    Raises:
        WorkspaceError: the URL is invalid, or its driver is not installed.
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
    connection.isolation_level = None  # sqlite3 would begin a deferred transaction; `_begin` chooses the kind
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("seep_writing", False)
    mode = "OFF" if writing else "ON"
    if connection.info.get("query_only") != mode:  # the setting stays with the connection in the pool
        connection.exec_driver_sql(f"PRAGMA query_only={mode}")
        connection.info["query_only"] = mode
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def set_journal(engine: Engine) -> None:
    """Set SQLite's journal mode; the file keeps it, so once per opening is enough."""
    if engine.dialect.name != "sqlite":
        return
    mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(f"PRAGMA journal_mode={mode}")
    finally:
        connection.close()


@contextmanager
def storage_errors() -> Iterator[None]:
    """Convert driver errors caused by the disk or by locks to StorageError; other errors pass."""
    try:
        yield
    except DRIVER_ERRORS as error:
        sentence = _disk_sentence(_reason(error).lower())
        if sentence is None:
            raise
        kind = BusyError if sentence == _BUSY else StorageError
        raise kind(f"{sentence} Nothing was changed.") from error


def _disk_sentence(reason: str) -> str | None:
    sentences = {
        "is full": "The disk of the workspace is full. Free some space, then try again.",
        "is locked": _BUSY,
        "queuepool limit": _BUSY,
        "disk i/o error": "The workspace's disk reports an error. Check the disk.",
        "unable to open": "The database cannot be opened. Check that its folder exists and is writable.",
        "malformed": "The database is damaged. Restore it from a backup of the workspace.",
        "not a database": "The database is damaged. Restore it from a backup of the workspace.",
        "readonly": "The database is not writable. Check the permissions of the workspace's folder.",
    }
    return next((text for words, text in sentences.items() if words in reason), None)


def opening_error_text(error: Exception) -> str:
    """Return a message that explains why the database cannot be opened."""
    reason = _reason(error)
    return _disk_sentence(reason.lower()) or f"{reason}."


def _reason(error: Exception) -> str:
    """Return the driver's message, without the statement that SQLAlchemy adds."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)
