"""Figures of a running workspace for a monitoring system."""

import shutil
import time
from dataclasses import dataclass

from seep.errors import SeepError
from seep.store import inspection
from seep.workflow.workspace import Workspace

JOB_STATES = ("queued", "running", "done", "failed", "canceled")


@dataclass(frozen=True)
class Measurements:
    """State of a workspace at one moment.

    Attributes:
        database_s: time to read the jobs, seconds; None if the database cannot be read.
        jobs: number of jobs by state.
        silent_jobs: running jobs whose worker sends no heartbeat.
        disk_free_bytes: free space on the disk of the workspace; None if the folder cannot be read.
    """

    database_s: float | None
    jobs: dict[str, int]
    silent_jobs: int
    disk_free_bytes: int | None


def measure(workspace: Workspace) -> Measurements:
    """Read the figures; takes a few milliseconds, and never raises."""
    database_s: float | None = None
    jobs, silent = {}, 0
    started = time.perf_counter()
    try:
        with workspace.store.reading() as session:
            jobs = dict.fromkeys(JOB_STATES, 0) | inspection.jobs_by_state(session)
            silent = len(inspection.silent_jobs(session))
        database_s = time.perf_counter() - started
    except SeepError:
        jobs = {}
    try:
        free: int | None = shutil.disk_usage(workspace.store.root).free
    except OSError:
        free = None
    return Measurements(database_s, jobs, silent, free)
