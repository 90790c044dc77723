import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from seep.errors import MissingError
from seep.store import jobs, runs
from seep.store.schema import stamp
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import cancel, get_job, job_queue, job_view, list_jobs, missed_heartbeat_s, newest_job
from seep.workflow.training.epoch_previews import PreviewTile
from seep.workflow.training.run_files import previews_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BO


def test_a_waiting_job_is_canceled_at_once(workspace: Workspace, tiles: list[int]) -> None:
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    cancel(workspace, job_id, BO)
    assert get_job(workspace, job_id).state == "canceled"
    cancel(workspace, job_id, BO)
    assert [job.id for job in list_jobs(workspace)] == [job_id]


def test_a_job_view_has_its_events_in_order(workspace: Workspace, tiles: list[int]) -> None:
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    with workspace.store.transaction() as session:
        jobs.add_events(session, job_id, [{"kind": "log", "text": "one"}, {"kind": "log", "text": "two"}])
    first = job_view(workspace, job_id)
    assert [event.data["text"] for event in first.events] == ["one", "two"]
    assert (first.run, first.metrics) == (None, {})


def test_no_such_job(workspace: Workspace) -> None:
    for ask in (get_job, job_view):
        with pytest.raises(MissingError, match="job 7"):
            ask(workspace, 7)
    with pytest.raises(MissingError):
        cancel(workspace, 7, ADA)


def test_the_running_job_comes_before_queued_ones(workspace: Workspace) -> None:
    with workspace.store.transaction() as session:
        ended, first, second = (jobs.enqueue(session, "finetune", {}, "ada") for _ in range(3))
        jobs.finish(session, ended.id, "canceled")
        assert (taken := jobs.claim_next(session, "worker"))
        assert taken.id == first.id
        third = jobs.enqueue(session, "predict", {}, "bo")
    assert [job.id for job in job_queue(workspace)] == [first.id, second.id, third.id]


def test_only_complete_epochs_have_previews(workspace: Workspace) -> None:
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ada")
        run = runs.add_run(session, job.id, base_checkpoint_id=None, config={}, revision_ids=[], author="ada")
    assert job_view(workspace, job.id).previews == []
    tile = {"tile_id": 7, "name": "a.7", "changed_px": 3, "iou": None}
    for epoch in (10, 2):
        folder = previews_folder(workspace, run.id) / str(epoch)
        folder.mkdir(parents=True)
        (folder / "index.json").write_text(json.dumps([tile]))
    (previews_folder(workspace, run.id) / "11").mkdir()
    previews = job_view(workspace, job.id).previews
    assert [one.epoch for one in previews] == [2, 10]
    assert previews[1].tiles == (PreviewTile(7, "a.7", 3, None, f"/seep/runs/{run.id}/previews/10/7.png"),)


def test_the_newest_job_of_a_kind_and_the_job_of_a_run_are_found(workspace: Workspace) -> None:
    assert newest_job(workspace, "finetune") is None
    with workspace.store.transaction() as session:
        first, second = (jobs.enqueue(session, "finetune", {}, "ada") for _ in range(2))
        jobs.enqueue(session, "predict", {}, "ada")
        run = runs.add_run(
            session, first.id, base_checkpoint_id=None, config={}, revision_ids=[], author="ada"
        )
    assert newest_job(workspace, "finetune") == second.id
    assert newest_job(workspace, "finetune", run.id) == first.id
    assert newest_job(workspace, "finetune", run.id + 1) is None


def test_a_running_job_without_a_heartbeat_is_noticed(workspace: Workspace) -> None:
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ada")
    assert missed_heartbeat_s(get_job(workspace, job.id)) is None
    with workspace.store.transaction() as session:
        taken = jobs.claim_next(session, "worker")
    assert taken
    assert missed_heartbeat_s(taken) is None
    long_ago = stamp(datetime.now(UTC) - timedelta(minutes=2))
    assert missed_heartbeat_s(replace(taken, heartbeat_at=long_ago)) == pytest.approx(120, abs=30)
    assert missed_heartbeat_s(replace(taken, heartbeat_at=long_ago, state="done")) is None
