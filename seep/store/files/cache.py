"""Copies of what lies in buckets, on the disk of this machine: bounded in size, the least recently used out first."""

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Iterable
from pathlib import Path

IN_USE_S = 60.0
"""Files used within this time stay, because a reader may be about to open them."""
LEFTOVER_AGE_S = 3600.0
_PART = ".part-"
_KEPT = 0.9
_SWEEPS = 20


class NodeCache:
    """Files by name, such as "ab/cdef.png"; several processes of a machine may share a folder.

    Nothing here is the only copy of anything, so files are not flushed to disk, and the folder may be deleted
    while no process uses it.

    Args:
        root: folder of the copies; made when the first one is written.
        limit_bytes: size above which old files are deleted. A single file may be larger.
    """

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self.root = root
        self._limit = limit_bytes
        self._unswept = limit_bytes  # the first write sweeps what earlier processes left
        self._lock = threading.Lock()

    def find(self, name: str) -> Path | None:
        """Return the path of a copy and make it the most recently used; None if there is none."""
        path = self.root / name
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def write(self, name: str, chunks: Iterable[bytes]) -> Path:
        """Write a copy, which appears when it is complete; an error of `chunks` leaves nothing.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        target = self.root / name
        part = target.parent / f"{_PART}{os.getpid()}-{secrets.token_hex(8)}"
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = 0
        try:
            with part.open("xb") as file:
                for chunk in chunks:
                    size += file.write(chunk)
            part.replace(target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        self._make_room(size)
        return target

    def drop(self, name: str) -> None:
        """Delete a copy, if there is one."""
        with contextlib.suppress(OSError):
            (self.root / name).unlink(missing_ok=True)

    def _make_room(self, added: int) -> None:
        """Sweep after every twentieth of the limit that was written."""
        with self._lock:
            self._unswept += added
            if self._unswept < self._limit / _SWEEPS:
                return
            self._unswept = 0
        with contextlib.suppress(OSError):  # another process swept the same file
            self._sweep()

    def _sweep(self) -> None:
        now = time.time()
        found, total = [], 0
        for path in self.root.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                if not path.is_file():
                    continue
                if path.name.startswith(_PART):
                    if status.st_mtime < now - LEFTOVER_AGE_S:
                        path.unlink()
                    continue
                found.append((status.st_mtime, status.st_size, path))
                total += status.st_size
        if total <= self._limit:
            return
        for used, size, path in sorted(found):
            if total <= self._limit * _KEPT or used > now - IN_USE_S:
                return
            path.unlink(missing_ok=True)
            total -= size
