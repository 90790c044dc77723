"""Files that a browser uploads: collected in the workspace, then imported like any other folder.

An upload is a folder `<workspace>/uploads/<token>` with a subfolder for each role of `ROLES`. The token is
random, so nobody can guess the upload of another person. Only the last part of an uploaded name is used.
Folders are kept only below a `.SAFE` folder, and the `.data` folder of BEAM-DIMAP, where they are part of the format.
"""

import contextlib
import math
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType

from seep.core.files import sizes_below
from seep.core.text import is_printable, number
from seep.errors import ImportRefusedError, MaskError, MissingError, SeepError, StorageError
from seep.io.annotations.reading import check_text_file, is_annotation_part
from seep.io.archives import announced_bytes, is_archive, unpack
from seep.io.readers.netcdf import NETCDF_SUFFIXES
from seep.workflow.actor import Actor, requires
from seep.workflow.workspace import Workspace

FOLDER = "uploads"
ROLES = ("images", "masks", "checkpoints", "references")
"""What a dropped file may be."""
FOLDERS = (*ROLES, "land")
"""Folders of an upload; see `seep.workflow.imports.upload_land`."""
CHECKPOINT_SUFFIX = ".safetensors"
LAYER_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json")
GRID_SUFFIXES = (*NETCDF_SUFFIXES, ".tif", ".tiff")
"""NetCDF of wind or bathymetry, GeoTIFF of bathymetry."""
_LAYER_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".qpj", ".xml")
MAX_AGE_S = 24 * 3600
"""Uploads without a new file for this time are deleted."""
MAX_NAME_BYTES = 200
MAX_PARTS = 16
"""Most parts of an uploaded path; longer ones exceed what a file system can name."""
PRODUCT_SUFFIXES = (".safe", ".data")
"""Folders of Sentinel-1 products, and of the pixels of BEAM-DIMAP."""
PART_SUFFIX = ".part"
"""Suffix of a file that is not complete yet."""
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz")
RESERVED_DISK_BYTES = 512 * 2**20
"""Disk space that uploads leave free for the database and new masks."""

_TOKEN = re.compile(r"[0-9a-f]{32}")
_MASK_FOLDER = re.compile(
    r"(?:^|[ _.-])(?:masks?|labels?|annotations?|truth|targets?)(?:$|[ _.-]|\d)", re.IGNORECASE
)
_reserved: dict[Path, int] = {}
"""Bytes announced for files that are being received, by their temporary path."""
_totals: dict[Path, tuple[float, int]] = {}
"""When the uploads of a folder were counted, and their bytes then and since."""
_TOTAL_AGE_S = 2.0
_lock = threading.Lock()


@dataclass(frozen=True)
class UploadedFile:
    """A complete file of an upload.

    Attributes:
        role: one of `FOLDERS`.
        name: path within the folder of its role.
        size_bytes: size of the file.
    """

    role: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class UploadTarget:
    """Where an uploaded file belongs: a role, and a relative path that is safe to join to a folder."""

    role: str
    path: PurePosixPath


@dataclass(frozen=True)
class UploadResult:
    """Files that one request added to an upload, and the reasons for refused files of an archive."""

    files: list[UploadedFile]
    refused: list[str] = field(default_factory=list)


def new_token() -> str:
    """Return a token for a new upload; the first file creates its folder."""
    return secrets.token_hex(16)


def is_token(text: str) -> bool:
    """Return whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def upload_folder(workspace: Workspace, token: str) -> Path:
    """Return the folder of an upload; it may not exist yet.

    Raises:
        MissingError: the token is malformed.
    """
    if not is_token(token):
        raise MissingError("Unknown upload. Reload the Data page and drop the files again.")
    return workspace.settings.workspace / FOLDER / token


def upload_target(name: str, role: str) -> UploadTarget:
    """Decide where a file belongs, by its name and the zone where it was dropped.

    Files in a folder named for masks or labels, and annotation files, are masks wherever they were dropped,
    except in a `.SAFE` or `.data` folder. A checkpoint must be a safetensors file; a reference must be a vector file or
    NetCDF.

    Args:
        name: as the browser sends it, with dropped folders: "set/masks/a.1.tif".
        role: one of `ROLES`, the zone where the file was dropped.

    Raises:
        ImportRefusedError: unknown role or invalid name.
    """
    if role not in ROLES:
        raise ImportRefusedError(f"Unknown upload role {role[:20]!r}. Use {', '.join(ROLES)}.")
    parts = [part for part in re.split(r"[/\\]", name) if part not in {"", "."}]
    if (
        not parts
        or ".." in parts
        or len(parts) > MAX_PARTS
        or not all(_is_valid_part(part) for part in parts)
    ):
        raise ImportRefusedError(
            f"{name[:80]!a} is not a valid file name. Rename the file: at most {MAX_NAME_BYTES} bytes and "
            f"{MAX_PARTS} folders, no control characters, no .., no leading dot."
        )
    if role == "checkpoints":
        if not parts[-1].lower().endswith(CHECKPOINT_SUFFIX):
            raise ImportRefusedError(
                f"{parts[-1][:80]} is not a checkpoint. Choose a {CHECKPOINT_SUFFIX} file that Seep wrote."
            )
        return UploadTarget(role, PurePosixPath(parts[-1]))
    if role == "references":
        return _reference_target(parts[-1])
    product = next(
        (at for at, part in enumerate(parts[:-1]) if part.lower().endswith(PRODUCT_SUFFIXES)), None
    )
    if product is not None:
        return UploadTarget("images", PurePosixPath(*parts[product:]))
    folders, last = parts[:-1], parts[-1]
    is_mask = is_annotation_part(PurePosixPath(last))
    if is_mask or any(map(_MASK_FOLDER.search, folders)):
        role = "masks"
    return UploadTarget(role, PurePosixPath(last))


def _reference_target(name: str) -> UploadTarget:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in (".zip", *LAYER_SUFFIXES, *GRID_SUFFIXES, *_LAYER_PARTS):
        raise ImportRefusedError(
            f"{name[:80]} is no vector layer, wind or bathymetry. Choose GeoPackage, GeoJSON, a zipped Shapefile, "
            "NetCDF of ERA5, or NetCDF or GeoTIFF of GEBCO."
        )
    return UploadTarget("references", PurePosixPath(name))


def _is_valid_part(part: str) -> bool:
    return (
        is_printable(part)
        and not part.startswith(".")
        and len(part.encode("utf-8", "replace")) <= MAX_NAME_BYTES
        and not part.endswith(PART_SUFFIX)
        and not re.match(r"[A-Za-z]:", part)
    )


def list_files(workspace: Workspace, token: str) -> list[UploadedFile]:
    """List the complete files of an upload: images first, each role by name."""
    root = upload_folder(workspace, token)
    return [
        UploadedFile(role, path.relative_to(root / role).as_posix(), size)
        for role in FOLDERS
        for path, size in sorted(_complete_files(root / role))
    ]


def total_upload_bytes(workspace: Workspace) -> int:
    """Return the size of the complete files of all uploads."""
    return sum(size for _, size in _complete_files(workspace.settings.workspace / FOLDER))


def _known_total(workspace: Workspace, age_s: float) -> int:
    """Return the size of all uploads, counted at most `age_s` ago; call it with the lock held.

    Counting takes milliseconds per thousand files, while other uploads wait.
    """
    folder, now = workspace.settings.workspace / FOLDER, time.monotonic()
    at, total = _totals.get(folder, (-math.inf, 0))
    if now - at > age_s:
        at, total = now, total_upload_bytes(workspace)
        _totals[folder] = at, total
    return total


def _complete_files(folder: Path) -> Iterator[tuple[Path, int]]:
    return ((path, size) for path, size in sizes_below(folder) if not path.name.endswith(PART_SUFFIX))


@requires("lead", "upload files")
def delete_file(workspace: Workspace, token: str, file: UploadedFile, actor: Actor) -> None:
    """Delete one file of an upload; do nothing if it does not exist."""
    if file in list_files(workspace, token):
        (upload_folder(workspace, token) / file.role / file.name).unlink(missing_ok=True)


@requires("lead", "upload files")
def delete_upload(workspace: Workspace, token: str, actor: Actor) -> None:
    """Delete an upload with its files; do nothing if there is none."""
    shutil.rmtree(upload_folder(workspace, token), ignore_errors=True)


def delete_old_uploads(workspace: Workspace, now: float | None = None) -> int:
    """Delete uploads without a new file for `MAX_AGE_S`; return how many.

    Args:
        now: seconds since the epoch; None for the current time.
    """
    oldest = (time.time() if now is None else now) - MAX_AGE_S
    folders = (workspace.settings.workspace / FOLDER).glob("*")
    old = [path for path in folders if _newest_change(path) < oldest]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _newest_change(folder: Path) -> float:
    try:
        return max(path.stat().st_mtime for path in [folder, *folder.rglob("*")])
    except FileNotFoundError:  # an upload or an import is changing it
        return time.time()


class UploadWriter:
    """Writes one uploaded file under a temporary name and renames it when it is complete.

    Use it in a `with` block; without `finish`, the block deletes what was written. Concurrent writers of one
    process reserve their announced bytes, so that together they also keep the limits.
    """

    @requires("lead", "upload files")
    def __init__(
        self, workspace: Workspace, token: str, target: UploadTarget, size_bytes: int, actor: Actor
    ) -> None:
        """Check the limits and reserve the space.

        Args:
            target: result of `upload_target`.
            size_bytes: announced size; more bytes are refused.

        Raises:
            ImportRefusedError: the file or all uploads are too large, or the upload has a file of this name.
            StorageError: too little disk space.
        """
        self._folder = workspace.settings.workspace / FOLDER
        self._target = upload_folder(workspace, token) / target.role / target.path
        self._size_bytes, self._written_bytes = size_bytes, 0
        self._part = self._target.with_name(f"{self._target.name}.{secrets.token_hex(4)}{PART_SUFFIX}")
        with _lock:
            self._check(workspace, target)
            _reserved[self._part] = size_bytes
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("xb")
        except OSError as error:
            self._release()
            raise _write_error(target.path.name, error) from error

    def _check(self, workspace: Workspace, target: UploadTarget) -> None:
        name, settings = target.path.name, workspace.settings
        if self._size_bytes > settings.upload_file_bytes:
            raise ImportRefusedError(
                f"{name} has {_mb(self._size_bytes)}. The limit per file is "
                f"{_mb(settings.upload_file_bytes)} (SEEP_UPLOAD_FILE_MB). Import it from a server folder."
            )
        if self._target.exists():
            raise ImportRefusedError(
                f"This upload already has a file named {name}. Rename one of them, or import them one after "
                "the other."
            )
        reserved = sum(_reserved.values())
        used = reserved + _known_total(workspace, _TOTAL_AGE_S)
        if used + self._size_bytes > settings.upload_total_bytes:
            used = reserved + _known_total(workspace, 0)  # files may have been deleted since
        if used + self._size_bytes > settings.upload_total_bytes:
            raise ImportRefusedError(
                f"{name} exceeds the limit of {_mb(settings.upload_total_bytes)} for all uploads "
                f"(SEEP_UPLOAD_TOTAL_MB). {_mb(used)} are in use. Import or remove those files first."
            )
        free = shutil.disk_usage(settings.workspace).free - reserved
        if free - self._size_bytes < RESERVED_DISK_BYTES:
            raise StorageError(
                f"Not enough disk space for {name}: {_mb(max(0, free))} are free, and "
                f"{_mb(RESERVED_DISK_BYTES)} stay reserved. Free some space, or import from a server folder."
            )

    def __enter__(self) -> "UploadWriter":
        return self

    def write(self, chunk: bytes) -> None:
        """Append bytes.

        Raises:
            ImportRefusedError: more bytes than announced.
            StorageError: the disk is full or fails.
        """
        self._written_bytes += len(chunk)
        if self._written_bytes > self._size_bytes:
            raise ImportRefusedError(
                f"{self._target.name} is larger than the {self._size_bytes} bytes that the browser announced. "
                "Upload it again."
            )
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _write_error(self._target.name, error) from error

    def finish(self) -> Path:
        """Rename the complete file to its final name and return the path.

        Raises:
            ImportRefusedError: fewer bytes than announced, or another file took the name.
            StorageError: the disk is full or fails.
        """
        if self._written_bytes != self._size_bytes:
            raise ImportRefusedError(
                f"The upload of {self._target.name} ended after {self._written_bytes} of {self._size_bytes} "
                "bytes. Upload it again."
            )
        try:
            self._file.close()
            with _lock:
                if self._target.exists():
                    raise ImportRefusedError(
                        f"This upload already has a file named {self._target.name}. Rename one of them."
                    )
                self._part.rename(self._target)
                if self._folder in _totals:
                    at, total = _totals[self._folder]
                    _totals[self._folder] = at, total + self._size_bytes
        except OSError as error:
            raise _write_error(self._target.name, error) from error
        return self._target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Leftovers are removed later; a failure here must not hide the error of the write, or a complete upload.
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)
        self._release()

    def _release(self) -> None:
        with _lock:
            _reserved.pop(self._part, None)


def _mb(size_bytes: int) -> str:
    return f"{number(size_bytes / 2**20)} MB"


def _write_error(name: str, error: OSError) -> StorageError:
    return StorageError(
        f"{name} could not be written: {error.strerror or error}. Free some disk space, or upload fewer files."
    )


def add_uploaded(workspace: Workspace, token: str, target: UploadTarget, path: Path) -> UploadResult:
    """Return what a complete file adds to its upload; an archive is unpacked and its files are sorted by name.

    Args:
        target: result of `upload_target` for the file.

    Raises:
        ImportRefusedError: the archive is damaged, unsafe or too large; none of its files are kept. Or the file is
            a text or CSV file without annotations, or was deleted in the meantime.
        StorageError: the disk is full.
    """
    try:
        if path.suffix.lower() not in ARCHIVE_SUFFIXES or not is_archive(path):
            if target.role == "masks":
                check_text_file(path)
            return UploadResult([UploadedFile(target.role, target.path.as_posix(), path.stat().st_size)])
        return _unpack(workspace, token, target, path)
    except FileNotFoundError as error:
        raise ImportRefusedError(f"{target.path.name} was deleted while it was processed.") from error
    except MaskError as error:
        path.unlink(missing_ok=True)
        raise ImportRefusedError(str(error)) from error


def _unpack(workspace: Workspace, token: str, target: UploadTarget, path: Path) -> UploadResult:
    root = upload_folder(workspace, token)
    folder = root / f".unpacked-{secrets.token_hex(4)}"
    try:
        _check_space(workspace, path)
        return _sort_files(root, folder, unpack(path, folder), target.role)
    finally:
        path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _check_space(workspace: Workspace, path: Path) -> None:
    """Check the unpacked size that an archive states; `unpack` stops at more than that."""
    announced = announced_bytes(path)
    limit, used = workspace.settings.upload_total_bytes, total_upload_bytes(workspace)
    if used + announced > limit:
        raise ImportRefusedError(
            f"{path.name} unpacks to {_mb(announced)}. The limit for all uploads is {_mb(limit)} "
            f"(SEEP_UPLOAD_TOTAL_MB), and {_mb(used)} are in use. Import those files first, or upload fewer."
        )
    free = shutil.disk_usage(workspace.settings.workspace).free
    if free - announced < RESERVED_DISK_BYTES:
        raise StorageError(
            f"Not enough disk space to unpack {path.name}: {_mb(free)} are free. Free some space, or import "
            "from a server folder."
        )


def _sort_files(root: Path, folder: Path, files: list[Path], role: str) -> UploadResult:
    """Move the files of an archive to the folders of their roles."""
    added, refused = list[UploadedFile](), list[str]()
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            where = upload_target(name, role)
            if where.role == "masks":
                check_text_file(file)
        except SeepError as error:
            refused.append(str(error))
            continue
        target = root / where.role / where.path
        if target.exists():
            refused.append(
                f"{name}: this upload already has a file named {where.path.name}. Rename one of them."
            )
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
        added.append(UploadedFile(where.role, where.path.as_posix(), target.stat().st_size))
    return UploadResult(added, refused)
