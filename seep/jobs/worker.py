"""The worker: runs the jobs of the queue, one at a time."""

import logging
import os
import secrets
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress

from seep.core.records import JobRecord
from seep.errors import MovedError, SeepError, SettingsError
from seep.jobs.executors import executor_of
from seep.jobs.progress import OnProgress, Reporter
from seep.store import jobs
from seep.workflow.evaluation.automatic import enqueue_first_evaluation
from seep.workflow.imports.buckets import remove_leftovers
from seep.workflow.maintenance.webhooks import send_due
from seep.workflow.models.promotion import show_active
from seep.workflow.places.detection import refresh_all_sites
from seep.workflow.training.mlflow import export_waiting
from seep.workflow.training.run_files import forget_states
from seep.workflow.training.warmup import warm_up
from seep.workflow.workspace import Workspace

POLL_S = 0.4
SITES_S = 2.0
"""Time between two looks for places whose masks have changed."""
WEBHOOKS_S = 1.0
"""Time between two looks for events to send."""

LOGGER = logging.getLogger("seep.jobs")


class Worker:
    """Runs the jobs of one workspace, one at a time."""

    def __init__(self, workspace: Workspace, on_stuck: Callable[[JobRecord], None] | None = None) -> None:
        """Create a worker.

        Args:
            on_stuck: called when a canceled job does not stop; by default the process restarts, which
                releases the memory of the job.
        """
        self.workspace = workspace
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._executor = executor_of(workspace.settings)
        self._on_stuck = on_stuck or _restart_process
        self._stopping = threading.Event()
        self._reporter: Reporter | None = None

    def run(self) -> None:
        """Run jobs until `stop` is called."""
        threading.Thread(target=self._show, name="predictions", daemon=True).start()
        threading.Thread(target=self._send_webhooks, name="webhooks", daemon=True).start()
        threading.Thread(target=self._refresh_sites, name="sites", daemon=True).start()
        warm = evaluated = False
        said = ""
        while not self._stopping.is_set():
            try:
                busy = self.run_one()
            except SeepError as error:  # the database is busy or the disk is full: try again later
                if str(error) != said:
                    print(f"seep worker: {error}", file=sys.stderr, flush=True)
                said, busy = str(error), False
            if busy:
                evaluated = False
                continue
            if not evaluated:
                evaluated = True
                with suppress(SeepError):
                    if enqueue_first_evaluation(self.workspace) is not None:
                        continue
            if not warm:
                self._prepare()
                warm = True
            self._stopping.wait(POLL_S)

    def _show(self) -> None:
        """Change what tiles show after a promotion in a large workspace, also while a job runs."""
        while not self._stopping.wait(POLL_S):
            with suppress(SeepError):  # the database is busy: try again
                show_active(self.workspace, self._stopping.is_set)

    def _refresh_sites(self) -> None:
        """Store the sites of places after masks have changed, also while a job runs."""
        seen = None
        while not self._stopping.wait(SITES_S):
            with suppress(SeepError):  # the database is busy: try again
                version = self.workspace.store.version()
                if version != seen:
                    refresh_all_sites(self.workspace, self._stopping.is_set)
                seen = version

    def _send_webhooks(self) -> None:
        """Send events to the address of the settings, also while a job runs."""
        said = ""
        while not self._stopping.wait(WEBHOOKS_S):
            try:
                send_due(self.workspace, self._stopping.is_set)
            except SettingsError as error:
                if str(error) != said:
                    LOGGER.error("%s", error)
                said = str(error)
            except SeepError:  # the database is busy: try again
                continue

    def _prepare(self) -> None:
        """Warm up, and finish or remove what killed processes left: imports from buckets, runs for MLflow."""
        warm_up(self.workspace)
        remove_leftovers(self.workspace)
        written = export_waiting(self.workspace)
        if written:
            print(f"seep worker: {written}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Stop `run` soon; a running job returns to the queue, and its state is kept."""
        self._stopping.set()
        if self._reporter is not None:
            self._reporter.interrupted.set()

    def run_one(self, on_progress: OnProgress | None = None) -> bool:
        """Run the next job, if there is one.

        Args:
            on_progress: called with progress 0..1 and a message.

        Returns:
            Whether there was a job.

        Raises:
            StorageError: the database cannot be written.
        """
        with self.workspace.store.transaction() as session:
            job = jobs.claim_next(session, self.name)
        if job is None:
            return False
        with Reporter(self.workspace, job, self.name, self._give_up, on_progress) as reporter:
            self._reporter = reporter
            if self._stopping.is_set():
                reporter.interrupted.set()
            try:
                state, sentence = self._do(job, reporter)
            except KeyboardInterrupt:
                self._end(job, "canceled", "")
                raise
        self._reporter = None
        self._end(job, state, sentence)
        forget_states(self.workspace)
        return True

    def _do(self, job: JobRecord, reporter: Reporter) -> tuple[str, str]:
        """Run a job to its end; an exception becomes one sentence in its row."""
        try:
            run = self._executor.runner(job.kind)
            sentence = run(
                self.workspace, job, reporter.report, lambda: reporter.should_stop() or self._must_yield(job)
            )
        except SeepError as error:
            return "failed", str(error)
        except Exception as error:
            traceback.print_exc()
            return "failed", (
                f"Unexpected error ({type(error).__name__}: {str(error)[:200]}). Nothing was changed; see the "
                "worker log."
            )
        if sentence is not None:
            return "done", sentence
        return ("canceled", "") if reporter.canceled.is_set() else ("queued", "")

    def _must_yield(self, job: JobRecord) -> bool:
        """Return whether a queued fine-tuning run goes first; the job continues after it."""
        with self.workspace.store.reading() as session:
            return jobs.should_yield(session, job)

    def _end(self, job: JobRecord, state: str, sentence: str) -> None:
        with self.workspace.store.transaction() as session:
            if state == "queued":
                jobs.release(session, job.id, self.name)
            elif state == "done":
                jobs.heartbeat(session, job.id, 1.0, sentence, self.name)
                jobs.finish(session, job.id, state, worker=self.name)
            else:
                jobs.finish(session, job.id, state, sentence or None, worker=self.name)

    def _give_up(self, job: JobRecord) -> None:
        """End a job that does not stop; then exit, or call `on_stuck`."""
        interrupted = self._reporter is not None and not self._reporter.canceled.is_set()
        with suppress(
            MovedError
        ):  # when the workspace is back, the job is taken again for lack of a heartbeat
            self._end(job, "queued" if interrupted else "canceled", "")
        if self._stopping.is_set():
            os._exit(0)
        self._on_stuck(job)


def _restart_process(_job: JobRecord) -> None:
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the command of this process
