"""Opening a workspace: the database with its transactions, the files beside it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from seep.errors import StorageError, WorkspaceError
from seep.store.blobs import FileStore
from seep.store.database import (
    DRIVER_ERRORS,
    WRITING,
    WriterTurn,
    make_engine,
    opening_sentence,
    plain_errors,
    set_journal,
)
from seep.store.migrate import migrate


class Store:
    """An open workspace: rows through `transaction` and `reading`, bytes through `files`."""

    def __init__(self, root: Path, engine: Engine, files: FileStore) -> None:
        self.root = root
        self.files = files
        self._reader = engine
        self._writer = engine.execution_options(**WRITING)
        self._turn = WriterTurn(engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that may write; all of it is kept when the block ends, nothing when it raises.

        On SQLite the write lock is taken at once, so what is read inside cannot change before it is written.

        Raises:
            StorageError: the disk is full, cannot be written, or other writers held on for 5 s.
        """
        with self._turn.taken(), plain_errors(), Session(self._writer) as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database and cannot write (SQLite refuses it).

        Raises:
            StorageError: the database cannot be read.
        """
        with plain_errors(), Session(self._reader) as session:
            yield session

    def close(self) -> None:
        """Close all connections; the store is of no use afterward."""
        self._reader.dispose()


def open_store(root: Path, database_url: str | None = None) -> Store:
    """Open the workspace in a folder, making it if there is none and migrating it to this version.

    Args:
        root: the workspace's folder.
        database_url: any SQLAlchemy URL; by default SQLite in `root/seep.db`.

    Raises:
        WorkspaceError: the folder cannot be written, the database is damaged, not Seep's, of a newer
            version, or cannot be reached.
    """
    engine = make_engine(database_url or URL.create("sqlite", database=str(root / "seep.db")))
    try:
        root.mkdir(parents=True, exist_ok=True)
        files = FileStore(root / "files")
        lock = (root / "open.lock").open("w")
    except StorageError as error:
        raise WorkspaceError(f"The workspace {root} cannot be used: {error}") from error
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {root} cannot be used: {error.strerror or error}. Choose a folder that you may "
            "write to, with --workspace or SEEP_WORKSPACE."
        ) from error
    # One process at a time opens: the app and its worker start together, and both would migrate.
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_journal(engine)
            with engine.execution_options(**WRITING).begin() as connection:
                migrate(connection)
        except (SQLAlchemyError, *DRIVER_ERRORS) as error:
            engine.dispose()
            raise WorkspaceError(
                f"The workspace {root} cannot be opened. {opening_sentence(error)}"
            ) from error
        except WorkspaceError:
            engine.dispose()
            raise
    return Store(root, engine, files)
