"""Mutated TIFFs: entries of the directory, offsets, counts and types, before bytes are flipped."""

import struct
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from rasterio import Affine
from rasterio.io import MemoryFile

from benchmarks.fuzzing.bytes_of import anyhow, whole

_SIDE = 48
_KINDS = 9
_PLAIN_KINDS = 6
_WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"compression": "zlib", "rowsperstrip": 8},
    {"compression": "lzw", "predictor": True, "tile": (16, 16)},
    {"compression": "packbits", "planarconfig": "contig"},
    {"bigtiff": True, "compression": "zstd"},
    {"byteorder": ">"},
)
_TAGS = (254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339)
_GEO_TAGS = (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 347, 530, 532)
_COMPRESSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34712, 34887, 34925, 50000, 50001)


def make(kind: int) -> bytes:
    """Make an intact TIFF; a kind for each way of packing that is read."""
    random = np.random.default_rng(kind)
    image = (random.gamma(3, 4000, (_SIDE, _SIDE)) + 1).clip(1, 65535).astype(np.uint16)
    if kind >= _PLAIN_KINDS:
        return _georeferenced(image, kind)
    stacked = np.stack([image] * 3, axis=-1)
    arrays = (image, image, image, stacked, image.astype(np.float32), (image >> 8).astype(np.uint8))
    return _plain(arrays[kind], **_WAYS[kind])


def _plain(image: np.ndarray, **options: Any) -> bytes:
    buffer = BytesIO()
    tifffile.imwrite(buffer, image, photometric="minisblack", metadata=None, **options)
    return buffer.getvalue()


def _georeferenced(image: np.ndarray, kind: int) -> bytes:
    profile = {
        "driver": "GTiff",
        "height": _SIDE,
        "width": _SIDE,
        "count": 2 if kind == 7 else 1,
        "dtype": "uint8" if kind == 8 else "uint16",
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, 500_000, 0, -10, 4_500_000),
        "compress": ("deflate", "lzw", "jpeg")[kind - 6],
        "tiled": kind != 8,
        "blockxsize": 16,
        "blockysize": 16,
        "nodata": 0,
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as dataset:
            for band in dataset.indexes:
                dataset.write(image.astype(profile["dtype"]), band)
                dataset.set_band_description(band, ("VV", "VH")[band - 1])
        return bytes(memory.read())


def mutated(random: np.random.Generator) -> bytes:
    """Make a TIFF and damage it in one to three ways."""
    return damage(make(int(random.integers(_KINDS))), random, 1)


def damage(intact: bytes, random: np.random.Generator, least: int = 0) -> bytes:
    """Damage a TIFF in `least` to three ways."""
    data = bytearray(intact)
    for _ in range(int(random.integers(least, 4))):
        if random.random() < 0.7:
            _change_entry(data, random)
        else:
            anyhow(data, random)
    return bytes(data)


def _change_entry(data: bytearray, random: np.random.Generator) -> None:
    """Change one entry of the first directory: its tag, type, count, or value; or how many there are."""
    if len(data) < 16 or bytes(data[:2]) not in (b"II", b"MM"):
        return anyhow(data, random)
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    try:
        start = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
        count = struct.unpack_from(order + ("Q" if big else "H"), data, start)[0]
    except (struct.error, OverflowError):
        return anyhow(data, random)
    size, head = (20, 8) if big else (12, 2)
    if not 0 < count < 200 or start + head + size * count > len(data):
        return anyhow(data, random)
    at = start + head + size * int(random.integers(count))
    field = random.random()
    if field < 0.1:
        struct.pack_into(order + ("Q" if big else "H"), data, start, whole(random) & 0xFFFF)
    elif field < 0.25:
        tags = _TAGS if random.random() < 0.5 else _GEO_TAGS
        struct.pack_into(order + "H", data, at, int(random.choice(tags)))
    elif field < 0.4:
        struct.pack_into(order + "H", data, at + 2, int(random.integers(0, 20)))
    elif field < 0.6:
        struct.pack_into(order + ("Q" if big else "I"), data, at + 4, whole(random))
    else:
        tag = struct.unpack_from(order + "H", data, at)[0]
        value = int(random.choice(_COMPRESSIONS)) if tag == 259 else whole(random)
        _set_value(data, order, at, big, value)
    return None


def _set_value(data: bytearray, order: str, at: int, big: bool, value: int) -> None:
    kind = struct.unpack_from(order + "H", data, at + 2)[0]
    place = at + (12 if big else 8)
    if kind == 3:
        struct.pack_into(order + "H", data, place, value & 0xFFFF)
    else:
        struct.pack_into(order + ("Q" if big else "I"), data, place, value)
