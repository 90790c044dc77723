"""Mutated mask images: class ids as TIFF and PNG, plain, packed, with a palette, black and white."""

import io

import numpy as np
import tifffile
from PIL import Image

from benchmarks.fuzzing import pngs, tiffs

_SIDE = 48
_PACKINGS: tuple[dict[str, object], ...] = (
    {},
    {"rowsperstrip": 8},
    {"compression": "lzw"},
    {"compression": "packbits"},
    {"compression": "zlib", "tile": (16, 16)},
    {"byteorder": ">"},
)


def ids(random: np.random.Generator) -> np.ndarray:
    """Make a mask with blocks of classes 0 to 3, or of 0 and 255."""
    top = 2 if random.random() < 0.3 else 4
    blocks = random.integers(0, top, (6, 6)).astype(np.uint8)
    return np.kron(blocks, np.full((8, 8), 255 if top == 2 else 1, np.uint8))


def make_tiff(random: np.random.Generator) -> bytes:
    """Make an intact mask as TIFF."""
    options = dict(_PACKINGS[int(random.integers(len(_PACKINGS)))])
    dtype = (np.uint8, np.uint8, np.uint16, np.float32)[int(random.integers(4))]
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, ids(random).astype(dtype), photometric="minisblack", metadata=None, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def mutated_tiff(random: np.random.Generator) -> bytes:
    """Make a mask as TIFF and damage it in none to three ways."""
    return tiffs.damage(make_tiff(random), random)


def mutated_png(random: np.random.Generator) -> bytes:
    """Make a mask as PNG and damage it in none to three ways."""
    buffer = io.BytesIO()
    picture = Image.fromarray(ids(random))
    if random.random() < 0.3:
        picture = picture.point(lambda value: value > 0 and 255).convert("1")
    picture.save(buffer, "png")
    return pngs.damage(buffer.getvalue(), random)
