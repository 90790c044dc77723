"""Images by locator: where the pixels of a tile or scene lie.

A locator is a path, `file:PATH`, `s3://BUCKET/KEY#TAG` for an object of a bucket, or `blob:HASH.SUFFIX` for a stored
file of a workspace whose files are in a bucket. Readers need a file on this machine; objects are copied to its cache.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

from seep.errors import ImageError, LostError, StorageError
from seep.io.readers.view import encode_view, is_view, read_view
from seep.store.files.bucket_images import BUCKET_SCHEME
from seep.store.files.bucket_store import BLOB_SCHEME
from seep.store.store import StoredFiles

FILE_SCHEME = "file:"
_HASH_LENGTH = 64


def is_remote(locator: str) -> bool:
    """Tell whether a locator names something that is not a file of this machine."""
    return locator.startswith((BLOB_SCHEME, BUCKET_SCHEME))


def split_blob(locator: str) -> tuple[str, str] | None:
    """Return the hash and the suffix of a stored file; None for another locator."""
    if not locator.startswith(BLOB_SCHEME):
        return None
    name = locator.removeprefix(BLOB_SCHEME)
    return name[:_HASH_LENGTH], name[_HASH_LENGTH:]


def locator_suffix(locator: str) -> str:
    """Return the suffix of the file that a locator names, such as ".tif"; "" if it has none."""
    return Path(locator.rpartition("#")[0] if locator.startswith(BUCKET_SCHEME) else locator).suffix


def local_path(store: StoredFiles, locator: str) -> Path:
    """Return the path of an image on this machine; one in a bucket is copied to the cache first.

    The copy may be deleted about a minute after its last use, so ask again before each reading.

    Args:
        store: of the workspace whose row has the locator.
        locator: see above.

    Raises:
        ImageError: the image is missing, damaged, or was changed after its import.
        StorageError: the object store cannot be read, or the disk of the cache is full.
    """
    if locator.startswith(FILE_SCHEME):
        return Path(locator.removeprefix(FILE_SCHEME))
    if not is_remote(locator):
        return Path(locator)
    try:
        if locator.startswith(BUCKET_SCHEME):
            return store.images.local(locator)
        blob = split_blob(locator)
        assert blob is not None  # the only other kind
        path = store.files.local(*blob)
    except LostError as error:
        raise ImageError(str(error)) from error
    return _local_view(store, path) if is_view(path) else path


def _local_view(store: StoredFiles, path: Path) -> Path:
    """Return a view of a local image for a view of one in a bucket."""
    view = read_view(path)
    image = local_path(store, view.locator)
    if str(image) == view.locator:
        return path
    data = encode_view(replace(view, locator=str(image)))
    name = f"views/{hashlib.sha256(data).hexdigest()}{path.suffix}"
    try:
        return store.cache.find(name) or store.cache.write(name, (data,))
    except OSError as error:
        raise StorageError(f"The cache {store.cache.root} cannot be written: {error.strerror}.") from error
