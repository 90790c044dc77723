"""Identity of a workspace: an id in its database, and in a file of its folder.

SQLite goes on writing to a file that was moved away, while masks are written by their paths. So before each use, the
files at the paths are compared with those that were opened, by device and inode, which takes microseconds. Only where
they differ, as on a disk that was mounted again, the ids are read.
"""

import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, insert, select

from seep.errors import MovedError, WorkspaceError
from seep.store import sqlite
from seep.store.files.file_store import write_whole
from seep.store.schema import Checkpoint, WorkspaceValue

ID_FILE = "workspace.id"
"""File in the folder of a workspace; its database has the same id."""
KEY = "id"
"""Key of the id among the values of the workspace."""

Seen = tuple[tuple[int, int], ...]
"""Device and inode of each file."""


class Identity:
    """Tells whether the workspace at a path is still the one that was opened; threads share it.

    Args:
        root: folder of the workspace.
        workspace_id: id of the workspace that was opened.
        database: its SQLite database; None on a server.
        with_folder: whether the folder has the stored files or the database, so that its id counts.
        reopen: called when the same workspace is back as other files, before they are used.
    """

    def __init__(
        self,
        root: Path,
        workspace_id: str,
        database: Path | None,
        *,
        with_folder: bool,
        reopen: Callable[[], None],
    ) -> None:
        self._root, self._id, self._database, self._reopen = root, workspace_id, database, reopen
        self._paths: Sequence[Path] = [
            *([root / ID_FILE] if with_folder else []),
            *([database] if database is not None else []),
        ]
        self._lock = Lock()
        self._opened = self.look()

    def check(self, before: Seen | None = None) -> Seen:
        """Return the files that are there now, for a later `before`.

        Raises:
            MovedError: the workspace is gone, another one is at its path, or it is not the one of `before`.
        """
        seen = self.look()
        if seen != self._opened:
            with self._lock:
                if seen != self._opened:
                    self._adopt(seen)
        if before is not None and seen != before:
            raise MovedError(
                f"The workspace {self._root} was replaced meanwhile. Nothing was changed. Try again."
            )
        return seen

    def look(self) -> Seen:
        """Return the files that are there now, of whichever workspace.

        Raises:
            MovedError: they are gone.
        """
        try:
            found = [path.stat() for path in self._paths]
        except OSError as error:
            raise MovedError(
                f"The workspace {self._root} is gone: it was moved, or its disk was unmounted. Nothing was changed. "
                "Put it back at this path, then try again."
            ) from error
        return tuple((one.st_dev, one.st_ino) for one in found)

    def _adopt(self, seen: Seen) -> None:
        """Use the files at the paths if they are those of the same workspace."""
        ids = {read_id(self._root) if path.name == ID_FILE else _database_id(path) for path in self._paths}
        if ids != {self._id}:
            raise MovedError(
                f"Another workspace is at {self._root} than the one that was opened. Nothing was changed. Put the old "
                "one back, or start Seep again to open the new one."
            )
        self._reopen()
        self._opened = seen


def read_id(root: Path) -> str | None:
    """Return the id in the folder of a workspace; None if there is none."""
    try:
        return (root / ID_FILE).read_text("ascii", "replace").strip() or None
    except OSError:
        return None


def set_id(connection: Connection, root: Path, *, with_folder: bool) -> str:
    """Return the id of a workspace that is opened; give it one if it has none, such as an older one.

    Args:
        connection: of the transaction in which the workspace is opened.
        root: its folder.
        with_folder: whether the folder has the stored files or the database.

    Raises:
        WorkspaceError: the folder belongs to another workspace than the database.
        OSError: the folder cannot be written.
    """
    stored = connection.scalar(select(WorkspaceValue.value).where(WorkspaceValue.key == KEY))
    beside = read_id(root) if with_folder else None
    if stored and beside and stored != beside:
        raise WorkspaceError(
            f"The folder {root} belongs to another workspace than the database. Check SEEP_WORKSPACE and "
            f"SEEP_DATABASE_URL. If the two belong together, delete {root / ID_FILE}."
        )
    workspace_id = str(stored or beside or uuid.uuid4())
    mounted = not stored or beside or _has_files(root) or not _names_files(connection)
    if with_folder and connection.dialect.name != "sqlite" and not mounted:
        raise WorkspaceError(
            f"The folder {root} has no files of the workspace in the database. Mount its disk, or restore the files."
        )
    if with_folder and not beside:  # before the commit; after a crash in between, the database takes this id
        write_whole(root / ID_FILE, f"{workspace_id}\n".encode())
    if not stored:
        connection.execute(insert(WorkspaceValue).values(key=KEY, value=workspace_id))
    return workspace_id


def forget_id(database: Path) -> None:
    """Delete the id in a copied SQLite database that nobody has opened; it gets a new one when it is opened.

    Raises:
        sqlite.Error: the database is damaged or cannot be written.
    """
    with closing(sqlite.connect(database)) as connection, connection:
        connection.execute("DELETE FROM workspace WHERE key = ?", (KEY,))


def _names_files(connection: Connection) -> bool:
    """Tell whether rows name stored files; every workspace that was used has the weights of a checkpoint."""
    return connection.scalar(select(Checkpoint.id).limit(1)) is not None


def _has_files(root: Path) -> bool:
    return next((root / "files").glob("??"), None) is not None


def _database_id(path: Path) -> str | None:
    """Read the id in a SQLite database without the pool, whose connections may hold another file."""
    try:
        with closing(sqlite.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT value FROM workspace WHERE key = ?", (KEY,)).fetchone()
    except sqlite.Error:
        return None
    return None if row is None else str(row[0]).strip('"')
