"""What the canvas shows of a tile: the wide dark areas of its prediction and its image."""

import numpy as np
import pytest
import tifffile
from sqlalchemy import update

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.store import checkpoints, predictions, scenes
from seep.store.schema import Checkpoint, Scene
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.review import bulk_accept, revisions
from seep.workflow.review.tile_document import WideAreaEntry, tile_document
from seep.workflow.tile_data import class_areas, image_path
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA


@pytest.fixture
def sheet(workspace: Workspace, bare_tiles: list[int]) -> int:
    """A tile with a narrow slick and a wide dark area of two classes."""
    mask = np.zeros((64, 64), np.uint8)
    mask[2:5, 5:40] = 1
    mask[10:60, 8:30], mask[10:60, 30:58] = 1, 2
    store_prediction(workspace, bare_tiles[0], mask, wide_area_px=2500)
    return bare_tiles[0]


@pytest.fixture
def dark(workspace: Workspace, bare_tiles: list[int]) -> int:
    """A tile whose image has a dark disk of 12 px radius, of which nothing is predicted."""
    rows, columns = np.mgrid[:64, :64]
    inside = (rows - 30) ** 2 + (columns - 34) ** 2 <= 12**2
    image = np.where(inside, 500, 1000) + np.random.default_rng(0).normal(0, 20, (64, 64))
    with workspace.store.transaction() as session:
        tile = scenes.get_tile(session, bare_tiles[0])
        statistics = {"low": [100.0], "high": [2000.0], "median": [1000.0], "scale": [100.0]}
        session.execute(update(Scene).where(Scene.id == tile.scene_id).values(statistics=statistics))
    tifffile.imwrite(image_path(workspace, tile), image.astype(np.uint16))
    mask = np.zeros((64, 64), np.uint8)
    mask[28:32, 30:60] = 2
    store_prediction(workspace, tile.id, mask, wide_area_px=400)
    return tile.id


def set_card(workspace: Workspace, **fields: float) -> None:
    with workspace.store.transaction() as session:
        for one in checkpoints.list_checkpoints(session):
            session.execute(update(Checkpoint).values(card={**one.card, "wide_radius_px": 8, **fields}))


def store_prediction(workspace: Workspace, tile_id: int, mask: np.ndarray, wide_area_px: int) -> None:
    checkpoint = active_checkpoint(workspace)
    assert checkpoint
    sha256 = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    row = NewPrediction(
        tile_id, sha256, None, OrderValues(0.5, confident=0.99, wide_area_px=wide_area_px), class_areas(mask)
    )
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, checkpoint.id, [row])


def areas(workspace: Workspace, tile_id: int) -> list[WideAreaEntry]:
    prediction = tile_document(workspace, tile_id, ADA)["prediction"]
    assert prediction is not None
    return prediction["wide_areas"]


def test_wide_dark_areas_are_a_question_until_the_tile_is_reviewed(workspace: Workspace, sheet: int) -> None:
    (found,) = areas(workspace, sheet)
    assert (found["seeds"], found["area_px"]) == ([10 * 64 + 8], 50 * 50)
    assert found["runs"] == [number for row in range(10, 60) for number in (row, 8, 58)]
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


def test_a_dark_area_of_the_image_is_asked_about_with_its_pixels(workspace: Workspace, dark: int) -> None:
    set_card(workspace, dark_area_depth=0.6)
    (found,) = areas(workspace, dark)
    assert found["seeds"] == [], "no wide slick is predicted there"
    runs = np.reshape(found["runs"], (-1, 3))
    assert (runs[:, 2] - runs[:, 1]).sum() == found["area_px"]
    assert np.pi * 12**2 < found["area_px"] < np.pi * 18**2
    assert np.abs(runs[:, 0].mean() - 30) < 1
    assert np.abs(runs[:, 1:].mean() - 34) < 1


def test_dark_areas_are_not_asked_about_unless_the_card_says_so(workspace: Workspace, dark: int) -> None:
    for fields in ({}, {"dark_area_depth": 0.0}):
        set_card(workspace, **fields)
        assert areas(workspace, dark) == []


def test_without_its_image_a_tile_keeps_the_areas_of_its_mask(workspace: Workspace, sheet: int) -> None:
    set_card(workspace, dark_area_depth=0.6)
    with workspace.store.reading() as session:
        image_path(workspace, scenes.get_tile(session, sheet)).unlink()
    assert [one["area_px"] for one in areas(workspace, sheet)] == [50 * 50]
