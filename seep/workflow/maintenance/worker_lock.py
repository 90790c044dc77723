"""The lock of the app that runs the worker of a workspace. It names that app to other apps and to `seep doctor`."""

import fcntl
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from seep.store.schema import utc_now

LOCK = "worker.lock"


@dataclass(frozen=True)
class WorkerApp:
    """An app that runs the worker: host, process id, and ISO 8601 time since when."""

    host: str
    pid: int
    since: str

    @property
    def text(self) -> str:
        """Return "process 4711 on radar-2, since 2026-11-25 08:00 UTC"."""
        return f"process {self.pid} on {self.host}, since {self.since[:16].replace('T', ' ')} UTC"


def take_worker_lock(root: Path) -> IO[str] | None:
    """Become the app that runs the worker of the workspace, until the file is closed; None if another app is.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    lock = (root / LOCK).open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(json.dumps(asdict(WorkerApp(socket.gethostname(), os.getpid(), utc_now()))))
    lock.flush()
    return lock


def worker_app(root: Path) -> WorkerApp | None:
    """Return the app that runs the worker of the workspace; None without one, or if it cannot be told."""
    try:
        with (root / LOCK).open(encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return WorkerApp(**json.load(lock))
    except (OSError, ValueError, TypeError):
        pass  # no app has run here, or one of an earlier version runs, which does not name itself
    return None


def other_app(root: Path) -> WorkerApp | None:
    """Return the app that runs the worker if it is another process than this one."""
    found = worker_app(root)
    return None if found is None or (found.host, found.pid) == (socket.gethostname(), os.getpid()) else found
