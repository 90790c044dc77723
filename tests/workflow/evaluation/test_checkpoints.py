from pathlib import Path
from typing import Any

import pytest

from seep.core.metrics.evaluate import evaluate
from seep.errors import CheckpointError, MissingError
from seep.jobs.worker import Worker
from seep.store import predictions
from seep.workflow.evaluation.checkpoints import enqueue_evaluate, evaluation_of, run_evaluate
from seep.workflow.evaluation.compare import evaluation_tiles
from seep.workflow.jobs import get_job
from seep.workflow.models.lineage import trained_scenes
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA, BO
from tests.workflow.making import accept, make_checkpoint, never, quiet, split_of


def run(workspace: Workspace, checkpoint: int = 1) -> str | None:
    job = enqueue_evaluate(workspace, checkpoint, BO)
    return run_evaluate(workspace, get_job(workspace, job), quiet, never)


def test_model_is_evaluated_on_all_masks_of_validation_and_test_scenes(
    workspace: Workspace, tiles: list[int]
) -> None:
    assert evaluation_of(workspace, 1) is None
    sentence = run(workspace)
    assert sentence is not None
    assert sentence.startswith("tiny evaluated on 6 tiles; IoU 0.")
    found = evaluation_of(workspace, 1)
    assert found is not None
    assert (found.author, found.outdated, set(found.splits)) == ("bo", False, {"validation", "test"})
    in_test = found.splits["test"]
    assert (in_test.tiles, in_test.scenes) == (3, 1)
    assert len(in_test.matrix) == 8
    assert in_test.slicks is not None
    assert sum(in_test.slicks.true) == 3
    assert in_test.curves is not None
    assert in_test.curves.any_seep is not None
    assert 0 <= in_test.curves.any_seep.average_precision <= 1
    assert in_test.curves.calibration is not None
    assert in_test.curves.calibration.error is not None
    ious = [one.binary_iou for one in in_test.worst]
    assert ious == sorted(ious)
    for one in in_test.worst:
        assert split_of(workspace, one.tile_id) == "test"
        with workspace.store.reading() as session:
            assert predictions.get_prediction(session, one.prediction_id or 0).tile_id == one.tile_id


def test_stored_matrix_equals_that_of_the_predictions(workspace: Workspace, tiles: list[int]) -> None:
    from seep.core.image.arrays import valid_pixels
    from seep.workflow.evaluation.compare import masks_of
    from seep.workflow.labels import read_label
    from seep.workflow.tile_data import read_pixels

    run(workspace)
    held = evaluation_tiles(workspace)["test"]
    masks = masks_of(workspace, [one.tile for one in held], 1, never)
    assert masks is not None
    pairs = [
        (
            one.tile.name,
            one.tile.scene,
            read_label(workspace, one),
            masks[one.tile.id],
            None,
            valid_pixels(read_pixels(workspace, one.tile), one.tile.nodata),
        )
        for one in held
    ]
    found = evaluation_of(workspace, 1)
    assert found is not None
    assert found.splits["test"].matrix == evaluate(pairs, 8)["matrix"]


def test_unreadable_tiles_are_counted_and_left_out(workspace: Workspace, tiles: list[int]) -> None:
    for one in evaluation_tiles(workspace)["test"]:
        Path(one.tile.path).unlink()
    sentence = run(workspace)
    assert sentence is not None
    assert sentence.startswith("tiny evaluated on 3 tiles")
    assert sentence.endswith("; 3 could not be read")
    found = evaluation_of(workspace, 1)
    assert found is not None
    assert "test" not in found.splits


def test_new_mask_makes_evaluation_outdated_until_it_is_repeated(
    workspace: Workspace, tiles: list[int]
) -> None:
    run(workspace)
    in_test = next(tile for tile in tiles if split_of(workspace, tile) == "test")
    accept(workspace, in_test, stripe=2)
    found = evaluation_of(workspace, 1)
    assert found is not None
    assert found.outdated
    run(workspace)
    again = evaluation_of(workspace, 1)
    assert again is not None
    assert not again.outdated
    assert again.splits["test"].matrix != found.splits["test"].matrix


def test_stopped_evaluation_changes_nothing(workspace: Workspace, tiles: list[int]) -> None:
    job = get_job(workspace, enqueue_evaluate(workspace, 1, BO))
    assert run_evaluate(workspace, job, quiet, lambda: True) is None
    assert evaluation_of(workspace, 1) is None


def test_queued_evaluation_is_not_queued_again(workspace: Workspace, tiles: list[int]) -> None:
    first = enqueue_evaluate(workspace, 1, BO)
    assert enqueue_evaluate(workspace, 1, ADA) == first
    assert Worker(workspace).run_one()
    assert get_job(workspace, first).state == "done"
    assert get_job(workspace, first).message.startswith("tiny evaluated")
    assert enqueue_evaluate(workspace, 1, ADA) != first


def test_evaluation_without_masks_or_with_other_classes_is_refused(
    workspace: Workspace, bare_tiles: list[int], tmp_path: Path
) -> None:
    with pytest.raises(MissingError, match="Review some there first"):
        enqueue_evaluate(workspace, 1, BO)
    for tile in bare_tiles:
        accept(workspace, tile)
    many = install_checkpoint(workspace, make_checkpoint(tmp_path / "m.safetensors", classes=9), ADA).id
    with pytest.raises(CheckpointError, match="9 classes"):
        enqueue_evaluate(workspace, many, BO)
    with pytest.raises(MissingError):
        enqueue_evaluate(workspace, 99, BO)


def test_scenes_that_an_ancestor_was_trained_on_are_named(workspace: Workspace) -> None:
    from seep.store import checkpoints

    with workspace.store.transaction() as session:
        add = checkpoints.add_checkpoint
        how: dict[str, Any] = {"run_id": None, "author": "ada"}
        parent = add(
            session,
            name="p",
            parent_id=None,
            weights_sha256="1" * 64,
            card={"splits": {"train": ["x", "y"]}},
            **how,
        )
        child = add(
            session, name="c", parent_id=parent.id, weights_sha256="2" * 64, card={"splits": "odd"}, **how
        )
    assert trained_scenes(workspace, [child.id], ["z", "y"]) == ["y"]
    assert trained_scenes(workspace, [1], ["z", "y"]) == []
