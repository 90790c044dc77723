"""The stored files of a workspace: in its folder, or in a bucket of an S3-compatible object store.

Files are named by the hash of their content and never change, so that a copy of one is as good as the original.
Rows name them; they are stored first.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from seep.store.files.bucket import Bucket
from seep.store.files.bucket_store import BucketStore
from seep.store.files.cache import NodeCache
from seep.store.files.file_store import Blob, FileStore


class Blobs(Protocol):
    """What holds the stored files of a workspace; `FileStore` documents the methods."""

    min_age_s: float
    is_remote: bool

    def __hash__(self) -> int: ...
    def put(self, data: bytes, suffix: str) -> str: ...  # noqa: D102
    def put_file(self, path: Path, suffix: str) -> str: ...  # noqa: D102
    def read(self, sha: str, suffix: str) -> bytes: ...  # noqa: D102
    def local(self, sha: str, suffix: str) -> Path: ...  # noqa: D102
    def check(self, sha: str, suffix: str) -> None: ...  # noqa: D102
    def locator(self, sha: str, suffix: str) -> str: ...  # noqa: D102
    def size(self, sha: str, suffix: str) -> int | None: ...  # noqa: D102
    def stored(self) -> Iterator[Blob]: ...  # noqa: D102
    def remove(self, blob: Blob, before: float) -> bool: ...  # noqa: D102


def open_blobs(root: Path, url: str | None, cache: NodeCache, *, readonly: bool = False) -> Blobs:
    """Open the stored files of a workspace.

    Args:
        url: `s3://BUCKET/PREFIX`; None for the folder `files` of the workspace.
        cache: for copies of files of the bucket.
        readonly: make no folder and remove no leftovers.

    Raises:
        WorkspaceError: the URL is not one of a bucket, or obstore is not installed.
        StorageError: the folder cannot be written, or the bucket cannot be listed.
    """
    if url is None:
        return FileStore(root / "files", readonly=readonly)
    store = BucketStore(Bucket(url), cache)
    store.bucket.check()
    return store


def buckets_available() -> bool:
    """Return whether obstore is installed, which buckets need."""
    return find_spec("obstore") is not None
