"""The worker process: it stops on signals, and when the app that started it ends."""

import os
import signal
import threading
from types import FrameType

from seep.jobs.worker import Worker
from seep.workflow.maintenance.log_files import start_log
from seep.workflow.workspace import Workspace

POLL_S = 1.0
NICENESS = 5
"""Keeps the pages responsive during training."""


def run_worker(workspace: Workspace, parent: int | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT, or until the parent process ends.

    A running job returns to the queue, and its state is kept.

    Args:
        parent: process id of the app; None when started from the command line.
    """
    start_log(workspace.settings, "worker")
    worker = Worker(workspace)

    def end(_number: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if parent is not None:
        os.nice(NICENESS)
        threading.Thread(target=_follow, args=(worker, parent), name="parent", daemon=True).start()
    worker.run()


def _follow(worker: Worker, parent: int) -> None:
    """Stop the worker when its parent process ends."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(POLL_S)
    worker.stop()
