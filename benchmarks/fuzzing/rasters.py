"""Mutated JPEG, JPEG 2000, NITF and NumPy images, Sentinel-1 products, and class lists."""

import functools
import io
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from benchmarks.fuzzing.bytes_of import anyhow
from seep_testing.image_files import write_safe

_SIDE = 48
_LISTS = (
    "Sea\nSeep #ff0000\n128 128 128 Sky\n",
    "# label:color_rgb:parts:actions\nbackground:0,0,0::\nseep:255,0,0::\n",
)
_YAML = "names: [seep, oil]\nnc: 2\n"
_TOKENS = ("names:", "- a", "&a", "*a", "\0", "#zzzzzz", "999 0 0", "é" * 300, "{", "!!python/object", "\t")


def mutated(kind: str, random: np.random.Generator) -> bytes:
    """Make an image of a kind ("jpg", "jp2", "ntf", "npy") and damage it in none to three ways."""
    data = bytearray(_made(kind, int(random.integers(2))))
    for _ in range(int(random.integers(0, 4))):
        anyhow(data, random)
    return bytes(data)


@functools.cache
def _made(kind: str, form: int) -> bytes:
    random = np.random.default_rng(form)
    image = random.integers(1, 256, (_SIDE, _SIDE), np.uint8)
    if kind == "npy":
        buffer = io.BytesIO()
        np.save(buffer, image if form else image.astype(np.float32))
        return buffer.getvalue()
    if kind == "jpg":
        return bytes(cv2.imencode(".jpg", image if form else np.stack([image] * 3, axis=-1))[1])
    profile: dict[str, Any] = {
        "driver": "JP2OpenJPEG" if kind == "jp2" else "NITF",
        "width": _SIDE,
        "height": _SIDE,
        "count": 1,
        "dtype": "uint16" if form else "uint8",
    }
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(**profile) as dataset:
            dataset.write(image.astype(profile["dtype"]), 1)
        return bytes(memory.read())


def mutated_product(random: np.random.Generator) -> bytes:
    """Make a zip of a Sentinel-1 product with one of its files damaged in up to three ways."""
    parts = dict(_product("annotation" if random.random() < 0.5 else "tiff"))
    name = sorted(parts)[int(random.integers(len(parts)))]
    data = bytearray(parts[name])
    for _ in range(int(random.integers(0, 4))):
        anyhow(data, random)
    parts[name] = bytes(data)
    if random.random() < 0.1:
        del parts[name]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(parts):
            archive.writestr(zipfile.ZipInfo(path), parts[path])
    return packed.getvalue()


@functools.cache
def _product(placed: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        product = write_safe(Path(folder), placed=placed)
        return {
            str(path.relative_to(product.parent)): path.read_bytes()
            for path in product.rglob("*")
            if path.is_file()
        }


def mutated_classes(random: np.random.Generator) -> bytes:
    """Make a class list or `data.yaml` and damage it."""
    text = (*_LISTS, _YAML)[int(random.integers(3))]
    for _ in range(int(random.integers(0, 4))):
        at = int(random.integers(len(text) + 1))
        text = text[:at] + _TOKENS[int(random.integers(len(_TOKENS)))] + text[at:]
    data = bytearray(text.encode())
    if random.random() < 0.3:
        anyhow(data, random)
    return bytes(data)
