"""Import of images in a bucket: they stay there, and the rows name them by their address."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from seep.core.import_options import ImportOptions
from seep.core.text import number
from seep.errors import ImportRefusedError, StorageError
from seep.store.files.blobs import buckets_available
from seep.store.files.bucket_images import BUCKET_SCHEME, RemoteFile
from seep.workflow.actor import Actor, Requirement, requires
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.workspace import Workspace

OnProgress = Callable[[int, int, str], None]
BUCKETS = Requirement("admin", "read buckets")
_MIB = 1 << 20
_STAGE, _LOCK = ".import-", "import.lock"


@dataclass(frozen=True)
class BucketListing:
    """What lies below an address.

    Attributes:
        names: keys of the objects, below the address, in order.
        size_bytes: of all of them.
    """

    names: list[str]
    size_bytes: int


def is_bucket(address: str) -> bool:
    """Tell whether an address names a place in a bucket, s3://BUCKET/PREFIX."""
    return address.startswith(BUCKET_SCHEME)


def can_read_buckets() -> bool:
    """Return whether the library for buckets is installed."""
    return buckets_available()


@requires("admin", "read buckets")
def list_bucket(workspace: Workspace, address: str, actor: Actor) -> BucketListing:
    """List the objects that an import from an address would read.

    Raises:
        ImportRefusedError: there is no object, or they do not fit the cache of this machine.
        StorageError: the bucket cannot be listed.
        WorkspaceError: the address is not one of a bucket, or obstore is not installed.
    """
    files = _objects(workspace, address)
    return BucketListing([file.key for file in files], sum(file.size_bytes for file in files))


def remove_leftovers(workspace: Workspace) -> None:
    """Delete what imports from buckets left in the workspace's folder when they were killed.

    An import holds a shared lock on a file, which the system releases with its process. So while any import of this
    machine runs, nothing is deleted.
    """
    with suppress(StorageError), _staging_lock(workspace.store.root):
        pass


@contextmanager
def _staging_lock(root: Path) -> Iterator[None]:
    try:
        lock = (root / _LOCK).open("w")
    except OSError as error:
        raise StorageError(f"{root} cannot be written: {error.strerror}. Free some disk space.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # another import runs
            pass
        else:
            for left in root.glob(f"{_STAGE}*"):
                shutil.rmtree(left, ignore_errors=True)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@requires("lead", "import tiles")
def import_bucket(
    workspace: Workspace,
    images: str,
    masks: str | os.PathLike[str] | None,
    options: ImportOptions,
    actor: Actor,
    *,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Import the images below a prefix of a bucket; see `import_folder`.

    The objects are copied to the cache of this machine to be read. Nothing is written to the bucket. An object that is
    replaced later is an error of its tile, since it is no longer the imported image.

    Args:
        images: s3://BUCKET/PREFIX; objects directly below it, as in a folder.
        masks: another prefix, a folder of this machine, or None.
        options: see `import_folder`; with `copy`, the images are stored in the workspace.
        on_progress: called with (done, total, name), first while objects are copied.

    Raises:
        ImportRefusedError: there is no object, or they do not fit the cache; nothing changed.
        StorageError: the bucket cannot be read, or the disk is full; nothing changed.
        WorkspaceError: the address is not one of a bucket, or obstore is not installed.
    """
    report = on_progress or (lambda _done, _total, _name: None)
    root = workspace.store.root
    with _staging_lock(root), tempfile.TemporaryDirectory(prefix=_STAGE, dir=root) as stage:
        folder = _stage(workspace, images, Path(stage) / "images", report)
        mask_folder = (
            _stage(workspace, masks, Path(stage) / "masks", report)
            if isinstance(masks, str) and is_bucket(masks)
            else Path(masks).resolve()
            if masks is not None
            else None
        )
        return import_folder(workspace, folder, mask_folder, options, actor, on_progress=on_progress)


def _objects(workspace: Workspace, address: str) -> list[RemoteFile]:
    """Return the objects below an address that an import copies to the cache; errors as `list_bucket`."""
    files = [one for one in workspace.store.images.list(address) if not one.key.endswith("/")]
    if not files:
        raise ImportRefusedError(f"{address} has no objects. Check the bucket and the prefix.")
    size, limit = sum(file.size_bytes for file in files), workspace.settings.cache_mb * _MIB
    if size > limit:
        raise ImportRefusedError(
            f"{address} has {number(-(-size // _MIB))} MiB, more than the cache of this machine. Set SEEP_CACHE_MB to "
            "more, or import one part of the prefix after the other."
        )
    return files


def _stage(workspace: Workspace, address: str, parent: Path, report: OnProgress) -> Path:
    """Link copies of all objects below an address into a folder with the last name of the address."""
    files = _objects(workspace, address)
    folder = parent / address.rstrip("/").rpartition("/")[2]
    for done, file in enumerate(files, 1):
        target = folder / file.key
        if not target.resolve().is_relative_to(folder.resolve()):
            raise ImportRefusedError(f"{address} has an object with the unsafe key {file.key!r}. Rename it.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(workspace.store.images.local(file.locator), target)
        except OSError as error:
            raise StorageError(f"{file.key} could not be read from the cache: {error.strerror}.") from error
        workspace.store.images.remember(target, file.locator)
        report(done, len(files), file.key)
    return folder
