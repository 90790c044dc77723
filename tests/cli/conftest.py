"""A workspace that commands use, and helpers to run them in this process."""

from collections.abc import Callable

import pytest

from seep.cli.main import main
from seep.workflow.workspace import Workspace

Run = Callable[..., int]
Refuse = Callable[..., str]


@pytest.fixture(autouse=True)
def in_workspace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_WORKSPACE", str(workspace.store.root))
    monkeypatch.setenv("SEEP_USER", "ada")
    monkeypatch.setenv("SEEP_DEVICE", "cpu")


@pytest.fixture
def run() -> Run:
    """Run a command; returns its exit status."""
    return lambda *arguments: main([str(argument) for argument in arguments])


@pytest.fixture
def refuse(run: Run, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Run a command that must fail; returns its error message."""

    def refuse_(*arguments: object) -> str:
        capsys.readouterr()
        assert run(*arguments) == 1
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert error.startswith("seep: ")
        return error

    return refuse_
