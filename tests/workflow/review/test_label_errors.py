"""Tiles for a second look: which ones, and how they leave the list."""

import numpy as np
import pytest

from seep.core.acquisition import OrderValues, contradiction
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction, TileFilter
from seep.store import audit_log, jobs, predictions
from seep.workflow.inference.tiles import active_checkpoint, enqueue_predict
from seep.workflow.overview import overview
from seep.workflow.predict_job import run_predict
from seep.workflow.review import label_errors, revisions
from seep.workflow.review.queue import queue, review_queue
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA, BOB
from tests.workflow.making import accept, never, quiet


def predict(workspace: Workspace, tile_id: int, rows: int, probability: float) -> None:
    """Predict the first rows as seep, with this probability there and 0 elsewhere."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:rows] = 2
    seep = (mask > 0).astype(np.uint8) * round(255 * probability)
    files = workspace.store.files
    masks = [files.put(encode_mask(one), MASK_SUFFIX) for one in (mask, seep)]
    active = active_checkpoint(workspace)
    assert active
    with workspace.store.transaction() as session:
        row = NewPrediction(tile_id, masks[0], masks[1], OrderValues(0.1), class_areas(mask))
        predictions.add_predictions(session, active.id, [row])


@pytest.fixture
def reviewed(workspace: Workspace, bare_tiles: list[int]) -> list[int]:
    """Three tiles accepted as empty sea, then predicted: otherwise and sure, otherwise but unsure, alike.

    And one that was accepted with its prediction in sight.
    """
    for tile_id in bare_tiles[:3]:
        accept(workspace, tile_id)
    predict(workspace, bare_tiles[0], 20, 0.98)
    predict(workspace, bare_tiles[1], 10, 0.5)
    predict(workspace, bare_tiles[2], 0, 0)
    predict(workspace, bare_tiles[3], 20, 0.98)
    empty = np.zeros((64, 64), np.uint8)
    revisions.save_mask(
        workspace, bare_tiles[3], empty, "accept", actor=ADA, base_revision_id=None, request_id="seen"
    )
    return bare_tiles[:4]


def listed(workspace: Workspace) -> list[int]:
    return [item.id for item in queue(workspace, order="label_errors")]


def test_only_what_a_sure_model_contradicts_unseen_is_listed(
    workspace: Workspace, reviewed: list[int]
) -> None:
    assert listed(workspace) == []
    assert label_errors.measure(workspace) == 1
    assert listed(workspace) == [reviewed[0]]
    assert queue(workspace, order="label_errors")[0].value == pytest.approx(0.98, abs=0.02)
    assert [item.id for item in review_queue(workspace, TileFilter(), "label_errors", BOB)] == [reviewed[0]]
    assert overview(workspace).label_errors == 1
    assert label_errors.count_compared(workspace) == 3, "the fourth was accepted with its prediction in sight"


def test_a_mask_that_is_right_leaves_the_list_for_good(workspace: Workspace, reviewed: list[int]) -> None:
    label_errors.measure(workspace)
    assert label_errors.confirm(workspace, reviewed, BOB) == 1
    assert label_errors.measure(workspace) == 0
    with workspace.store.reading() as session:
        newest = audit_log.list_audit(session, 1)[0]
    assert (newest.action, newest.author, newest.subject) == ("mask is right", "bob", f"tile {reviewed[0]}")


def test_accepting_again_with_the_prediction_in_sight_takes_it_off(
    workspace: Workspace, reviewed: list[int]
) -> None:
    label_errors.measure(workspace)
    accept(workspace, reviewed[0], BOB)
    assert listed(workspace) == []
    assert label_errors.measure(workspace) == 0


def test_a_mask_that_was_saved_while_it_was_compared_is_not_listed(
    workspace: Workspace, reviewed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = contradiction

    def slowly(*values: np.ndarray) -> float:
        if not saved:
            saved.append(reviewed[0])
            accept(workspace, reviewed[0], BOB)
        return compare(*values)

    saved: list[int] = []
    monkeypatch.setattr(label_errors, "contradiction", slowly)
    assert label_errors.measure(workspace) == 0
    assert listed(workspace) == []


def test_a_mask_that_is_gone_does_not_keep_others_from_being_compared(
    workspace: Workspace, reviewed: list[int]
) -> None:
    with workspace.store.reading() as session:
        shown = predictions.predictions_of_tile(session, reviewed[1])[0]
    workspace.store.files.local(shown.mask_sha256, MASK_SUFFIX).unlink()
    assert label_errors.measure(workspace) == 1
    assert listed(workspace) == [reviewed[0]]


def test_a_job_predicts_reviewed_tiles_and_compares(workspace: Workspace, reviewed: list[int]) -> None:
    job_id = enqueue_predict(workspace, ADA, reviewed=True)
    assert job_id
    with workspace.store.reading() as session:
        job = jobs.get_job(session, job_id)
    said = run_predict(workspace, job, quiet, never)
    assert said == "0 tiles predicted; 1 possible label error"
