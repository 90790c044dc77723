"""What the canvas shows of a tile: the wide dark areas of its prediction."""

import numpy as np
import pytest

from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.store import predictions
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.review import bulk_accept, revisions
from seep.workflow.review.tile_document import WideAreaEntry, tile_document
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA


@pytest.fixture
def sheet(workspace: Workspace, bare_tiles: list[int]) -> int:
    """A tile with a narrow slick and a wide dark area of two classes."""
    mask = np.zeros((64, 64), np.uint8)
    mask[2:5, 5:40] = 1
    mask[10:60, 8:30], mask[10:60, 30:58] = 1, 2
    checkpoint = active_checkpoint(workspace)
    assert checkpoint
    sha256 = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    row = NewPrediction(
        bare_tiles[0], sha256, None, 0.5, class_areas(mask), confident=0.99, wide_area_px=2500
    )
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, checkpoint.id, [row])
    return bare_tiles[0]


def areas(workspace: Workspace, tile_id: int) -> list[WideAreaEntry]:
    prediction = tile_document(workspace, tile_id, ADA)["prediction"]
    assert prediction is not None
    return prediction["wide_areas"]


def test_wide_dark_areas_are_a_question_until_the_tile_is_reviewed(workspace: Workspace, sheet: int) -> None:
    (found,) = areas(workspace, sheet)
    assert (found["seed"], found["area_px"]) == (10 * 64 + 8, 50 * 50)
    assert found["radius_px"] == pytest.approx(25, abs=0.6)
    mask = np.zeros((64, 64), np.uint8)
    revisions.save_mask(workspace, sheet, mask, "accept", actor=ADA, base_revision_id=None, request_id="r-1")
    assert areas(workspace, sheet) == []


def test_a_lost_mask_has_no_wide_dark_areas(workspace: Workspace, sheet: int) -> None:
    with workspace.store.reading() as session:
        lost = [one.mask_sha256 for one in predictions.predictions_of_tile(session, sheet)]
    for sha256 in lost:
        workspace.store.files.local(sha256, MASK_SUFFIX).unlink()
    assert areas(workspace, sheet) == []


def test_tiles_with_a_wide_dark_area_are_not_accepted_in_bulk(workspace: Workspace, sheet: int) -> None:
    assert bulk_accept.find_confident(workspace, [sheet], 0.0, 0.0) == []
