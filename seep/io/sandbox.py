"""Decodes images, masks and annotations from outside in sandbox processes with limited memory and time.

If a decoder crashes or hangs, its process is replaced and the file is refused. Starting a process takes about
a second, a request to a running one 2 ms, so the processes stay until this process ends.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

from seep.core.geo.depth_grid import DepthGrid
from seep.core.geo.velocity_grid import VelocityGrid
from seep.core.import_options import AnnotationOptions
from seep.errors import ImageError, MaskError, SeepError, SettingsError, StorageError
from seep.io.annotations.model import AnnotationFile
from seep.io.annotations.reading import DEFAULTS
from seep.io.annotations.wire import unpack_file
from seep.io.decoding import Decoded, Message, Request, from_message, request_to_message
from seep.io.readers.depth import Box
from seep.io.readers.wind import VelocityQuery, WindQuery
from seep.io.sandbox_pipe import read_message, write_message
from seep.io.vector_features import Feature, unpack_features
from seep.settings import Limits, settings

MAX_PROCESSES = 4
_ROOT = Path(__file__).resolve().parent.parent.parent


class SandboxProcess:
    """A process that does one task at a time."""

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

    def send(self, task: str, message: Message, limits: Limits) -> Message:
        """Send a task and return the answer.

        Raises:
            TimeoutError: it took more than `limits.read_s`.
            OSError, EOFError, ValueError: the process ended, or its answer is not a message.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        values, arrays = message
        deadline = time.monotonic() + limits.read_s
        values = {**values, "task": task, "read_bytes": limits.read_bytes}
        write_message(self.process.stdin.fileno(), values, arrays)
        return read_message(self.process.stdout.fileno(), deadline)

    def close(self) -> None:
        """Kill the process."""
        with contextlib.suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()


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
        return from_message(*self._run("decode", request_to_message(request), ImageError))

    def convert(self, path: Path, target: Path) -> None:
        """Write an image as GeoTIFF in a sandbox process; see `seep.io.containers.convert`.

        Raises:
            ImageError: the file cannot be read, or the process crashed or exceeded its time or memory.
            StorageError: no process can be started.
        """
        self._run("convert", ({"path": str(path), "target": str(target)}, {}), ImageError)

    def read_shapes(
        self, path: Path, stems: Collection[str] | None = None, options: AnnotationOptions = DEFAULTS
    ) -> AnnotationFile:
        """Read an annotation file in a sandbox process; see `seep.io.annotations.reading.read_shapes`.

        Raises:
            MaskError: the file cannot be read, or the process crashed or exceeded its time or memory.
            StorageError: no process can be started.
        """
        listed = None if stems is None else sorted(stems)
        message = {"path": str(path), "stems": listed, "options": asdict(options)}
        values, arrays = self._run("annotations", (message, {}), MaskError)
        return unpack_file(values, arrays)

    def mask_values(self, path: Path, class_count: int) -> str:
        """Look at the values of a mask in a sandbox process; see `seep.io.masks.mask_values`.

        Raises:
            StorageError: no process can be started.
        """
        try:
            answer, _ = self._run("mask", ({"path": str(path), "class_count": class_count}, {}), MaskError)
        except MaskError:  # the import refuses it with the reason
            return ""
        return str(answer["values"])

    def read_features(self, path: Path) -> list[Feature]:
        """Read a vector layer in a sandbox process; see `seep.io.vector_features.read_features`.

        Raises:
            MaskError: the file cannot be read, or the process crashed or exceeded its time or memory.
            StorageError: no process can be started.
        """
        return unpack_features(*self._run("features", ({"path": str(path)}, {}), MaskError))

    def read_wind(self, path: Path, queries: Sequence[WindQuery]) -> list[tuple[float, float] | None]:
        """Read wind in a sandbox process; see `seep.io.readers.wind.read_wind`.

        Raises:
            SettingsError: the file cannot be read, or the process crashed or exceeded its time or memory.
            StorageError: no process can be started.
        """
        asked = [[query.lon, query.lat, query.time_s] for query in queries]
        values, _ = self._run("wind", ({"path": str(path), "queries": asked}, {}), SettingsError)
        return [None if one is None else (float(one[0]), float(one[1])) for one in values["winds"]]

    def read_velocities(
        self, path: Path, queries: Sequence[VelocityQuery]
    ) -> tuple[str, list[VelocityGrid | None]]:
        """Read wind or currents in a sandbox process; see `seep.io.readers.wind.read_velocities`.

        Raises:
            SettingsError: the file cannot be read, or the process crashed or exceeded its time or memory.
            StorageError: no process can be started.
        """
        asked = [[list(query.box), query.start_s, query.stop_s] for query in queries]
        values, _ = self._run("velocities", ({"path": str(path), "queries": asked}, {}), SettingsError)
        grids = [None if one is None else VelocityGrid.from_dict(one) for one in values["grids"]]
        return str(values["kind"]), grids

    def read_depth(self, path: Path, boxes: Sequence[Box]) -> list[DepthGrid]:
        """Read the water depth of areas in a sandbox process; areas without depth are left out.

        See `seep.io.readers.depth.read_depth`.

        Raises:
            SettingsError: the file cannot be read, or the process crashed or exceeded its time or memory.
            StorageError: no process can be started.
        """
        values, _ = self._run("depth", ({"path": str(path), "boxes": [*map(list, boxes)]}, {}), SettingsError)
        return [DepthGrid.from_dict(one) for one in values["grids"]]

    def _run(self, task: str, message: Message, refused: type[SeepError]) -> Message:
        """Run a task; `refused` is the error for a file that crashes or delays the process."""
        limits, name = settings().limits, Path(message[0]["path"]).name
        with self._slots:
            process = self._take()
            try:
                values, arrays = process.send(task, message, limits)
            except TimeoutError as error:
                process.close()
                raise refused(
                    f"{name} took more than {limits.read_s} s to read (SEEP_READ_SECONDS), so it was "
                    "refused. Export it again, or split it."
                ) from error
            except (OSError, EOFError, ValueError) as error:
                process.close()
                self.deaths += 1
                raise refused(f"{name} could not be decoded, so it was refused. Export it again.") from error
            except BaseException:
                process.close()
                raise
            with self._lock:
                self._free.append(process)
        if "error" not in values:
            return values, arrays
        self.unexpected += bool(values.get("unexpected"))
        kinds = {"mask": MaskError, "image": ImageError}
        raise kinds.get(values["error"], SettingsError)(values["message"])

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
