"""A bucket of an S3-compatible object store; the only module that imports obstore."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from seep.errors import BusyError, LostError, StorageError, WorkspaceError

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Store

CHUNK_BYTES = 8 << 20
"""Size of a part of a large upload or download; smaller files take one request."""
REQUEST_S, CONNECT_S, RETRIES = 30, 5, 3
_MAX_REASON = 200
_RETRY_AFTER_S = 5


@dataclass(frozen=True)
class StoredObject:
    """An object of a bucket.

    Attributes:
        key: below the prefix of the bucket.
        size_bytes: size.
        stored_at: when it was last written, seconds since the epoch.
        tag: entity tag of its content.
    """

    key: str
    size_bytes: int
    stored_at: float
    tag: str


class Bucket:
    """A bucket, or what lies below a prefix of it, with errors as sentences.

    The environment variables of the AWS tools have the credentials, the region and, for other providers, the
    address: `AWS_ENDPOINT_URL`. A failed request is repeated three times within 20 s.

    Args:
        url: `s3://BUCKET` or `s3://BUCKET/PREFIX`.

    Raises:
        WorkspaceError: the URL is not one of a bucket, or obstore is not installed.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise WorkspaceError(f"{url!r} is not the address of a bucket. Use s3://BUCKET/PREFIX.")
        self.url = url.rstrip("/")
        self._store = _connect(self.url)

    def check(self) -> None:
        """Ask for one name, to find out whether the bucket can be used.

        Raises:
            StorageError: it cannot be listed.
        """
        import obstore

        with self._errors("", "listed"):
            next(iter(obstore.list(self._store, chunk_size=1)), None)

    def create(self, key: str, data: bytes) -> bool:
        """Write an object if there is none with this key; return whether it was written."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._errors(key, "stored"):
            try:
                obstore.put(self._store, key, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def replace(self, key: str, data: bytes) -> None:
        """Write an object, whether or not there is one with this key."""
        import obstore

        with self._errors(key, "stored"):
            obstore.put(self._store, key, data, use_multipart=False)

    def write(self, key: str, chunks: Iterator[bytes]) -> None:
        """Write an object in parts; it appears when it is complete, and not at all after an error of `chunks`."""
        import obstore

        with self._errors(key, "stored"):
            obstore.put(
                self._store, key, chunks, use_multipart=True, chunk_size=CHUNK_BYTES, max_concurrency=4
            )

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield the content of an object, at most `CHUNK_BYTES` at once.

        Raises:
            LostError: there is no such object.
            StorageError: the object store cannot be read.
        """
        import obstore

        with self._errors(key, "read"):
            size = obstore.head(self._store, key)["size"]
        for start in range(0, size, CHUNK_BYTES):
            length = min(CHUNK_BYTES, size - start)
            with self._errors(key, "read"):
                chunk = bytes(obstore.get_range(self._store, key, start=start, length=length))
            yield chunk

    def read(self, key: str) -> bytes:
        """Return the content of an object; errors as `chunks`."""
        import obstore

        with self._errors(key, "read"):
            return bytes(obstore.get(self._store, key).bytes())

    def head(self, key: str) -> StoredObject:
        """Return size, time and tag of an object; errors as `chunks`."""
        import obstore

        with self._errors(key, "read"):
            return _object(obstore.head(self._store, key))

    def entries(self) -> Iterator[StoredObject]:
        """Yield every object; errors as `check`."""
        import obstore

        with self._errors("", "listed"):
            for page in obstore.list(self._store):
                yield from map(_object, page)

    def delete(self, key: str) -> None:
        """Delete an object, if there is one."""
        import obstore

        with self._errors(key, "deleted"):
            obstore.delete(self._store, key)

    @contextlib.contextmanager
    def _errors(self, key: str, done: str) -> Iterator[None]:
        from obstore import exceptions

        what = f"{self.url}/{key}" if key else self.url
        try:
            yield
        except FileNotFoundError as error:
            if done == "stored":
                raise StorageError(f"{what} could not be stored: there is no such bucket.") from error
            raise LostError(
                f"{what} is missing. Restore it from a backup or an older version of the bucket."
            ) from error
        except exceptions.BaseError as error:
            denied = (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError)
            if isinstance(error, denied) or "403 Forbidden" in str(error):
                raise StorageError(
                    f"{what} could not be {done}: access was denied. Nothing was changed. Check AWS_ACCESS_KEY_ID and "
                    "the rights that it has."
                ) from error
            if done == "listed" and "404 Not Found" in str(error):
                raise StorageError(
                    f"{what} could not be listed: there is no such bucket. Create it."
                ) from error
            raise BusyError(  # a browser sends a save again by itself
                f"{what} could not be {done}: {_reason(error)}. Nothing was changed. Check the object store, then "
                "try again.",
                _RETRY_AFTER_S,
            ) from error


def _object(entry: "ObjectMeta") -> StoredObject:
    tag = str(entry["e_tag"]).strip('"')
    return StoredObject(entry["path"], entry["size"], entry["last_modified"].timestamp(), tag)


def _connect(url: str) -> "S3Store":
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ModuleNotFoundError as error:
        raise WorkspaceError(
            f"{url} needs the library {error.name}, which is not installed. Install it with: "
            "pip install -r requirements-cluster.txt"
        ) from error
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    plain = any(os.environ.get(name, "").startswith("http://") for name in names)
    try:
        return S3Store.from_url(
            url,
            client_options={
                "timeout": f"{REQUEST_S}s",
                "connect_timeout": f"{CONNECT_S}s",
                "allow_http": plain,
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=20),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=2),
                    "base": 3,
                },
            },
        )
    except (BaseError, ValueError) as error:
        raise WorkspaceError(f"{url} cannot be used: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """Return the cause from a message of obstore: its first line without the request."""
    line = str(error).strip().splitlines()[0]
    return line.rpartition(" - ")[2].partition(": <")[0].strip().rstrip(":.")[:_MAX_REASON]
