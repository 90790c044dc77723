import errno
import os
import signal
from collections.abc import Iterator

import pytest

from seep.jobs import supervisor
from seep.jobs.supervisor import Supervisor
from seep.workflow.workspace import Workspace
from seep_testing.patience import wait_for


@pytest.fixture
def supervised(workspace: Workspace) -> Iterator[Supervisor]:
    one = Supervisor(workspace.settings)
    yield one
    one.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_worker_is_started_again_and_ends_with_the_app(supervised: Supervisor) -> None:
    supervised.start()
    supervised.start()
    wait_for("the worker", lambda: supervised.pid)
    first = supervised.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for("the worker", lambda: supervised.pid not in {None, first})
    second = supervised.pid
    assert second is not None
    supervised.stop()
    assert supervised.pid is None
    assert not alive(second)


def test_a_worker_that_could_not_be_started_is_tried_again(
    supervised: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "MAX_PAUSE_S", 0.1)
    spawn, tries = Supervisor._spawn, []

    def full_at_first(self: Supervisor) -> object:
        tries.append(1)
        if len(tries) < 3:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return spawn(self)

    monkeypatch.setattr(Supervisor, "_spawn", full_at_first)
    supervised.start()
    wait_for("the worker", lambda: supervised.pid)
    assert len(tries) == 3
    assert "Cannot allocate memory" in caplog.text


def test_of_two_apps_one_has_the_worker_and_the_other_takes_over(
    workspace: Workspace, supervised: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "POLL_S", 0.05)
    supervised.start()
    wait_for("the worker", lambda: supervised.pid)
    other = Supervisor(workspace.settings)
    take_lock, refusals = Supervisor._take_lock, []

    def count_refusals(self: Supervisor) -> bool:
        taken = take_lock(self)
        if self is other and not taken:
            refusals.append(1)
        return taken

    monkeypatch.setattr(Supervisor, "_take_lock", count_refusals)
    other.start()
    wait_for("three refused attempts", lambda: len(refusals) >= 3)
    assert other.pid is None
    supervised.stop()
    wait_for("the worker", lambda: other.pid)
    other.stop()


def test_the_log_is_in_the_workspace(workspace: Workspace, supervised: Supervisor) -> None:
    supervised.start()
    log = workspace.settings.workspace / "worker.log"
    wait_for("the worker", lambda: log.exists() and "waiting for jobs" in log.read_text())
