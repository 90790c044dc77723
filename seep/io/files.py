"""Writing a file so that a kill or a full disk leaves the old one or the new one, never a part."""

import os
import tempfile
from pathlib import Path

from seep.errors import StorageError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file by way of a temporary one beside it: write, fsync, rename, fsync of the folder.

    Args:
        path: where the file shall be; its folder is made if it is missing.
        data: all of its content.

    Raises:
        StorageError: it could not be written (disk full, no permission); what was at `path` is unharmed.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp makes files that only their owner may read
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StorageError(
            f"{path} could not be written: {error.strerror or error}. Free space or choose another folder."
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
