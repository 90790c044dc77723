"""Files on their way in from a browser: staged in the workspace, then imported as any other folder.

A stage is a folder `<workspace>/uploads/<token>` with one folder for images and one for masks. Its token is
random, so that nobody can reach another's stage. Of a name that a browser sends, only the last part counts:
every part is checked, and only those below a `.SAFE` folder, whose order is part of the format, are kept
as folders.
"""

import re
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType

from seep.errors import ImportRefusedError, MissingError, SeepError, StorageError
from seep.io.archives import is_zip, unpack
from seep.io.files import sizes_below
from seep.workflow.imports.importer import is_text
from seep.workflow.workspace import Workspace

FOLDER = "uploads"
ROLES = ("images", "masks")
KEPT_S = 24 * 3600
"""How long files that nobody imported are kept."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
_MASK_FOLDER = re.compile(
    r"(?:^|[ _.-])(?:masks?|labels?|annotations?|truth|targets?)(?:$|[ _.-]|\d)", re.IGNORECASE
)
_ANNOTATIONS = {".json", ".geojson", ".xml", ".txt", ".yaml", ".yml"}
_LONGEST_NAME_BYTES = 200
PART = ".part"
"""What a file that still arrives is called at its end."""


@dataclass(frozen=True)
class Staged:
    """A file that waits to be imported: "images" or "masks", its name there, its size."""

    role: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class Place:
    """Where a sent file belongs: a role, and a relative path that is safe to join to a folder."""

    role: str
    path: PurePosixPath


def new_token() -> str:
    """Return a token for a new stage; its folder is made with the first file."""
    return secrets.token_hex(16)


def is_token(text: str) -> bool:
    """Tell whether a text can be the token of a stage."""
    return _TOKEN.fullmatch(text) is not None


def stage(workspace: Workspace, token: str) -> Path:
    """Return the folder of a stage, which may not be there yet.

    Raises:
        MissingError: the token is none that `new_token` gives.
    """
    if not is_token(token):
        raise MissingError("This upload is not known; reload the Data page and drop the files again.")
    return workspace.settings.workspace / FOLDER / token


def place(name: str, role: str) -> Place:
    """Decide where a file goes by its name and by where it was dropped.

    Files in a folder named for masks or labels, and files of annotations (JSON, XML, TXT, YAML), are masks
    wherever they were dropped, unless they belong to a `.SAFE` folder.

    Args:
        name: as the browser sends it, with the folders that were dropped: "set/masks/a.1.tif".
        role: "images" or "masks", the zone in which it was dropped.

    Raises:
        ImportRefusedError: the role is unknown, or the name cannot be a file's.
    """
    if role not in ROLES:
        raise ImportRefusedError(f"A file cannot be uploaded as {role[:20]!r}; use images or masks.")
    parts = [part for part in re.split(r"[/\\]", name) if part not in {"", "."}]
    if not parts or ".." in parts or not all(_usable(part) for part in parts):
        raise ImportRefusedError(
            f"{name[:80]!a} cannot be the name of an uploaded file; rename it: no control characters, no .., "
            f"no dot in front, {_LONGEST_NAME_BYTES} bytes or fewer."
        )
    product = next((at for at, part in enumerate(parts) if part.upper().endswith(".SAFE")), None)
    if product is not None:
        return Place("images", PurePosixPath(*parts[product:]))
    folders, last = parts[:-1], parts[-1]
    if PurePosixPath(last).suffix.lower() in _ANNOTATIONS or any(map(_MASK_FOLDER.search, folders)):
        role = "masks"
    return Place(role, PurePosixPath(last))


def _usable(part: str) -> bool:
    return (
        is_text(part)
        and not part.startswith(".")
        and len(part.encode("utf-8", "replace")) <= _LONGEST_NAME_BYTES
        and not part.endswith(PART)
        and not re.match(r"[A-Za-z]:", part)
    )


def staged(workspace: Workspace, token: str) -> list[Staged]:
    """List what waits in a stage: images first, by name; nothing where no file came yet."""
    root = stage(workspace, token)
    return [
        Staged(role, path.relative_to(root / role).as_posix(), size)
        for role in ROLES
        for path, size in sorted(_files(root / role))
    ]


def staged_bytes(workspace: Workspace) -> int:
    """Return how much all stages hold together, whole files only."""
    return sum(size for _, size in _files(workspace.settings.workspace / FOLDER))


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """Give the files below a folder that arrived whole, each with its size."""
    return ((path, size) for path, size in sizes_below(folder) if not path.name.endswith(PART))


def drop(workspace: Workspace, token: str) -> None:
    """Remove a stage with all that is in it; nothing happens where there is none."""
    shutil.rmtree(stage(workspace, token), ignore_errors=True)


def sweep(workspace: Workspace, now: float | None = None) -> int:
    """Remove stages to which nothing came for a day; returns how many.

    Args:
        workspace: whose stages.
        now: seconds since the epoch, for tests.
    """
    oldest = (time.time() if now is None else now) - KEPT_S
    old = [path for path in (workspace.settings.workspace / FOLDER).glob("*") if _newest(path) < oldest]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _newest(folder: Path) -> float:
    try:
        return max(path.stat().st_mtime for path in [folder, *folder.rglob("*")])
    except FileNotFoundError:  # something is at work in it
        return time.time()


RESERVE_BYTES = 512 * 2**20
"""Room that an upload leaves on the disk, for the database and the masks of those who work meanwhile."""

_announced: dict[Path, int] = {}
_lock = threading.Lock()


class Arrival:
    """One file while it arrives: written beside its place, there under its name only when it is whole.

    Use it in a `with`; left before `finish`, it leaves nothing behind. Two arrivals of one process count
    each other's announced bytes, so that together they keep the limits too.
    """

    def __init__(self, workspace: Workspace, token: str, where: Place, size_bytes: int) -> None:
        """Check the limits and reserve the room.

        Args:
            workspace: where to.
            token: of the stage.
            where: what `place` said.
            size_bytes: as announced; not a byte more is taken.

        Raises:
            ImportRefusedError: too large, over the total, or a file of this name waits already.
            StorageError: the disk has too little room.
        """
        self._target = stage(workspace, token) / where.role / where.path
        self._size_bytes, self._taken = size_bytes, 0
        self._part = self._target.with_name(f"{self._target.name}.{secrets.token_hex(4)}{PART}")
        with _lock:
            self._check(workspace, where)
            _announced[self._part] = size_bytes
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("xb")
        except OSError as error:
            self._forget()
            raise _unwritable(where.path.name, error) from error

    def _check(self, workspace: Workspace, where: Place) -> None:
        name, chosen = where.path.name, workspace.settings
        if self._size_bytes > chosen.upload_file_bytes:
            raise ImportRefusedError(
                f"{name} has {_mb(self._size_bytes)}; a file may have {_mb(chosen.upload_file_bytes)} "
                "(SEEP_UPLOAD_FILE_MB). Import it from a folder of the server."
            )
        if self._target.exists():
            raise ImportRefusedError(
                f"Another {name} is in this upload; rename one of them, or upload them one after the other."
            )
        coming = sum(_announced.values())
        waiting = coming + staged_bytes(workspace)
        if waiting + self._size_bytes > chosen.upload_total_bytes:
            raise ImportRefusedError(
                f"{name} does not fit: all uploads together may have {_mb(chosen.upload_total_bytes)} "
                f"(SEEP_UPLOAD_TOTAL_MB), and {_mb(waiting)} wait already. Import or remove those first."
            )
        free = shutil.disk_usage(chosen.workspace).free - coming
        if free - self._size_bytes < RESERVE_BYTES:
            raise StorageError(
                f"The disk has too little room for {name}: {_mb(max(0, free))} are free, and "
                f"{_mb(RESERVE_BYTES)} stay reserved. Free some space, or import from a folder of the server."
            )

    def __enter__(self) -> "Arrival":
        return self

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            ImportRefusedError: more bytes came than were announced.
            StorageError: the disk is full or fails.
        """
        self._taken += len(chunk)
        if self._taken > self._size_bytes:
            raise ImportRefusedError(f"{self._target.name} is larger than the browser said; upload it again.")
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _unwritable(self._target.name, error) from error

    def finish(self) -> Path:
        """Put the whole file in its place and return that.

        Raises:
            ImportRefusedError: fewer bytes came than were announced, or another file of this name was faster.
            StorageError: the disk is full or fails.
        """
        if self._taken != self._size_bytes:
            raise ImportRefusedError(
                f"{self._target.name} broke off after {self._taken} of {self._size_bytes} bytes; "
                "upload it again."
            )
        try:
            self._file.close()
            with _lock:
                if self._target.exists():
                    raise ImportRefusedError(f"Another {self._target.name} is in this upload; rename one.")
                self._part.rename(self._target)
        except OSError as error:
            raise _unwritable(self._target.name, error) from error
        return self._target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        with _lock:
            _announced.pop(self._part, None)


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:,.0f} MB"


def _unwritable(name: str, error: OSError) -> StorageError:
    return StorageError(
        f"{name} cannot be kept on the server: {error.strerror or error}. Free some space, or upload fewer."
    )


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
