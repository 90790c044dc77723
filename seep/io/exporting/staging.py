"""Writes the files of an export together or not at all, and only inside the chosen folder.

Exports and predictions replace only files that Seep wrote. Their hashes are in the hidden file `.seep-export.json` of
the folder; a file that is not listed there, or that was changed since, stops the export.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from seep.core.files import sync_folder, write_atomic
from seep.errors import SettingsError, StorageError

LEDGER = ".seep-export.json"
"""Hidden file of a folder: the hashes of the files that Seep wrote there, by path relative to the folder."""
_MAX_LEDGER_BYTES = 64 * 2**20
_COMPRESSED = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".zip"}


@contextmanager
def staged(folder: Path, check: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """Yield a hidden folder to write to; its files move to `folder` if the block succeeds.

    Each file is flushed to disk before it gets its final name, so an existing file is replaced completely or
    stays. If the block raises an error, nothing changes.

    Args:
        folder: destination; created if missing.
        check: called with each folder that gets files, before the first one moves; it refuses by an error.

    Raises:
        SettingsError: Seep did not write a file to replace, or it was changed since.
        StorageError: the folder cannot be made or written, or the disk is full.
    """
    made = _missing(folder)
    stage: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=".part-"))
        yield stage
        with _locked(folder):
            _move(stage, folder, check)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror or error}). None of these files changed. "
            "Free some disk space, or choose another folder."
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


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one export at a time move its files to a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _move(stage: Path, folder: Path, check: Callable[[Path], object] | None) -> None:
    files = {path.relative_to(stage).as_posix(): path for path in sorted(stage.rglob("*")) if path.is_file()}
    folders = sorted({(folder / name).parent for name in files} | {folder})
    for one in folders:
        if one.exists() and one.resolve() != folder.resolve() / one.relative_to(folder):
            raise SettingsError(f"{one} is a link to another folder. Choose another folder.")
        if check is not None:
            check(one)
    check_replaceable(folder, files)
    written = read_ledger(folder)
    for name, path in files.items():
        with path.open("rb") as file:
            # The previous hash stays listed: a kill between two moves leaves files of both exports.
            written[name] = [*written.get(name, [])[-1:], hashlib.file_digest(file, "sha256").hexdigest()]
            os.fsync(file.fileno())
    write_atomic(folder / LEDGER, json.dumps({"files": written}, indent=1).encode())
    for name, path in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o644)
        path.replace(target)
    for one in folders:
        sync_folder(one)


def read_ledger(folder: Path) -> dict[str, list[str]]:
    """Return the hashes of the files that Seep wrote by relative path; empty without a list, or with a damaged one."""
    path = folder / LEDGER
    with contextlib.suppress(OSError, ValueError, RecursionError):
        if not path.is_symlink() and path.stat().st_size <= _MAX_LEDGER_BYTES:
            content = json.loads(path.read_text("utf-8"))
            files = content.get("files") if isinstance(content, Mapping) else None
            if isinstance(files, Mapping):
                return {
                    str(name): [str(one) for one in hashes]
                    for name, hashes in files.items()
                    if isinstance(hashes, list)
                }
    return {}


def check_replaceable(folder: Path, names: Iterable[str]) -> None:
    """Check that Seep wrote all files of these names that are in a folder.

    Args:
        folder: may be missing.
        names: paths relative to the folder.

    Raises:
        SettingsError: Seep did not write one, or it was changed since.
    """
    written = read_ledger(folder)
    for name in names:
        _check_replaceable(folder, name, written.get(name, []))


def _check_replaceable(folder: Path, name: str, hashes: list[str]) -> None:
    target = folder / name
    if not target.exists() and not target.is_symlink():
        return
    if target.is_file() and not target.is_symlink() and hashes:
        with target.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() in hashes:
                return
    why = "was changed after Seep wrote it" if hashes else "Seep did not write"
    raise SettingsError(
        f"{folder} contains {name}, which {why}. It was not replaced. Choose another folder, or move that file."
    )


def remove_written(folder: Path, before: float, *, dry_run: bool) -> tuple[dict[Path, int], list[Path]]:
    """Delete the files that Seep wrote to a folder, if its last export is old enough; then also empty subfolders.

    Args:
        before: seconds since the epoch; a folder with a newer export stays as it is.
        dry_run: delete nothing.

    Returns:
        The sizes of these files in bytes by path, and the files that were changed since, which stay.

    Raises:
        OSError: a file cannot be read or deleted.
    """
    removed: dict[Path, int] = {}
    kept: dict[str, list[str]] = {}
    with _locked(folder):  # no export writes there meanwhile
        if folder.joinpath(LEDGER).lstat().st_mtime >= before:
            return {}, []
        for name, hashes in read_ledger(folder).items():
            path = folder / name
            if not path.exists() or path.resolve() != folder.resolve() / name:
                continue  # it is gone, or leads out of the folder
            try:
                _check_replaceable(folder, name, hashes)
            except SettingsError:
                kept[name] = hashes
                continue
            removed[path] = path.stat().st_size
            if not dry_run:
                path.unlink()
        if not dry_run and removed:
            _forget(folder, kept)
            parents = {one for path in removed for one in path.parents if folder in one.parents}
            for one in sorted(parents, reverse=True):
                _remove_if_empty(one)
    return removed, [folder / name for name in kept]


def _forget(folder: Path, kept: Mapping[str, list[str]]) -> None:
    """Let the list of a folder name only these files, without making it younger; delete an empty list."""
    ledger = folder / LEDGER
    if not kept:
        ledger.unlink()
        return
    status = ledger.stat()
    write_atomic(ledger, json.dumps({"files": kept}, indent=1).encode())
    os.utime(ledger, ns=(status.st_atime_ns, status.st_mtime_ns))


def write_zip(path: Path, folder: Path) -> None:
    """Write all files of a folder to a zip, with paths relative to the folder.

    Args:
        path: of the zip; an existing file is replaced.
        folder: to write, with its subfolders.

    Raises:
        OSError: the disk is full.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file() and one != path:
                way = zipfile.ZIP_STORED if one.suffix.lower() in _COMPRESSED else zipfile.ZIP_DEFLATED
                archive.write(one, one.relative_to(folder), compress_type=way)
