"""Sandbox process: reads requests as lines of JSON, answers with JSON and arrays.

A crash, a hang or too much memory here does not affect the app or the worker. Nothing is unpickled.
"""

import contextlib
import json
import os
import resource
import struct
import sys
from pathlib import Path
from typing import IO, Any

from seep.core.import_options import ImportOptions
from seep.errors import ImageError, MaskError, SeepError, told_reason
from seep.io.decoding import Request, decode, to_message

LENGTH = struct.Struct("<Q")


def main() -> None:
    """Answer requests until the pipe closes."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of libraries must not mix with the answers
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit_memory(int(request["read_bytes"]))
        values, arrays = _answer(request)
        text = json.dumps(values).encode()
        with contextlib.suppress(BrokenPipeError):
            _send(out, text, arrays)


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    path = Path(request["path"])
    try:
        mask_path = Path(request["mask_path"]) if request["mask_path"] else None
        return to_message(decode(Request(path, mask_path, ImportOptions.from_dict(request["options"]))))
    except SeepError as error:
        kind = (
            "mask" if isinstance(error, MaskError) else "image" if isinstance(error, ImageError) else "other"
        )
        return {"error": kind, "message": str(error)}, []
    except MemoryError:
        limit = f"{int(request['read_bytes']) >> 20} MB"
        return {
            "error": "image",
            "message": f"{path.name} needs more memory to read than {limit} (SEEP_READ_MB). Split the image.",
        }, []
    except Exception as error:  # decoders of hostile files may raise anything
        return {
            "error": "image",
            "unexpected": True,
            "message": f"{path.name} cannot be read{told_reason(error)}. Export it again.",
        }, []


def _limit_memory(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if hard < 0 else min(size, hard), hard))


def _send(out: IO[bytes], text: bytes, arrays: list[Any]) -> None:
    out.write(LENGTH.pack(len(text)))
    out.write(text)
    for array in arrays:
        out.write(array.data if array.flags["C_CONTIGUOUS"] else array.tobytes())
    out.flush()


if __name__ == "__main__":
    main()
