import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seep.core.acquisition import OrderValues
from seep.core.records import JobRecord, NewPrediction
from seep.errors import ImageError
from seep.jobs import executors
from seep.jobs import progress as jobs_progress
from seep.jobs.worker import Worker
from seep.store import jobs, predictions, scenes, tile_queries
from seep.store.schema import Job, stamp
from seep.workflow.inference.tiles import Report, ShouldStop, enqueue_predict
from seep.workflow.jobs import cancel, get_job, job_view, list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.places.detection import place_sites
from seep.workflow.places.places import create_place
from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import save_mask
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.workspace import Workspace
from seep_testing.patience import COMMAND_S, PATIENCE_S, wait_for
from tests.actors import ADA, BO
from tests.workflow.making import accept
from tests.workflow.places.making import import_passes

ROOT = Path(__file__).parents[2]


def enqueue(workspace: Workspace) -> int:
    with workspace.store.transaction() as session:
        return jobs.enqueue(session, "predict", {"checkpoint_id": 1, "tile_ids": None}, "ada").id


def run_as(monkeypatch: pytest.MonkeyPatch, runner: executors.Runner) -> None:
    monkeypatch.setitem(executors.RUNNERS, "predict", runner)


@contextmanager
def process(workspace: Workspace, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    environment = os.environ | {"SEEP_WORKSPACE": str(workspace.store.root), "SEEP_DEVICE": "cpu"}
    started = subprocess.Popen(
        [sys.executable, "-m", "seep", "worker", *arguments], env=environment, cwd=ROOT
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def test_jobs_are_done_one_after_the_other(workspace: Workspace, bare_tiles: list[int]) -> None:
    first = enqueue_predict(workspace, ADA)
    second = enqueue_predict(workspace, ADA, bare_tiles)
    one, seen = Worker(workspace), list[float]()
    assert one.run_one(lambda progress, _: seen.append(progress))
    assert one.run_one()
    assert not one.run_one()
    assert first is not None
    assert second is not None
    assert [get_job(workspace, number).state for number in (first, second)] == ["done", "done"]
    assert get_job(workspace, first).message == "12 tiles predicted"
    assert seen[-1] == 1


def test_a_failure_is_one_sentence_in_the_job(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def unreadable(*_: Any) -> str:
        raise ImageError("tile a.1 is gone; put it back.")

    def unforeseen(*_: Any) -> str:
        raise KeyError("lost")

    for runner in (unreadable, unforeseen):
        run_as(monkeypatch, runner)
        enqueue(workspace)
        Worker(workspace).run_one()
    assert [job.state for job in list_jobs(workspace)] == ["failed", "failed"]
    assert list_jobs(workspace)[1].error == "tile a.1 is gone; put it back."
    assert "KeyError" in str(list_jobs(workspace)[0].error)
    assert "Traceback" in capfd.readouterr().err


def test_news_are_in_the_database_within_a_second(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, go_on = threading.Event(), threading.Event()

    def tell(_w: Workspace, _j: JobRecord, report: Any, _s: Any) -> str:
        report(0.25, "a quarter", [{"kind": "log", "text": "hello"}])
        told.set()
        go_on.wait(PATIENCE_S)
        return "all"

    run_as(monkeypatch, tell)
    job_id = enqueue(workspace)
    thread = threading.Thread(target=Worker(workspace).run_one)
    thread.start()
    told.wait(PATIENCE_S)
    wait_for("the worker", lambda: get_job(workspace, job_id).progress == 0.25)
    view = job_view(workspace, job_id)
    go_on.set()
    thread.join()
    assert view.job.message == "a quarter"
    assert view.events[0].data["text"] == "hello"
    assert (get_job(workspace, job_id).message, get_job(workspace, job_id).progress) == ("all", 1)


def wait_to_stop(_w: Workspace, _j: JobRecord, _r: Any, should_stop: Any) -> str | None:
    while not should_stop():
        time.sleep(0.02)
    return None


def test_a_running_job_is_canceled(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run_as(monkeypatch, wait_to_stop)
    job_id = enqueue(workspace)
    thread = threading.Thread(target=Worker(workspace).run_one)
    thread.start()
    wait_for("the worker", lambda: get_job(workspace, job_id).state == "running")
    cancel(workspace, job_id, BO)
    thread.join()
    assert get_job(workspace, job_id).state == "canceled"
    assert jobs_progress.POLL_S + jobs_progress.STOP_TIMEOUT_S < 5  # seconds, as the pages promise


def test_a_job_that_does_not_listen_is_given_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_progress, "STOP_TIMEOUT_S", 0.2)
    stuck, given_up = threading.Event(), threading.Event()

    def deaf(*_: Any) -> str:
        stuck.set()
        given_up.wait(PATIENCE_S)
        return "late"

    run_as(monkeypatch, deaf)
    job_id = enqueue(workspace)
    thread = threading.Thread(target=Worker(workspace, on_stuck=lambda _job: given_up.set()).run_one)
    thread.start()
    stuck.wait(PATIENCE_S)
    cancel(workspace, job_id, BO)
    assert given_up.wait(PATIENCE_S)
    assert get_job(workspace, job_id).state == "canceled"
    thread.join()


def test_a_promotion_is_shown_while_a_job_runs(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "AT_ONCE", 0)
    monkeypatch.setattr(predictions, "SHOWN_AT_ONCE", 2)
    with workspace.store.transaction() as session:
        rows = [NewPrediction(tile, "1" * 64, None, OrderValues(0.5), {1: 7}) for tile in bare_tiles]
        predictions.add_predictions(session, 1, rows)
        predictions.show_checkpoint(session, 1)

    def showing() -> bool:
        with workspace.store.reading() as session:
            return predictions.is_showing(session)

    def run(*_given: object) -> None:
        wait_for("the predictions of all tiles", lambda: not showing())
        one.stop()

    assert showing()
    run_as(monkeypatch, run)
    enqueue(workspace)
    one = Worker(workspace)
    one.run()
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, limit=None)
    assert {tile.seep_area_px for tile in tiles} == {7}


def test_the_sites_of_a_place_are_stored_after_a_mask_is_saved(workspace: Workspace, tmp_path: Path) -> None:
    import_passes(workspace, tmp_path / "place")
    place = create_place(workspace, "Bay", ["p1", "p2", "p3", "p4"], ADA).place.id
    worker = Worker(workspace)
    thread = threading.Thread(target=worker.run)
    thread.start()

    def stored(order: str) -> list[str]:
        return [item.name for item in queue(workspace, order=order)]

    try:
        wait_for("the sites", lambda: len(stored("expected_here")) == 1)
        assert all(site.id for site in place_sites(workspace, place).sites)
        assert stored("new_here") == []
        with workspace.store.reading() as session:
            scene = next(one for one in scenes.list_scenes(session) if one.name == "p4")
            tile = next(one for one in scenes.tiles_of_scene(session, scene.id) if one.number == 8)
        mask = np.zeros((64, 64), np.uint8)
        mask[40:44, 10:50] = 2  # far from the vents
        save_mask(
            workspace,
            tile.id,
            mask,
            "save",
            actor=ADA,
            base_revision_id=tile.head_revision_id,
            request_id="far",
        )
        wait_for("the new slick", lambda: stored("new_here") == [tile.name])
    finally:
        worker.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_an_interrupt_ends_the_job_as_canceled(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> str:
        raise KeyboardInterrupt

    run_as(monkeypatch, interrupted)
    job_id = enqueue(workspace)
    with pytest.raises(KeyboardInterrupt):
        Worker(workspace).run_one()
    assert get_job(workspace, job_id).state == "canceled"


def test_a_worker_that_ends_puts_its_job_back(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run_as(monkeypatch, wait_to_stop)
    job_id = enqueue(workspace)
    one = Worker(workspace)
    thread = threading.Thread(target=one.run)
    thread.start()
    wait_for("the worker", lambda: get_job(workspace, job_id).state == "running")
    one.stop()
    thread.join()
    job = get_job(workspace, job_id)
    assert (job.state, job.attempts, job.worker) == ("queued", 0, None)


def test_a_prediction_lets_a_fine_tuning_pass_and_goes_on_after_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = list[str]()

    def predict(_w: Workspace, _j: JobRecord, _r: Report, should_stop: ShouldStop) -> str | None:
        order.append("predict")
        if len(order) > 1:
            return "predicted"
        with workspace.store.transaction() as session:
            jobs.enqueue(session, "finetune", {}, "ada")
        assert should_stop()
        return None

    def finetune(_w: Workspace, _j: JobRecord, _r: Report, should_stop: ShouldStop) -> str:
        order.append("finetune")
        with workspace.store.transaction() as session:
            jobs.enqueue(session, "finetune", {}, "bob")
        assert not should_stop()
        return "learned"

    run_as(monkeypatch, predict)
    monkeypatch.setitem(executors.RUNNERS, "finetune", finetune)
    predicted = enqueue(workspace)
    one = Worker(workspace)
    assert [one.run_one() for _ in range(2)] == [True, True]
    assert get_job(workspace, predicted).state == "queued"
    monkeypatch.setitem(executors.RUNNERS, "finetune", lambda *_: "learned")
    assert [one.run_one() for _ in range(3)] == [True, True, False]
    assert order == ["predict", "finetune", "predict"]
    job = get_job(workspace, predicted)
    assert (job.state, job.message, job.attempts) == ("done", "predicted", 1)


def test_a_job_that_another_worker_took_over_is_let_go(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_as(monkeypatch, wait_to_stop)
    job_id = enqueue(workspace)
    thread = threading.Thread(target=Worker(workspace).run_one)
    thread.start()
    wait_for("the worker", lambda: get_job(workspace, job_id).state == "running")
    with workspace.store.transaction() as session:
        row = session.get(Job, job_id)
        assert row is not None
        row.worker = "another"
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert (get_job(workspace, job_id).state, get_job(workspace, job_id).worker) == ("running", "another")


def test_two_workers_share_the_queue_and_never_a_job(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    run_as(monkeypatch, lambda _w, job, _r, _s: done.append(job.id) or "done")
    expected = [enqueue(workspace) for _ in range(12)]

    def work() -> None:
        one = Worker(workspace)
        while one.run_one():
            pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == expected
    assert {job.attempts for job in list_jobs(workspace)} == {1}


def test_a_killed_workers_finetune_is_taken_over_and_ends(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles[:2]:
        accept(workspace, tile, stripe=1)
    job_id = enqueue_finetune(workspace, FinetuneRequest(epochs=20, crop_px=32), ADA)
    with process(workspace) as first:
        wait_for("the worker", lambda: list(workspace.store.root.glob("runs/*/state.safetensors")))
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert get_job(workspace, job_id).state == "running"
    with workspace.store.transaction() as session:  # 15 s later
        row = session.get(Job, job_id)
        assert row is not None
        row.heartbeat_at = stamp(datetime.now(UTC) - timedelta(seconds=16))
    assert Worker(workspace).run_one()
    job = get_job(workspace, job_id)
    assert (job.state, job.attempts, job.error) == ("done", 2, None)
    texts = [event.data.get("text", "") for event in job_view(workspace, job_id).events]
    assert any("goes on after step" in text for text in texts)
    assert [run.state for run in list_runs(workspace)] == ["done"]
    assert len(list_models(workspace)) == 2


def test_a_worker_process_leaves_in_good_order_when_asked_and_with_its_parent(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    with process(workspace) as asked, process(workspace, "--parent", "1") as orphan:
        wait_for("the worker", lambda: get_job(workspace, job_id).state == "done")
        asked.terminate()
        assert asked.wait(COMMAND_S) == 0  # it may be warming up, which cannot be interrupted
        assert orphan.wait(COMMAND_S) == 0
