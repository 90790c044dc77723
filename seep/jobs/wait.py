"""Waiting for one job: run it here if no worker has it, else follow it."""

import os
import sys
import time

from seep.core.records import JOB_ENDS, JobRecord
from seep.jobs.progress import OnProgress
from seep.jobs.worker import Worker
from seep.workflow.jobs import get_job
from seep.workflow.workspace import Workspace

POLL_S = 0.3


def do_job(workspace: Workspace, job_id: int, on_progress: OnProgress) -> None:
    """Return when a job has ended. Jobs before it in the queue run first.

    Args:
        on_progress: called with progress 0..1 and a message.
    """
    worker = Worker(workspace, on_stuck=_leave)
    while True:
        job = get_job(workspace, job_id)
        if job.state in JOB_ENDS:
            return
        if job.state == "queued" and worker.run_one(on_progress):
            continue
        on_progress(job.progress, job.message)
        time.sleep(POLL_S)


def _leave(job: JobRecord) -> None:
    """Exit a command whose canceled job does not stop; a restart would queue the job again."""
    print(f"seep: job {job.id} was canceled.", file=sys.stderr, flush=True)
    os._exit(1)
