"""Progress of a running job to the database, and cancel requests from it."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from seep.core.records import JobRecord
from seep.errors import MovedError, SeepError
from seep.store import jobs
from seep.workflow.workspace import Workspace

POLL_S = 0.3
"""Interval of writing progress and reading cancel requests; pages show both within a second."""
HEARTBEAT_S = 2.0
"""Interval of heartbeats while there is no progress."""
STOP_TIMEOUT_S = 3.5
"""Time for a job to stop after a cancel request; then its process is replaced."""

OnProgress = Callable[[float, str], None]


class Reporter:
    """Reports the progress of a job; a separate thread writes to the database.

    A context manager. The job never waits for the database, and heartbeats continue while it computes.
    """

    def __init__(
        self,
        workspace: Workspace,
        job: JobRecord,
        worker: str,
        on_stuck: Callable[[JobRecord], None],
        on_progress: OnProgress | None = None,
    ) -> None:
        """Prepare.

        Args:
            job: claimed by this worker.
            worker: the worker's name.
            on_stuck: called in the thread when the job has not stopped `STOP_TIMEOUT_S` after the request.
            on_progress: called with each report, in the job's thread.
        """
        self._workspace, self._job, self._worker = workspace, job, worker
        self._on_stuck, self._on_progress = on_stuck, on_progress
        self._lock = threading.Lock()
        self._pending: tuple[float, str] | None = None
        self._events: list[dict[str, Any]] = []
        self._heartbeat_at = time.monotonic()
        self._over = threading.Event()
        self.canceled = threading.Event()
        self.interrupted = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the thread and write the remaining progress."""
        self._over.set()
        self._thread.join()
        self._flush()

    def report(self, progress: float, message: str, events: list[dict[str, Any]]) -> None:
        """Report progress 0..1, a message and events; written within `POLL_S`."""
        with self._lock:
            self._pending = (progress, message)
            self._events += events
        if self._on_progress:
            self._on_progress(progress, message)

    def should_stop(self) -> bool:
        """Return whether the job must stop: it was canceled, or the worker stops."""
        return self.canceled.is_set() or self.interrupted.is_set()

    def _watch(self) -> None:
        asked_at: float | None = None
        while not self._over.wait(POLL_S):
            self._flush()
            if not self.should_stop():
                continue
            asked_at = asked_at or time.monotonic()
            if time.monotonic() - asked_at > STOP_TIMEOUT_S and not self._over.is_set():
                self._on_stuck(self._job)
                return

    def _flush(self) -> None:
        """Write progress or a heartbeat; read cancel requests.

        On a full or busy disk, the progress is kept for the next time and the job continues.
        """
        with self._lock:
            pending, events = self._pending, self._events
            self._pending, self._events = None, []
        try:
            if pending or events or time.monotonic() - self._heartbeat_at > HEARTBEAT_S:
                self._write(pending or (None, None), events)
            else:
                self._read()
        except MovedError as error:
            print(f"seep worker: {error}", file=sys.stderr, flush=True)
            self.interrupted.set()  # the job must not write files at the old path
        except SeepError as error:
            print(f"seep worker: {error}", file=sys.stderr, flush=True)
            with self._lock:
                self._pending = self._pending or pending
                self._events = events + self._events

    def _write(self, pending: tuple[float | None, str | None], events: list[dict[str, Any]]) -> None:
        with self._workspace.store.transaction() as session:
            stop = jobs.heartbeat(session, self._job.id, pending[0], pending[1], self._worker)
            jobs.add_events(session, self._job.id, events)
        self._heartbeat_at = time.monotonic()
        if stop:
            self.canceled.set()

    def _read(self) -> None:
        with self._workspace.store.reading() as session:
            job = jobs.get_job(session, self._job.id)
        if job.cancel_requested or job.worker != self._worker or job.state != "running":
            self.canceled.set()
