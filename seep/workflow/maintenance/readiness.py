"""Whether the app can serve people now: database, disk and worker."""

import shutil
from dataclasses import dataclass

from seep.errors import SeepError
from seep.store import inspection, jobs
from seep.workflow.workspace import Workspace

MIN_FREE_BYTES = 512 * 2**20
"""Below this, uploads are refused."""


@dataclass(frozen=True)
class Readiness:
    """State of what the app needs, "ok" or the problem in a sentence.

    Attributes:
        database: whether a row can be read.
        disk: whether enough space is free.
        worker: whether no running job has lost its worker.
        queued_jobs: number of queued jobs among the newest 200.
    """

    database: str
    disk: str
    worker: str
    queued_jobs: int

    @property
    def ready(self) -> bool:
        """Whether the app can serve people; a lost worker stops jobs only."""
        return self.database == self.disk == "ok"


def readiness(workspace: Workspace) -> Readiness:
    """Check what the app needs; takes a few milliseconds."""
    database = worker = disk = "ok"
    queued = 0
    try:
        with workspace.store.reading() as session:
            queued = sum(job.state == "queued" for job in jobs.list_jobs(session, 200))
            silent = inspection.silent_jobs(session)
        if silent:
            worker = f"Job {silent[0][0]} has had no heartbeat since {silent[0][1]}."
    except SeepError as error:
        database = str(error)
    try:
        free = shutil.disk_usage(workspace.store.root).free
        if free < MIN_FREE_BYTES:
            disk = f"Only {free >> 20} MB are free."
    except OSError as error:
        disk = f"The workspace's folder cannot be read: {error.strerror}."
    return Readiness(database, disk, worker, queued)
