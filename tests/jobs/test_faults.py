"""What goes wrong in a run, through to the words of the page: NaN, memory, a full disk, two at once."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seep.core.records import RunRecord
from seep.engine.training.losses.combined import total_loss
from seep.errors import TrainingError
from seep.jobs.worker import Worker
from seep.workflow.jobs import get_job, job_view, list_jobs
from seep.workflow.models.registry import list_models, weights_path
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs, repeat, resume
from seep.workflow.training.run_files import can_resume, state_path
from seep.workflow.workspace import Workspace
from seep_testing.patience import wait_for
from tests.actors import ADA, BO
from tests.workflow.making import accept, never, quiet
from tests.workflow.training.test_job import weights

pytestmark = pytest.mark.usefixtures("by_torch")

REQUEST = FinetuneRequest(epochs=3, crop_px=32, learning_rate=1e-3, max_steps=9)

Break = Callable[[Callable[[int], float | None]], None]


@pytest.fixture
def job_id(workspace: Workspace, tiles: list[int]) -> int:
    for tile in tiles[:6:2]:
        accept(workspace, tile, stripe=1)
    return enqueue_finetune(workspace, REQUEST, ADA)


@pytest.fixture
def break_loss(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let something happen at the n-th computation of the loss, from 1: raise, or return a factor."""
    import seep.engine.training.step as engine

    whole, counted = total_loss, [0]

    def install(happens: Callable[[int], float | None]) -> None:
        def broken(*arguments: Any, **named: Any) -> Any:
            counted[0] += 1
            factor = happens(counted[0])
            loss = whole(*arguments, **named)
            return loss if factor is None else loss * factor

        monkeypatch.setattr(engine, "total_loss", broken)

    return install


def same_weights(workspace: Workspace, one: RunRecord, other: RunRecord) -> bool:
    first, second = (weights(weights_path(workspace, run.checkpoint_id or 0)) for run in (one, other))
    return all((first[name] == second[name]).all() for name in first)


def test_a_loss_that_is_no_number_ends_the_run_names_tiles_and_keeps_the_last_good_weights(
    workspace: Workspace, job_id: int, break_loss: Break
) -> None:
    break_loss(lambda number: float("nan") if number == 5 else None)
    assert Worker(workspace).run_one()
    job, run = get_job(workspace, job_id), list_runs(workspace)[0]
    assert (job.state, run.state) == ("failed", "failed")
    assert "the loss is nan at step 5, with crops of a.00000" in str(job.error)
    assert "leave these tiles out. The last good weights, of epoch 1, are kept" in str(job.error)
    kept = list_models(workspace)[0]
    assert (kept.name, kept.state, kept.id) == ("seep-1", "candidate", run.checkpoint_id)
    assert (kept.card["training"]["epoch"], kept.card["training"]["steps"]) == (1, 4)
    assert run.outcome is not None
    assert run.outcome["error"] == job.error
    assert "verdict" in run.outcome
    assert can_resume(workspace, run)
    resume(workspace, run.id, ADA)
    assert Worker(workspace).run_one()  # the fault was of the moment: it goes on after step 4
    texts = [event.data.get("text", "") for event in job_view(workspace, job_id).events]
    assert any("goes on after step 4 of 9" in text for text in texts)
    repeat(workspace, run.id, ADA)
    assert Worker(workspace).run_one()
    undisturbed, resumed = list_runs(workspace)
    assert same_weights(workspace, undisturbed, resumed)


def test_a_run_that_fails_at_the_same_step_again_leaves_one_candidate(
    workspace: Workspace, job_id: int, break_loss: Break
) -> None:
    break_loss(lambda number: float("nan") if number >= 5 else None)
    assert Worker(workspace).run_one()
    first = get_job(workspace, job_id).error
    resume(workspace, list_runs(workspace)[0].id, ADA)
    assert Worker(workspace).run_one()
    assert get_job(workspace, job_id).error == first
    assert [one.name for one in list_models(workspace)] == ["seep-1", "tiny"]


def test_a_worker_killed_after_it_kept_the_last_good_weights_says_again_why(
    workspace: Workspace, job_id: int, break_loss: Break
) -> None:
    break_loss(lambda number: float("nan") if number == 5 else None)
    job = get_job(workspace, job_id)
    for _ in range(2):
        with pytest.raises(TrainingError, match="seep-1 is a candidate"):
            run_finetune(workspace, job, quiet, never)
    assert len(list_models(workspace)) == 2


def test_a_loss_that_is_no_number_in_the_first_epoch_leaves_nothing_and_says_so(
    workspace: Workspace, job_id: int, break_loss: Break
) -> None:
    break_loss(lambda number: float("nan") if number == 3 else None)
    assert Worker(workspace).run_one()
    job, run = get_job(workspace, job_id), list_runs(workspace)[0]
    assert (job.state, run.state, run.checkpoint_id) == ("failed", "failed", None)
    assert "the loss is nan at step 3" in str(job.error)
    assert "No epoch was finished, so no version was made" in str(job.error)
    assert len(list_models(workspace)) == 1
    assert can_resume(workspace, run)


def test_too_little_memory_halves_the_batch_and_says_so(
    workspace: Workspace, job_id: int, break_loss: Break
) -> None:
    import torch

    def full(number: int) -> None:
        if number == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")

    break_loss(full)
    assert Worker(workspace).run_one()
    assert get_job(workspace, job_id).state == "done"
    told = [event.data for event in job_view(workspace, job_id).events]
    memory = [event for event in told if event["kind"] == "memory"]
    assert [event["halved_to"] for event in memory] == [8]
    assert "8" in memory[0]["text"]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int], None]]:
    """Let the disk be full when the n-th file of a name is flushed, from 1, and after."""
    flush, seen = os.fsync, [0]
    wanted: list[Any] = ["", 0]

    def fill(name: str, number: int) -> None:
        wanted[:] = [name, number]

    def flushed(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink().name
        if wanted[0] and wanted[0] in path:
            seen[0] += 1
            if seen[0] >= int(wanted[1]):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", flushed)
    yield fill
    wanted[:] = ["", 0]


@pytest.mark.parametrize(("name", "number"), [("state.safetensors", 2), ("checkpoint.safetensors", 1)])
def test_a_disk_that_is_full_when_a_run_writes_keeps_what_was_there_and_the_run_can_go_on(
    workspace: Workspace, job_id: int, full_disk: Callable[[str, int], None], name: str, number: int
) -> None:
    full_disk(name, number)
    assert Worker(workspace).run_one()
    job, run = get_job(workspace, job_id), list_runs(workspace)[0]
    assert (job.state, run.state) == ("failed", "failed")
    assert "No space left on device). Free space" in str(job.error)
    assert len(list_models(workspace)) == 1
    state = state_path(workspace, run.id)
    assert [path.name for path in state.parent.glob("*.safetensors*")] == [state.name]
    assert not list(state.parent.glob(".*"))
    full_disk("", 0)
    resume(workspace, run.id, ADA)
    assert Worker(workspace).run_one()
    assert get_job(workspace, job_id).state == "done"
    repeat(workspace, run.id, ADA)
    assert Worker(workspace).run_one()
    undisturbed, resumed = list_runs(workspace)
    assert same_weights(workspace, undisturbed, resumed)


def test_of_two_runs_started_at_once_the_second_waits(workspace: Workspace, job_id: int) -> None:
    second = enqueue_finetune(workspace, REQUEST, BO)
    one, states = Worker(workspace), list[tuple[str, ...]]()
    thread = threading.Thread(target=one.run)
    thread.start()

    def both_done() -> bool:
        states.append(tuple(job.state for job in reversed(list_jobs(workspace))))
        return set(states[-1]) == {"done"}

    wait_for("both runs", both_done)
    one.stop()
    thread.join()
    assert ("running", "queued") in states
    assert ("running", "running") not in states
    assert [run.job_id for run in list_runs(workspace)] == [second, job_id]
