import pytest

from seep.errors import MissingError
from seep.store import jobs
from seep.workflow.jobs import cancel, get_job, job_view, list_jobs
from seep.workflow.predicting import enqueue_predict
from seep.workflow.workspace import Workspace


def test_a_waiting_job_is_cancelled_at_once(workspace: Workspace, tiles: list[int]) -> None:
    job_id = enqueue_predict(workspace, "ada")
    assert job_id is not None
    cancel(workspace, job_id, "bo")
    assert get_job(workspace, job_id).state == "cancelled"
    cancel(workspace, job_id, "bo")
    assert [job.id for job in list_jobs(workspace)] == [job_id]


def test_events_are_told_once_to_whoever_polls(workspace: Workspace, tiles: list[int]) -> None:
    job_id = enqueue_predict(workspace, "ada")
    assert job_id is not None
    with workspace.store.transaction() as session:
        jobs.add_events(session, job_id, [{"kind": "log", "text": "one"}, {"kind": "log", "text": "two"}])
    first = job_view(workspace, job_id)
    assert [event["data"]["text"] for event in first["events"]] == ["one", "two"]
    assert (first["run"], first["metrics"]) == (None, {})
    again = job_view(workspace, job_id, first["last_event"])
    assert (again["events"], again["last_event"]) == ([], first["last_event"])


def test_no_such_job(workspace: Workspace) -> None:
    for ask in (get_job, job_view):
        with pytest.raises(MissingError, match="job 7"):
            ask(workspace, 7)
    with pytest.raises(MissingError):
        cancel(workspace, 7, "ada")
