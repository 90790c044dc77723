"""Between a running job and the database: progress out, the wish to cancel in."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from seep.errors import SeepError
from seep.store import jobs
from seep.store.records import JobRecord
from seep.workflow.workspace import Workspace

LOOK_S = 0.3
"""How often the wish to cancel is looked for and news are written: pages show them within a second."""
BEAT_S = 2.0
"""How often a job without news says that it is alive."""
GRACE_S = 3.5
"""How long a job may take to stop when asked; after that its process is given up."""

OnProgress = Callable[[float, str], None]


class Reporter:
    """What a job calls while it runs; a thread of its own talks to the database.

    Used as a context manager. The job never waits for the database, and a job that computes for minutes
    without reporting is still known to be alive.
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
            workspace: where the job is from.
            job: claimed by this worker.
            worker: the worker's name.
            on_stuck: called, in the thread, when the job does not stop `GRACE_S` after it was asked to.
            on_progress: called with each report, in the job's thread.
        """
        self._workspace, self._job, self._worker = workspace, job, worker
        self._on_stuck, self._on_progress = on_stuck, on_progress
        self._lock = threading.Lock()
        self._news: tuple[float, str] | None = None
        self._events: list[dict[str, Any]] = []
        self._beaten_at = time.monotonic()
        self._over = threading.Event()
        self.canceled = threading.Event()
        self.interrupted = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the thread and write what is left to write."""
        self._over.set()
        self._thread.join()
        self._flush()

    def report(self, progress: float, message: str, events: list[dict[str, Any]]) -> None:
        """Note how far the job is; written within `LOOK_S`."""
        with self._lock:
            self._news = (progress, message)
            self._events += events
        if self._on_progress:
            self._on_progress(progress, message)

    def should_stop(self) -> bool:
        """Tell the job whether to stop: canceled by someone, or the worker ends."""
        return self.canceled.is_set() or self.interrupted.is_set()

    def _watch(self) -> None:
        asked_at: float | None = None
        while not self._over.wait(LOOK_S):
            self._flush()
            if not self.should_stop():
                continue
            asked_at = asked_at or time.monotonic()
            if time.monotonic() - asked_at > GRACE_S and not self._over.is_set():
                self._on_stuck(self._job)
                return

    def _flush(self) -> None:
        """Write news, or a heartbeat when it is time; read whether to stop.

        A full or busy disk must not end a job that computes: news are kept for the next time.
        """
        with self._lock:
            news, events = self._news, self._events
            self._news, self._events = None, []
        try:
            if news or events or time.monotonic() - self._beaten_at > BEAT_S:
                self._write(news or (None, None), events)
            else:
                self._read()
        except SeepError as error:
            print(f"seep worker: {error}", file=sys.stderr, flush=True)
            with self._lock:
                self._news = self._news or news
                self._events = events + self._events

    def _write(self, news: tuple[float | None, str | None], events: list[dict[str, Any]]) -> None:
        with self._workspace.store.transaction() as session:
            stop = jobs.heartbeat(session, self._job.id, news[0], news[1], self._worker)
            jobs.add_events(session, self._job.id, events)
        self._beaten_at = time.monotonic()
        if stop:
            self.canceled.set()

    def _read(self) -> None:
        with self._workspace.store.reading() as session:
            job = jobs.get_job(session, self._job.id)
        if job.cancel_requested or job.worker != self._worker or job.state != "running":
            self.canceled.set()
