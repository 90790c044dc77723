"""Shapes as plain values and three arrays, for the pipe of a sandbox process.

All points of a file go into one array, all run lengths into a second and all bytes into a third one: a file may
have a million polygons, and each array of a message costs a read.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.io.annotations.model import AnnotationFile, ImageShapes, LeftOut, Polygon, Status
from seep.io.annotations.runs import BYTES, PixelMask

Values = dict[str, Any]
Arrays = dict[str, npt.NDArray[Any]]

_DTYPES = {"points": np.float64, "runs": np.int64, "brushes": np.uint8}


def pack_shapes(found: Sequence[ImageShapes]) -> tuple[list[Values], Arrays]:
    """Convert the shapes of images to plain values, and arrays "points", "runs" and "brushes"."""
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in _DTYPES}

    def pack(one: Polygon | PixelMask) -> Values:
        if isinstance(one, Polygon):
            parts["points"] += [ring.ravel() for ring in one.rings]
            return {
                "label": one.label,
                "rings": [len(ring) for ring in one.rings],
                "drawn_as": one.drawn_as,
            }
        parts[_array_of(one.encoding)].append(one.data)
        return {
            "label": one.label,
            "encoding": one.encoding,
            "size": int(one.data.size),
            "shape": one.shape,
            "x": one.x,
            "y": one.y,
        }

    entries = [
        {
            "source": entry.source,
            "shapes": [pack(shape) for shape in entry.shapes],
            "frame": entry.frame,
            "size": entry.size,
            "image": entry.image,
            "stem": entry.stem,
            "status": entry.status.value,
            "left_out": _pack_left(entry.left_out),
            "format": entry.format,
            "labels_from": entry.labels_from,
        }
        for entry in found
    ]
    arrays = {
        name: np.concatenate([np.zeros(0, dtype), *parts[name]]).astype(dtype, copy=False)
        for name, dtype in _DTYPES.items()
    }
    return entries, arrays


def unpack_shapes(entries: Sequence[Values], arrays: Mapping[str, npt.NDArray[Any]]) -> list[ImageShapes]:
    """Return the shapes that `pack_shapes` converted.

    Raises:
        ValueError: the arrays are shorter or longer than the entries state.
    """
    used = dict.fromkeys(_DTYPES, 0)

    def take(name: str, count: int) -> npt.NDArray[Any]:
        start = used[name]
        used[name] = start + count
        if count < 0 or used[name] > arrays[name].size:
            raise ValueError(f"{name} of shapes are missing")
        return arrays[name][start : used[name]]

    found = [
        ImageShapes(
            entry["source"],
            [_unpack(one, take) for one in entry["shapes"]],
            entry["frame"],
            None if entry["size"] is None else (entry["size"][0], entry["size"][1]),
            entry["image"],
            entry["stem"],
            Status(entry["status"]),
            _unpack_left(entry["left_out"]),
            entry["format"],
            entry["labels_from"],
        )
        for entry in entries
    ]
    if any(used[name] != arrays[name].size for name in _DTYPES):
        raise ValueError("more shapes than stated")
    return found


def pack_file(found: AnnotationFile) -> tuple[Values, Arrays]:
    """Convert an annotation file to plain values and arrays."""
    entries, arrays = pack_shapes(found.images)
    values = {
        "source": found.source,
        "images": entries,
        "left_out": _pack_left(found.left_out),
        "details": found.details,
        "format": found.format,
    }
    return values, arrays


def unpack_file(values: Values, arrays: Mapping[str, npt.NDArray[Any]]) -> AnnotationFile:
    """Return the annotation file that `pack_file` converted.

    Raises:
        ValueError: the arrays are shorter or longer than the entries state.
    """
    return AnnotationFile(
        values["source"],
        unpack_shapes(values["images"], arrays),
        _unpack_left(values["left_out"]),
        values["details"],
        values["format"],
    )


def _pack_left(left_out: Sequence[LeftOut]) -> list[list[Any]]:
    return [[one.kind, one.count, one.reason] for one in left_out]


def _unpack_left(values: Sequence[Sequence[Any]]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(kind, count, reason) for kind, count, reason in values)


def _array_of(encoding: str) -> str:
    return "brushes" if encoding in BYTES else "runs"


def _unpack(one: Values, take: Callable[[str, int], npt.NDArray[Any]]) -> Polygon | PixelMask:
    if "rings" in one:
        rings = tuple(take("points", 2 * length).reshape(-1, 2) for length in one["rings"])
        return Polygon(one["label"], rings, one["drawn_as"])
    data = take(_array_of(one["encoding"]), one["size"])
    return PixelMask(
        one["label"], one["encoding"], data, (one["shape"][0], one["shape"][1]), one["x"], one["y"]
    )
