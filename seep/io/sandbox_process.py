"""Sandbox process: reads messages with tasks, answers each with a message.

A crash, a hang or too much memory here does not affect the app or the worker. Nothing is unpickled.
"""

import contextlib
import os
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seep.core.import_options import AnnotationOptions
from seep.errors import ImageError, MaskError, SeepError, told_reason
from seep.io.annotations.reading import read_shapes
from seep.io.annotations.wire import pack_file
from seep.io.containers import convert
from seep.io.decoding import Message, decode, request_from_message, to_message
from seep.io.masks import mask_values
from seep.io.readers.depth import read_depth
from seep.io.readers.wind import VelocityQuery, WindQuery, read_velocities, read_wind
from seep.io.sandbox_pipe import read_message, write_message
from seep.io.vector_features import pack_features, read_features


def _decode(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    return to_message(decode(request_from_message(values, arrays)))


def _annotations(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    stems = None if values["stems"] is None else frozenset(values["stems"])
    return pack_file(read_shapes(Path(values["path"]), stems, AnnotationOptions(**values["options"])))


def _mask(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    return {"values": mask_values(Path(values["path"]), values["class_count"])}, {}


def _features(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    return pack_features(read_features(Path(values["path"])))


def _wind(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    return {"winds": read_wind(Path(values["path"]), [WindQuery(*one) for one in values["queries"]])}, {}


def _velocities(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    queries = [VelocityQuery(tuple(box), start, stop) for box, start, stop in values["queries"]]
    kind, grids = read_velocities(Path(values["path"]), queries)
    return {"kind": kind, "grids": [None if grid is None else grid.to_dict() for grid in grids]}, {}


def _depth(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    grids = [read_depth(Path(values["path"]), tuple(box)) for box in values["boxes"]]
    return {"grids": [grid.to_dict() for grid in grids if grid is not None]}, {}


def _convert(values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    convert(Path(values["path"]), Path(values["target"]))
    return {}, {}


TASKS: dict[str, Callable[[Mapping[str, Any], Mapping[str, np.ndarray[Any, Any]]], Message]] = {
    "decode": _decode,
    "annotations": _annotations,
    "mask": _mask,
    "features": _features,
    "wind": _wind,
    "velocities": _velocities,
    "depth": _depth,
    "convert": _convert,
}
"""What a sandbox process does, by name; each task has a "path" among its values."""

_ERRORS = {
    **dict.fromkeys(("annotations", "mask", "features"), "mask"),
    **dict.fromkeys(("wind", "velocities", "depth"), "other"),
}


def main() -> None:
    """Answer tasks until the pipe closes."""
    out = os.dup(1)
    os.dup2(2, 1)  # output of libraries must not mix with the answers
    while True:
        try:
            values, arrays = read_message(0)
        except EOFError:
            return
        _limit_memory(int(values["read_bytes"]))
        answer, found = _answer(values, arrays)
        del arrays
        with contextlib.suppress(BrokenPipeError):
            write_message(out, answer, found)


def _answer(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> Message:
    name = Path(values["path"]).name
    kind = _ERRORS.get(values["task"], "image")
    try:
        return TASKS[values["task"]](values, arrays)
    except SeepError as error:
        kind = (
            "mask" if isinstance(error, MaskError) else "image" if isinstance(error, ImageError) else "other"
        )
        return {"error": kind, "message": str(error)}, {}
    except MemoryError:
        limit = f"{int(values['read_bytes']) >> 20} MB"
        return {
            "error": kind,
            "message": f"{name} needs more memory to read than {limit} (SEEP_READ_MB). Split the file.",
        }, {}
    except Exception as error:  # decoders of hostile files may raise anything
        return {
            "error": kind,
            "unexpected": True,
            "message": f"{name} cannot be read{told_reason(error)}. Export it again.",
        }, {}


def _limit_memory(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if hard < 0 else min(size, hard), hard))


if __name__ == "__main__":
    main()
