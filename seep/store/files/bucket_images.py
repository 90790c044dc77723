"""Images in buckets: listed, and copied to this machine when they are read."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cachetools import LRUCache

from seep.errors import LostError
from seep.store.files.bucket import Bucket
from seep.store.files.bucket_store import fetch
from seep.store.files.cache import NodeCache

if TYPE_CHECKING:
    from collections.abc import Callable


BUCKET_SCHEME = "s3://"


@dataclass(frozen=True)
class RemoteFile:
    """An object of a bucket.

    Attributes:
        locator: s3://BUCKET/KEY#TAG, with the entity tag of its content.
        key: path below the listed one.
        size_bytes: size.
    """

    locator: str
    key: str
    size_bytes: int


class BucketImages:
    """Images in any bucket. They are never written; a machine keeps copies of those that it reads.

    Args:
        cache: for the copies.
        connect: returns the bucket, or what lies below a prefix of it, for an address.
    """

    def __init__(self, cache: NodeCache, connect: "Callable[[str], Bucket]") -> None:
        self._cache = cache
        self._connect = connect
        self._buckets: dict[str, Bucket] = {}
        self._remembered: LRUCache[Path, str] = LRUCache(1_000_000)

    def remember(self, path: Path, locator: str) -> None:
        """Note which object a file of this machine is a copy of, for the import that reads it."""
        self._remembered[path.resolve()] = locator

    def locator_of(self, path: Path) -> str | None:
        """Return the locator of a file of `remember`; None for any other."""
        return self._remembered.get(path.resolve())

    def check(self, locator: str) -> None:
        """Ask for the tag of an object.

        Raises:
            LostError: there is no such object, or it has another tag.
            StorageError: the object store cannot be read.
        """
        self._current(locator)

    def list(self, url: str) -> list[RemoteFile]:
        """List the objects whose keys begin with the path in `url` and a slash, by key.

        Raises:
            WorkspaceError: the URL is not one of a bucket, or obstore is not installed.
            StorageError: the bucket cannot be listed.
        """
        bucket = self._connect(url)
        found = sorted(bucket.entries(), key=lambda one: one.key)
        return [RemoteFile(f"{bucket.url}/{one.key}#{one.tag}", one.key, one.size_bytes) for one in found]

    def local(self, locator: str) -> Path:
        """Return the path of a copy on this machine.

        Raises:
            LostError: there is no such object, or it has another tag.
            StorageError: the object store cannot be read, or the disk of the cache is full.
        """
        name = locator.rpartition("#")[0].rpartition("/")[2]
        version = hashlib.sha256(locator.encode()).hexdigest()
        copy = f"images/{version[:2]}/{version[2:]}/{name}"
        cached = self._cache.find(copy)
        if cached is not None:
            return cached
        path = fetch(*self._current(locator), self._cache, copy, None)
        try:
            self._current(locator)  # it may have been replaced while it was read
        except LostError:
            self._cache.drop(copy)
            raise
        return path

    def _current(self, locator: str) -> "tuple[Bucket, str]":
        """Return the bucket and the key of an object that has still the tag of its locator."""
        address, _, tag = locator.rpartition("#")
        name, _, key = address.removeprefix(BUCKET_SCHEME).partition("/")
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = self._connect(BUCKET_SCHEME + name)
        if bucket.head(key).tag != tag:
            raise LostError(
                f"{address} was changed after its import. Restore the object, or import it again."
            )
        return bucket, key
