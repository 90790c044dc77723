"""Stored files that no row names: a refused save or a dropped draft leaves them behind."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from seep.errors import StorageError
from seep.store import inspection
from seep.store.files.blobs import Blobs
from seep.store.files.file_store import Blob
from seep.store.store import Store

LOCK = "maintenance.lock"

_HASH = re.compile(r"[0-9a-f]{64}")


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


def unused_files(session: Session, files: Blobs, now: float | None = None) -> list[Blob]:
    """List the stored files that no row and no view names and that are old enough: a day, in a bucket a week.

    Args:
        now: seconds since the epoch; None for the current time.

    Raises:
        StorageError: a bucket cannot be listed.
    """
    oldest = (time.time() if now is None else now) - files.min_age_s
    named = inspection.mentioned_hashes(session)
    found = []
    for blob in files.stored():
        if blob.suffix == ".view":  # it names the copied image that it selects bands of
            text = files.local(blob.sha256, blob.suffix).read_text("utf-8", "replace")
            named.update(_HASH.findall(text.replace("/", "")))
        if blob.sha256 not in named and blob.stored_at < oldest:
            found.append(blob)
    return [one for one in found if one.sha256 not in named]


def remove_files(store: Store, now: float | None = None) -> list[Blob]:
    """Delete the files of `unused_files`; return them.

    `put` makes a file young again before its row is written, and each age is read again before the file is deleted.

    Raises:
        StorageError: a backup is running, or a file cannot be deleted.
    """
    oldest = (time.time() if now is None else now) - store.files.min_age_s
    with maintenance_lock(store.root):
        with store.reading() as session:
            found = unused_files(session, store.files, now)
        if store.files.is_remote:  # requests take too long for the write lock; each age is read just before
            return [one for one in found if store.files.remove(one, oldest)]
        with store.transaction() as session:  # no row can appear while the files go
            named = inspection.mentioned_hashes(session)
            return [one for one in found if one.sha256 not in named and store.files.remove(one, oldest)]
