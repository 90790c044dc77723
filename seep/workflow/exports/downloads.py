"""Exports as one zip in the folder `exports` of the workspace, for download."""

import contextlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from seep.errors import StorageError
from seep.io.exporting.staging import write_zip
from seep.workflow.workspace import Workspace

ZIP_AGE_S = 24 * 3600
"""Age from which a zip is deleted."""

T = TypeVar("T")


def zip_for_download(workspace: Workspace, label: str, write: Callable[[Path], T]) -> tuple[T, Path]:
    """Zip what a function writes; zips older than a day are deleted.

    Args:
        label: part of the name of the zip.
        write: writes files to an empty folder.

    Returns:
        What `write` returned, and the zip.

    Raises:
        StorageError: the folder cannot be written, or the disk is full; no zip is left.
    """
    folder = workspace.store.root / "exports"
    _delete_old_zips(folder)
    name = f"seep-{label}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}.zip"
    try:
        folder.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".part-") as stage:
            content, zipped = Path(stage, "content"), Path(stage, name)
            content.mkdir()
            result = write(content)
            write_zip(zipped, content)
            zipped.replace(folder / name)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror or error}). Free some disk space."
        ) from error
    return result, folder / name


def _delete_old_zips(folder: Path) -> None:
    oldest = time.time() - ZIP_AGE_S
    for path in folder.glob("seep-*.zip"):
        with contextlib.suppress(FileNotFoundError):  # another session deleted it
            if path.stat().st_mtime < oldest:
                path.unlink()
