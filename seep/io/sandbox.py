"""Reading foreign files in processes of their own, kept for the next file: memory and time are limited.

A decoder that crashes or hangs costs its process, and the file is refused with one sentence. Starting a
process takes about a second, asking a running one 2 ms, so they stay until this process ends.
"""

import atexit
import contextlib
import json
import math
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from seep.errors import ImageError, MaskError, SettingsError, StorageError
from seep.io.decoding import Decoded, Request, from_message
from seep.io.sandbox_process import LENGTH
from seep.settings import Limits, settings

MOST_CHILDREN = 4
_ROOT = Path(__file__).resolve().parent.parent.parent
_LARGEST_TEXT = 64 * 2**20
_PIECE = 1 << 20


class _DiedError(Exception):
    """The process ended instead of answering."""


class _LateError(Exception):
    """The process did not answer in time."""


class Child:
    """One process that reads files, one at a time."""

    def __init__(self) -> None:
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "seep.io.sandbox_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"},
                bufsize=0,
            )
        except OSError as error:
            raise StorageError(
                f"The process that reads files cannot be started: {error.strerror}."
            ) from error

    def ask(self, request: Request, limits: Limits) -> dict[str, Any]:
        """Send a request and wait for the answer; arrays are under "found" by name."""
        text = json.dumps(
            {
                "path": str(request.path),
                "mask_path": str(request.mask_path) if request.mask_path else None,
                "options": request.options.to_dict(),
                "read_bytes": limits.read_bytes,
            }
        )
        deadline = time.monotonic() + limits.read_s
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(text.encode() + b"\n")
        except OSError as error:
            raise _DiedError from error
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        if length > _LARGEST_TEXT:
            raise _DiedError
        values: dict[str, Any] = json.loads(bytes(self._read(length, deadline)))
        found = {}
        for one in values.get("arrays", []):
            dtype, shape = np.dtype(one["dtype"]), tuple(one["shape"])
            raw = self._read(math.prod(shape) * dtype.itemsize, deadline)
            found[one["name"]] = np.frombuffer(raw, dtype).reshape(shape)
        return values | {"found": found}

    def close(self) -> None:
        """End the process, at once."""
        with contextlib.suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()

    def _read(self, count: int, deadline: float) -> bytearray:
        assert self.process.stdout is not None
        descriptor, data = self.process.stdout.fileno(), bytearray()
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise _LateError
            piece = os.read(descriptor, min(_PIECE, count - len(data)))
            if not piece:
                raise _DiedError
            data += piece
        return data


class Children:
    """A few processes for all threads of this one; started when they are first needed.

    Attributes:
        deaths: processes that crashed since the start, for measurements.
        unexpected: answers that were no refusal of our own, for measurements.
    """

    def __init__(self, most: int = MOST_CHILDREN) -> None:
        self.deaths = 0
        self.unexpected = 0
        self._free: list[Child] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(min(most, os.cpu_count() or 1))

    def decode(self, request: Request) -> Decoded:
        """Read a file and its mask in another process; see `seep.io.decoding.decode`.

        Raises:
            ImageError: as there; or the process crashed, or took too long or too much memory.
            MaskError: as there.
            StorageError: no process can be started.
        """
        limits = settings().limits
        with self._places:
            child = self._take()
            try:
                answer = child.ask(request, limits)
            except _LateError as error:
                child.close()
                raise ImageError(
                    f"{request.path.name} took more than {limits.read_s} s to read (SEEP_READ_SECONDS) and "
                    f"is "
                    "refused. Export it again, or cut it into parts."
                ) from error
            except (_DiedError, ValueError) as error:
                child.close()
                self.deaths += 1
                raise ImageError(
                    f"{request.path.name} crashed the program that decodes it and is refused. Export it "
                    f"again."
                ) from error
            except BaseException:
                child.close()
                raise
            with self._lock:
                self._free.append(child)
        if "error" not in answer:
            return from_message(answer, answer["found"])
        self.unexpected += bool(answer.get("unexpected"))
        kinds = {"mask": MaskError, "image": ImageError}
        raise kinds.get(answer["error"], SettingsError)(answer["message"])

    def close(self) -> None:
        """End the processes that wait."""
        with self._lock:
            free, self._free = self._free, []
        for child in free:
            child.close()

    def forget(self) -> None:
        """Leave the processes to whom they belong; for a fork, which would share their pipes."""
        for child in self._free:
            child.process.returncode = 0  # not ours to wait for
            for pipe in (child.process.stdin, child.process.stdout):
                if pipe is not None:
                    pipe.close()
        self._free = []

    def _take(self) -> Child:
        while True:
            with self._lock:
                child = self._free.pop() if self._free else None
            if child is None:
                return Child()
            if child.process.poll() is None:
                return child
            child.close()  # killed from outside while it waited


SANDBOX = Children()
"""The processes that all imports of this process share."""
atexit.register(SANDBOX.close)
os.register_at_fork(after_in_child=SANDBOX.forget)
