"""Unpacks zip and tar archives from outside, within limits and never outside the target folder."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from seep.core.text import number
from seep.errors import ImportRefusedError, StorageError, told_reason
from seep.io.archive_readers import Member, TooManyBytesError, is_tar, is_zip, reader_of
from seep.settings import Limits, settings

_CHUNK_BYTES = 1 << 20
_CHECKED_BYTES = 64 * 2**20
_MAX_NAME_BYTES = 255
_MAX_DEPTH = 16
_HEADER_BYTES = 2048
"""Room for the header of a file in a tar, and for its padding."""

OnProgress = Callable[[int, int, str], None]


def is_archive(path: Path) -> bool:
    """Return whether a file starts like a zip or a tar (uncompressed, gzip, bzip2 or xz)."""
    return is_zip(path) or is_tar(path)


def announced_bytes(path: Path) -> int:
    """Return the size of all files in an archive, as it states.

    Raises:
        ImportRefusedError: see `unpack`.
    """
    try:
        members = [
            member for member in reader_of(path, _most_stream_bytes(path)).members() if _counts(member.name)
        ]
        _checked(members, path, settings().limits)
        return sum(member.size for member in members)
    except Exception as error:
        raise _as_seep_error(error, path) from error


def unpack(path: Path, folder: Path, on_progress: OnProgress | None = None) -> list[Path]:
    """Unpack a zip or a tar into a new folder.

    The names and sizes are checked before anything is written, and sizes again while files are written,
    because the archive may state other ones. Folders are kept; hidden files and macOS metadata are left out.

    Args:
        folder: target, which must not exist; it is deleted if the archive is refused.
        on_progress: called with (done, total, file name).

    Returns:
        The files, in the order of the archive.

    Raises:
        ImportRefusedError: not an archive, damaged, encrypted, too many files or bytes (`Limits`), more than
            `Limits.ratio` times its size, a link, or a duplicate name or one that leads out of the folder.
        StorageError: the disk is full.
    """
    limits = settings().limits
    made = False
    try:
        archive = reader_of(path, _most_stream_bytes(path))
        places = _checked([one for one in archive.members() if _counts(one.name)], path, limits)
        folder.mkdir(parents=True, exist_ok=False)
        made = True
        left = _most_bytes(path, limits)
        found: list[Path] = []
        for member, opened in archive.contents():
            if not _counts(member.name):
                continue
            place = places[len(found)]
            target = folder.joinpath(*place.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened() as source:
                left -= _write(source, member.size, target, left, path.name)
            found.append(target)
            if on_progress:
                on_progress(len(found), len(places), place.name)
        return found
    except BaseException as error:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        raise _as_seep_error(error, path) from error


def _as_seep_error(error: BaseException, path: Path) -> BaseException:
    """Convert errors of zipfile, tarfile and their decoders; return other errors unchanged."""
    if isinstance(error, ImportRefusedError | StorageError) or not isinstance(error, Exception):
        return error
    if isinstance(error, TooManyBytesError):
        most = _most_stream_bytes(path)
        return _too_much(path.name, most, most)
    if isinstance(error, FileExistsError):
        return ImportRefusedError(
            f"{path.name} contains a name twice, as files or as a file and a folder. Create it again."
        )
    # A wrong offset in the directory leads to a seek before the start of the file: EINVAL.
    if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
        return StorageError(f"{path.name} could not be unpacked: {error.strerror}. Check the disk.")
    return ImportRefusedError(
        f"{path.name} is damaged or not a zip or tar file{told_reason(error)}. Create it again."
    )


def _checked(members: list[Member], path: Path, limits: Limits) -> list[PurePosixPath]:
    """Check the names and sizes of an archive; return the relative path of each file."""
    if not members:
        raise ImportRefusedError(f"{path.name} contains no files. Add the images to it.")
    if len(members) > limits.zip_files:
        raise ImportRefusedError(
            f"{path.name} contains {number(len(members))} files, more than {number(limits.zip_files)} "
            "(SEEP_MAX_ZIP_FILES). Split it."
        )
    total, most = sum(member.size for member in members), _most_bytes(path, limits)
    if total > most:
        raise _too_much(path.name, total, most)
    places = [_place(member, path.name) for member in members]
    seen: set[str] = set()
    for place in places:
        key = place.as_posix().casefold()  # some file systems ignore case
        if key in seen:
            raise ImportRefusedError(
                f"{path.name} contains {place.as_posix()[:80]!a} twice. Create it again."
            )
        seen.add(key)
    return places


def _place(member: Member, archive: str) -> PurePosixPath:
    name = member.name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    elsewhere = name.startswith("/") or ".." in parts or (parts and ":" in parts[0])
    if elsewhere or not parts or len(parts) > _MAX_DEPTH:
        raise ImportRefusedError(
            f"{archive} contains the name {member.name[:80]!a}, which leads out of the folder. Create it again "
            "with plain names."
        )
    if any(_unusable(part) for part in parts):
        raise ImportRefusedError(
            f"{archive} contains the invalid file name {member.name[:80]!a}. Rename the file."
        )
    if not member.is_regular:
        raise ImportRefusedError(
            f"{archive} contains {name[:80]!a}, which is a link or a device. Add regular files only."
        )
    if member.problem:
        raise ImportRefusedError(f"{archive} {member.problem}")
    return PurePosixPath(*parts)


def _unusable(part: str) -> bool:
    too_long = len(part.encode("utf-8", "replace")) > _MAX_NAME_BYTES
    return too_long or not part.isprintable()


def _counts(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    hidden = parts[-1].startswith(".") and parts[-1] not in {".", ".."}
    return not hidden and "__MACOSX" not in parts


def _most_bytes(path: Path, limits: Limits) -> int:
    return min(limits.zip_bytes, max(_CHECKED_BYTES, limits.ratio * path.stat().st_size))


def _most_stream_bytes(path: Path) -> int:
    """Return the limit of a decompressed tar: its files and their headers."""
    limits = settings().limits
    return _most_bytes(path, limits) + limits.zip_files * _HEADER_BYTES


def _write(source: IO[bytes], size: int, target: Path, left: int, name: str) -> int:
    """Write one file of at most `left` bytes; return its size."""
    written = 0
    with target.open("xb") as file:
        while piece := source.read(_CHUNK_BYTES):
            written += len(piece)
            if written > min(left, size):
                raise _too_much(name, written, left)
            file.write(piece)
    return written


def _too_much(name: str, found: int, most: int) -> ImportRefusedError:
    return ImportRefusedError(
        f"{name} unpacks to {number(found)} bytes or more. The limit is {number(most)} (SEEP_MAX_ZIP_MB, "
        "SEEP_MAX_RATIO), so it was refused as a decompression bomb. Split it."
    )
