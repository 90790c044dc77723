"""Mutated data sets in tars and zips: an image and its mask below `images/` and `masks/`."""

import bz2
import gzip
import io
import lzma
import tarfile
import warnings
import zipfile
from collections.abc import Callable

import numpy as np

from benchmarks.fuzzing import masks, tiffs
from benchmarks.fuzzing.bytes_of import anyhow

_HOSTILE = ("../outside.tif", "/tmp/seep-fuzz-outside.tif", "images/../../outside.tif")
_TYPES = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE)
_PACKERS: tuple[Callable[[bytes], bytes], ...] = (bytes, bytes, gzip.compress, bz2.compress, lzma.compress)


def stem_of(number: int) -> str:
    """Return the stem of the image in the archive of a case."""
    return f"set{number // 100:06d}.{number % 100:06d}"


def mutated_tar(random: np.random.Generator, stem: str) -> bytes:
    """Make a tar of a data set, half of them compressed, and damage it before or after packing."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=int(random.integers(3))) as archive:
        for name, data in _members(random, stem):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if random.random() < 0.05:
                member.type = _TYPES[int(random.integers(len(_TYPES)))]
                member.linkname = "/etc/passwd"
            archive.addfile(member, io.BytesIO(data))
    raw = bytearray(buffer.getvalue())
    for _ in range(int(random.integers(0, 3))):
        if len(raw) >= 512 and random.random() < 0.5:
            raw[int(random.integers(512))] = int(random.integers(256))  # a header, whose sum tells it
        else:
            anyhow(raw, random)
    packed = bytearray(_PACKERS[int(random.integers(len(_PACKERS)))](bytes(raw)))
    if random.random() < 0.2:
        anyhow(packed, random)
    return bytes(packed)


def mutated_zip(random: np.random.Generator, stem: str) -> bytes:
    """Make a zip of a data set and damage it in none to two ways."""
    raw = bytearray(pack("set_zip", _members(random, stem)))
    for _ in range(int(random.integers(0, 3))):
        anyhow(raw, random)
    return bytes(raw)


def pack(kind: str, members: list[tuple[str, bytes]]) -> bytes:
    """Pack files into a "tar" or a "set_zip"."""
    buffer = io.BytesIO()
    if kind == "tar":
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, data in members:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    else:
        with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as packed:
            warnings.simplefilter("ignore")  # names that occur twice
            for name, data in members:
                packed.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _members(random: np.random.Generator, stem: str) -> list[tuple[str, bytes]]:
    found = [(f"images/{stem}.tif", tiffs.make(0)), (f"masks/{stem}.tif", masks.make_tiff(random))]
    if random.random() < 0.15:
        found.append((_HOSTILE[int(random.integers(len(_HOSTILE)))], b"x"))
    if random.random() < 0.1:
        found.append(found[int(random.integers(len(found)))])
    return found
