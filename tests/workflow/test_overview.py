from datetime import UTC, datetime, timedelta
from pathlib import Path

from seep.store import checkpoints, jobs, runs
from seep.store.schema import Job, stamp
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.overview import NextStep, overview
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BO
from tests.workflow.making import accept, fill, split_of, write_tiles


def test_an_empty_workspace_suggests_an_import(workspace: Workspace) -> None:
    found = overview(workspace)
    assert found.sentence == "No tiles."
    assert found.next_step == NextStep("Import tiles", "data")
    assert [step.done for step in found.checklist] == [False] * 4
    assert all(step.about.endswith(".") for step in found.checklist)


def test_the_sentence_sums_up_the_workspace(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, tiles[0], BO, stripe=1)
    enqueue_predict(workspace, ADA)
    found = overview(workspace)
    assert found.sentence == (
        "1 of 12 tiles reviewed, 1 new for training; active version tiny; prediction queued, 0\u202f%."
    )
    assert (found.tiles, found.reviewed, found.new_for_training) == (12, 1, 1)
    assert found.next_step == NextStep("Continue review", "review")
    assert [step.done for step in found.checklist] == [True, False, False, False, False]
    assert found.checklist[1].label == "Review tiles (1 of 10)"
    assert found.checklist[2].label == "Import more scenes (1 of 3 test scenes with seep)"
    assert found.checklist[2].page == "data"
    assert [(day.author, day.tiles) for day in found.by_day] == [("bo", 1)]
    assert [(job.kind, job.state) for job in found.jobs] == [("predict", "queued")]
    assert found.jobs[0].version == "tiny"
    assert next(one for one in found.classes if one.id == 1).tiles >= 1


def test_a_running_job_without_a_heartbeat_is_not_said_to_run(workspace: Workspace, tiles: list[int]) -> None:
    enqueue_predict(workspace, ADA)
    with workspace.store.transaction() as session:
        taken = jobs.claim_next(session, "w1")
        assert taken
    assert overview(workspace).activity == "prediction running, 0\u202f%"
    with workspace.store.transaction() as session:
        row = session.get(Job, taken.id)
        assert row
        row.heartbeat_at = stamp(datetime.now(UTC) - timedelta(minutes=2))
    found = overview(workspace)
    assert found.activity == "prediction not responding"
    assert found.jobs[0].silent_s is not None
    assert found.jobs[0].silent_s >= 120


def test_the_next_step_follows_the_state(workspace: Workspace, tiles: list[int]) -> None:
    assert overview(workspace).next_step == NextStep("Predict open tiles", "browse")
    for tile in tiles:
        accept(workspace, tile)
    assert [step.done for step in overview(workspace).checklist] == [True, True, False, False, False]
    train = sum(split_of(workspace, tile) == "train" for tile in tiles)
    assert overview(workspace).next_step == NextStep(f"Fine-tune on {train} reviewed tiles", "finetune")


def test_the_same_tiles_are_not_suggested_again_after_a_run_that_kept_the_base(
    workspace: Workspace, tiles: list[int]
) -> None:
    for tile in tiles:
        accept(workspace, tile)
    with workspace.store.transaction() as session:
        base = checkpoints.active_checkpoint(session)
        assert base
        ids = runs.revisions_since_last_run(session)
        run = runs.add_run(
            session, None, base_checkpoint_id=base.id, config={}, revision_ids=ids, author="ada"
        )
        runs.finish_run(session, run.id, "done", {"alpha": 0.0})
    found = overview(workspace)
    assert found.new_for_training == len(ids)
    assert found.next_step == NextStep("Export masks", "data", "Export")
    again = next(tile for tile in tiles if split_of(workspace, tile) == "train")
    accept(workspace, again, stripe=1)
    assert overview(workspace).next_step == NextStep(f"Fine-tune on {len(ids)} reviewed tiles", "finetune")


def test_a_promotion_finishes_its_own_step_only(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, tiles[0])
    with workspace.store.transaction() as session:
        base = checkpoints.active_checkpoint(session)
        assert base
        run = runs.add_run(
            session, None, base_checkpoint_id=base.id, config={}, revision_ids=[], author="ada"
        )
        made = checkpoints.add_checkpoint(
            session,
            name="tuned",
            parent_id=base.id,
            run_id=run.id,
            weights_sha256="1" * 64,
            card={},
            author="ada",
        )
    assert [step.done for step in overview(workspace).checklist] == [True, True, False, True, False]
    assert overview(workspace).next_step == NextStep("Promote or drop tuned", "finetune")
    with workspace.store.transaction() as session:
        checkpoints.promote(session, made.id, "ada")
    assert [step.done for step in overview(workspace).checklist] == [True, True, False, True, True]


def test_a_version_is_decided_on_before_the_next_fine_tuning(workspace: Workspace, tiles: list[int]) -> None:
    for tile in tiles:
        accept(workspace, tile)
    new = overview(workspace).new_for_training
    assert overview(workspace).next_step == NextStep(f"Fine-tune on {new} reviewed tiles", "finetune")
    with workspace.store.transaction() as session:
        base = checkpoints.active_checkpoint(session)
        assert base
        run = runs.add_run(
            session, None, base_checkpoint_id=base.id, config={}, revision_ids=[], author="ada"
        )
        checkpoints.add_checkpoint(
            session, name="tuned", parent_id=base.id, run_id=run.id, weights_sha256="1" * 64, card={},
            author="ada",
        )  # fmt: skip
    assert overview(workspace).next_step == NextStep("Promote or drop tuned", "finetune")
    again = next(tile for tile in tiles if split_of(workspace, tile) == "train")
    accept(workspace, again, stripe=1)
    assert overview(workspace).next_step == NextStep(f"Fine-tune on {new} reviewed tiles", "finetune")


def test_three_test_scenes_with_seep_are_enough(workspace: Workspace, tmp_path: Path) -> None:
    images, _ = write_tiles(tmp_path, scenes=[f"s{number:02d}" for number in range(16)], each=1)
    tiles = fill(workspace, images)
    in_test = [tile for tile in tiles if split_of(workspace, tile) == "test"]
    assert len(in_test) == 3
    for done, tile in enumerate(in_test):
        step = overview(workspace).checklist[2]
        assert (step.done, step.query) == (False, {"split": "test"})
        tiles_left = "1 test tile" if done == 2 else f"{3 - done} test tiles"
        assert step.label == f"Review {tiles_left} ({done} of 3 scenes)"
        accept(workspace, tile, stripe=1)
    assert (overview(workspace).checklist[2].label, overview(workspace).checklist[2].done) == (
        "Review test tiles",
        True,
    )


def test_the_change_of_the_active_version_is_the_one_that_its_run_measured(
    workspace: Workspace, tiles: list[int]
) -> None:
    assert overview(workspace).active_change is None  # nothing was trained
    measured = {"tiles": 9, "scenes": 3, "difference": {"difference": 0.086, "low": 0.01, "high": 0.2}}
    outcome = {
        "verdict": "better",
        "basis": "test",
        "against": {"id": 1, "name": "base"},
        "splits": {"test": measured},
    }
    with workspace.store.transaction() as session:
        base = checkpoints.active_checkpoint(session)
        assert base
        run = runs.add_run(
            session, None, base_checkpoint_id=base.id, config={}, revision_ids=[], author="ada"
        )
        made = checkpoints.add_checkpoint(
            session, name="tuned", parent_id=base.id, run_id=run.id, weights_sha256="1" * 64, card={},
            author="ada",
        )  # fmt: skip
        runs.finish_run(session, run.id, "done", outcome, made.id)
        checkpoints.promote(session, made.id, "ada")
    change = overview(workspace).active_change
    assert change is not None
    assert (change.difference, change.basis) == (0.086, "IoU vs. base on the same 3 test scenes")


def test_test_scenes_that_the_active_version_was_trained_on_are_named_as_such(
    workspace: Workspace, tiles: list[int]
) -> None:
    scene = {"tiles": 1, "matrix": [[1, 1], [1, 1]], "figures": {"binary_iou": 0.5}}
    test = {"figures": {"binary_iou": 0.5}, "scenes": 2, "per_scene": {"s1": scene, "s2": scene}}
    card = {"splits": {"train": ["s1"]}, "figures": {"test": test}}
    with workspace.store.transaction() as session:
        made = checkpoints.add_checkpoint(
            session,
            name="seen",
            parent_id=None,
            run_id=None,
            weights_sha256="1" * 64,
            card=card,
            author="ada",
        )
        checkpoints.promote(session, made.id, "ada")
    (quality,) = overview(workspace).active_quality
    assert quality.basis == "2 test scenes, 1 of them in its training data"
