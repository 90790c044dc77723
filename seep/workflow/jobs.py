"""Jobs as pages and scripts see them: the list, the queue, one job with its run, and cancel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from seep.core.records import EventRecord, JobRecord, RunRecord
from seep.store import jobs, runs
from seep.workflow.actor import Actor, Requirement, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.training.epoch_previews import EpochPreview, list_previews
from seep.workflow.workspace import Workspace

ACTIVE = ("queued", "running")
MAX_LISTED = 200
OTHERS_JOBS = Requirement("lead", "cancel jobs of others")
HEARTBEAT_LIMIT_S = 30.0
"""A worker sends a heartbeat every few seconds. Without one for this long, it has probably stopped."""


@dataclass(frozen=True)
class JobView:
    """One job with all that a page shows of it.

    Attributes:
        job: the job.
        run: its run; None before it starts and for jobs that are no fine-tuning.
        events: oldest first.
        metrics: (step, value) pairs by metric name, steps ascending.
        previews: epochs of the run with predictions of held-out tiles, oldest first.
    """

    job: JobRecord
    run: RunRecord | None
    events: Sequence[EventRecord]
    metrics: Mapping[str, Sequence[tuple[int, float]]]
    previews: Sequence[EpochPreview]


@cached_until_commit
def list_jobs(workspace: Workspace, limit: int = 50) -> list[JobRecord]:
    """Return the newest jobs, newest first."""
    with workspace.store.reading() as session:
        return jobs.list_jobs(session, limit)


def job_queue(workspace: Workspace) -> list[JobRecord]:
    """Return the running and queued jobs among the newest `MAX_LISTED`, in the order in which they run."""
    active = [job for job in list_jobs(workspace, MAX_LISTED) if job.state in ACTIVE]
    return sorted(active, key=_queue_position)


def _queue_position(job: JobRecord) -> tuple[bool, bool, int]:
    """Sort jobs as `seep.store.jobs.claim_next` takes them."""
    return job.state != "running", job.kind != jobs.PRIORITY_KIND, job.id


def missed_heartbeat_s(job: JobRecord) -> float | None:
    """Return the seconds since the last heartbeat of a running job if its worker seems to have stopped.

    None where the last heartbeat is at most `HEARTBEAT_LIMIT_S` old, or the job is not running.
    """
    if job.state != "running" or not job.heartbeat_at:
        return None
    passed = (datetime.now(UTC) - datetime.fromisoformat(job.heartbeat_at)).total_seconds()
    return passed if passed > HEARTBEAT_LIMIT_S else None


@cached_until_commit
def newest_job(workspace: Workspace, kind: str, run_id: int | None = None) -> int | None:
    """Return the id of the newest job of a kind among the last `MAX_LISTED`, or of the job of a run.

    None where there is no such job or run.
    """
    with workspace.store.reading() as session:
        if run_id is not None:
            return next((run.job_id for run in runs.list_runs(session) if run.id == run_id), None)
        listed = jobs.list_jobs(session, MAX_LISTED)
    return next((job.id for job in listed if job.kind == kind), None)


def get_job(workspace: Workspace, job_id: int) -> JobRecord:
    """Return one job.

    Raises:
        MissingError: there is no such job.
    """
    with workspace.store.reading() as session:
        return jobs.get_job(session, job_id)


def job_view(workspace: Workspace, job_id: int) -> JobView:
    """Return one job with its run.

    Raises:
        MissingError: there is no such job.
    """
    with workspace.store.reading() as session:
        job = jobs.get_job(session, job_id)
        events = jobs.events(session, job_id)
        run = runs.run_of_job(session, job_id)
        metrics = runs.metrics(session, run.id) if run else []
    series: dict[str, list[tuple[int, float]]] = {}
    for metric in metrics:
        series.setdefault(metric.name, []).append((metric.step, metric.value))
    return JobView(job, run, events, series, list_previews(workspace, run.id) if run else [])


@requires("annotator", "cancel jobs")
def cancel(workspace: Workspace, job_id: int, actor: Actor) -> None:
    """Cancel a job: a queued one at once, a running one within 5 s; a finished one stays as it is.

    Raises:
        MissingError: there is no such job.
        DeniedError: the job is of another person, and the actor is not a lead.
    """
    with workspace.store.transaction() as session:
        if jobs.get_job(session, job_id).author != actor.name:
            OTHERS_JOBS.check(actor)
        jobs.request_cancel(session, job_id, actor.name)
