"""Import of images in a bucket: they stay there, and the rows name them by their address."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from seep.core.import_options import ImportOptions
from seep.core.text import number
from seep.errors import ImportRefusedError, StorageError
from seep.store.files.bucket_images import BUCKET_SCHEME
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.workspace import Workspace

OnProgress = Callable[[int, int, str], None]
_MIB = 1 << 20


def is_bucket(address: str) -> bool:
    """Tell whether an address names a place in a bucket, s3://BUCKET/PREFIX."""
    return address.startswith(BUCKET_SCHEME)


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
        workspace: destination.
        images: s3://BUCKET/PREFIX; objects directly below it, as in a folder.
        masks: another prefix, a folder of this machine, or None.
        options: see `import_folder`; with `copy`, the images are stored in the workspace.
        actor: name for the activity log.
        on_progress: called with (done, total, name), first while objects are copied.

    Raises:
        ImportRefusedError: there is no object, or they do not fit the cache; nothing changed.
        StorageError: the bucket cannot be read, or the disk is full; nothing changed.
        WorkspaceError: the address is not one of a bucket, or obstore is not installed.
    """
    report = on_progress or (lambda _done, _total, _name: None)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=workspace.store.root) as stage:
        folder = _stage(workspace, images, Path(stage) / "images", report)
        mask_folder = (
            _stage(workspace, masks, Path(stage) / "masks", report)
            if isinstance(masks, str) and is_bucket(masks)
            else Path(masks).resolve()
            if masks is not None
            else None
        )
        return import_folder(workspace, folder, mask_folder, options, actor, on_progress=on_progress)


def _stage(workspace: Workspace, address: str, parent: Path, report: OnProgress) -> Path:
    """Link copies of all objects below an address into a folder with the last name of the address."""
    files = [one for one in workspace.store.images.list(address) if not one.key.endswith("/")]
    if not files:
        raise ImportRefusedError(f"{address} has no objects. Check the bucket and the prefix.")
    size, limit = sum(one.size_bytes for one in files), workspace.settings.cache_mb * _MIB
    if size > limit:
        raise ImportRefusedError(
            f"{address} has {number(-(-size // _MIB))} MiB, more than the cache of this machine. Set SEEP_CACHE_MB to "
            "more, or import one part of the prefix after the other."
        )
    folder = parent / address.rstrip("/").rpartition("/")[2]
    for done, one in enumerate(files, 1):
        target = folder / one.key
        if not target.resolve().is_relative_to(folder.resolve()):
            raise ImportRefusedError(f"{address} has an object with the unsafe key {one.key!r}. Rename it.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(workspace.store.images.local(one.locator), target)
        except OSError as error:
            raise StorageError(f"{one.key} could not be read from the cache: {error.strerror}.") from error
        workspace.store.images.remember(target, one.locator)
        report(done, len(files), one.key)
    return folder
