"""Files inside zip and tar archives, as a list and as streams."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol, Self

Opener = Callable[[], IO[bytes]]

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_BLOCK_BYTES = 512
_MAGIC_AT = 257
_MAGIC = b"ustar"
_MAX_EXTRA_BYTES = 1 << 20
_EXTRA_TYPES = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: as written there, perhaps with backslashes or leading elsewhere.
        size: in bytes, as the archive states.
        is_regular: False for links, devices and sparse files.
        problem: why it cannot be unpacked, the rest of a sentence and the remedy; "" for nothing.
    """

    name: str
    size: int
    is_regular: bool = True
    problem: str = ""


class ArchiveReader(Protocol):
    """An archive of one format."""

    def members(self) -> Iterator[Member]:
        """Yield the members, without folders."""
        ...

    def contents(self) -> Iterator[tuple[Member, Opener]]:
        """Yield each member with a function that opens its content, in the order of `members`."""
        ...


class TooManyBytesError(Exception):
    """A compressed tar has more bytes than allowed."""


def is_zip(path: Path) -> bool:
    """Return whether a file starts like a zip."""
    return _start(path, 4) in {b"PK\x03\x04", b"PK\x05\x06"}


def is_tar(path: Path) -> bool:
    """Return whether a file is a tar: uncompressed, or in gzip, bzip2 or xz."""
    try:
        with _decompressed(path) as file:
            return file.read(_BLOCK_BYTES)[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] == _MAGIC
    except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError):
        return False


def reader_of(path: Path, most_bytes: int) -> ArchiveReader:
    """Return the reader of an archive.

    Args:
        path: of the archive; without a known start it is read as a zip.
        most_bytes: limit of the decompressed size of a tar, headers included.
    """
    return TarReader(path, most_bytes) if is_tar(path) else ZipReader(path)


@dataclass(frozen=True)
class ZipReader:
    """A zip."""

    path: Path

    def members(self) -> Iterator[Member]:
        """Yield the members, without folders."""
        with zipfile.ZipFile(self.path) as archive:
            yield from (_zip_member(one) for one in archive.infolist() if not one.is_dir())

    def contents(self) -> Iterator[tuple[Member, Opener]]:
        """Yield each member with a function that opens its content."""
        with zipfile.ZipFile(self.path) as archive:
            for one in archive.infolist():
                if not one.is_dir():
                    yield _zip_member(one), partial(archive.open, one)


@dataclass(frozen=True)
class TarReader:
    """A tar, read as a stream."""

    path: Path
    most_bytes: int

    def members(self) -> Iterator[Member]:
        """Yield the members, without folders."""
        with self._opened() as archive:
            yield from (_tar_member(one) for one in archive if not one.isdir())

    def contents(self) -> Iterator[tuple[Member, Opener]]:
        """Yield each member with a function that opens its content."""
        with self._opened() as archive:
            for one in archive:
                if not one.isdir():
                    yield _tar_member(one), partial(_content, archive, one)

    @contextmanager
    def _opened(self) -> Iterator[tarfile.TarFile]:
        with (
            _decompressed(self.path) as file,
            tarfile.open(
                fileobj=_Bounded(file, self.most_bytes), mode="r|", tarinfo=_CheckedInfo, errorlevel=2
            ) as archive,
        ):
            yield archive


class _CheckedInfo(tarfile.TarInfo):
    """A header whose extension, which is read into memory, has a limited size."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.type in _EXTRA_TYPES and info.size > _MAX_EXTRA_BYTES:
            raise tarfile.ReadError("a header of more than 1 MB")
        return info


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after some bytes."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file, self._left = file, most_bytes

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooManyBytesError
        return data


def _zip_member(one: zipfile.ZipInfo) -> Member:
    problem = ""
    if one.flag_bits & 1:
        problem = "is encrypted. Create it without a password."
    elif one.compress_type not in _METHODS:
        problem = "uses an unsupported compression. Create it with deflate."
    kind = stat.S_IFMT(one.external_attr >> 16)
    return Member(one.filename, one.file_size, kind in {0, stat.S_IFREG}, problem)


def _tar_member(one: tarfile.TarInfo) -> Member:
    return Member(one.name, one.size, one.isreg() and not one.issparse())


def _content(archive: tarfile.TarFile, one: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(one) or io.BytesIO()


def _decompressed(path: Path) -> IO[bytes]:
    start = _start(path, 6)
    opener = next((found for magic, found in _OPENERS.items() if start.startswith(magic)), None)
    file: IO[bytes] = opener(path) if opener else path.open("rb")
    return file


def _start(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""
