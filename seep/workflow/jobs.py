"""Jobs as pages and scripts see them: a list, the queue, one job with what happened, cancel."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seep.store import jobs, runs
from seep.store.records import JobRecord
from seep.workflow.training.run_files import strip_folder
from seep.workflow.workspace import Workspace

ACTIVE = ("queued", "running")
MOST_WAITING = 200
SILENT_S = 30.0
"""A worker tells every few seconds that it lives; one that was silent for longer is likely gone."""


def list_jobs(workspace: Workspace, limit: int = 50) -> list[JobRecord]:
    """Return the newest jobs, newest first."""
    with workspace.store.reading() as session:
        return jobs.list_jobs(session, limit)


def job_queue(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what runs and what waits, as fields of `JobRecord`, in the order in which it is done.

    Of more than `MOST_WAITING` jobs the newest.
    """
    active = [job for job in list_jobs(workspace, MOST_WAITING) if job.state in ACTIVE]
    return [asdict(job) for job in sorted(active, key=_turn)]


def _turn(job: JobRecord) -> tuple[bool, bool, int]:
    """When a job has its turn, as `seep.store.jobs.claim_next` takes them."""
    return job.state != "running", job.kind != jobs.FIRST, job.id


def silent_s(job: Mapping[str, Any]) -> float | None:
    """Return for how many seconds the worker of a running job has told nothing; None where it is at work.

    Args:
        job: fields of a `JobRecord`.
    """
    if job["state"] != "running" or not job["heartbeat_at"]:
        return None
    passed = (datetime.now(UTC) - datetime.fromisoformat(job["heartbeat_at"])).total_seconds()
    return passed if passed > SILENT_S else None


def newest_job(workspace: Workspace, kind: str, run_id: int | None = None) -> int | None:
    """Return the id of the newest job of a kind among the last `MOST_WAITING`, or of the job of a run.

    None where there is none, or no such run.
    """
    with workspace.store.reading() as session:
        if run_id is not None:
            return next((run.job_id for run in runs.list_runs(session) if run.id == run_id), None)
        found = jobs.list_jobs(session, MOST_WAITING)
    return next((job.id for job in found if job.kind == kind), None)


def get_job(workspace: Workspace, job_id: int) -> JobRecord:
    """Return one job.

    Raises:
        MissingError: there is no such job.
    """
    with workspace.store.reading() as session:
        return jobs.get_job(session, job_id)


def job_view(workspace: Workspace, job_id: int, after: int = 0) -> dict[str, Any]:
    """Return all that a page shows of one job, ready for JSON.

    Args:
        workspace: where from.
        job_id: which job.
        after: only events with an id above this one, for polling.

    Returns:
        {"job": fields of the job, "events": [{"id", "created_at", "data"}], "last_event": id to poll after,
        "run": fields of its run or None, "metrics": {name: [[step, value], ...]}, "strip": the epochs of its
        run of which predictions were kept, oldest first, [{"epoch", "tiles": [{"tile_id", "name",
        "changed_px", "iou", "mask": address without the app's own prefix}]}]}.

    Raises:
        MissingError: there is no such job.
    """
    with workspace.store.reading() as session:
        job = jobs.get_job(session, job_id)
        events = jobs.events(session, job_id, after)
        run = runs.run_of_job(session, job_id)
        metrics = runs.metrics(session, run.id) if run else []
    series: dict[str, list[list[float]]] = {}
    for metric in metrics:
        series.setdefault(metric.name, []).append([metric.step, metric.value])
    return {
        "job": asdict(job),
        "events": [asdict(event) for event in events],
        "last_event": events[-1].id if events else after,
        "run": asdict(run) if run else None,
        "metrics": series,
        "strip": _strip(strip_folder(workspace, run.id), run.id) if run else [],
    }


def cancel(workspace: Workspace, job_id: int, author: str) -> None:
    """Ask a job to end: at once if it waits, within 5 s if it runs; a finished one stays as it is.

    Raises:
        MissingError: there is no such job.
    """
    with workspace.store.transaction() as session:
        jobs.request_cancel(session, job_id, author)


def _strip(folder: Path, run_id: int) -> list[dict[str, Any]]:
    """List the epochs whose index is there, which is written last: none that is half written."""
    found = sorted((int(path.parent.name), path) for path in folder.glob("*/index.json"))
    return [
        {
            "epoch": epoch,
            "tiles": [
                {**tile, "mask": f"/seep/runs/{run_id}/strip/{epoch}/{tile['tile_id']}.png"}
                for tile in json.loads(path.read_bytes())
            ],
        }
        for epoch, path in found
    ]
