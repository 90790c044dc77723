import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from seep.errors import MissingError, SettingsError
from seep.store import jobs, runs
from seep.store.schema import Job, stamp
from seep.store.store import Store
from seep_testing.patience import PATIENCE_S
from tests.databases import environment, open_at


def silence(session: Session, job_id: int, seconds: float = 16.0) -> None:
    """Make a job look as if its worker had been silent for so long."""
    row = session.get(Job, job_id)
    assert row is not None
    row.heartbeat_at = stamp(datetime.now(UTC) - timedelta(seconds=seconds))
    session.flush()


def enqueue(session: Session, kind: str = "predict") -> int:
    return jobs.enqueue(session, kind, {"tiles": [1, 2]}, "ana").id


def test_a_job_goes_from_queued_to_done(store: Store) -> None:
    with store.transaction() as session:
        queued = jobs.enqueue(session, "predict", {"tiles": [1]}, "ana", "r1")
        assert (queued.state, queued.attempts, queued.params) == ("queued", 0, {"tiles": [1]})
        running = jobs.claim_next(session, "w1")
        assert running is not None
        assert (running.id, running.state, running.worker) == (queued.id, "running", "w1")
        assert running.attempts == 1
        assert not jobs.heartbeat(session, queued.id, 0.5, "half", worker="w1")
        assert not jobs.heartbeat(session, queued.id)
        half = jobs.get_job(session, queued.id)
        assert (half.progress, half.message) == (0.5, "half")
        assert jobs.finish(session, queued.id, "done", worker="w1")
        done = jobs.get_job(session, queued.id)
    assert (done.state, done.progress, done.error) == ("done", 1.0, None)
    assert None not in (done.started_at, done.finished_at, done.heartbeat_at)


def test_jobs_are_taken_in_order_and_once(store: Store) -> None:
    with store.transaction() as session:
        ids = [enqueue(session) for _ in range(2)]
        taken = [jobs.claim_next(session, f"w{number}") for number in range(3)]
    assert [one.id if one else None for one in taken] == [*ids, None]


def test_the_same_request_makes_one_job(store: Store) -> None:
    with store.transaction() as session:
        first = jobs.enqueue(session, "finetune", {"epochs": 2}, "ana", "click")
        assert jobs.enqueue(session, "finetune", {"epochs": 2}, "ana", "click") == first
        assert enqueue(session) != enqueue(session)
        assert len(jobs.list_jobs(session)) == 3


def test_a_silent_job_is_taken_over_before_one_that_waits(store: Store) -> None:
    with store.transaction() as session:
        lost, waiting = enqueue(session), enqueue(session)
        first = jobs.claim_next(session, "w1")
        silence(session, lost)
        again = jobs.claim_next(session, "w2")
        assert first is not None
        assert again is not None
        assert (again.id, again.worker, again.attempts) == (lost, "w2", 2)
        assert again.started_at == first.started_at
        following = jobs.claim_next(session, "w3")
        assert following is not None
        assert following.id == waiting


def test_a_job_that_beats_is_left_alone(store: Store) -> None:
    with store.transaction() as session:
        job_id = enqueue(session)
        jobs.claim_next(session, "w1")
        silence(session, job_id, 14.0)
        assert jobs.claim_next(session, "w2") is None


def test_the_worker_that_lost_its_job_is_stopped_and_cannot_end_it(store: Store) -> None:
    with store.transaction() as session:
        job_id = enqueue(session)
        jobs.claim_next(session, "w1")
        silence(session, job_id)
        jobs.claim_next(session, "w2")
        assert jobs.heartbeat(session, job_id, 0.9, "zombie", worker="w1")
        assert not jobs.finish(session, job_id, "done", worker="w1")
        job = jobs.get_job(session, job_id)
    assert (job.state, job.worker, job.progress, job.message) == ("running", "w2", 0.0, "")


def test_the_third_dead_worker_ends_the_job_with_the_reason(store: Store) -> None:
    with store.transaction() as session:
        job_id, waiting = enqueue(session, "finetune"), enqueue(session)
        run = runs.add_run(session, job_id, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        for attempt in range(1, 4):
            taken = jobs.claim_next(session, f"w{attempt}")
            assert taken is not None
            assert (taken.id, taken.attempts) == (job_id, attempt)
            jobs.heartbeat(session, job_id, 0.3, "epoch 2 of 5")
            silence(session, job_id)
        following = jobs.claim_next(session, "w4")
        assert following is not None
        assert following.id == waiting
        failed = jobs.get_job(session, job_id)
        assert runs.get_run(session, run.id).state == "failed"
    assert failed.state == "failed"
    assert failed.error is not None
    assert "stopped 3 times during this job, last at: epoch 2 of 5" in failed.error


def test_canceling_a_waiting_job_ends_it_and_a_running_one_is_told(store: Store) -> None:
    with store.transaction() as session:
        running, waiting = enqueue(session), enqueue(session)
        jobs.claim_next(session, "w1")
        assert jobs.request_cancel(session, waiting, "ben").state == "canceled"
        assert jobs.request_cancel(session, running, "ben").state == "running"
        assert jobs.heartbeat(session, running, 0.1, "going on", worker="w1")
        assert jobs.finish(session, running, "canceled", worker="w1")
        assert jobs.request_cancel(session, running, "ben").state == "canceled"
        assert jobs.claim_next(session, "w1") is None


def test_a_lost_job_that_was_to_be_canceled_is_canceled(store: Store) -> None:
    with store.transaction() as session:
        job_id = enqueue(session)
        jobs.claim_next(session, "w1")
        jobs.request_cancel(session, job_id, "ben")
        silence(session, job_id)
        assert jobs.claim_next(session, "w2") is None
        assert jobs.get_job(session, job_id).state == "canceled"


def test_the_end_of_a_job_ends_its_run_and_comes_once(store: Store) -> None:
    with store.transaction() as session:
        job_id = enqueue(session, "finetune")
        run = runs.add_run(session, job_id, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        jobs.claim_next(session, "w1")
        assert jobs.finish(session, job_id, "failed", "The loss is not finite at step 7.")
        assert not jobs.finish(session, job_id, "done")
        ended = runs.get_run(session, run.id)
        assert jobs.get_job(session, job_id).error == "The loss is not finite at step 7."
    assert (ended.state, ended.outcome) == ("failed", {"error": "The loss is not finite at step 7."})


def test_an_ended_run_keeps_its_outcome(store: Store) -> None:
    with store.transaction() as session:
        job_id = enqueue(session, "finetune")
        run = runs.add_run(session, job_id, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        ended = runs.finish_run(session, run.id, "done", {"verdict": "better"})
        jobs.finish(session, job_id, "done")
        assert runs.get_run(session, run.id) == ended


def test_events_are_read_from_where_one_was(store: Store) -> None:
    with store.transaction() as session:
        job_id, other = enqueue(session), enqueue(session)
        jobs.add_events(session, job_id, [{"kind": "step", "step": 1}, {"kind": "step", "step": 2}])
        jobs.add_events(session, other, [{"kind": "log"}])
        jobs.add_events(session, job_id, [])
        jobs.add_events(session, job_id, [{"kind": "step", "step": 3}])
        everything = jobs.events(session, job_id)
        assert [one.data["step"] for one in everything] == [1, 2, 3]
        assert jobs.events(session, job_id, everything[1].id) == everything[2:]


def test_progress_stays_between_nothing_and_all(store: Store) -> None:
    with store.transaction() as session:
        job_id = enqueue(session)
        jobs.claim_next(session, "w1")
        for given, kept in ((1.5, 1.0), (-1.0, 0.0)):
            jobs.heartbeat(session, job_id, given)
            assert jobs.get_job(session, job_id).progress == kept


def test_unknown_words_and_ids_are_refused(store: Store) -> None:
    with store.transaction() as session:
        with pytest.raises(SettingsError, match="no kind of job 'dance'"):
            jobs.enqueue(session, "dance", {}, "ana")
        with pytest.raises(SettingsError, match="cannot end as 'running'"):
            jobs.finish(session, 8, "running")
        for call in (
            lambda: jobs.get_job(session, 8),
            lambda: jobs.heartbeat(session, 8),
            lambda: jobs.finish(session, 8, "done"),
            lambda: jobs.request_cancel(session, 8, "ana"),
        ):
            with pytest.raises(MissingError, match="no job 8"):
                call()


CLAIM_ALL = """
import os, sys
from pathlib import Path
from seep.store import jobs
from seep.store.store import open_store
store = open_store(Path(sys.argv[1]), os.environ.get("SEEP_DATABASE_URL"))
while True:
    with store.transaction() as session:
        job = jobs.claim_next(session, sys.argv[2])
    if job is None:
        break
    print(job.id, flush=True)
"""


def test_workers_that_race_never_take_the_same_job(root: Path) -> None:
    store = open_at(root)
    with store.transaction() as session:
        ids = [enqueue(session) for _ in range(60)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM_ALL, str(root), f"w{number}"],
            env=environment(root),
            stdout=subprocess.PIPE,
        )
        for number in range(3)
    ]
    taken = [int(line) for worker in workers for line in worker.communicate(timeout=PATIENCE_S)[0].split()]
    assert sorted(taken) == ids
    with store.reading() as session:
        assert {job.attempts for job in jobs.list_jobs(session, 200)} == {1}
    store.close()


def test_a_canceled_job_goes_back_into_the_queue_with_its_run(store: Store) -> None:
    with store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ana")
        jobs.claim_next(session, "w1")
        run = runs.add_run(session, job.id, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        jobs.request_cancel(session, job.id, "ana")
        jobs.finish(session, job.id, "canceled", worker="w1")
        assert runs.get_run(session, run.id).state == "canceled"
        again = jobs.requeue(session, job.id, "bo")
        assert (again.state, again.cancel_requested, again.attempts) == ("queued", False, 0)
        assert runs.get_run(session, run.id).state == "running"
        assert jobs.requeue(session, job.id, "bo") == again
        taken = jobs.claim_next(session, "w2")
        assert taken is not None
        assert taken.id == job.id
        jobs.finish(session, job.id, "done")
        with pytest.raises(SettingsError, match="is done"):
            jobs.requeue(session, job.id, "bo")


def test_a_message_stored_by_an_earlier_version_is_read_in_the_terms_of_today(store: Store) -> None:
    with store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ana")
        message = "tuned-1 is a candidate. Cannot tell: IoU 0.4 on 2 locked scenes."
        session.execute(update(Job).where(Job.id == job.id).values(message=message))
    with store.reading() as session:
        read = jobs.get_job(session, job.id).message
    assert read == "tuned-1 is a candidate. Inconclusive: IoU 0.4 on 2 test scenes."
