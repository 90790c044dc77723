from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from seep.errors import MissingError
from seep.store import checkpoints, runs
from seep.workflow.training.presets import FINETUNE, HYPERPARAMETERS, FinetuneRequest
from seep.workflow.training.run_history import (
    changes_between,
    compared_by_run,
    differing_hyperparameters,
    metric_curves,
    request_of_run,
    run_summaries,
)
from seep.workflow.workspace import Workspace
from tests.workflow.making import make_workspace

OUTCOME: dict[str, Any] = {
    "verdict": "better",
    "basis": "test",
    "splits": {
        "test": {
            "tiles": 9,
            "scenes": 3,
            "new": {"figures": {"binary_iou": 0.5}},
            "difference": {"difference": 0.1, "low": 0.02, "high": 0.2},
        }
    },
    "elapsed_s": 61.5,
    "epochs_done": 4,
}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace without a model, so that nothing loads torch."""
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tmp_path / "none.safetensors")
    made = make_workspace(tmp_path / "workspace")
    yield made
    made.store.close()


def config(request: FinetuneRequest) -> dict[str, Any]:
    """What the record of a run says of it, with other fields."""
    return {**asdict(request), "revision_ids": None, "replay_revision_ids": [3], "versions": {"torch": "2"}}


def fill(workspace: Workspace) -> tuple[int, int]:
    """A run that has ended with an active checkpoint, and a newer one that goes on."""
    with workspace.store.transaction() as session:
        base = checkpoints.add_checkpoint(
            session, name="base", parent_id=None, run_id=None, weights_sha256="0" * 64, card={}, author="ada"
        )
        first = runs.add_run(
            session,
            None,
            base_checkpoint_id=base.id,
            config=config(FINETUNE["quick"]),
            revision_ids=[],
            author="ada",
        )
        made = checkpoints.add_checkpoint(
            session, name="new", parent_id=base.id, run_id=first.id, weights_sha256="1" * 64, card={},
            author="ada",
        )  # fmt: skip
        checkpoints.promote(session, made.id, "ada")
        for step, iou in ((10, 0.3), (20, 0.45), (30, 0.4)):
            runs.add_metrics(session, first.id, step, {"binary_iou": iou, "loss": 1.0})
        runs.finish_run(session, first.id, "done", OUTCOME, made.id)
        second = runs.add_run(
            session,
            None,
            base_checkpoint_id=base.id,
            config=config(FINETUNE["thorough"]),
            revision_ids=[],
            author="bo",
        )
    return first.id, second.id


def test_a_summary_has_hyperparameters_and_results(bare: Workspace) -> None:
    first, second = fill(bare)
    newer, older = run_summaries(bare)
    assert (newer.id, older.id) == (second, first)
    assert (older.base, older.checkpoint, older.checkpoint_state) == ("base", "new", "active")
    assert older.verdict
    assert older.verdict.basis
    basis = older.verdict.basis
    assert (older.best_iou, basis.iou_now, older.difference) == (0.45, 0.5, 0.1)
    assert (older.verdict.word, basis.split, basis.scenes) == ("better", "test", 3)
    assert (older.seconds, older.epochs_done) == (61.5, 4)
    assert older.hyperparameters == {name: asdict(FINETUNE["quick"])[name] for name in HYPERPARAMETERS}
    assert run_summaries(bare, 1) == [newer]


def test_a_running_run_has_no_results(bare: Workspace) -> None:
    fill(bare)
    newer = run_summaries(bare)[0]
    unknown = (
        "seconds",
        "checkpoint",
        "checkpoint_state",
        "best_iou",
        "verdict",
        "difference",
        "epochs_done",
    )
    assert {getattr(newer, name) for name in unknown} == {None}


def test_what_differs_between_runs_is_named(bare: Workspace) -> None:
    fill(bare)
    rows = run_summaries(bare)
    assert set(differing_hyperparameters(rows)) == set(
        changes_between(FINETUNE["quick"], FINETUNE["thorough"])
    )
    assert differing_hyperparameters(rows[:1]) == []


def test_curves_of_some_runs(bare: Workspace) -> None:
    first, second = fill(bare)
    assert metric_curves(bare, [first, second]) == {first: [(10, 0.3), (20, 0.45), (30, 0.4)], second: []}


def test_the_request_of_a_run_is_read_back(bare: Workspace) -> None:
    first, _ = fill(bare)
    found = request_of_run(bare, first)
    assert found == FinetuneRequest(
        **{**asdict(FINETUNE["quick"]), "revision_ids": (), "base_checkpoint_id": 1}
    )
    with pytest.raises(MissingError, match="run 99"):
        request_of_run(bare, 99)


def test_splits_without_both_reports_are_not_compared(bare: Workspace) -> None:
    fill(bare)  # whose outcome has the report of the new version only
    with bare.store.transaction() as session:
        old, new = sorted(checkpoints.list_checkpoints(session), key=lambda one: one.id)
        run = next(one for one in runs.list_runs(session) if one.checkpoint_id == new.id)
        against = {**OUTCOME, "against": {"id": old.id, "name": old.name}}
        runs.finish_run(session, run.id, "done", against, new.id)
    assert compared_by_run(bare, old.id, new.id) is None
    both = {"old": {"tiles": 9}, "new": {"tiles": 9}}
    with bare.store.transaction() as session:
        splits = {**against["splits"], "validation": both}
        runs.finish_run(session, run.id, "done", {**against, "splits": splits}, new.id)
    assert compared_by_run(bare, old.id, new.id) == (
        {"validation": {"tiles": 9}},
        {"validation": {"tiles": 9}},
    )
