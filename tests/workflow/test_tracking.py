"""What goes to MLflow: a stand-in of its interface notes it, since MLflow itself is not installed here."""

import sys
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from seep.store import jobs, runs
from seep.workflow.tracking import EXPERIMENT, export_run
from seep.workflow.workspace import Workspace
from tests.workflow.making import make_settings


@dataclass
class Client:
    """As much of mlflow.MlflowClient as is used."""

    tracking_uri: str
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def get_experiment_by_name(self, name: str) -> None:
        self.asked.append(("experiment", name))

    def create_experiment(self, name: str) -> str:
        return f"number of {name}"

    def create_run(self, number: str, **facts: Any) -> SimpleNamespace:
        self.asked.append(("run", (number, facts)))
        return SimpleNamespace(info=SimpleNamespace(run_id="abc"))

    def log_batch(self, run_id: str, **parts: list[Any]) -> None:
        self.asked.append(("batch", (run_id, parts)))

    def log_dict(self, run_id: str, content: dict[str, Any], path: str) -> None:
        self.asked.append(("dict", (run_id, content, path)))

    def set_terminated(self, run_id: str, status: str, ended: int) -> None:
        self.asked.append(("end", (run_id, status)))


@pytest.fixture
def tracked(workspace: Workspace) -> Workspace:
    settings = make_settings(workspace.store.root, SEEP_MLFLOW_URI="http://127.0.0.1:5000")
    return replace(workspace, settings=settings)


@pytest.fixture
def run_id(workspace: Workspace) -> int:
    """A run that is done, of 1,100 steps."""
    outcome = {"verdict": "better", "sentence": "Better.", "splits": {"locked": {"old": None, "new": None}}}
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ada")
        run = runs.add_run(session, job.id, 1, {"epochs": 2, "replay_revision_ids": [1, 2]}, [], "ada")
        for step in range(1100):
            runs.add_metrics(session, run.id, step, {"loss": 1 / (step + 1)})
        runs.finish_run(session, run.id, "done", outcome, 1)
    return run.id


def test_a_run_goes_to_mlflow_whole_and_in_portions_that_it_takes(
    tracked: Workspace, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients: list[Client] = []

    def connect(tracking_uri: str) -> Client:
        clients.append(Client(tracking_uri))
        return clients[0]

    def entity(*values: Any) -> tuple[Any, ...]:
        return values

    module = SimpleNamespace(MlflowClient=connect, entities=SimpleNamespace(Param=entity, Metric=entity))
    monkeypatch.setitem(sys.modules, "mlflow", module)
    assert "Written to MLflow" in str(export_run(tracked, run_id))
    asked = clients[0].asked
    assert clients[0].tracking_uri == "http://127.0.0.1:5000"
    number, facts = dict(asked)["run"]
    assert (number, facts["run_name"]) == (f"number of {EXPERIMENT}", "tiny")
    assert facts["tags"]["seep.verdict"] == "better"
    batches = [value[1] for name, value in asked if name == "batch"]
    assert ("epochs", "2") in batches[0]["params"]
    assert ("replay_revision_ids", "2 of them") in batches[0]["params"]
    assert [len(parts["metrics"]) for parts in batches[1:]] == [1000, 100]
    assert dict(asked)["dict"][1]["name"] == "tiny"
    assert asked[-1] == ("end", ("abc", "FINISHED"))


def test_without_the_setting_nothing_is_written(workspace: Workspace, run_id: int) -> None:
    assert export_run(workspace, run_id) is None


def test_what_does_not_work_is_said_and_ends_no_run(
    tracked: Workspace, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert "pip install mlflow" in str(export_run(tracked, run_id))

    def refused(**_: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=refused))
    assert "ConnectionError): no route to host" in str(export_run(tracked, run_id))


def test_a_password_in_the_address_stays_out_of_the_log(
    tracked: Workspace, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(tracking_uri: str) -> None:
        raise ConnectionError(f"{tracking_uri} does not answer")

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=refuse))
    root = tracked.store.root
    settings = make_settings(root, SEEP_MLFLOW_URI="https://ada:secret@mlflow.example/base")
    told = str(export_run(replace(tracked, settings=settings), run_id))
    assert "https://mlflow.example/base does not answer" in told
    assert "secret" not in told
