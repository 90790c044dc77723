from collections.abc import Iterator

import pytest

from seep.errors import ClusterError
from seep.jobs import dispatch as dispatching
from seep.jobs.dispatch import MAX_LOSSES_IN_A_ROW, Lost, dispatch


class Machines:
    """A pool of some machines; a task named in `losses` is lost that many times before it is done."""

    def __init__(self, count: int = 2, losses: dict[str, int] | None = None) -> None:
        self.count, self.losses = count, losses or {}
        self.given: list[str] = []
        self.running: dict[int, str] = {}

    def refresh(self) -> None:
        pass

    def machines(self) -> int:
        return self.count

    def idle(self) -> int:
        return self.count - len(self.running)

    def submit(self, number: int, task: str) -> None:
        assert number not in self.running
        self.running[number] = task
        self.given.append(task)

    def finished(self, timeout_s: float) -> list[tuple[int, str | Lost]]:
        if not self.running:
            return []
        number, task = next(iter(self.running.items()))
        del self.running[number]
        if self.losses.get(task):
            self.losses[task] -= 1
            return [(number, Lost("the machine lost power"))]
        return [(number, task.upper())]


def never() -> bool:
    return False


def test_each_task_is_done_once_by_several_machines() -> None:
    done: list[str] = []
    assert dispatch(iter("abcdefg"), Machines(3), done.append, never)
    assert sorted(done) == list("ABCDEFG")


def test_a_lost_task_is_handed_out_three_more_times() -> None:
    pool, done = Machines(losses={"b": 3}), list[str]()
    assert dispatch(iter("abc"), pool, done.append, never)
    assert sorted(done) == ["A", "B", "C"]
    assert pool.given.count("b") == 4


def test_a_task_that_is_lost_again_and_again_is_named_after_the_others() -> None:
    pool, done = Machines(losses={"b": 9}), list[str]()
    with pytest.raises(
        ClusterError, match=r"^Lost 4 times on the Ray cluster: b\. The last reason: the machine"
    ):
        dispatch(iter("abcd"), pool, done.append, never)
    assert sorted(done) == ["A", "C", "D"]
    assert pool.given.count("b") == 4


def test_a_cluster_that_loses_everything_is_given_up_early() -> None:
    tasks = [f"shard {number}" for number in range(1000)]
    pool = Machines(losses=dict.fromkeys(tasks, 99))
    with pytest.raises(ClusterError, match=r"and \d+ more"):
        dispatch(iter(tasks), pool, lambda _: None, never)
    assert len(pool.given) <= MAX_LOSSES_IN_A_ROW + 2


def test_tasks_are_taken_only_when_a_machine_is_idle() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield "abcdefgh"[number % 8]

    done: list[str] = []
    assert not dispatch(tasks(), Machines(2), done.append, lambda: len(done) >= 3)
    assert len(taken) <= 6


def test_no_machine_at_all_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "NO_MACHINE_S", 0.0)
    with pytest.raises(ClusterError, match="No machine of the Ray cluster was free"):
        dispatch(iter("a"), Machines(0), lambda _: None, never)


def test_nothing_to_do_needs_no_machine() -> None:
    assert dispatch(iter(()), Machines(1), lambda _: None, never)
