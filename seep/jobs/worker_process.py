"""A worker as a process of its own: signals, and the end of the app that started it."""

import os
import signal
import threading
from types import FrameType

from seep.jobs.worker import Worker
from seep.workflow.workspace import Workspace

LOOK_S = 1.0
NICENESS = 5
"""The page must stay quick while a training computes."""


def run_worker(workspace: Workspace, parent: int | None = None) -> None:
    """Do jobs until the process is told to end (SIGTERM, SIGINT), or its parent is gone.

    A job that runs at that time is put back into the queue with its state kept.

    Args:
        workspace: whose jobs.
        parent: process id of the app that started this one; None when started by hand.
    """
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
    """Stop the worker when its parent is gone: the kernel gives an orphan another one."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(LOOK_S)
    worker.stop()
