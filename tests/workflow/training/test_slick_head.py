from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sqlalchemy import update

from seep.core.acquisition import OrderValues
from seep.core.image.normalize import Statistics
from seep.core.masks.slick_features import FEATURES
from seep.engine import slick_head as engine_slick_head
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from seep.engine.inference.predict import TilePrediction
from seep.engine.slick_head import (
    HeadTraining,
    SlickExamples,
    SlickHead,
    joined_examples,
    train_slick_head,
)
from seep.errors import SettingsError, TrainingError
from seep.store import runs
from seep.store.schema import Run
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.inference.context import PaddedTile
from seep.workflow.inference.runner import TileInput
from seep.workflow.jobs import get_job
from seep.workflow.models.promotion import promote
from seep.workflow.models.registry import list_models, weights_path
from seep.workflow.models.transfer import import_checkpoint
from seep.workflow.training import slick_head
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FINETUNE
from seep.workflow.training.requests import enqueue_finetune, estimate, list_runs, repeat
from seep.workflow.training.selection import training_candidates
from seep.workflow.training.slick_head import examples_of, tile_number
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept, never

pytestmark = pytest.mark.usefixtures("by_torch")

REQUEST = FINETUNE["slick-head"]


@pytest.fixture(autouse=True)
def few_slicks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network of the tests predicts noise, so most slicks are look-alikes."""
    monkeypatch.setattr(slick_head, "MIN_EXAMPLES", 2)
    monkeypatch.setattr(slick_head, "MIN_OF_EACH", 0)
    quick = partial(train_slick_head, settings=HeadTraining(steps=5, batch_slicks=32))
    monkeypatch.setattr(engine_slick_head, "train_slick_head", lambda a, b, c, _: quick(a, b, c))


def refit(workspace: Workspace, **changes: Any) -> list[str]:
    """Refit the head on all new tiles; returns the log."""
    job = get_job(workspace, enqueue_finetune(workspace, replace(REQUEST, **changes), ADA))
    texts = list[str]()
    progress = list[float]()

    def report(share: float, _message: str, events: list[dict[str, Any]]) -> None:
        progress.append(share)
        texts.extend(event["text"] for event in events if event["kind"] == "log")

    sentence = run_finetune(workspace, job, report, never)
    assert sentence is not None
    assert "is a candidate" in sentence
    assert progress == sorted(progress)
    return texts


def newest(workspace: Workspace) -> Checkpoint:
    made = list_runs(workspace)[0].checkpoint_id
    assert made is not None
    return load_checkpoint(weights_path(workspace, made))


def active(workspace: Workspace) -> Checkpoint:
    return load_checkpoint(
        weights_path(workspace, next(one.id for one in list_models(workspace) if one.active))
    )


def test_a_head_is_added_and_the_network_stays(workspace: Workspace, tiles: list[int]) -> None:
    base = active(workspace)
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    before = training_candidates(workspace)
    assert estimate(workspace, REQUEST).steps == 0
    texts = refit(workspace)
    made = newest(workspace)
    for name, tensor in base.model.state_dict().items():
        assert torch.equal(tensor, made.model.state_dict()[name])
    assert made.slick_head is not None
    assert made.slick_head.examples is not None
    count = len(made.slick_head.examples)
    assert made.card["slick_head"]["examples"] == count > 2
    assert {*made.slick_head.examples.groups.tolist()} <= {
        tile_number(one.name) for one in tiles_of(workspace, tiles[:4])
    }
    assert texts[-1].startswith("4 reviewed tiles: ")
    run = list_runs(workspace)[0]
    assert (run.state, (run.outcome or {})["splits"]["test"]["tiles"]) == ("done", 3)
    assert made.card["splits"]["train"] == ["a", "b"]
    # The network has not been trained on these tiles, so they are still new to it.
    assert training_candidates(workspace).revision_ids == before.revision_ids
    with workspace.store.reading() as session:
        assert runs.untried_revisions(session, before.revision_ids) == [*before.revision_ids]


def test_a_refit_is_repeated_without_what_it_does_not_use(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    refit(workspace)
    run = list_runs(workspace)[0]
    with pytest.raises(SettingsError, match="does not use patience"):
        repeat(workspace, run.id, ADA, {"patience": 1})
    with workspace.store.transaction() as session:  # as runs were stored before they were checked
        session.execute(update(Run).values(config=run.config | {"epochs": 3}))
    job = get_job(workspace, repeat(workspace, run.id, ADA))
    assert (job.params["slick_head"], job.params["epochs"]) == (True, REQUEST.epochs)


def tiles_of(workspace: Workspace, tile_ids: list[int]) -> list[Any]:
    from seep.workflow.review import revisions

    return [revisions.get_tile(workspace, one) for one in tile_ids]


def test_the_examples_of_the_base_are_kept(workspace: Workspace, tiles: list[int], tmp_path: Path) -> None:
    head = SlickHead()
    accept(workspace, tiles[0], stripe=1)
    corrected = tile_number(tiles_of(workspace, tiles[:1])[0].name)
    head.examples = SlickExamples(
        np.zeros((5, len(FEATURES)), np.float32),
        np.array([7, 7, 8, corrected, corrected]),
        np.full(5, 9.0),
        np.array([9.0, 9.0, 0.0, 9.0, 9.0]),
        np.array([1, 2, 0, 1, 1]),
    )
    base = active(workspace)
    save_checkpoint(tmp_path / "headed.safetensors", base.with_slick_head(head, 0.45))
    promote(workspace, import_checkpoint(workspace, tmp_path / "headed.safetensors", ADA), ADA)
    texts = refit(workspace)
    assert "3 further examples of the base" in texts[-1]
    made = newest(workspace).slick_head
    assert made is not None
    assert made.examples is not None
    assert made.examples.groups.tolist()[:3] == [7, 7, 8]
    # What was learned from the corrected tile before is replaced.
    assert (made.examples.features[3:] != 0).any(axis=1).all()


def test_tiles_that_cannot_be_read_keep_their_examples(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    read, *gone = tiles_of(workspace, tiles[:4])
    head = SlickHead()
    head.examples = SlickExamples(
        np.zeros((4, len(FEATURES)), np.float32),
        np.array([tile_number(one.name) for one in (read, *gone)]),
        np.full(4, 9.0),
        np.full(4, 9.0),
        np.full(4, 1),
    )
    base = active(workspace)
    save_checkpoint(tmp_path / "headed.safetensors", base.with_slick_head(head, 0.45))
    promote(workspace, import_checkpoint(workspace, tmp_path / "headed.safetensors", ADA), ADA)
    for one in gone:
        Path(one.path).rename(tmp_path / Path(one.path).name)
    texts = refit(workspace)
    assert [text for text in texts if gone[0].name in text]
    made = newest(workspace).slick_head
    assert made is not None
    assert made.examples is not None
    assert {tile_number(one.name) for one in gone} <= {*made.examples.groups.tolist()}


def test_a_refit_without_a_new_slick_is_refused(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slick_head, "examples_of", lambda *_: joined_examples([]))
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    with pytest.raises(TrainingError, match="No slick was predicted on 4 reviewed tiles"):
        refit(workspace)
    for one in tiles_of(workspace, tiles[:4]):
        Path(one.path).unlink()
    with pytest.raises(TrainingError, match="None of 4 reviewed tiles could be read; the log says why"):
        refit(workspace)


def test_masks_of_seep_or_no_seep_say_no_class_of_a_network_with_more(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    for tile in bare_tiles[:4]:
        accept(workspace, tile, stripe=1)
    set_classes(workspace, get_classes(workspace)[:2], ADA)
    refit(workspace)
    made = newest(workspace).slick_head
    assert made is not None
    assert made.examples is not None
    assert made.examples.true_px.any()
    assert not made.examples.class_id.any()


def test_a_refit_names_no_replayed_tiles_and_a_repeat_of_an_older_one_neither(
    workspace: Workspace, tiles: list[int]
) -> None:
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    refit(workspace)
    run = list_runs(workspace)[0]
    assert run.config["replay_revision_ids"] == []
    with workspace.store.transaction() as session:  # as runs were stored before
        session.execute(update(Run).values(config=run.config | {"replay_revision_ids": [1, 2]}))
    job = get_job(workspace, repeat(workspace, run.id, ADA))
    assert not job.params.get("replay_revision_ids")


@pytest.mark.parametrize(("every", "each"), [(1000, 0), (2, 500)])
def test_too_few_slicks_are_refused(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch, every: int, each: int
) -> None:
    monkeypatch.setattr(slick_head, "MIN_EXAMPLES", every)
    monkeypatch.setattr(slick_head, "MIN_OF_EACH", each)
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    with pytest.raises(
        TrainingError, match=rf"{every} predicted slicks, .* {each} look-alikes\. 4 reviewed tiles hold"
    ):
        refit(workspace)


def test_a_stopped_refit_makes_nothing(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles[:4]:
        accept(workspace, tile, stripe=1)
    job = get_job(workspace, enqueue_finetune(workspace, REQUEST, ADA))
    assert run_finetune(workspace, job, lambda *_: None, lambda: True) is None
    assert list_runs(workspace)[0].state == "running"
    assert run_finetune(workspace, job, lambda *_: None, never) is not None


def test_a_base_without_a_seep_probability_is_refused(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(workspace, tiles[0], stripe=1)
    base = active(workspace)
    decision = replace(base.decision, class_per_slick=False)
    monkeypatch.setattr(Checkpoint, "decision", property(lambda _: decision))
    with pytest.raises(SettingsError, match="cannot have a slick head"):
        refit(workspace)


def test_a_slick_is_compared_with_the_corrected_mask() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[5:10, 5:45], mask[30:35, 5:45], mask[50:55, 5:45] = 1, 1, 1
    label = np.zeros((64, 64), np.uint8)
    label[5:10, 5:25], label[50:55, 5:45] = 2, 255
    label[30:35, 5:15] = 255
    seep = np.where(mask > 0, np.float32(0.8), np.float32(0.1))
    probabilities = np.zeros((2, 64, 64), np.float16)
    prediction = TilePrediction(mask, probabilities, seep, int((mask > 0).sum()), OrderValues())
    image = np.full((80, 80), 100, np.uint16)
    given = TileInput("a.1", PaddedTile(image, 8), Statistics((0.0,), (200.0,), (100.0,), (10.0,)), None)
    found = examples_of(given, prediction, label)
    assert found.counted_px.tolist() == [200, 150]
    assert found.true_px.tolist() == [100, 0]
    assert found.is_slick.tolist() == [1, 0]
    assert found.class_id.tolist() == [2, 0]
    assert set(found.groups.tolist()) == {tile_number("a.1")}
