"""Waiting for one job: do it here if no worker has it, watch it if one has."""

import time

from seep.jobs.reporting import OnProgress
from seep.jobs.worker import Worker
from seep.store.records import JOB_ENDS
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
    worker = Worker(workspace)
    while True:
        job = get_job(workspace, job_id)
        if job.state in JOB_ENDS:
            return
        if job.state == "queued" and worker.run_one(on_progress):
            continue
        on_progress(job.progress, job.message)
        time.sleep(POLL_S)
