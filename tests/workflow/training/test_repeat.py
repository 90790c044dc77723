"""Runs done again: from their record alone, changed, resumed after a cancel; and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seep.core.records import JobRecord, RunRecord
from seep.engine.training import selection
from seep.errors import CheckpointError, MissingError, SettingsError, TrainingError
from seep.store import jobs, runs, scenes
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.jobs import cancel, get_job, job_view
from seep.workflow.models.promotion import drop
from seep.workflow.models.registry import weights_path
from seep.workflow.review import revisions
from seep.workflow.training import presets
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import base_models, enqueue_finetune, estimate, list_runs, repeat, resume
from seep.workflow.training.run_files import can_resume, forget_states, state_path
from seep.workflow.workspace import Workspace, install_checkpoint, read_card
from tests.actors import ADA, BO
from tests.workflow.making import accept, never, quiet, split_of
from tests.workflow.training.test_job import weights

pytestmark = pytest.mark.usefixtures("by_torch", "always_new")

REQUEST = FinetuneRequest(epochs=2, crop_px=32, learning_rate=1e-3, around_changes=True, max_steps=8)


@pytest.fixture
def always_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep half of what was trained whatever validation says, so that weights tell runs apart."""
    monkeypatch.setattr(selection, "MIN_GAIN", 1.0)


@pytest.fixture
def job(workspace: Workspace, tiles: list[int]) -> JobRecord:
    """A fine-tuning of three corrected tiles, queued."""
    predict_tiles(workspace, tiles[:6:2], 1, quiet, never)
    for tile in tiles[:6:2]:
        accept(workspace, tile, stripe=1)
    return get_job(workspace, enqueue_finetune(workspace, REQUEST, ADA))


def do(workspace: Workspace, job_id: int) -> RunRecord:
    """Do a job as a worker does; returns its run."""
    with workspace.store.transaction() as session:
        taken = jobs.claim_next(session, "w")
    assert taken is not None
    assert taken.id == job_id
    assert run_finetune(workspace, taken, quiet, never) is not None
    with workspace.store.transaction() as session:
        jobs.finish(session, job_id, "done", worker="w")
    return list_runs(workspace)[0]


def interrupt(workspace: Workspace, job: JobRecord) -> RunRecord:
    """Do a job up to its first epoch, then cancel it."""
    seen: list[dict[str, Any]] = []

    def stop() -> bool:
        return any(event["kind"] == "epoch" for event in seen)

    with workspace.store.transaction() as session:
        jobs.claim_next(session, "w")
    assert run_finetune(workspace, job, lambda _s, _m, some: seen.extend(some), stop) is None
    cancel(workspace, job.id, ADA)
    with workspace.store.transaction() as session:
        jobs.finish(session, job.id, "canceled", worker="w")
    return list_runs(workspace)[0]


def same_weights(workspace: Workspace, one: RunRecord, other: RunRecord) -> bool:
    first, second = (weights(weights_path(workspace, run.checkpoint_id or 0)) for run in (one, other))
    return all((first[name] == second[name]).all() for name in first)


def test_a_run_can_be_repeated_from_its_record_although_more_was_reviewed_since(
    workspace: Workspace, tiles: list[int], job: JobRecord
) -> None:
    first = do(workspace, job.id)
    config = first.config
    assert config["windows"]
    assert (config["seed"], config["class_count"], config["epochs"]) == (0, 8, 2)
    assert len(config["base_weights_sha256"]) == 64
    assert config["versions"].keys() == {"python", "torch", "numpy"}
    for tile in tiles[1::2]:
        accept(workspace, tile, stripe=2)
    second = do(workspace, repeat(workspace, first.id, BO))
    assert second.config == config
    assert same_weights(workspace, first, second)


def test_a_run_judges_by_what_it_holds_out_and_the_next_one_replays_it(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "MIN_HOLDOUT_TILES", 1)
    train = [tile for tile in tiles if split_of(workspace, tile) == "train"]
    predict_tiles(workspace, train[:4], 1, quiet, never)
    ids = [accept(workspace, tile, stripe=1)["revision"]["id"] for tile in train[:4]]
    request = replace(REQUEST, holdout_share=0.5)
    assert estimate(workspace, request).holdout_tiles == 2
    first = do(workspace, enqueue_finetune(workspace, request, ADA))
    assert first.config["holdout_revision_ids"] == ids[1::2]
    assert first.config["windows"].keys() == {str(one) for one in ids[::2]}
    card = read_card(weights_path(workspace, first.checkpoint_id or 0))
    assert (card["data"]["corrected_tiles"], card["data"]["holdout_tiles"]) == (2, 2)
    series = job_view(workspace, first.job_id or 0).metrics
    assert (len(series["holdout_iou"]), len(series["base_holdout_iou"])) == (2, 1)
    assert same_weights(workspace, first, do(workspace, repeat(workspace, first.id, BO)))
    accept(workspace, train[5], stripe=1)
    second = do(workspace, enqueue_finetune(workspace, REQUEST, ADA))
    assert {*ids} <= {*second.config["replay_revision_ids"]}


def test_a_clone_keeps_all_but_what_is_changed(workspace: Workspace, job: JobRecord) -> None:
    first = do(workspace, job.id)
    job_id = repeat(workspace, first.id, BO, {"seed": 1}, "press")
    assert repeat(workspace, first.id, BO, {"seed": 1}, "press") == job_id
    second = do(workspace, job_id)
    differing = {name for name in first.config if first.config[name] != second.config[name]}
    assert differing == {"seed"}
    assert not same_weights(workspace, first, second)
    other_crops = get_job(workspace, repeat(workspace, first.id, BO, {"crop_px": 64}))
    assert "windows" not in other_crops.params
    assert other_crops.params["replay_revision_ids"] == first.config["replay_revision_ids"]


def test_what_a_clone_cannot_be_is_said(workspace: Workspace, tiles: list[int], job: JobRecord) -> None:
    first = do(workspace, job.id)
    for changes, word in (({"batch": 3}, "setting 'batch'"), ({"epochs": 0}, "Epochs cannot be 0")):
        with pytest.raises(SettingsError, match=word):
            repeat(workspace, first.id, BO, changes)
    with pytest.raises(MissingError, match="run 99"):
        repeat(workspace, 99, BO)
    with workspace.store.transaction() as session:
        scenes.set_split(session, revisions.get_tile(workspace, tiles[0]).scene_id, "test", "ada")
    with pytest.raises(TrainingError, match="test scene"):
        repeat(workspace, first.id, BO)


def test_a_canceled_run_goes_on_to_the_weights_of_an_undisturbed_one(
    workspace: Workspace, job: JobRecord
) -> None:
    run = interrupt(workspace, job)
    assert run.state == "canceled"
    forget_states(workspace)
    assert can_resume(workspace, run)
    assert resume(workspace, run.id, BO) == job.id
    assert resume(workspace, run.id, BO) == job.id
    resumed = do(workspace, job.id)
    assert resumed.id == run.id
    forget_states(workspace)
    assert not state_path(workspace, run.id).exists()
    undisturbed = do(workspace, repeat(workspace, run.id, BO))
    assert same_weights(workspace, resumed, undisturbed)


def test_a_state_is_kept_until_it_is_a_week_old(
    workspace: Workspace, job: JobRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = interrupt(workspace, job)
    monkeypatch.setattr("seep.workflow.training.run_files.STATE_DAYS", 0)
    forget_states(workspace)
    assert not can_resume(workspace, run)
    with pytest.raises(TrainingError, match="no saved state"):
        resume(workspace, run.id, ADA)
    assert not state_path(workspace, run.id).exists()


def test_a_base_is_offered_only_if_it_reads_such_images(
    workspace: Workspace, tiles: list[int], tmp_path: Any, make_other: Callable[..., Any]
) -> None:
    two_bands = install_checkpoint(workspace, make_other(tmp_path / "two.safetensors", bands=2), ADA)
    dropped = install_checkpoint(workspace, make_other(tmp_path / "one.safetensors", bands=1), ADA)
    assert [one.name for one in base_models(workspace)] == [dropped.name, "tiny"]
    drop(workspace, dropped.id, ADA)
    assert [one.name for one in base_models(workspace)] == ["tiny"]
    accept(workspace, tiles[0], stripe=1)
    with pytest.raises(CheckpointError, match=r"reads images with 2 band\(s\), these have 1"):
        enqueue_finetune(workspace, FinetuneRequest(base_checkpoint_id=two_bands.id), ADA)


@pytest.fixture
def make_other() -> Callable[..., Any]:
    from seep.engine.checkpoint import new_checkpoint, save_checkpoint
    from seep.engine.unet import UNetConfig

    def make(path: Any, bands: int) -> Any:
        config = UNetConfig(bands=bands, classes=8, levels=2, width=4)
        save_checkpoint(path, new_checkpoint(config, seed=bands, name=path.stem))
        return path

    return make


def test_a_run_knows_its_revisions(workspace: Workspace, job: JobRecord) -> None:
    run = do(workspace, job.id)
    with workspace.store.reading() as session:
        assert runs.run_revisions(session, run.id) == job.params["revision_ids"]
