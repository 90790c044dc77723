"""Exports that appear together or not at all, inside the chosen folder and nowhere else."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seep.errors import StorageError


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to write into; what lies in it moves to `folder` when the block ends well.

    Each file is flushed to disk before it takes its name, so an older file of that name is replaced whole or
    stays. When the block raises, nothing has changed.

    Args:
        folder: where the files shall be; made when it is missing.

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
            f"{folder} cannot be written ({error.strerror or error}). Nothing was changed; free space or "
            "choose another folder."
        ) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for one in made:
            _remove_if_empty(one)


def place_for(stage: Path, *parts: str) -> Path:
    """Return the path of a file in the stage, its folders made.

    Raises:
        StorageError: a part is no plain name, and could lead out of the folder.
    """
    for part in parts:
        if not part or part in {".", ".."} or Path(part).name != part or "\0" in part:
            raise StorageError(f"{part!r} cannot be the name of a file; rename the tile's image.")
    path = stage.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _missing(folder: Path) -> list[Path]:
    """List the folders that would have to be made, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # it holds what was exported, or was never made
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
