"""The process that reads foreign files for `seep.io.sandbox`: a request a line in, an answer out.

What crashes, hangs or eats memory here takes no page and no worker with it. Requests and answers are JSON
and raw
numbers: nothing is unpickled on either side.
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
    os.dup2(2, 1)  # what a library prints must not get among the answers
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
            "message": f"{path.name} needs more memory to read than {limit} (SEEP_READ_MB). Cut it into "
            f"parts.",
        }, []
    except Exception as error:  # decoders of hostile files raise anything; here it can do no harm
        return {
            "error": "image",
            "unexpected": True,
            "message": f"{path.name} cannot be read{told_reason(error)}. Copy or export it again.",
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
