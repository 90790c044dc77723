import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from seep.core.records import JobRecord
from seep.engine.checkpoint import load_checkpoint, save_checkpoint
from seep.engine.slick_head import SlickHead
from seep.store import runs
from seep.workflow.evaluation.verdict import verdict_sentence
from seep.workflow.jobs import get_job, job_view
from seep.workflow.models.promotion import promote
from seep.workflow.models.registry import list_models, weights_path
from seep.workflow.models.transfer import import_checkpoint
from seep.workflow.review import revisions
from seep.workflow.training import trainer
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.training.run_files import forget_states
from seep.workflow.training.run_history import compared_by_run
from seep.workflow.training.selection import training_candidates
from seep.workflow.training.trainer import READING_MESSAGE
from seep.workflow.workspace import Workspace, read_card
from tests.actors import ADA
from tests.workflow.making import accept, never, quiet, split_of

pytestmark = pytest.mark.usefixtures("by_torch")

REQUEST = FinetuneRequest(epochs=2, crop_px=32, learning_rate=1e-3)


def queued(workspace: Workspace, tiles: list[int], request: FinetuneRequest = REQUEST) -> JobRecord:
    for tile in tiles[::2]:
        accept(workspace, tile, stripe=1)
    return get_job(workspace, enqueue_finetune(workspace, request, ADA))


def test_a_run_ends_with_a_candidate_its_card_and_a_verdict(workspace: Workspace, tiles: list[int]) -> None:
    job = queued(workspace, tiles, replace(REQUEST, keep_threshold=False))
    events: list[dict[str, Any]] = []
    progress: list[float] = []
    messages: list[str] = []

    def report(share: float, message: str, some: list[dict[str, Any]]) -> None:
        progress.append(share)
        messages.append(message)
        events.extend(some)

    sentence = run_finetune(workspace, job, report, never)
    assert sentence is not None
    assert sentence.startswith("seep-1 is a candidate. Inconclusive:")
    assert progress == sorted(progress)
    held = sum(split_of(workspace, tile) in {"validation", "test"} for tile in tiles)
    assert messages[-1] == f"Comparing with the active version: {held} of {held} tiles"
    assert [event["kind"] for event in events] == ["start", "base", "epoch", "epoch", "alpha"]
    run = list_runs(workspace)[0]
    outcome = run.outcome or {}
    test = outcome["splits"]["test"]
    assert (run.state, outcome["basis"], test["scenes"], test["tiles"]) == ("done", "test", 1, 3)
    assert len(test["new"]["figures"]["iou_per_class"]) == 8
    assert outcome["against"] == {"id": 1, "name": "tiny"}
    candidate, base = list_models(workspace)
    assert (candidate.name, candidate.parent, candidate.state, candidate.active) == (
        "seep-1",
        "tiny",
        "candidate",
        False,
    )
    card = read_card(weights_path(workspace, candidate.id))
    assert card == candidate.card
    assert card["splits"] == {"train": ["a", "b"], "validation": ["c"], "test": ["d"]}
    assert card["data"]["corrected_tiles"] == len(trained_on(workspace, run.id))
    assert card["figures"]["test"]["tiles"] == 3
    assert base.active
    assert compared_by_run(workspace, base.id, candidate.id) == (
        {split: one["old"] for split, one in outcome["splits"].items()},
        {split: one["new"] for split, one in outcome["splits"].items()},
    )
    assert compared_by_run(workspace, base.id, base.id + 7) is None
    series = job_view(workspace, job.id).metrics
    assert {"loss", "learning_rate", "train_loss", "binary_iou"} <= series.keys()
    assert len(series["train_loss"]) == 2
    assert series["base_binary_iou"] == [(0, events[1]["binary_iou"])]
    assert training_candidates(workspace).count == 0


def trained_on(workspace: Workspace, run_id: int) -> list[int]:
    with workspace.store.reading() as session:
        return runs.run_revisions(session, run_id)


def test_a_stopped_run_goes_on_to_the_same_weights(workspace: Workspace, tiles: list[int]) -> None:
    job = queued(workspace, tiles)
    seen: list[dict[str, Any]] = []

    def after_an_epoch() -> bool:
        return any(event["kind"] == "epoch" for event in seen)

    assert run_finetune(workspace, job, lambda _s, _m, some: seen.extend(some), after_an_epoch) is None
    run = list_runs(workspace)[0]
    assert run.state == "running"
    assert (workspace.store.root / "runs" / str(run.id) / "state.safetensors").exists()
    events: list[dict[str, Any]] = []
    run_finetune(workspace, job, lambda _s, _m, some: events.extend(some), never)
    assert any("goes on after step 20" in event.get("text", "") for event in events)
    assert len(list_runs(workspace)) == 1
    forget_states(workspace)
    assert not list((workspace.store.root / "runs").glob("*/state.safetensors"))
    again = get_job(
        workspace,
        enqueue_finetune(
            workspace,
            FinetuneRequest(tuple(trained_on(workspace, run.id)), 1, 2, learning_rate=1e-3, crop_px=32),
            ADA,
        ),
    )
    run_finetune(workspace, again, quiet, never)
    resumed, undisturbed = (weights(weights_path(workspace, number)) for number in (2, 3))
    assert resumed.keys() == undisturbed.keys()
    for name, values in resumed.items():
        np.testing.assert_array_equal(values, undisturbed[name])


def test_a_run_that_went_on_counts_the_time_before(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stretch takes some seconds in truth and 1,000 more by a clock that is put forward."""
    job, put_s = queued(workspace, tiles, replace(REQUEST, max_steps=8)), 0.0
    monkeypatch.setattr(trainer, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + put_s))

    def stretch(ends: Callable[[dict[str, Any]], bool]) -> float:
        """Train until an event, then be stopped; returns the seconds in truth."""
        nonlocal put_s
        began, put_s, stop = time.monotonic(), 0.0, False

        def see(_share: float, message: str, some: list[dict[str, Any]]) -> None:
            nonlocal put_s, stop
            put_s = 0.0 if message == READING_MESSAGE else 1000.0
            stop = any(ends(event | {"message": message}) for event in some or [{}])

        run_finetune(workspace, job, see, lambda: stop)
        return time.monotonic() - began

    most = stretch(lambda event: event.get("kind") == "epoch")
    most += stretch(lambda event: event["message"].startswith("Comparing"))
    assert list_runs(workspace)[0].outcome is None
    most += stretch(lambda _: False)
    outcome = list_runs(workspace)[0].outcome or {}
    assert 3000 <= outcome["elapsed_s"] <= 3000 + most
    assert outcome["costs"]["compared_s"] * outcome["splits"]["test"]["tiles"] < most


def weights(path: Path) -> dict[str, np.ndarray]:
    from seep.engine.checkpoint import load_checkpoint

    return {name: tensor.numpy() for name, tensor in load_checkpoint(path).model.state_dict().items()}


def test_a_job_that_was_done_but_not_marked_is_not_done_twice(workspace: Workspace, tiles: list[int]) -> None:
    job = queued(workspace, tiles)
    run_finetune(workspace, job, quiet, never)
    assert "Inconclusive" in str(run_finetune(workspace, job, quiet, never))
    assert len(list_models(workspace)) == 2


def test_without_truth_in_held_back_scenes_the_verdict_says_so(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    for tile in bare_tiles:
        if split_of(workspace, tile) == "train":
            accept(workspace, tile, stripe=1)
    job = get_job(workspace, enqueue_finetune(workspace, REQUEST, ADA))
    run_finetune(workspace, job, quiet, never)
    outcome = list_runs(workspace)[0].outcome or {}
    assert (outcome["verdict"], outcome["basis"]) == ("inconclusive", None)
    assert "no tile of a test or validation scene" in verdict_sentence(outcome)
    assert list_models(workspace)[0].metrics == {}


def test_training_ends_early_when_validation_gets_no_better(workspace: Workspace, tiles: list[int]) -> None:
    request = FinetuneRequest(epochs=8, crop_px=32, learning_rate=1e-9, patience=1)
    run_finetune(workspace, queued(workspace, tiles, request), quiet, never)
    outcome = list_runs(workspace)[0].outcome or {}
    assert outcome["stopped_early"]
    assert outcome["epochs_done"] == 2


def test_candidates_predict_the_held_back_tiles_ahead(workspace: Workspace, tiles: list[int]) -> None:
    run_finetune(workspace, queued(workspace, tiles), quiet, never)
    with workspace.store.reading() as session:
        from seep.store import predictions

        left = predictions.tiles_without_prediction(session, 2)
    assert {revisions.get_tile(workspace, tile).split for tile in left} == {"train"}


def check_that_the_slick_head_stays(
    workspace: Workspace, tiles: list[int], tmp_path: Path, **how: Any
) -> None:
    active = load_checkpoint(weights_path(workspace, list_models(workspace)[0].id))
    with_head = active.with_slick_head(SlickHead(), 0.45)
    save_checkpoint(tmp_path / "headed.safetensors", with_head)
    promote(workspace, import_checkpoint(workspace, tmp_path / "headed.safetensors", ADA), ADA)
    run_finetune(workspace, queued(workspace, tiles, replace(REQUEST, epochs=1)), quiet, never, **how)
    made = list_runs(workspace)[0].checkpoint_id
    assert made is not None
    found = load_checkpoint(weights_path(workspace, made))
    assert found.slick_filter is not None
    assert found.slick_filter.threshold == 0.45
    assert with_head.slick_head is not None
    for name, tensor in with_head.slick_head.state_dict().items():
        assert torch.equal(tensor, found.slick_filter.head.state_dict()[name])


def test_a_fine_tuned_version_keeps_the_slick_head(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    check_that_the_slick_head_stays(workspace, tiles, tmp_path)
