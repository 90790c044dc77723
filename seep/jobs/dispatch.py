"""Hands tasks to machines that may be lost, and hands out again what was lost with them."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from seep.errors import ClusterError

MAX_RETRIES = 3
"""How often a lost task is handed out again."""
MAX_LOSSES_IN_A_ROW = 12
"""After so many losses without a result in between, no machine of the cluster works."""
NO_MACHINE_S = 60.0
"""How long to wait for the first machine, and for another one when all are lost."""
POLL_S = 0.3

Task = TypeVar("Task")
Result = TypeVar("Result")
Given = TypeVar("Given", contravariant=True)  # noqa: PLC0105
Returned = TypeVar("Returned", covariant=True)  # noqa: PLC0105


@dataclass(frozen=True)
class Lost:
    """What came instead of a result: the reason, without a period."""

    reason: str


class Pool(Protocol[Given, Returned]):
    """Machines that do one task at a time each. None of its calls waits without a limit."""

    def refresh(self) -> None:
        """Start on machines that joined the cluster or became free.

        Raises:
            ClusterError: the cluster cannot be used.
        """

    def machines(self) -> int:
        """Return how many machines work or are being started."""

    def idle(self) -> int:
        """Return how many machines could start a task."""

    def submit(self, number: int, task: Given) -> None:
        """Start a task on an idle machine."""

    def finished(self, timeout_s: float) -> Sequence[tuple[int, Returned | Lost]]:
        """Return the tasks that have ended, by their numbers; wait for one at most `timeout_s`."""


@dataclass
class _Entry(Generic[Task]):
    number: int
    task: Task
    losses: int = 0
    reason: str = ""


def dispatch(
    tasks: Iterator[Task],
    pool: Pool[Task, Result],
    on_done: Callable[[Result], None],
    should_stop: Callable[[], bool],
) -> bool:
    """Do tasks on the machines of a pool, in any order.

    Args:
        tasks: taken one by one when a machine is idle; `str` of one names it in messages.
        on_done: called with each result, once per task.
        should_stop: called about three times a second.

    Returns:
        Whether all tasks were done; False when stopped.

    Raises:
        ClusterError: there is no machine, or a task was lost again and again. The other tasks are done by then.
    """
    waiting, running, given_up = deque[_Entry[Task]](), dict[int, _Entry[Task]](), list[_Entry[Task]]()
    taken = in_a_row = 0
    more, alone_since = True, time.monotonic()
    while not should_stop():
        pool.refresh()
        while pool.idle() and (more or waiting):
            if not waiting:
                task = next(tasks, None)
                if task is None:
                    more = False
                    break
                waiting.append(_Entry(taken, task))
                taken += 1
            entry = waiting.popleft()
            running[entry.number] = entry
            pool.submit(entry.number, entry.task)
        if not (more or waiting or running):
            _raise_if_any(given_up)
            return True
        if pool.machines():
            alone_since = time.monotonic()
        elif time.monotonic() - alone_since > NO_MACHINE_S:
            raise ClusterError(
                f"No machine of the Ray cluster was free for {NO_MACHINE_S:.0f} s. Start one, or stop the programs "
                "that use them, then start the job again."
            )
        for number, found in pool.finished(POLL_S):
            entry = running.pop(number)
            if not isinstance(found, Lost):
                in_a_row = 0
                on_done(found)
                continue
            entry.losses, entry.reason, in_a_row = entry.losses + 1, found.reason, in_a_row + 1
            (waiting if entry.losses <= MAX_RETRIES else given_up).append(entry)
            if in_a_row >= MAX_LOSSES_IN_A_ROW:
                given_up += [one for one in waiting if one.losses]
                _raise_if_any(given_up)
    return False


def _raise_if_any(given_up: Sequence[_Entry[Task]]) -> None:
    if not given_up:
        return
    first = given_up[0]
    others = f" and {len(given_up) - 1} more" if len(given_up) > 1 else ""
    raise ClusterError(
        f"Lost {first.losses} times on the Ray cluster: {first.task}{others}. The last reason: {first.reason}. "
        "What other machines computed is kept. Look at the logs of Ray, then start the job again."
    )
