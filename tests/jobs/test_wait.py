import threading

from seep.jobs.wait import do_job
from seep.jobs.worker import Worker
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import get_job
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def test_a_job_that_waits_is_done_here(workspace: Workspace, bare_tiles: list[int]) -> None:
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    seen: list[float] = []
    do_job(workspace, job_id, lambda progress, _: seen.append(progress))
    assert get_job(workspace, job_id).state == "done"
    assert seen[-1] == 1


def test_a_job_that_a_worker_took_is_watched(workspace: Workspace, bare_tiles: list[int]) -> None:
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    thread = threading.Thread(target=Worker(workspace).run_one)
    thread.start()
    do_job(workspace, job_id, lambda *_: None)
    thread.join()
    job = get_job(workspace, job_id)
    assert (job.state, job.attempts) == ("done", 1)
