"""Formats that depend on other files become GeoTIFFs in the workspace, once per content."""

import hashlib
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from seep.errors import ImageError
from seep.io.containers import container_of, parts_of
from seep.io.folder_reader import ImportCandidate, file_sha256
from seep.io.sandbox import SANDBOX
from seep.workflow.workspace import Workspace

FOLDER = "converted"


def converted(workspace: Workspace, candidate: ImportCandidate) -> ImportCandidate:
    """Return a candidate whose image can be read in place: the same, or with a GeoTIFF in the workspace.

    Args:
        workspace: destination; the file is `converted/HASH/NAME.tif`, which is reused if it exists.
        candidate: any file of an import.

    Raises:
        ImageError: the image cannot be converted; see `seep.io.containers.convert`.
    """
    return replace(candidate, path=_converted_in(workspace.store.root / FOLDER, candidate.path))


@contextmanager
def temporary_conversion(images: Path) -> Iterator[Callable[[Path], Path]]:
    """Convert images for as long as a `with` lasts, without a workspace.

    Args:
        images: folder or image, for messages.

    Yields:
        A function that returns an image that can be read in place: the same, or a temporary GeoTIFF of its stem.
        It raises ImageError as `converted` does.
    """
    with ExitStack() as stack:
        folders: list[Path] = []
        lock = threading.Lock()

        def convert(path: Path) -> Path:
            if container_of(path) is None:
                return path
            with lock:
                if not folders:
                    folders.append(_temporary_folder(stack, images))
            return _converted_in(folders[0], path)

        yield convert


def _temporary_folder(stack: ExitStack, images: Path) -> Path:
    try:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seep-converted-")))
    except OSError as error:
        raise ImageError(
            f"{images.name} could not be converted: no temporary folder ({error.strerror or error}). Set TMPDIR to a "
            "folder with free space."
        ) from error


def _converted_in(folder: Path, path: Path) -> Path:
    if container_of(path) is None:
        return path
    digest = hashlib.sha256("".join(map(file_sha256, parts_of(path))).encode()).hexdigest()
    target = folder / digest[:32] / f"{path.stem}.tif"
    if not target.is_file():
        _convert(path, target)
    return target


def _convert(path: Path, target: Path) -> None:
    part = target.with_name(f".{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        SANDBOX.convert(path, part)
        part.replace(target)
    except OSError as error:
        raise ImageError(
            f"{path.name} could not be converted: {error.strerror or error}. Free some disk space."
        ) from error
    finally:
        part.unlink(missing_ok=True)
