"""Training by processes that report by messages: the same weights as a training in the worker, also after a loss."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seep.errors import ClusterError, LossError
from seep.store import runs
from seep.workflow.jobs import get_job
from seep.workflow.models.registry import weights_path
from seep.workflow.training.job import run_finetune
from seep.workflow.training.remote import Message, Rank, TrainingCall, train_on_cluster, train_rank
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.training.run_files import state_path
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import never
from tests.workflow.training.test_job import (
    REQUEST,
    check_that_the_slick_head_stays,
    queued,
    weights,
)

pytestmark = pytest.mark.usefixtures("by_torch")


class PowerCut(Exception):
    pass


class Machine:
    """Runs one rank in this process; loses power at the first message after each of so many new states."""

    def __init__(self, cuts: int = 0, *, before_a_state: bool = False) -> None:
        self.cuts, self.before_a_state, self.calls = cuts, before_a_state, list[bool]()

    def __call__(
        self, call: TrainingCall, on_message: Callable[[Message], None], should_stop: Callable[[], bool]
    ) -> str | None:
        self.calls.append(call.state is not None)
        states = [0]

        def post(message: Message) -> None:
            on_message(message)
            states[0] += message[0] == "state"
            if self.cuts and (states[0] or self.before_a_state):
                self.cuts -= 1
                raise PowerCut

        try:
            train_rank(call, Rank(0, 1, "", "cpu"), post, should_stop)
        except PowerCut:
            return "its machine lost power"
        return None


def finetune(
    workspace: Workspace, job: Any, machine: Machine, stop: Callable[[], bool] = never
) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    train = partial(train_on_cluster, run=machine)
    run_finetune(workspace, job, lambda _share, _message, some: events.extend(some), stop, train)
    return events


def test_a_lost_machine_costs_time_and_changes_no_weight(workspace: Workspace, tiles: list[int]) -> None:
    job = queued(workspace, tiles)
    machine = Machine(cuts=1)
    events = finetune(workspace, job, machine)
    assert machine.calls == [False, True]
    texts = [event.get("text", "") for event in events]
    assert any("lost (its machine lost power); the training goes on" in text for text in texts)
    assert any("goes on after step 20" in text for text in texts)
    with workspace.store.reading() as session:
        corrected = tuple(runs.run_revisions(session, list_runs(workspace)[0].id))
    request = replace(REQUEST, revision_ids=corrected, base_checkpoint_id=1)
    run_finetune(
        workspace, get_job(workspace, enqueue_finetune(workspace, request, ADA)), lambda *_: None, never
    )
    remote, local = (weights(weights_path(workspace, number)) for number in (2, 3))
    for name, values in remote.items():
        np.testing.assert_array_equal(values, local[name])


def test_a_canceled_run_goes_on_from_the_state_that_was_sent(workspace: Workspace, tiles: list[int]) -> None:
    job = queued(workspace, tiles)
    machine = Machine()
    stopping: list[bool] = []

    def stop() -> bool:
        stopping.append(state_path(workspace, 1).exists())
        return stopping[-1]

    finetune(workspace, job, machine, stop)
    assert list_runs(workspace)[0].state == "running"
    finetune(workspace, job, machine)
    assert machine.calls == [False, True]
    assert list_runs(workspace)[0].state == "done"


def test_a_training_that_is_lost_again_and_again_fails_with_a_sentence(
    workspace: Workspace, tiles: list[int]
) -> None:
    machine = Machine(cuts=99, before_a_state=True)
    with pytest.raises(ClusterError, match=r"lost 4 times on the Ray cluster\. The last reason: its machine"):
        finetune(workspace, queued(workspace, tiles), machine)
    assert len(machine.calls) == 4


class Diverging(Machine):
    """Reports after the first epoch that the loss is not finite."""

    def __call__(
        self, call: TrainingCall, on_message: Callable[[Message], None], should_stop: Callable[[], bool]
    ) -> str | None:
        self.cuts = 1
        super().__call__(call, on_message, should_stop)
        on_message(("failed", "LossError", "the loss is nan at step 25"))
        return None


def test_an_error_of_a_rank_is_the_error_of_the_run(workspace: Workspace, tiles: list[int]) -> None:
    with pytest.raises(
        LossError, match=r"nan at step 25\. The last good weights, of epoch 1, are kept: seep-1 is a"
    ):
        finetune(workspace, queued(workspace, tiles), Diverging())


def test_a_version_that_was_trained_elsewhere_keeps_the_slick_head(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    train = partial(train_on_cluster, run=Machine())
    check_that_the_slick_head_stays(workspace, tiles, tmp_path, train=train)
