"""Mutated PNGs: fields of the header, lengths and kinds of chunks, their content, with and without right
sums."""

import struct
import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.fuzzing.bytes_of import anyhow, flip, whole

_SIDE = 48
_SIGNATURE = 8
_CHUNKS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP", b"zTXt", b"acTL", b"gAMA", b"eXIf", b"fdAT")


def make(kind: int) -> bytes:
    """Make an intact PNG: gray of 8 and 16 bits, color, color with alpha."""
    random = np.random.default_rng(kind)
    shape = (_SIDE, _SIDE) if kind < 2 else (_SIDE, _SIDE, 3 if kind == 2 else 4)
    values = random.integers(1, 256, shape)
    image: NDArray[np.integer[Any]] = values.astype(np.uint16) if kind == 1 else values.astype(np.uint8)
    done, data = cv2.imencode(".png", image)
    assert done
    return bytes(data)


def mutated(random: np.random.Generator) -> bytes:
    """Make a PNG and damage it in one to three ways."""
    return damage(make(int(random.integers(4))), random, 1)


def damage(data: bytes, random: np.random.Generator, least: int = 0) -> bytes:
    """Damage a PNG in `least` to three ways."""
    for _ in range(int(random.integers(least, 4))):
        if random.random() < 0.75:
            data = _change_chunk(data, random)
        else:
            raw = bytearray(data)
            anyhow(raw, random)
            data = bytes(raw)
    return data


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], _SIGNATURE
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _change_chunk(data: bytes, random: np.random.Generator) -> bytes:
    chunks = _chunks(data)
    if not chunks:
        return data
    index = int(random.integers(len(chunks)))
    kind, body = chunks[index]
    choice = random.random()
    if choice < 0.35 and chunks[0][0] == b"IHDR" and len(chunks[0][1]) == 13:
        header = bytearray(chunks[0][1])
        if random.random() < 0.5:
            struct.pack_into(">I", header, int(random.choice((0, 4))), whole(random))
        else:
            header[int(random.integers(8, 13))] = int(random.choice((0, 1, 2, 3, 4, 6, 8, 16, 255)))
        chunks[0] = (b"IHDR", bytes(header))
    elif choice < 0.6:
        raw = bytearray(body)
        flip(raw, random, 6)
        chunks[index] = (kind, bytes(raw))
    elif choice < 0.7:
        chunks[index] = (_CHUNKS[int(random.integers(len(_CHUNKS)))], body)
    elif choice < 0.8:
        chunks.insert(index, (_CHUNKS[int(random.integers(len(_CHUNKS)))], random.bytes(40)))
    elif choice < 0.9:
        chunks[index] = (b"IDAT", zlib.compress(bytes(int(random.integers(1, 4_000_000))), 9))
    else:
        del chunks[index]
    return data[:_SIGNATURE] + b"".join(_packed(*chunk, random) for chunk in chunks)


def _packed(kind: bytes, body: bytes, random: np.random.Generator) -> bytes:
    length = len(body) if random.random() < 0.97 else whole(random)
    return struct.pack(">I", length) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
