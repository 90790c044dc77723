"""Formats that depend on other files become GeoTIFFs in the workspace, once per content."""

import hashlib
import secrets
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
    if container_of(candidate.path) is None:
        return candidate
    digest = hashlib.sha256("".join(map(file_sha256, parts_of(candidate.path))).encode()).hexdigest()
    target = workspace.store.root / FOLDER / digest[:32] / f"{candidate.path.stem}.tif"
    if not target.is_file():
        _convert(candidate.path, target)
    return replace(candidate, path=target)


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
