"""Whether the app can serve people now: database, disk, object store and worker."""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from seep.errors import SeepError
from seep.store import inspection, jobs
from seep.store.files.bucket_store import BucketStore
from seep.store.schema import stamp
from seep.workflow.workspace import Workspace

MIN_FREE_BYTES = 64 * 2**20
"""Below this, the next save may fail: SQLite's write-ahead log alone may grow by as much."""
ASKED_AGAIN_S = 5.0
"""The object store is asked at most this often: everybody may send a probe."""
WAITS_S = 120
"""A worker asks for jobs each second; a job that waits for so long while none runs or ends has no worker."""
OK = "ok"


@dataclass(frozen=True)
class Readiness:
    """State of what the app needs, "ok" or the problem in a sentence.

    Attributes:
        database: whether a row can be read.
        disk: whether enough space is free.
        files: whether the object store answers; "ok" where files are in the workspace's folder.
        worker: whether no running job has lost its worker, and no job waits in vain.
        queued_jobs: number of queued jobs among the newest 200.
    """

    database: str
    disk: str
    files: str
    worker: str
    queued_jobs: int

    @property
    def ready(self) -> bool:
        """Whether the app can serve people; a lost worker stops jobs only."""
        return self.database == self.disk == self.files == OK


def readiness(workspace: Workspace) -> Readiness:
    """Check what the app needs; takes a few milliseconds, with a slow object store as long as that takes."""
    database = worker = disk = OK
    queued = 0
    try:
        with workspace.store.reading() as session:
            listed = jobs.list_jobs(session, 200)
            silent = inspection.silent_jobs(session)
        waiting = [job for job in listed if job.state == "queued"]
        queued = len(waiting)
        before = stamp(datetime.now(UTC) - timedelta(seconds=WAITS_S))
        if silent:
            worker = f"Job {silent[0][0]} has had no heartbeat since {silent[0][1]}."
        elif (
            waiting
            and waiting[-1].created_at < before
            and not any(job.state == "running" or (job.finished_at or "") >= before for job in listed)
        ):
            worker = f"Job {waiting[-1].id} waits since {waiting[-1].created_at}, and no worker has taken it."
    except SeepError as error:
        database = str(error)
    try:
        free = shutil.disk_usage(workspace.store.root).free
        if free < MIN_FREE_BYTES:
            disk = f"Only {free >> 20} MB are free."
    except OSError as error:
        disk = f"The workspace's folder cannot be read: {error.strerror}."
    files = workspace.store.files
    reachable = _object_store.state(files) if isinstance(files, BucketStore) else OK
    return Readiness(database, disk, reachable, worker, queued)


class _ObjectStore:
    """Asks an object store whether it answers, one question at a time."""

    def __init__(self) -> None:
        self._asking = Lock()
        self._known: dict[str, tuple[float, str]] = {}

    def state(self, files: BucketStore) -> str:
        """Return "ok" or the problem in a sentence; while somebody else asks, what was known before."""
        until, known = self._known.get(files.bucket.url, (0.0, "The object store has not answered yet."))
        if time.monotonic() < until or not self._asking.acquire(blocking=False):
            return known
        try:
            known = OK
            files.bucket.check()
        except SeepError as error:
            known = str(error)
        finally:
            self._known[files.bucket.url] = time.monotonic() + ASKED_AGAIN_S, known
            self._asking.release()
        return known


_object_store = _ObjectStore()
