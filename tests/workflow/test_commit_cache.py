"""Results that are kept until a commit, whoever commits."""

import pytest

from seep.store.key_value import get_value, set_value
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.jobs import list_jobs
from seep.workflow.workspace import Workspace
from tests.databases import open_at


@cached_until_commit
def answer(workspace: Workspace, name: str) -> list[object]:
    with workspace.store.reading() as session:
        calls.append(name)
        return [get_value(session, name)]


calls: list[str] = []


@pytest.fixture(autouse=True)
def no_calls() -> None:
    calls.clear()


def write(workspace: Workspace, name: str, value: object) -> None:
    with workspace.store.transaction() as session:
        set_value(session, name, value)


def test_a_result_is_kept_until_a_commit(workspace: Workspace) -> None:
    write(workspace, "a", 1)
    assert [answer(workspace, "a"), answer(workspace, "a"), answer(workspace, "b")] == [[1], [1], [None]]
    assert calls == ["a", "b"]
    write(workspace, "a", 2)
    assert answer(workspace, "a") == [2]


def test_commits_of_other_processes_count(workspace: Workspace) -> None:
    assert answer(workspace, "a") == [None]
    other = open_at(workspace.store.root)  # has connections of its own, as another process has
    with other.transaction() as session:
        set_value(session, "a", 3)
    other.close()
    assert answer(workspace, "a") == [3]


def test_a_change_that_is_rolled_back_does_not_show(workspace: Workspace) -> None:
    def fail() -> None:
        with workspace.store.transaction() as session:
            set_value(session, "a", 4)
            session.flush()
            raise ValueError("no")

    assert answer(workspace, "a") == [None]
    with pytest.raises(ValueError, match="no"):
        fail()
    assert answer(workspace, "a") == [None]


def test_callers_get_lists_of_their_own(workspace: Workspace) -> None:
    answer(workspace, "a").append("mine")
    assert answer(workspace, "a") == [None]
    assert list_jobs(workspace) is not list_jobs(workspace)


def test_a_failure_is_not_kept(workspace: Workspace) -> None:
    @cached_until_commit
    def fail(_workspace: Workspace) -> None:
        calls.append("fail")
        raise KeyError("gone")

    for _ in range(2):
        with pytest.raises(KeyError):
            fail(workspace)
    assert calls == ["fail", "fail"]


def test_only_so_many_results_are_kept(workspace: Workspace) -> None:
    few = cached_until_commit(lambda workspace, name: calls.append(name), 2)
    for name in ("a", "b", "c", "b", "c", "a"):
        few(workspace, name)
    assert calls == ["a", "b", "c", "a"]
