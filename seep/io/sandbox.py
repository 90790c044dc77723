"""Decodes files from outside in sandbox processes with limited memory and time.

If a decoder crashes or hangs, its process is replaced and the file is refused. Starting a process takes about
a second, a request to a running one 2 ms, so the processes stay until this process ends.
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

MAX_PROCESSES = 4
_ROOT = Path(__file__).resolve().parent.parent.parent
_MAX_TEXT_BYTES = 64 * 2**20
_CHUNK_BYTES = 1 << 20


class _CrashedError(Exception):
    """The process ended without an answer."""


class _TimeoutError(Exception):
    """The process did not answer in time."""


class SandboxProcess:
    """A process that decodes one file at a time."""

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
            raise StorageError(f"The sandbox process cannot be started: {error.strerror}.") from error

    def send(self, request: Request, limits: Limits) -> dict[str, Any]:
        """Send a request and return the answer, with its arrays by name under "found"."""
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
            raise _CrashedError from error
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        if length > _MAX_TEXT_BYTES:
            raise _CrashedError
        values: dict[str, Any] = json.loads(bytes(self._read(length, deadline)))
        found = {}
        for one in values.get("arrays", []):
            dtype, shape = np.dtype(one["dtype"]), tuple(one["shape"])
            raw = self._read(math.prod(shape) * dtype.itemsize, deadline)
            found[one["name"]] = np.frombuffer(raw, dtype).reshape(shape)
        return values | {"found": found}

    def close(self) -> None:
        """Kill the process."""
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
                raise _TimeoutError
            piece = os.read(descriptor, min(_CHUNK_BYTES, count - len(data)))
            if not piece:
                raise _CrashedError
            data += piece
        return data


class SandboxPool:
    """Sandbox processes shared by all threads, started on demand.

    Attributes:
        deaths: number of crashed processes.
        unexpected: number of answers with an unexpected exception.
    """

    def __init__(self, most: int = MAX_PROCESSES) -> None:
        self.deaths = 0
        self.unexpected = 0
        self._free: list[SandboxProcess] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(min(most, os.cpu_count() or 1))

    def decode(self, request: Request) -> Decoded:
        """Decode a file and its mask in a sandbox process; see `seep.io.decoding.decode`.

        Raises:
            ImageError: the file cannot be read, or the process crashed or exceeded its time or memory.
            MaskError: the mask cannot be read.
            StorageError: no process can be started.
        """
        limits = settings().limits
        with self._slots:
            process = self._take()
            try:
                answer = process.send(request, limits)
            except _TimeoutError as error:
                process.close()
                raise ImageError(
                    f"{request.path.name} took more than {limits.read_s} s to read (SEEP_READ_SECONDS), so it was "
                    "refused. Export it again, or split it."
                ) from error
            except (_CrashedError, ValueError) as error:
                process.close()
                self.deaths += 1
                raise ImageError(
                    f"{request.path.name} could not be decoded, so it was refused. Export it again."
                ) from error
            except BaseException:
                process.close()
                raise
            with self._lock:
                self._free.append(process)
        if "error" not in answer:
            return from_message(answer, answer["found"])
        self.unexpected += bool(answer.get("unexpected"))
        kinds = {"mask": MaskError, "image": ImageError}
        raise kinds.get(answer["error"], SettingsError)(answer["message"])

    def close(self) -> None:
        """End the idle processes."""
        with self._lock:
            free, self._free = self._free, []
        for process in free:
            process.close()

    def detach(self) -> None:
        """Drop the processes without ending them; for a forked process, which must not share their pipes."""
        for process in self._free:
            process.process.returncode = 0  # the parent process waits for it
            for pipe in (process.process.stdin, process.process.stdout):
                if pipe is not None:
                    pipe.close()
        self._free = []

    def _take(self) -> SandboxProcess:
        while True:
            with self._lock:
                process = self._free.pop() if self._free else None
            if process is None:
                return SandboxProcess()
            if process.process.poll() is None:
                return process
            process.close()  # it was killed while idle


SANDBOX = SandboxPool()
"""Sandbox processes of all imports."""
atexit.register(SANDBOX.close)
os.register_at_fork(after_in_child=SANDBOX.detach)
