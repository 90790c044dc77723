"""Atomic writes, and sizes of files that other processes may change."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from seep.errors import StorageError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file through a temporary file: write, fsync, rename, fsync of the folder.

    Args:
        path: of the file; its folder is created if missing.

    Raises:
        StorageError: disk full or no permission; an existing file is unchanged.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".part-{path.name[:100]}-")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp creates files that only their owner can read
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StorageError(
            f"{path} could not be written: {error.strerror or error}. Free some disk space, or choose another folder."
        ) from error


def sizes_below(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield every file below a folder with its size in bytes, without files that disappear meanwhile."""
    for root, _, names in os.walk(folder):  # unlike rglob, it ignores a folder that was just deleted
        for path in (Path(root, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat().st_size


def sync_folder(folder: Path) -> None:
    """Flush the names of a folder to disk.

    Raises:
        OSError: the folder is missing, or the disk reports an error.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
