from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

import numpy as np
import pytest
from sqlalchemy import update

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.errors import CheckpointError, MissingError, SettingsError, TrainingError
from seep.store import checkpoints, jobs, predictions, revisions, runs, scenes
from seep.store.files.file_store import FileStore
from seep.store.schema import Tile
from seep.workflow.jobs import get_job
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.bulk_accept import accept_all
from seep.workflow.tile_data import class_areas, revision_mask
from seep.workflow.training import requests, selection
from seep.workflow.training.presets import FINETUNE, FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, estimate
from seep.workflow.training.selection import SplitSize, training_candidates
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA, BO
from tests.workflow.making import accept, split_of


def reviewed(workspace: Workspace, tiles: list[int]) -> list[int]:
    """Accept one tile of each scene; returns the revisions of those that train."""
    done = [(split_of(workspace, tile), accept(workspace, tile, stripe=1)) for tile in tiles[::3]]
    return [one["revision"]["id"] for split, one in done if split == "train"]


def test_reviewed_tiles_of_training_scenes_are_what_trains(workspace: Workspace, tiles: list[int]) -> None:
    ids = reviewed(workspace, tiles)
    found = training_candidates(workspace)
    assert found.revision_ids == (*ids,)
    assert (found.count, found.states, found.authors) == (2, {"corrected": 2}, {"ada": 2})
    assert found.replay_tiles == 4  # the other imported masks of the training scenes
    assert (found.validation, found.test) == (SplitSize(3, 1, 1), SplitSize(3, 1, 1))
    assert sum(one.area_px for one in found.classes if one.class_id == 1) >= 2 * 3 * 64
    assert found.ready


def test_nothing_reviewed_is_said_in_a_sentence(workspace: Workspace, bare_tiles: list[int]) -> None:
    found = training_candidates(workspace)
    assert not found.ready
    assert "Accept or correct tiles first" in (found.reason or "")
    with pytest.raises(TrainingError, match="No newly reviewed tiles"):
        enqueue_finetune(workspace, FinetuneRequest(), ADA)


def test_other_tiles_than_the_new_ones_can_be_chosen(workspace: Workspace, tiles: list[int]) -> None:
    ids = reviewed(workspace, tiles)
    job_id = enqueue_finetune(workspace, FinetuneRequest(), ADA)
    assert training_candidates(workspace).in_progress == 2
    with workspace.store.transaction() as session:
        run = runs.add_run(session, job_id, base_checkpoint_id=1, config={}, revision_ids=ids, author="ada")
        runs.finish_run(session, run.id, "done")
        jobs.finish(session, job_id, "done")
    found = training_candidates(workspace)
    assert (found.ready, found.count, found.new, found.in_progress) == (False, 0, 0, 0)
    for choice in ("day", "all"):
        found = training_candidates(workspace, choice)
        assert (found.ready, found.revision_ids, found.new) == (True, (*ids,), 0)
    with pytest.raises(SettingsError, match="'week'"):
        training_candidates(workspace, "week")


def test_tiles_leave_the_last_24_hours_although_nothing_changes(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(workspace, tiles[:2])
    assert training_candidates(workspace, "day").revision_ids

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Tomorrow":
            return super().now(tz) + timedelta(days=1, minutes=1)

    monkeypatch.setattr(selection, "datetime", Tomorrow)
    assert training_candidates(workspace, "day").revision_ids == ()


def test_a_mask_that_is_lost_is_named_and_left_out(workspace: Workspace, tiles: list[int]) -> None:
    ids = reviewed(workspace, tiles)
    with workspace.store.reading() as session:
        first = revisions.existing_revisions(session, ids[:1])[0]
        name = scenes.get_tile(session, first.tile_id).name
    made = accept(workspace, first.tile_id, stripe=2)["revision"]["id"]  # a mask of its own
    with workspace.store.reading() as session:
        lost = revisions.get_revision(session, made)
    workspace.store.files.local(lost.mask_sha256, MASK_SUFFIX).unlink()
    found = training_candidates(workspace)
    assert found.unreadable == [name]
    assert found.revision_ids == (*ids[1:],)


def test_masks_are_read_once_until_their_files_change(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = reviewed(workspace, tiles)
    before = training_candidates(workspace)
    read = list[str]()
    original = FileStore.read
    monkeypatch.setattr(
        FileStore, "read", lambda store, sha, suffix: read.append(sha) or original(store, sha, suffix)
    )
    assert training_candidates(workspace) == before
    assert read == []
    with workspace.store.reading() as session:
        sha = revisions.get_revision(session, ids[0]).mask_sha256
    path = workspace.store.files.local(sha, MASK_SUFFIX)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    damaged = training_candidates(workspace)
    path.write_bytes(whole)
    assert set(read) == {sha}
    assert len(damaged.unreadable) >= 1
    assert training_candidates(workspace) == before


def test_a_flagged_or_rejected_mask_is_no_truth(workspace: Workspace, tiles: list[int]) -> None:
    ids = reviewed(workspace, tiles)
    train = [tile for tile in tiles if split_of(workspace, tile) == "train"]
    review_revisions.decide(workspace, train[0], "reject", BO)
    review_revisions.decide(workspace, train[1], "flag", BO)
    found = training_candidates(workspace)
    assert found.revision_ids == (*ids[1:],)
    assert found.replay_tiles == 3


def test_a_job_holds_the_revisions_of_its_moment(workspace: Workspace, tiles: list[int]) -> None:
    ids = reviewed(workspace, tiles)
    job_id = enqueue_finetune(workspace, FinetuneRequest(epochs=2), ADA, "click")
    train = next(tile for tile in tiles[1:] if split_of(workspace, tile) == "train")
    accept(workspace, train)
    assert enqueue_finetune(workspace, FinetuneRequest(epochs=2), ADA, "click") == job_id
    request = requests.request_of(get_job(workspace, job_id))
    assert request == FinetuneRequest(tuple(ids), base_checkpoint_id=1, epochs=2, ignore_above_radius_px=12)


@pytest.mark.parametrize(
    ("stripe_px", "given", "used"), [(30, None, 0), (60, None, 12), (30, 12, 12), (60, 0, 0)]
)
def test_the_share_of_wide_slicks_decides_whether_they_are_ignored(
    workspace: Workspace, bare_tiles: list[int], stripe_px: int, given: int | None, used: int
) -> None:
    """A rectangle of 40 x 30 px in one tile is wide; the stripes in the other are not."""
    square, stripes = np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.uint8)
    square[:40, :30] = 1
    stripes[np.arange(64) % 6 < 3, :stripe_px] = 1
    share = square.sum() / (square.sum() + stripes.sum())
    assert (share > 0.5) == (stripe_px == 30)
    trained = [tile for tile in bare_tiles if split_of(workspace, tile) == "train"][:2]
    done = [
        review_revisions.save_mask(
            workspace, tile, mask, "accept", actor=ADA, base_revision_id=None, request_id=str(tile)
        )["revision"]["id"]
        for tile, mask in zip(trained, (square, stripes), strict=True)
    ]
    request = FinetuneRequest(tuple(done), ignore_above_radius_px=given)
    guess = estimate(workspace, request)
    job = get_job(workspace, enqueue_finetune(workspace, request, ADA))
    assert requests.request_of(job).ignore_above_radius_px == used
    if given is None:
        assert guess.radius is not None
        assert (guess.radius.radius_px, guess.radius.wide_share) == (used, pytest.approx(share))
        assert guess.radius.sentence.startswith("Slicks above 12 px" if used else "No slick is ignored")
    else:
        assert guess.radius is None


def test_held_back_scenes_never_train(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles[::3]:
        done = accept(workspace, tile)
        if split_of(workspace, tile) != "train":
            request = FinetuneRequest(revision_ids=(done["revision"]["id"],))
            with pytest.raises(TrainingError, match="not in a train scene"):
                enqueue_finetune(workspace, request, ADA)


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (FinetuneRequest(epochs=0), "Epochs"),
        (FinetuneRequest(learning_rate=0), "Learning rate"),
        (FinetuneRequest(learning_rate=float("nan")), "Learning rate"),
        (FinetuneRequest(replay_share=1), "Replay share"),
        (FinetuneRequest(crop_px=100), "multiple of 32"),
        (replace(FINETUNE["slick-head"], epochs=3), '"slick-head" does not use epochs'),
    ],
)
def test_a_value_out_of_range_is_named(workspace: Workspace, request_: FinetuneRequest, word: str) -> None:
    for ask in (
        lambda: enqueue_finetune(workspace, request_, ADA),
        lambda: estimate(workspace, request_),
    ):
        with pytest.raises(SettingsError, match=word):
            ask()


def test_what_is_not_there_is_named(workspace: Workspace, tiles: list[int]) -> None:
    with pytest.raises(MissingError, match="revision 999"):
        enqueue_finetune(workspace, FinetuneRequest(revision_ids=(999,)), ADA)
    reviewed(workspace, tiles)
    with pytest.raises(MissingError, match="checkpoint 999"):
        enqueue_finetune(workspace, FinetuneRequest(base_checkpoint_id=999), ADA)


def test_without_an_active_checkpoint(
    workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(workspace, tiles)
    monkeypatch.setattr("seep.workflow.inference.tiles.active_checkpoint", lambda _: None)
    with pytest.raises(CheckpointError, match="No checkpoint is active"):
        enqueue_finetune(workspace, FinetuneRequest(), ADA)


def test_the_estimate_grows_with_the_work(workspace: Workspace, tiles: list[int]) -> None:
    reviewed(workspace, tiles)
    short, long = (estimate(workspace, FinetuneRequest(epochs=epochs)) for epochs in (50, 200))
    assert 0 < short.seconds < long.seconds
    assert (long.tiles, long.replay_tiles) == (2, 4)
    assert long.steps == 4 * short.steps


def test_tiles_that_hold_the_prediction_of_the_base_are_counted(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    train = [tile for tile in bare_tiles if split_of(workspace, tile) == "train"]
    for tile in train[:4]:
        predict(workspace, tile)
    accept(workspace, train[0])
    accept_all(workspace, train[1:2], ADA)
    accept(workspace, train[2], stripe=1)
    accept(workspace, train[4])  # empty, and never predicted
    guess = estimate(workspace, FinetuneRequest())
    assert (guess.unchanged, guess.tiles) == (2, 4)
    with workspace.store.transaction() as session:
        weights = checkpoints.get_checkpoint(session, 1)
        other = checkpoints.add_checkpoint(
            session, name="other", parent_id=None, run_id=None, weights_sha256="0" * 64, card=weights.card,
            author="ada",
        )  # fmt: skip
    assert estimate(workspace, FinetuneRequest(base_checkpoint_id=other.id)).unchanged == 0


def test_an_imported_mask_is_not_counted_as_a_prediction(workspace: Workspace, tiles: list[int]) -> None:
    train = next(tile for tile in tiles if split_of(workspace, tile) == "train")
    accept(workspace, train)
    predict(workspace, train, shown_mask(workspace, train))
    guess = estimate(workspace, FinetuneRequest())
    assert (guess.unchanged, guess.tiles) == (0, 1)


def predict(workspace: Workspace, tile_id: int, mask: np.ndarray | None = None) -> None:
    """Add a prediction of the active version: the mask, or a rectangle of class 2."""
    if mask is None:
        mask = np.zeros((64, 64), np.uint8)
        mask[10:20, 10:30] = 2
    sha256 = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    row = NewPrediction(tile_id, sha256, None, OrderValues(0.5), class_areas(mask))
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, 1, [row])


def shown_mask(workspace: Workspace, tile_id: int) -> np.ndarray:
    with workspace.store.reading() as session:
        newest = revisions.history(session, tile_id)[0]
    return revision_mask(workspace, newest.id)


def test_a_tile_with_other_bands_is_left_out_and_named(workspace: Workspace, tiles: list[int]) -> None:
    ids = reviewed(workspace, tiles)
    with workspace.store.reading() as session:
        first, second = revisions.existing_revisions(session, ids)
        name = scenes.get_tile(session, first.tile_id).name
    with workspace.store.transaction() as session:
        session.execute(update(Tile).where(Tile.id == first.tile_id).values(bands=3))
    guess = estimate(workspace, FinetuneRequest())
    assert (guess.tiles, guess.unsupported) == (1, [name])
    job = get_job(workspace, enqueue_finetune(workspace, FinetuneRequest(), ADA))
    assert job.params["revision_ids"] == [second.id]
    with pytest.raises(CheckpointError, match="these have 3"):
        enqueue_finetune(workspace, FinetuneRequest(revision_ids=(first.id,)), ADA)
