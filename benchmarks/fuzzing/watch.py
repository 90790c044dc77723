"""Memory and processor time of the reading processes."""

import os
import threading
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Watch:
    """Notes the largest memory of this process's children while a `with` lasts."""

    def __enter__(self) -> "Watch":
        self.peak_kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            for child in children():
                if b"sandbox_process" in _text(child, "cmdline"):
                    peak = _text(child, "status").partition(b"VmHWM:")[2].split()
                    self.peak_kb = max(self.peak_kb, int(peak[0]) if peak else 0)


def children() -> list[str]:
    """Return the ids of this process's children."""
    try:
        tasks = list(Path("/proc/self/task").iterdir())
        return [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # a thread ended meanwhile
        return []


def processor_s() -> float:
    """Return the processor time of this process and its children that run, seconds."""
    ticks = 0
    for child in children():
        fields = _text(child, "stat").rpartition(b")")[2].split()
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return time.process_time() + ticks / _TICKS


def _text(process: str, name: str) -> bytes:
    try:
        return (Path("/proc") / process / name).read_bytes()
    except OSError:  # ended meanwhile
        return b""
