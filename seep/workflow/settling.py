"""What becomes of an uploaded file once it is whole: it waits, and a zip gives way to its content."""

import secrets
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from seep.errors import ImportRefusedError, SeepError, StorageError
from seep.io.archives import is_zip, unpack
from seep.workflow.arriving import RESERVE_BYTES
from seep.workflow.uploads import Place, Staged, place, stage, staged_bytes
from seep.workflow.workspace import Workspace


@dataclass(frozen=True)
class Taken:
    """What one sent file added to a stage, and what in it was refused, a sentence each."""

    files: list[Staged]
    refused: list[str] = field(default_factory=list)


def settle(workspace: Workspace, token: str, where: Place, path: Path) -> Taken:
    """Say what a file that has arrived adds to its stage; unpack it if it is a zip.

    Files of a zip go where they would go if they had been dropped by themselves.

    Args:
        workspace: whose stage.
        token: of the stage.
        where: what `place` said of the file.
        path: where it is now.

    Raises:
        ImportRefusedError: the zip is damaged, hostile or too large, and nothing of it is kept; or the file
            was removed meanwhile.
        StorageError: the disk is full.
    """
    try:
        if path.suffix.lower() != ".zip" or not is_zip(path):
            return Taken([Staged(where.role, where.path.as_posix(), path.stat().st_size)])
        return _unpacked(workspace, token, where, path)
    except FileNotFoundError as error:
        raise ImportRefusedError(f"{where.path.name} was removed while it was taken in.") from error


def _unpacked(workspace: Workspace, token: str, where: Place, path: Path) -> Taken:
    root = stage(workspace, token)
    folder = root / f".unpacked-{secrets.token_hex(4)}"
    try:
        _check_room(workspace, path)
        return _sorted_in(root, folder, unpack(path, folder), where.role)
    finally:
        path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _check_room(workspace: Workspace, path: Path) -> None:
    """Check what a zip announces; `unpack` lets no member become more than that."""
    try:
        with zipfile.ZipFile(path) as archive:
            announced = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ImportRefusedError(f"{path.name} is no zip, or damaged ({error}). Pack it again.") from error
    most, waiting = workspace.settings.upload_total_bytes, staged_bytes(workspace)
    if waiting + announced > most:
        raise ImportRefusedError(
            f"{path.name} would become {announced // 2**20:,} MB; all uploads together may have "
            f"{most // 2**20:,} MB (SEEP_UPLOAD_TOTAL_MB), and {waiting // 2**20:,} MB wait already. "
            "Import those first, or upload fewer files at once."
        )
    free = shutil.disk_usage(workspace.settings.workspace).free
    if free - announced < RESERVE_BYTES:
        raise StorageError(
            f"The disk has too little room to unpack {path.name}: {free // 2**20:,} MB are free. "
            "Free some space, or import from a folder of the server."
        )


def _sorted_in(root: Path, folder: Path, files: list[Path], role: str) -> Taken:
    taken, refused = list[Staged](), list[str]()
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            where = place(name, role)
        except SeepError as error:
            refused.append(str(error))
            continue
        target = root / where.role / where.path
        if target.exists():
            refused.append(f"{name}: another {where.path.name} is in this upload; rename one of them.")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
        taken.append(Staged(where.role, where.path.as_posix(), target.stat().st_size))
    return Taken(taken, refused)
