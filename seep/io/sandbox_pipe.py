"""Messages between a process and its sandbox: JSON and arrays, both ways. Nothing is unpickled."""

import json
import math
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

_LENGTH = struct.Struct("<Q")
_MAX_TEXT_BYTES = 256 * 2**20
_CHUNK_BYTES = 1 << 20


def write_message(
    descriptor: int, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> None:
    """Write a message to a pipe.

    Args:
        values: JSON values; the key "arrays" is reserved.
        arrays: by name.

    Raises:
        OSError: the reader closed the pipe.
    """
    specs = [{"name": name, "dtype": one.dtype.str, "shape": one.shape} for name, one in arrays.items()]
    text = json.dumps({**values, "arrays": specs}).encode()
    _write(descriptor, _LENGTH.pack(len(text)) + text)
    for one in arrays.values():
        if one.size:
            _write(descriptor, np.ascontiguousarray(one).view(np.uint8).data)


def read_message(
    descriptor: int, deadline: float | None = None
) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Read a message from a pipe.

    Args:
        deadline: of `time.monotonic`, None for none.

    Raises:
        EOFError: the writer closed the pipe.
        TimeoutError: the deadline has passed.
        ValueError: not a message.
    """
    (length,) = _LENGTH.unpack(_read(descriptor, _LENGTH.size, deadline))
    if length > _MAX_TEXT_BYTES:
        raise ValueError(f"a message of {length} bytes")
    values: dict[str, Any] = json.loads(bytes(_read(descriptor, length, deadline)))
    arrays = {}
    for one in values.pop("arrays"):
        dtype, shape = np.dtype(one["dtype"]), tuple(one["shape"])
        raw = _read(descriptor, math.prod(shape) * dtype.itemsize, deadline)
        arrays[one["name"]] = np.frombuffer(raw, dtype).reshape(shape)
    return values, arrays


def _write(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(descriptor, view[:_CHUNK_BYTES]) :]


def _read(descriptor: int, count: int, deadline: float | None) -> bytearray:
    data = bytearray()
    while len(data) < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
        piece = os.read(descriptor, min(_CHUNK_BYTES, count - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return data
