"""Writes masks as Label Studio JSON: one task per image, one brush per slick, with its holes.

Source: the brush format of label-studio-converter, `brush.py` (bit-packed run lengths of an RGBA image).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE
from seep.io.annotations.label_studio import WAS_CANCELLED
from seep.io.exporting.shapes import UNSURE_NAME, MaskPart, NamedMask, PixelArray, masks_of

LOCAL_FILES = "/data/local-files/?d="
_SIZES = (3, 4, 8, 16)
"""Bits of the run lengths; a run has a prefix of two bits that selects one."""


def label_studio(masks: Iterable[NamedMask], classes: Sequence[SeepClass]) -> bytes:
    """Return masks as a Label Studio export; unsure pixels have the label `Unsure`.

    The image of a task is a file in Label Studio's local storage, with the file name of the image. A mask without
    seep becomes a task with an empty annotation.

    Args:
        masks: with the names of their images.
    """
    names = {seep_class.id: seep_class.name for seep_class in classes} | {UNSURE: UNSURE_NAME}
    tasks = []
    for number, mask in enumerate(masks, 1):
        results = [
            _brush(mask, part, names[part.class_id], index) for index, part in enumerate(masks_of(mask.mask))
        ]
        annotation = {"id": number, WAS_CANCELLED: False, "result": results}
        tasks.append(
            {"id": number, "data": {"image": LOCAL_FILES + mask.file_name}, "annotations": [annotation]}
        )
    return json.dumps(tasks, ensure_ascii=False).encode()


def _brush(one: NamedMask, part: MaskPart, label: str, index: int) -> dict[str, Any]:
    height, width = one.mask.shape
    whole = np.zeros((height, width), bool)
    whole[part.y : part.y + part.part.shape[0], part.x : part.x + part.part.shape[1]] = part.part
    return {
        "id": f"slick{index}",
        "type": "brushlabels",
        "from_name": "tag",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {"format": "rle", "rle": list(encode_brush(whole)), "brushlabels": [label]},
    }


def encode_brush(pixels: PixelArray) -> bytes:
    """Encode pixels as the RGBA image of a brush: 255 in all four channels, or 0.

    Args:
        pixels: (H, W) bool.
    """
    flat = np.repeat(pixels.ravel(), 4)
    edges = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), flat.size]
    fields = [(flat.size, 32), (8 - 1, 5), *((size - 1, 4) for size in _SIZES)]
    for start, end in pairwise(edges):
        for length in _lengths(end - start):
            code = next(number for number, size in enumerate(_SIZES) if length <= 1 << size)
            fields += [(1, 1), (code, 2), (length - 1, _SIZES[code]), (255 if flat[start] else 0, 8)]
    bits = "".join(f"{value:0{count}b}" for value, count in fields)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _lengths(total: int) -> Iterator[int]:
    """Split a run into lengths that fit the largest size."""
    most = 1 << _SIZES[-1]
    for start in range(0, total, most):
        yield min(most, total - start)
