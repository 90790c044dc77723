"""Waiting for one job: do it here if no worker has it, watch it if one has."""

import os
import sys
import time

from seep.jobs.progress import OnProgress
from seep.jobs.worker import Worker
from seep.store.records import JOB_ENDS, JobRecord
from seep.workflow.jobs import get_job
from seep.workflow.workspace import Workspace

POLL_S = 0.3


def do_job(workspace: Workspace, job_id: int, on_progress: OnProgress) -> None:
    """Return when a job has ended, whoever did it.

    Jobs that wait before it in the queue are done first.

    Args:
        workspace: where.
        job_id: which job.
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
    """End a command whose job was canceled but does not stop: started again, it would ask for it again."""
    print(f"seep: job {job.id} was canceled.", file=sys.stderr, flush=True)
    os._exit(1)
