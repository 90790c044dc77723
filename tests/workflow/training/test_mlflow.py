"""What goes to MLflow: a stand-in of its interface notes it, since MLflow itself is not installed here."""

import fcntl
import sys
import threading
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from seep.jobs import worker
from seep.store import jobs, runs
from seep.workflow.training.mlflow import EXPERIMENT, export_waiting, marked
from seep.workflow.workspace import Workspace
from seep_testing.patience import wait_for
from tests.workflow.making import make_settings


@dataclass
class Client:
    """As much of mlflow.MlflowClient as is used."""

    tracking_uri: str
    asked: list[tuple[str, Any]] = field(default_factory=list)
    runs: dict[str, SimpleNamespace] = field(default_factory=dict)
    """What the server holds, by the id of the run."""

    def get_experiment_by_name(self, name: str) -> None:
        self.asked.append(("experiment", name))

    def create_experiment(self, name: str) -> str:
        return f"number of {name}"

    def create_run(self, number: str, **facts: Any) -> SimpleNamespace:
        self.asked.append(("run", (number, facts)))
        made = SimpleNamespace(
            info=SimpleNamespace(run_id=f"abc{len(self.asked)}", status="RUNNING"), **facts
        )
        self.runs[made.info.run_id] = made
        return made

    def search_runs(self, numbers: list[str], wanted: str) -> list[SimpleNamespace]:
        name, value = wanted.removeprefix("tags.").split(" = ")
        return [one for one in self.runs.values() if one.tags.get(name.strip("`")) == value.strip("'")]

    def delete_run(self, run_id: str) -> None:
        del self.runs[run_id]

    def log_batch(self, run_id: str, **parts: list[Any]) -> None:
        self.asked.append(("batch", (run_id, parts)))

    def log_dict(self, run_id: str, content: dict[str, Any], path: str) -> None:
        self.asked.append(("dict", (run_id, content, path)))

    def set_terminated(self, run_id: str, status: str, ended: int) -> None:
        self.asked.append(("end", (run_id, status)))
        self.runs[run_id].info.status = status


@pytest.fixture
def tracked(workspace: Workspace) -> Workspace:
    settings = make_settings(workspace.store.root, SEEP_MLFLOW_URI="http://127.0.0.1:5000")
    return replace(workspace, settings=settings)


def finish(workspace: Workspace, mark: dict[str, str], steps: int = 2) -> int:
    """A run that is done."""
    outcome = {"verdict": "better", "sentence": "Better.", "splits": {"test": {"old": None, "new": None}}}
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ada")
        run = runs.add_run(
            session,
            job.id,
            base_checkpoint_id=1,
            config={"epochs": 2, "replay_revision_ids": [1, 2]},
            revision_ids=[],
            author="ada",
        )
        for step in range(steps):
            runs.add_metrics(session, run.id, step, {"loss": 1 / (step + 1)})
        runs.finish_run(session, run.id, "done", outcome | mark, 1)
    return run.id


@pytest.fixture
def run_id(tracked: Workspace) -> int:
    """A run that waits to be written."""
    return finish(tracked, marked(tracked))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """What stands in for MLflow's server; it keeps what it was told."""
    made = Client("")

    def connect(tracking_uri: str) -> Client:
        made.tracking_uri = tracking_uri
        return made

    def entity(*values: Any) -> tuple[Any, ...]:
        return values

    module = SimpleNamespace(MlflowClient=connect, entities=SimpleNamespace(Param=entity, Metric=entity))
    monkeypatch.setitem(sys.modules, "mlflow", module)
    return made


def mark_of(workspace: Workspace, run_id: int) -> str | None:
    with workspace.store.reading() as session:
        return (runs.get_run(session, run_id).outcome or {}).get("mlflow")


def test_a_run_goes_to_mlflow_whole_and_in_portions_that_it_takes(tracked: Workspace, client: Client) -> None:
    run_id = finish(tracked, marked(tracked), steps=1100)
    assert f"experiment 'seep': run {run_id}." in str(export_waiting(tracked))
    asked = client.asked
    assert client.tracking_uri == "http://127.0.0.1:5000"
    number, facts = dict(asked)["run"]
    assert (number, facts["run_name"]) == (f"number of {EXPERIMENT}", "tiny")
    assert facts["tags"]["seep.verdict"] == "better"
    batches = [value[1] for name, value in asked if name == "batch"]
    assert ("epochs", "2") in batches[0]["params"]
    assert ("replay_revision_ids", "2 items") in batches[0]["params"]
    assert [len(parts["metrics"]) for parts in batches[1:]] == [1000, 100]
    assert dict(asked)["dict"][1]["name"] == "tiny"
    assert asked[-1][1][1] == "FINISHED"
    assert mark_of(tracked, run_id) == "written"


def test_without_the_setting_nothing_is_written_then_or_later(
    workspace: Workspace, tracked: Workspace, client: Client
) -> None:
    assert marked(workspace) == {}
    finish(workspace, marked(workspace))
    assert export_waiting(workspace) is None
    assert export_waiting(tracked) is None
    assert not client.runs


@pytest.mark.parametrize("step", ["create_run", "log_dict", "set_terminated"])
def test_a_run_whose_worker_was_killed_while_it_was_written_is_written_once_by_the_next_one(
    tracked: Workspace, client: Client, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    run_id, whole = finish(tracked, marked(tracked)), getattr(client, step)

    def die(*values: Any, **named: Any) -> None:
        whole(*values, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(client, step, die)
    with pytest.raises(KeyboardInterrupt):
        export_waiting(tracked)
    assert mark_of(tracked, run_id) == "waiting"
    monkeypatch.setattr(client, step, whole)
    assert "Written to MLflow" in str(export_waiting(tracked))
    assert export_waiting(tracked) is None
    assert [one.info.status for one in client.runs.values()] == ["FINISHED"]


def test_a_worker_that_starts_writes_what_waits(
    tracked: Workspace, client: Client, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker, "warm_up", lambda _: None)
    first = finish(tracked, marked(tracked))
    one = worker.Worker(tracked)
    thread = threading.Thread(target=one.run)
    thread.start()
    wait_for("the writing", lambda: mark_of(tracked, first) == "written")
    one.stop()
    thread.join()
    assert f"seep worker: Written to MLflow at http://127.0.0.1:5000, experiment 'seep': run {first}." in (
        capfd.readouterr().err
    )


def test_another_worker_that_writes_is_left_alone(tracked: Workspace, run_id: int, client: Client) -> None:
    with (tracked.store.root / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert export_waiting(tracked) is None
    assert mark_of(tracked, run_id) == "waiting"
    assert not client.runs


def test_what_does_not_work_is_said_and_ends_no_run(
    tracked: Workspace, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert "pip install mlflow" in str(export_waiting(tracked))

    def refused(**_: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=refused))
    assert "ConnectionError): no route to host" in str(export_waiting(tracked))


def test_a_password_in_the_address_stays_out_of_the_log(
    tracked: Workspace, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(tracking_uri: str) -> None:
        raise ConnectionError(f"{tracking_uri} does not answer")

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=refuse))
    root = tracked.store.root
    settings = make_settings(root, SEEP_MLFLOW_URI="https://ada:secret@mlflow.example/base")
    told = str(export_waiting(replace(tracked, settings=settings)))
    assert "https://mlflow.example/base does not answer" in told
    assert "secret" not in told
