"""Zips among the images of an import: unpacked once into the workspace, and read from there."""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from seep.io.archives import is_zip, unpack
from seep.io.folder_reader import file_sha256
from seep.io.readers.safe import is_safe
from seep.workflow.workspace import Workspace

FOLDER = "unpacked"

OnProgress = Callable[[int, int, str], None]


def unpacked(workspace: Workspace, images: Path, tell: OnProgress) -> Path:
    """Return where the images of a source lie: a zip is unpacked, anything else stays where it is.

    A zip with one SAFE product gives that product, one with a single folder gives that folder.

    Args:
        workspace: where to, below `unpacked/`, under the zip's hash; what is there already is taken.
        images: a folder, an image, or a zip.
        tell: called with (done, total, name) while a zip is unpacked.

    Raises:
        ImageError: the zip cannot be read.
        ImportRefusedError: the zip is refused; see `seep.io.archives.unpack`.
        StorageError: the disk is full.
    """
    if not images.is_file() or not is_zip(images):
        return images
    folder = workspace.store.root / FOLDER / file_sha256(images)[:32]
    if not folder.is_dir():
        part = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
        unpack(images, part, tell)
        try:
            part.rename(folder)
        except OSError:  # another import has just unpacked it
            shutil.rmtree(part, ignore_errors=True)
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if len(inside) == 1 and inside[0].is_dir():
        within = sorted(path for path in inside[0].iterdir() if not path.name.startswith("."))
        alone = len(within) == 1 and is_safe(within[0])
        return within[0] if alone and not is_safe(inside[0]) else inside[0]
    return folder
