"""Supervision of the worker process: started with the app, restarted when it ends, stopped with the app."""

import atexit
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from seep.settings import Settings
from seep.workflow.maintenance.worker_lock import take_worker_lock

PROJECT = Path(__file__).resolve().parent.parent.parent
POLL_S = 0.5
STOP_TIMEOUT_S = 5.0
MAX_PAUSE_S = 30.0
STABLE_S = 60.0
"""After a worker that ran this long, the next one starts without a pause."""
LOGGER = logging.getLogger("seep.jobs")
MAX_LOG_BYTES = 5_000_000


class Supervisor:
    """Keeps one worker process running as long as the app.

    Of several apps on one workspace, one runs the worker; when it ends, another one takes over.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare; nothing is started yet.

        Args:
            settings: workspace, database and device for the worker.
        """
        self._settings = settings
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None without one."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the worker and keep it running; a second call has no effect."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def stop(self) -> None:
        """Stop the worker; its job returns to the queue."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            atexit.unregister(self.stop)

    def _keep_running(self) -> None:
        pause_s = 0.0
        try:
            while not self._stopping.wait(POLL_S):
                longer_s = min(MAX_PAUSE_S, 2 * pause_s + 1)
                try:
                    if self._lock is None and not self._take_lock():
                        continue
                    if self._process is None:
                        self._process, began = self._spawn(), time.monotonic()
                        continue
                except OSError as error:  # no memory for a process, too many files, no room for the log
                    pause_s = longer_s
                    LOGGER.error("The worker could not be started: %s. Retrying in %.0f s.", error, pause_s)
                    self._stopping.wait(pause_s)
                    continue
                if self._process.poll() is not None:
                    pause_s = 0.0 if time.monotonic() - began > STABLE_S else longer_s
                    self._process = None
                    self._stopping.wait(pause_s)
        finally:
            self._end()

    def _take_lock(self) -> bool:
        """Become the app that runs the worker; False if another app is."""
        self._lock = take_worker_lock(self._settings.workspace)
        return self._lock is not None

    def _spawn(self) -> "subprocess.Popen[bytes]":
        settings = self._settings
        environment = dict(os.environ)
        environment["SEEP_WORKSPACE"] = str(settings.workspace)
        environment["PYTHONPATH"] = os.pathsep.join(
            part for part in (str(PROJECT), environment.get("PYTHONPATH")) if part
        )
        for name, value in (
            ("SEEP_DATABASE_URL", settings.database_url),
            ("SEEP_FILES_URL", settings.files_url),
            ("SEEP_RAY_ADDRESS", settings.ray_address),
            ("SEEP_RAY_RANKS", str(settings.ray_ranks)),
            ("SEEP_DEVICE", settings.device),
        ):
            if value:
                environment[name] = value
        path = settings.workspace / "worker.log"
        fresh = path.exists() and path.stat().st_size > MAX_LOG_BYTES
        with path.open("wb" if fresh else "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "seep", "worker", "--parent", str(os.getpid())],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
