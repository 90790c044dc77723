"""Zip and tar archives as the source of an import: unpacked once into the workspace and read from there."""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from seep.io.archives import is_archive, unpack
from seep.io.folder_reader import file_sha256
from seep.io.readers.safe import is_safe
from seep.workflow.workspace import Workspace

FOLDER = "unpacked"

OnProgress = Callable[[int, int, str], None]


def unpack_source(workspace: Workspace, images: Path, on_progress: OnProgress) -> Path:
    """Return the folder with the images of a source; an archive is unpacked, anything else stays in place.

    An archive with a single SAFE product gives that product. An archive with a single folder gives that folder.

    Args:
        workspace: destination; the folder is `unpacked/HASH`, which is reused if it exists.
        images: a folder, an image, a zip or a tar.
        on_progress: called with (done, total, file name) while an archive is unpacked.

    Raises:
        ImageError: the archive cannot be read.
        ImportRefusedError: the archive is unsafe or damaged; see `seep.io.archives.unpack`.
        StorageError: the disk is full.
    """
    if not images.is_file() or not is_archive(images):
        return images
    folder = workspace.store.root / FOLDER / file_sha256(images)[:32]
    if not folder.is_dir():
        part = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
        unpack(images, part, on_progress)
        try:
            part.rename(folder)
        except OSError:  # another import was faster
            shutil.rmtree(part, ignore_errors=True)
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if len(inside) == 1 and inside[0].is_dir():
        within = sorted(path for path in inside[0].iterdir() if not path.name.startswith("."))
        alone = len(within) == 1 and is_safe(within[0])
        return within[0] if alone and not is_safe(inside[0]) else inside[0]
    return folder
