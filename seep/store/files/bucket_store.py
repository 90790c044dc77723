"""The stored files of a workspace in a bucket of an object store, with copies on this machine."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cachetools import TTLCache

from seep.errors import LostError, StorageError
from seep.store.files.bucket import CHUNK_BYTES, Bucket
from seep.store.files.cache import NodeCache
from seep.store.files.file_store import DAMAGED, Blob, blob_key, read_key

BLOB_SCHEME = "blob:"
_DAY_S = 24 * 3600.0
_KNOWN_S = 3600.0


class BucketStore:
    """The stored files of a workspace in a bucket, with a cache on this machine.

    A file counts as stored when the object store has confirmed it; only then does `put` return its hash. Objects are
    created, not replaced, except a damaged one, or one that is a day old: its age is that of its last use, so that
    the removal of unused files does not take it before its row is written.
    """

    min_age_s = 7 * _DAY_S
    is_remote = True

    def __init__(self, bucket: "Bucket", cache: NodeCache) -> None:
        self.bucket = bucket
        self.cache = cache
        self._known: TTLCache[str, bool] = TTLCache(100_000, _KNOWN_S)
        self._lock = threading.Lock()

    def put(self, data: bytes, suffix: str) -> str:
        """Store bytes; see `FileStore.put`."""
        sha = hashlib.sha256(data).hexdigest()
        key = blob_key(sha, suffix)
        if not self._is_known(key):
            if not self.bucket.create(key, data) and not self._is_whole(key, sha):
                self.bucket.replace(key, data)
            self._remember(key)
        with contextlib.suppress(OSError):  # the bucket has it; the cache may be full
            self.cache.write(key, (data,))
        return sha

    def put_file(self, path: Path, suffix: str) -> str:
        """Store a copy of a file, in parts if it is large; see `FileStore.put_file`."""
        try:
            if path.stat().st_size <= CHUNK_BYTES:
                return self.put(path.read_bytes(), suffix)
            with path.open("rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from error
        key = blob_key(sha, suffix)
        if not self._is_known(key):
            self._put_large(key, sha, path)
            self._remember(key)
        return sha

    def read(self, sha: str, suffix: str) -> bytes:
        """Return checked bytes; see `FileStore.read`. Wrong bytes are fetched again."""
        key = blob_key(sha, suffix)
        cached = self.cache.find(key)
        if cached is not None:
            with contextlib.suppress(OSError):
                data = cached.read_bytes()
                if hashlib.sha256(data).hexdigest() == sha:
                    return data
            self.cache.drop(key)
        for _ in range(2):
            data = self.bucket.read(key)
            if hashlib.sha256(data).hexdigest() == sha:
                with contextlib.suppress(OSError):
                    self.cache.write(key, (data,))
                return data
        raise LostError(DAMAGED.format(sha[:12] + suffix))

    def local(self, sha: str, suffix: str) -> Path:
        """Return the path of a copy on this machine, whose bytes were checked when it was fetched.

        Raises:
            StorageError: the file is missing, damaged or unreadable, or the disk of the cache is full.
        """
        key = blob_key(sha, suffix)
        cached = self.cache.find(key)
        return cached or fetch(self.bucket, key, self.cache, key, sha)

    def check(self, sha: str, suffix: str) -> None:
        """Check the hash of the bytes in the bucket; see `FileStore.check`."""
        if not _hash_of(self.bucket.chunks(blob_key(sha, suffix))) == sha:
            raise LostError(DAMAGED.format(sha[:12] + suffix))

    def locator(self, sha: str, suffix: str) -> str:
        """Return what a row names an image by, the same on every machine."""
        blob_key(sha, suffix)
        return f"{BLOB_SCHEME}{sha}{suffix}"

    def size(self, sha: str, suffix: str) -> int | None:
        """Return the size of a stored file in bytes; None if it is missing."""
        try:
            return self.bucket.head(blob_key(sha, suffix)).size_bytes
        except LostError:
            return None

    def stored(self) -> Iterator[Blob]:
        """Yield all stored files."""
        for entry in self.bucket.entries():
            name = read_key(entry.key)
            if name is not None:
                yield Blob(*name, entry.size_bytes, entry.stored_at)

    def remove(self, blob: Blob, before: float) -> bool:
        """Delete a stored file unless it was stored again; see `FileStore.remove`."""
        key = blob_key(blob.sha256, blob.suffix)
        try:
            if self.bucket.head(key).stored_at >= before:
                return False
        except LostError:
            return False
        with self._lock:
            self._known.pop(key, None)
        self.bucket.delete(key)
        self.cache.drop(key)
        return True

    def _is_known(self, key: str) -> bool:
        with self._lock:
            return key in self._known

    def _remember(self, key: str) -> None:
        with self._lock:
            self._known[key] = True

    def _put_large(self, key: str, sha: str, path: Path) -> None:
        """Upload in parts, unless the bucket has the same bytes; two uploads at once write the same ones."""
        try:
            there = self._is_whole(key, sha)
        except LostError:
            there = False
        if not there:
            self.bucket.write(key, _parts(path, sha))

    def _is_whole(self, key: str, sha: str) -> bool:
        """Tell whether an object has the right bytes and is young enough to stay until its row is written."""
        if self.bucket.head(key).stored_at < time.time() - _DAY_S:
            return False
        return _hash_of(self.bucket.chunks(key)) == sha


def fetch(bucket: "Bucket", key: str, cache: NodeCache, name: str, sha: str | None) -> Path:
    """Copy an object to the cache; wrong bytes are fetched again.

    Args:
        name: of the copy in the cache.
        sha: SHA-256 that its bytes must have, in hex; None if it is not known.

    Raises:
        StorageError: the object is missing, damaged or unreadable, or the disk of the cache is full.
    """
    for _ in range(2):
        try:
            return cache.write(name, _verified(bucket.chunks(key), sha))
        except _WrongBytesError:
            continue
        except OSError as error:
            raise StorageError(
                f"{key} could not be copied to the cache {cache.root}: {error.strerror or error}. Free some space on "
                "its disk, or lower SEEP_CACHE_MB."
            ) from error
    raise LostError(DAMAGED.format(key))


class _WrongBytesError(Exception):
    """Bytes do not match their hash."""


def _verified(chunks: Iterator[bytes], sha: str | None) -> Iterator[bytes]:
    """Pass chunks on; raise at the end if they do not match the hash."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if sha is not None and digest.hexdigest() != sha:
        raise _WrongBytesError


def _parts(path: Path, sha: str) -> Iterator[bytes]:
    """Yield the parts of a file; the last one only if all match the hash, so that nothing else is stored."""
    try:
        with path.open("rb") as file:
            yield from _verified(iter(lambda: file.read(CHUNK_BYTES), b""), sha)
    except OSError as error:
        raise _unreadable(path, error) from error
    except _WrongBytesError as error:
        raise StorageError(f"{path.name} changed while it was stored. Try again.") from error


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path.name} could not be read: {error.strerror}. Check the file and its permissions."
    )


def _hash_of(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
