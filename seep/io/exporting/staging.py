"""Writes the files of an export together or not at all, and only inside the chosen folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seep.errors import StorageError


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder to write to; its files move to `folder` if the block succeeds.

    Each file is flushed to disk before it gets its final name, so an existing file is replaced completely or
    stays. If the block raises an error, nothing changes.

    Args:
        folder: destination; created if missing.

    Raises:
        StorageError: the folder cannot be made or written, or the disk is full.
    """
    made = _missing(folder)
    stage: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=".part-"))
        yield stage
        _move(stage, folder)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror or error}). Nothing changed. Free some disk space, "
            "or choose another folder."
        ) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for one in made:
            _remove_if_empty(one)


def place_for(stage: Path, *parts: str) -> Path:
    """Return the path of a file in the staging folder, and create its folders.

    Raises:
        StorageError: a part is not a plain name and could lead out of the folder.
    """
    for part in parts:
        if not part or part in {".", ".."} or Path(part).name != part or "\0" in part:
            raise StorageError(f"{part!r} is not a valid file name. Rename the image of the tile.")
    path = stage.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _missing(folder: Path) -> list[Path]:
    """List the missing folders of a path, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # it contains the export, or was never created
        return


def _move(stage: Path, folder: Path) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    folders = {folder}
    for path in files:
        target = folder / path.relative_to(stage)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o644)
        path.replace(target)
        folders.add(target.parent)
    for one in folders:
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
