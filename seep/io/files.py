"""Files beside other processes: writing one whole or not at all, and measuring what comes and goes."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
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


def sizes_below(folder: Path) -> Iterator[tuple[Path, int]]:
    """Give every file below a folder with its size in bytes; what goes away meanwhile is left out."""
    for root, _, names in os.walk(folder):  # unlike rglob, it passes over a folder that has just gone
        for path in (Path(root, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat().st_size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
