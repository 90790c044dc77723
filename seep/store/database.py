"""Database connections, locks, the journal mode, and error messages for disk faults.

SQLite is the default, with settings that are safe with several processes: `BEGIN IMMEDIATE` for each
write (deferred transactions gave thousands of "locked" errors with 20 writers), a busy timeout, extra
sync, and write-ahead logging only where it cannot corrupt the file. `seep/store/postgresql` has what
PostgreSQL needs.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    any_,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from seep.errors import BusyError, StorageError, UnreachableError, WorkspaceError
from seep.store import sqlite
from seep.store.postgresql.engine import DRIVER, WAIT_TO_OPEN_MS, make_postgresql_engine
from seep.store.postgresql.engine import sort_by_bytes as sort_by_bytes_in_postgresql
from seep.store.postgresql.errors import LOST, postgresql_sentence

BUSY_TIMEOUT_MS = 5000
LOG_BYTES = 64 << 20
"""SQLite cuts its write-ahead log to this size, which only the log of a large import exceeds."""
_COPY_S = 5.0
TURN_S = 20.0
"""Longest wait of a thread for its turn to write; browsers give up after 30 s."""
_BUSY = "The database was busy for more than 5 s. Try again."
_NO_TURN = "Other saves kept the workspace busy for more than {:.0f} s. Nothing was changed. Try again."
DRIVER_ERRORS = (DBAPIError, PoolTimeoutError, sqlite.Error)
"""Errors of the driver; SQLAlchemy does not wrap them while it opens a connection."""


def writing(*, to_open: bool = False) -> dict[str, Any]:
    """Return the execution options of a connection that may write.

    Args:
        to_open: of a process that opens the workspace: on PostgreSQL it waits for another one that migrates.
    """
    return {"seep_writing": True, "seep_wait_ms": WAIT_TO_OPEN_MS if to_open else BUSY_TIMEOUT_MS}


class WriterLock:
    """Lock that lets one thread of this process write at a time, in the order in which they came.

    SQLite's own lock is polled with growing pauses and is unfair: with 20 threads on a busy machine, some timed
    out after 5 s. With this lock, only one thread per process polls. On PostgreSQL, only one thread per process
    holds a connection while it waits for other processes.
    """

    def __init__(self, turn_s: float = TURN_S) -> None:
        self._turn_s = turn_s
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Acquire the lock and hold it for the block.

        Raises:
            BusyError: the turn of this thread did not come in time.
        """
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


def make_engine(url: str | URL) -> Engine:
    """Return an engine for a SQLAlchemy URL of SQLite or PostgreSQL.

    Raises:
        WorkspaceError: the URL is invalid or of another database, or its driver is not installed.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "postgresql":
            return make_postgresql_engine(address.set(drivername=f"postgresql+{DRIVER}"))
        if address.get_backend_name() != "sqlite":
            raise WorkspaceError(
                f"SEEP_DATABASE_URL names the database {address.drivername!r}, which Seep does not support. "
                f"Use sqlite or postgresql+{DRIVER}."
            )
        engine = create_engine(
            url,
            module=sqlite.dbapi,
            poolclass=QueuePool,
            pool_size=20,
            max_overflow=20,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
    except ModuleNotFoundError as error:
        raise WorkspaceError(
            f"SEEP_DATABASE_URL needs the library {error.name}, which is not installed. Install it with: "
            "pip install -r requirements-postgresql.txt"
        ) from error
    except (SQLAlchemyError, ImportError) as error:
        raise WorkspaceError(f"The database address in SEEP_DATABASE_URL cannot be used: {error}") from error
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: sqlite.Connection, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would begin a deferred transaction; `_begin` chooses the kind
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous=EXTRA")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("seep_writing", False)
    mode = "OFF" if writing else "ON"
    if connection.info.get("query_only") != mode:  # the setting stays with the connection in the pool
        connection.exec_driver_sql(f"PRAGMA query_only={mode}")
        connection.info["query_only"] = mode
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def set_journal(engine: Engine) -> None:
    """Set SQLite's journal mode; the file keeps it, so once per opening is enough.

    Write-ahead logging needs one flush per commit, a rollback journal five, and readers and the writer do not wait
    for each other.
    """
    if engine.dialect.name != "sqlite":
        return
    local = not sqlite.is_on_network(Path(engine.url.database or ""))
    mode = "WAL" if local and sqlite.wal_is_safe(sqlite.VERSION) else "DELETE"
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(f"PRAGMA journal_mode={mode}")
    finally:
        connection.close()


def copy_log(engine: Engine) -> None:
    """Copy SQLite's write-ahead log into the database, while others may read and write.

    Without it, a save after a large transaction does that. Parts that a reader of an older state keeps from being
    copied are tried again for some seconds.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        until = time.monotonic() + _COPY_S
        while time.monotonic() < until:
            _, pages, copied = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages == copied:
                return
            time.sleep(0.02)
    finally:
        connection.close()


class Versions:
    """Tells whether anybody has changed the database since it was asked last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._watching: PoolProxiedConnection | None = None
        self._store = object()  # a store that is opened again counts from the beginning

    def current(self) -> Hashable:
        """Return a value that is another one after each commit of any process."""
        if self._engine.dialect.name != "sqlite":
            with self._engine.connect() as connection:  # equal snapshots see the same rows
                return self._store, str(connection.scalar(text("SELECT txid_current_snapshot()::text")))
        with self._lock:
            if self._watching is None:
                self._watching = self._engine.raw_connection()
            # SQLite counts the commits of other connections, so this one writes nothing.
            return self._store, self._watching.cursor().execute("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._watching is not None:
                self._watching.close()
            self._watching = None

    def start_again(self) -> None:
        """Count from the beginning, on a new connection."""
        self.close()
        self._store = object()


@contextmanager
def storage_errors() -> Iterator[None]:
    """Convert driver errors caused by the disk or by locks to StorageError; other errors pass."""
    try:
        yield
    except DRIVER_ERRORS as error:
        sentence = _disk_sentence(error)
        if sentence is None:
            raise
        if sentence == LOST:  # perhaps during the commit
            raise UnreachableError(f"{sentence} Then reload the page and check your last change.") from error
        kind = BusyError if sentence == _BUSY else StorageError
        raise kind(f"{sentence} Nothing was changed.") from error


def _disk_sentence(error: Exception) -> str | None:
    known = postgresql_sentence(error, _BUSY)
    if known is not None:
        return known
    reason = _reason(error).lower()
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
    return next((said for words, said in sentences.items() if words in reason), None)


def opening_error_text(error: Exception) -> str:
    """Return a message that explains why the database cannot be opened."""
    return _disk_sentence(error) or f"{_reason(error)}."


def sort_by_bytes(connection: Connection) -> None:
    """Make names sort by their bytes, as SQLite does by itself."""
    if connection.dialect.name == "postgresql":
        sort_by_bytes_in_postgresql(connection)


def contains_text(session: Session, column: InstrumentedAttribute[str], wanted: str) -> ColumnElement[bool]:
    """Return the quickest condition that a column contains a text, whatever the case of its ASCII letters."""
    if session.get_bind().dialect.name == "sqlite":
        return column.contains(wanted, autoescape=True)  # LIKE ignores the case in SQLite
    return column.icontains(wanted, autoescape=True)


def is_one_of(
    session: Session, column: InstrumentedAttribute[int], wanted: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that a column is one of many ids, which are sent as one parameter."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(wanted), ARRAY(Integer)))
    listed = func.json_each(json.dumps(list(wanted))).table_valued("value")
    return column.in_(select(listed.c.value))


def database_time(session: Session) -> datetime:
    """Return the time of the database server, so that hosts with wrong clocks agree; of this process on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        return session.scalar(select(func.clock_timestamp())) or datetime.now(UTC)
    return datetime.now(UTC)


def _reason(error: Exception) -> str:
    """Return the driver's message, without the statement that SQLAlchemy adds."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)
