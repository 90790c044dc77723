"""The job queue: one worker claims each job, and jobs of lost workers are claimed again.

A worker is alive while it writes a heartbeat into the row. Process ids are not used: they are reused, and have no
meaning on another machine or in another container.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session

from seep.core.records import JOB_ENDS, JOB_KINDS, EventRecord, JobRecord
from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.database import database_time
from seep.store.schema import Job, JobEvent, Run, stamp, utc_now

STALE_S = 15.0
"""After this long without a heartbeat, the worker of a running job is lost."""

PRIORITY_KIND = "finetune"
"""The kind of job that runs before others, because a user waits for it."""

MAX_ATTEMPTS = 3
"""Number of lost workers after which a job fails, because the job may be the cause."""

_CHUNK = 500


def enqueue(
    session: Session, kind: str, params: dict[str, Any], author: str, request_id: str | None = None
) -> JobRecord:
    """Add a job to the end of the queue; a repeated request id returns the existing job.

    Args:
        kind: one of `JOB_KINDS`.
        params: parameters of the job, storable as JSON.
        request_id: unique per press of a button; None always adds a new job.

    Raises:
        SettingsError: the kind is unknown, or the author's name is empty or too long.
    """
    if kind not in JOB_KINDS:
        raise SettingsError(f"There is no kind of job {kind!r}; use one of {', '.join(JOB_KINDS)}.")
    audit_log.check_author(author)
    if request_id is not None:
        there = session.scalar(select(Job).where(Job.request_id == request_id))
        if there is not None:
            return _record(there)
    row = Job(
        kind=kind,
        state="queued",
        params=params,
        author=author,
        created_at=utc_now(),
        request_id=request_id,
    )
    session.add(row)
    session.flush()
    audit_log.add(session, author, "enqueue", f"job {row.id}", {"kind": kind})
    return _record(row)


def claim_next(session: Session, worker: str) -> JobRecord | None:
    """Claim the next job for a worker; None if there is none.

    Jobs of lost workers come first, then queued fine-tuning jobs, then all others in the order of their ids.
    A job of a lost worker fails after `MAX_ATTEMPTS` attempts, and is canceled if that was requested.

    Args:
        session: of a transaction, so that two workers cannot claim the same job.
        worker: unique name of the worker.
    """
    silent_since = stamp(database_time(session) - timedelta(seconds=STALE_S))
    stale = select(Job).where(Job.state == "running", Job.heartbeat_at < silent_since)
    for row in session.scalars(stale.order_by(Job.id).with_for_update(skip_locked=True)):
        if row.cancel_requested:
            _end(session, row, "canceled", None)
        elif row.attempts >= MAX_ATTEMPTS:
            reason = (
                f"The worker stopped {row.attempts} times during this job, last at: "
                f"{row.message or 'its start'}. Look at the worker's log, then start the job again."
            )
            _end(session, row, "failed", reason)
        else:
            return _take(session, row, worker)
    waiting = select(Job).where(Job.state == "queued").order_by(Job.kind != PRIORITY_KIND, Job.id).limit(1)
    first = session.scalar(waiting.with_for_update(skip_locked=True))
    return None if first is None else _take(session, first, worker)


def heartbeat(
    session: Session,
    job_id: int,
    progress: float | None = None,
    message: str | None = None,
    worker: str | None = None,
) -> bool:
    """Update a job's heartbeat and progress; returns whether the job should stop.

    Args:
        progress: 0 to 1; None keeps the stored value.
        message: the current step, for users; None keeps the stored message.
        worker: name of the calling worker. If another worker has claimed the job, nothing is written and the
            answer is True.

    Raises:
        MissingError: there is no such job.
    """
    row = _row(session, job_id)
    if row.state != "running" or (worker is not None and row.worker != worker):
        return True
    row.heartbeat_at = stamp(database_time(session))
    if progress is not None:
        row.progress = min(1.0, max(0.0, progress))
    if message is not None:
        row.message = message
    return row.cancel_requested


def finish(
    session: Session, job_id: int, state: str, error: str | None = None, worker: str | None = None
) -> bool:
    """End a job, and its run if that is still running.

    Args:
        state: "done", "failed" or "canceled".
        error: the reason for a failure, for users.
        worker: name of the calling worker. If another worker has claimed the job, nothing changes.

    Returns:
        Whether this call ended the job; False if it had ended before or belongs to another worker.

    Raises:
        MissingError: there is no such job.
        SettingsError: the state is not a final state.
    """
    if state not in JOB_ENDS:
        raise SettingsError(f"A job cannot end as {state!r}; use one of {', '.join(JOB_ENDS)}.")
    row = _row(session, job_id)
    if row.state in JOB_ENDS or (worker is not None and row.worker != worker):
        return False
    _end(session, row, state, error)
    return True


def should_yield(session: Session, job: JobRecord) -> bool:
    """Tell whether a running job should yield to a queued fine-tuning job."""
    waiting = select(Job.id).where(Job.state == "queued", Job.kind == PRIORITY_KIND).limit(1)
    return job.kind != PRIORITY_KIND and session.scalar(waiting) is not None


def release(session: Session, job_id: int, worker: str) -> bool:
    """Return a running job to the queue, because its worker stops or the job yields to another one.

    The job keeps its position, and the attempt does not count.

    Returns:
        Whether the job was returned; False if it no longer belongs to this worker.

    Raises:
        MissingError: there is no such job.
    """
    row = _row(session, job_id)
    if row.state != "running" or row.worker != worker:
        return False
    if row.cancel_requested:
        _end(session, row, "canceled", None)
        return True
    row.state = "queued"
    row.worker = None
    row.heartbeat_at = None
    row.attempts -= 1
    session.flush()
    return True


def requeue(session: Session, job_id: int, author: str) -> JobRecord:
    """Return a canceled or failed job and its run to the queue, at its previous position.

    A queued or running job does not change.

    Raises:
        MissingError: there is no such job.
        SettingsError: the job is done.
    """
    row = _row(session, job_id)
    if row.state == "done":
        raise SettingsError(f"Job {job_id} is done and cannot be resumed. Start a new one.")
    if row.state not in JOB_ENDS:
        return _record(row)
    audit_log.add(session, author, "resume", f"job {job_id}", {"state": row.state})
    row.state = "queued"
    row.error = row.finished_at = row.worker = row.heartbeat_at = None
    row.cancel_requested = False
    row.attempts = 0
    run = session.scalar(select(Run).where(Run.job_id == job_id))
    if run is not None:
        run.state = "running"
        run.outcome = run.finished_at = None
    session.flush()
    return _record(row)


def request_cancel(session: Session, job_id: int, author: str) -> JobRecord:
    """Cancel a job: a queued one ends immediately, a running one after its next heartbeat.

    Raises:
        MissingError: there is no such job.
    """
    row = _row(session, job_id)
    if row.state in JOB_ENDS:
        return _record(row)
    audit_log.add(session, author, "cancel", f"job {job_id}", {"state": row.state})
    row.cancel_requested = True
    if row.state == "queued":
        _end(session, row, "canceled", None)
    return _record(row)


def list_jobs(session: Session, limit: int = 50) -> list[JobRecord]:
    """Return the newest jobs, newest first."""
    return [_record(row) for row in session.scalars(select(Job).order_by(Job.id.desc()).limit(limit))]


def get_job(session: Session, job_id: int) -> JobRecord:
    """Return a job.

    Raises:
        MissingError: there is no such job.
    """
    row = session.get(Job, job_id)
    if row is None:
        raise _missing(job_id)
    return _record(row)


def delete_ended(session: Session, before: str, *, dry_run: bool) -> int:
    """Delete ended jobs and their events, but none of a run, no evaluation without a result, and not the newest job.

    Args:
        before: ISO 8601 in UTC; jobs that ended later stay.
        dry_run: only count.

    Returns:
        The number of jobs.
    """
    newest = select(func.max(Job.id)).scalar_subquery()  # SQLite would give its number to the next one
    ids = list(
        session.scalars(
            select(Job.id)
            .where(Job.state.in_(JOB_ENDS), Job.finished_at < before, Job.id < newest)
            .where(~exists().where(Run.job_id == Job.id), (Job.kind != "evaluate") | (Job.state == "done"))
        )
    )
    for start in range(0, 0 if dry_run else len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        session.execute(delete(JobEvent).where(JobEvent.job_id.in_(some)))
        session.execute(delete(Job).where(Job.id.in_(some)))
    return len(ids)


def add_events(session: Session, job_id: int, events: Sequence[dict[str, Any]]) -> None:
    """Append events to a job; each event must be storable as JSON."""
    now = utc_now()
    if events:
        session.execute(
            insert(JobEvent), [{"job_id": job_id, "created_at": now, "data": data} for data in events]
        )


def events(session: Session, job_id: int, after_id: int = 0) -> list[EventRecord]:
    """Return the events of a job after an event id, oldest first."""
    query = select(JobEvent).where(JobEvent.job_id == job_id, JobEvent.id > after_id).order_by(JobEvent.id)
    return [EventRecord(row.id, row.job_id, row.created_at, row.data) for row in session.scalars(query)]


def _take(session: Session, row: Job, worker: str) -> JobRecord:
    now = stamp(database_time(session))
    row.state = "running"
    row.worker = worker
    row.attempts += 1
    row.heartbeat_at = now
    row.started_at = row.started_at or now
    session.flush()
    return _record(row)


def _end(session: Session, row: Job, state: str, error: str | None) -> None:
    row.state = state
    row.error = error
    row.finished_at = utc_now()
    if state == "done":
        row.progress = 1.0
    run = session.scalar(select(Run).where(Run.job_id == row.id, Run.state == "running"))
    if run is not None:
        run.state = state
        run.outcome = {"error": error} if error else None
        run.finished_at = row.finished_at
        announce_end(session, run)
    session.flush()


def _row(session: Session, job_id: int) -> Job:
    row = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if row is None:
        raise _missing(job_id)
    return row


def _missing(job_id: int) -> MissingError:
    return MissingError(f"There is no job {job_id} in this workspace; reload the list of jobs.")


def announce_end(session: Session, row: Run) -> None:
    """Announce that a run has ended, and its verdict if it has one."""
    details = {"state": row.state, "checkpoint": row.checkpoint_id}
    audit_log.announce(session, "run.done", row.author, f"run {row.id}", details)
    if row.outcome and "verdict" in row.outcome:
        verdict = {"verdict": row.outcome["verdict"], "checkpoint": row.checkpoint_id}
        audit_log.announce(session, "run.verdict", row.author, f"run {row.id}", verdict)


def in_current_terms(text: str) -> str:
    """Return a stored sentence about a run with the terms of today instead of those of earlier versions."""
    return text.replace("Cannot tell:", "Inconclusive:").replace("locked scene", "test scene")


def _record(row: Job) -> JobRecord:
    values = {name: getattr(row, name) for name in JobRecord.__dataclass_fields__}
    return JobRecord(**values | {"message": in_current_terms(row.message)})
