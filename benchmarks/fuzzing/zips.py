"""Mutated zips: hostile names, links, bombs, and fields of the lists that lie."""

import io
import stat
import struct
import warnings
import zipfile

import numpy as np

from benchmarks.fuzzing import pngs, tiffs
from benchmarks.fuzzing.bytes_of import anyhow, whole

_NAMES = (
    "a.1.tif",
    "images/a.2.tif",
    "../outside.tif",
    "../../../../tmp/seep-fuzz-outside.tif",
    "/tmp/seep-fuzz-outside.tif",
    "..\\..\\outside.tif",
    "C:\\outside.tif",
    "a/../../outside.tif",
    "<img src=x onerror=alert(1)>.tif",
    "=cmd|' /C calc'!A0.tif",
    "line\nbreak.tif",
    "nul\0byte.tif",
    "n" * 300 + ".tif",
    "d/" * 60 + "deep.tif",
    "é漢🛰.png",
    "A.1.TIF",
    ".hidden.tif",
    "x.SAFE/manifest.safe",
    "con.tif",
    " .tif",
)
_LIST = {
    4: "H",
    6: "H",
    8: "H",
    10: "H",
    16: "I",
    20: "I",
    24: "I",
    28: "H",
    30: "H",
    32: "H",
    38: "I",
    42: "I",
}
_LOCAL = {4: "H", 6: "H", 8: "H", 14: "I", 18: "I", 22: "I", 26: "H", 28: "H"}
_END = {8: "H", 10: "H", 12: "I", 16: "I", 20: "H"}


def mutated(random: np.random.Generator) -> bytes:
    """Make a zip of images, some hostile, and damage it in none to three ways."""
    data = bytearray(_make(random))
    for _ in range(int(random.integers(0, 4))):
        choice = random.random()
        if choice < 0.4:
            _change(data, random, b"PK\x01\x02", _LIST)
        elif choice < 0.6:
            _change(data, random, b"PK\x03\x04", _LOCAL)
        elif choice < 0.75:
            _change(data, random, b"PK\x05\x06", _END)
        else:
            anyhow(data, random)
    return bytes(data)


def _make(random: np.random.Generator) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for _ in range(int(random.integers(1, 5))):
            name = (
                _NAMES[int(random.integers(len(_NAMES)))]
                if random.random() < 0.4
                else f"a.{random.integers(9)}.tif"
            )
            member = zipfile.ZipInfo(name)
            member.compress_type = int(
                random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
            )
            if random.random() < 0.05:
                member.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(member, _content(random))
    return buffer.getvalue()


def _content(random: np.random.Generator) -> bytes:
    choice = random.random()
    if choice < 0.5:
        return tiffs.make(int(random.integers(6)))
    if choice < 0.6:
        return pngs.make(int(random.integers(4)))
    if choice < 0.8:
        return tiffs.mutated(random)
    if choice < 0.805:
        return bytes(70 * 2**20)
    return b"/etc/passwd"


def _change(data: bytearray, random: np.random.Generator, mark: bytes, fields: dict[int, str]) -> None:
    """Overwrite one field of one of the records that begin with a mark."""
    places = [at for at in range(len(data) - 3) if data[at : at + 4] == mark] if len(data) < 10**6 else []
    if not places:
        return anyhow(data, random)
    at = places[int(random.integers(len(places)))]
    offset = int(random.choice(list(fields)))
    if at + offset + 4 <= len(data):
        value = whole(random)
        struct.pack_into(
            "<" + fields[offset], data, at + offset, value & (0xFFFF if fields[offset] == "H" else 2**32 - 1)
        )
    return None
