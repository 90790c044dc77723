"""Stored files that no row names: a refused save or a dropped draft leaves them behind."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from seep.errors import StorageError
from seep.store import inspection
from seep.store.store import Store

MIN_AGE_S = 24 * 3600
"""Younger files stay: a save writes its file before its row."""
LOCK = "maintenance.lock"

_NAME = re.compile(r"([0-9a-f]{62})((?:\.[a-z0-9]{1,16}){1,2})")
_FOLDER = re.compile(r"[0-9a-f]{2}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class UnusedFile:
    """A stored file that no row names, and its size in bytes."""

    path: Path
    size_bytes: int


@contextmanager
def maintenance_lock(root: Path) -> Iterator[None]:
    """Let one backup or removal of files run at a time.

    Raises:
        StorageError: another one is running, or the folder is not writable.
    """
    try:
        descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"{root} is not writable: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StorageError("A backup or a removal of files is running. Try again when it is done.") from error
    finally:
        os.close(descriptor)


def files_on_disk(root: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield the hash, the suffix and the path of every stored file below `root`, the folder `files`."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and _FOLDER.fullmatch(folder.name):
            for path in sorted(folder.iterdir()):
                match = _NAME.fullmatch(path.name)
                if match and path.is_file():
                    yield folder.name + match[1], match[2], path


def unused_files(session: Session, files: Path, now: float | None = None) -> list[UnusedFile]:
    """List the stored files older than a day that no row and no view names.

    Args:
        session: of the workspace's database.
        files: folder of the stored files.
        now: seconds since the epoch; None for the current time.
    """
    oldest = (time.time() if now is None else now) - MIN_AGE_S
    named = inspection.mentioned_hashes(session)
    found = []
    for sha256, suffix, path in files_on_disk(files):
        if suffix == ".view":  # it names the copied image that it selects bands of
            named.update(_HASH.findall(path.read_text("utf-8", "replace").replace("/", "")))
        if sha256 not in named:
            found.append((sha256, path))
    unused = []
    for sha256, path in found:
        status = path.stat()
        if sha256 not in named and status.st_mtime < oldest:
            unused.append(UnusedFile(path, status.st_size))
    return unused


def remove_files(store: Store, now: float | None = None) -> list[UnusedFile]:
    """Delete the files of `unused_files`; return them.

    `FileStore.put` makes a file young again before its row is written, and each age is read again before the file
    is deleted.

    Raises:
        StorageError: a backup is running, or a file cannot be deleted.
    """
    oldest = (time.time() if now is None else now) - MIN_AGE_S
    gone = []
    with maintenance_lock(store.root):
        with store.reading() as session:
            found = unused_files(session, store.files.root, now)
        with store.transaction() as session:  # no row can appear while the files go
            named = inspection.mentioned_hashes(session)
            for one in found:
                if one.path.parent.name + one.path.name[:62] in named:
                    continue
                try:
                    if one.path.stat().st_mtime < oldest:
                        one.path.unlink()
                        gone.append(one)
                except OSError as error:
                    raise StorageError(f"{one.path} could not be deleted: {error.strerror}.") from error
    return gone
