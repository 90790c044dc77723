"""Zips from outside, unpacked as a stream: counted, bounded, and never a file beside the folder they belong
in."""

import errno
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from seep.errors import ImportRefusedError, StorageError, told_reason
from seep.settings import Limits, settings

_PIECE = 1 << 20
_CHECKED_BYTES = 64 * 2**20
_LONGEST_NAME_BYTES = 255
_DEEPEST = 16
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}

OnProgress = Callable[[int, int, str], None]


def is_zip(path: Path) -> bool:
    """Tell by its first bytes whether a file is a zip."""
    try:
        with path.open("rb") as file:
            return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except OSError:
        return False


def unpack(path: Path, folder: Path, on_progress: OnProgress | None = None) -> list[Path]:
    """Unpack a zip into a new folder.

    Everything is checked against the zip's list before the first byte is written, and counted again while it
    is written, since lists lie. Folders of the zip are kept; hidden files and what macOS adds are left out.

    Args:
        path: of the zip.
        folder: where to; it must not be there yet, and is removed again if the zip is refused.
        on_progress: called with (done, total, name).

    Returns:
        The files, in the order of the zip.

    Raises:
        ImportRefusedError: no zip, damaged, encrypted, too many files or bytes (`Limits`), more than
            `Limits.ratio` times its size, a link, or a name that leads elsewhere or is there twice.
        StorageError: the disk is full.
    """
    limits = settings().limits
    made = False
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and _counts(one.filename)]
            places = _checked(members, path, limits)
            folder.mkdir(parents=True, exist_ok=False)
            made = True
            left = _most_bytes(path, limits)
            found = []
            for done, (member, place) in enumerate(zip(members, places, strict=True), 1):
                target = folder.joinpath(*place.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                left -= _write(archive, member, target, left, path.name)
                found.append(target)
                if on_progress:
                    on_progress(done, len(members), place.name)
            return found
    except BaseException as error:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        raise _told(error, path) from error


def _told(error: BaseException, path: Path) -> BaseException:
    """Turn what zipfile and its decoders raise into a sentence; what is none of theirs stays as it is."""
    if isinstance(error, ImportRefusedError | StorageError) or not isinstance(error, Exception):
        return error
    if isinstance(error, FileExistsError):
        return ImportRefusedError(
            f"{path.name} names one file twice, or a file as a folder too. Pack it again."
        )
    # A list that lies about where members begin makes the file be sought before its start: EINVAL.
    if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
        return StorageError(f"{path.name} could not be unpacked: {error.strerror}. Check the disk.")
    return ImportRefusedError(f"{path.name} is no zip, or damaged{told_reason(error)}. Pack it again.")


def _checked(members: list[zipfile.ZipInfo], path: Path, limits: Limits) -> list[PurePosixPath]:
    """Check the list of a zip; returns where each member goes within the folder."""
    if not members:
        raise ImportRefusedError(f"{path.name} has no files in it. Pack the images themselves.")
    if len(members) > limits.zip_files:
        raise ImportRefusedError(
            f"{path.name} holds {len(members):,} files, more than {limits.zip_files:,} (SEEP_MAX_ZIP_FILES). "
            "Pack it in parts."
        )
    total, most = sum(one.file_size for one in members), _most_bytes(path, limits)
    if total > most:
        raise _too_much(path.name, total, most)
    places = [_place(one, path.name) for one in members]
    seen: set[str] = set()
    for place in places:
        key = place.as_posix().casefold()  # two names that some disks hold for one
        if key in seen:
            raise ImportRefusedError(f"{path.name} names {place.as_posix()[:80]!a} twice. Pack it again.")
        seen.add(key)
    return places


def _place(member: zipfile.ZipInfo, archive: str) -> PurePosixPath:
    name = member.filename.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    elsewhere = name.startswith("/") or ".." in parts or (parts and ":" in parts[0])
    if elsewhere or not parts or len(parts) > _DEEPEST:
        raise ImportRefusedError(
            f"{archive} holds the name {member.filename[:80]!a}, which leads out of the folder. Pack it "
            f"again "
            "with plain names."
        )
    if any(_unusable(part) for part in parts):
        raise ImportRefusedError(
            f"{archive} holds the name {member.filename[:80]!a}, which no file can have here. Rename it."
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise ImportRefusedError(
            f"{archive} holds {name[:80]!a}, which is a link or a device. Pack files only."
        )
    if member.flag_bits & 1:
        raise ImportRefusedError(f"{archive} is encrypted; pack it again without a password.")
    if member.compress_type not in _METHODS:
        raise ImportRefusedError(f"{archive} is packed in a way that is not read; pack it with deflate.")
    return PurePosixPath(*parts)


def _unusable(part: str) -> bool:
    too_long = len(part.encode("utf-8", "replace")) > _LONGEST_NAME_BYTES
    return too_long or not part.isprintable()


def _counts(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    hidden = parts[-1].startswith(".") and parts[-1] not in {".", ".."}
    return not hidden and "__MACOSX" not in parts


def _most_bytes(path: Path, limits: Limits) -> int:
    return min(limits.zip_bytes, max(_CHECKED_BYTES, limits.ratio * path.stat().st_size))


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int, name: str) -> int:
    """Write one member, no more bytes than are left; returns how many they were."""
    written = 0
    with archive.open(member) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            written += len(piece)
            if written > min(left, member.file_size):
                raise _too_much(name, written, left)
            file.write(piece)
    return written


def _too_much(name: str, found: int, most: int) -> ImportRefusedError:
    return ImportRefusedError(
        f"{name} would become {found:,} bytes or more, and {most:,} is the most for it (SEEP_MAX_ZIP_MB, "
        "SEEP_MAX_RATIO); it is refused as a decompression bomb. Pack it in parts."
    )
