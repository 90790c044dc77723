from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, update

from seep.core.records import TileRecord
from seep.engine.inference import streaming
from seep.store import checkpoints, predictions, scenes
from seep.store.schema import Checkpoint, Prediction, PredictionClass, Tile
from seep.workflow.inference import raster_scenes, runner
from seep.workflow.inference.tiles import enqueue_predict, predict_tiles, require_active
from seep.workflow.models.promotion import promote
from seep.workflow.review.tile_document import tile_document
from seep.workflow.tile_data import prediction_mask
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA
from tests.streets import blocks, write_street_checkpoint
from tests.workflow.making import never, quiet
from tests.workflow.rasters import HEIGHT, WIDTH, open_raster_scene, sea, write_raster

Windows = list[TileRecord]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_scenes, "LOOK_AHEAD_PX", 32)
    monkeypatch.setattr(streaming, "STEP_PX", 192)
    monkeypatch.setattr(streaming, "BLOCK_PX", 192 + 2 * streaming.MARGIN_PX)


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> Windows:
    image = sea()
    image[:, 600:] = 0
    report = open_raster_scene(workspace, write_raster(tmp_path / "whole.tif", image))
    with workspace.store.reading() as session:
        return scenes.tiles_of_scene(session, report.scene_id)


def predicted(workspace: Workspace, windows: Windows) -> dict[int, np.ndarray]:
    checkpoint = require_active(workspace).id
    with workspace.store.reading() as session:
        found = {one.id: predictions.find_prediction(session, one.id, checkpoint) for one in windows}
    return {key: prediction_mask(workspace, one.id) for key, one in found.items() if one is not None}


def run(workspace: Workspace, windows: Windows, should_stop: object = never) -> bool:
    ids = [tile.id for tile in windows]
    found = predict_tiles(workspace, ids, require_active(workspace).id, quiet, should_stop)  # type: ignore[arg-type]
    return found.stopped


def test_windows_of_a_raster_agree_where_they_overlap(workspace: Workspace, windows: Windows) -> None:
    assert not run(workspace, windows)
    masks = predicted(workspace, windows)
    assert len(masks) == len(windows)
    whole = np.full((HEIGHT, WIDTH), 254, np.uint8)
    for tile in windows:
        spot = whole[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        there = spot != 254
        np.testing.assert_array_equal(spot[there], masks[tile.id][there])
        spot[...] = masks[tile.id]
    assert np.isin(whole, range(1, 8)).any()
    assert not whole[:, 600:].any()


def test_what_a_stop_left_undone_is_done_by_the_next_run_as_if_never_stopped(
    workspace: Workspace, windows: Windows
) -> None:
    asked = iter([False] * 9 + [True] * 99)
    assert run(workspace, windows, lambda: next(asked))
    before = predicted(workspace, windows)
    assert 0 < len(before) < len(windows)
    assert not run(workspace, windows)
    after = predicted(workspace, windows)
    with workspace.store.transaction() as session:
        session.execute(update(Tile).values(prediction_id=None))
        session.execute(delete(PredictionClass))
        session.execute(delete(Prediction))
    run(workspace, windows)
    for tile_id, mask in predicted(workspace, windows).items():
        np.testing.assert_array_equal(mask, after[tile_id])


def test_classes_that_tile_a_raster_are_not_voted_about(workspace: Workspace, tmp_path: Path) -> None:
    write_street_checkpoint(tmp_path / "street.safetensors", classes=8)
    promote(workspace, install_checkpoint(workspace, tmp_path / "street.safetensors", ADA).id, ADA)
    report = open_raster_scene(workspace, write_raster(tmp_path / "street.tif", blocks()))
    with workspace.store.reading() as session:
        street = scenes.tiles_of_scene(session, report.scene_id)
    run(workspace, street)
    masks = predicted(workspace, street)
    found = np.concatenate([mask.ravel() for mask in masks.values()])
    assert sorted(np.bincount(found, minlength=8)[1:])[-2] > 1000


def test_one_window_alone_is_predicted_without_the_rest_of_the_file(
    workspace: Workspace, windows: Windows
) -> None:
    run(workspace, windows[:1])
    assert list(predicted(workspace, windows)) == [windows[0].id]


def test_a_prediction_job_takes_the_windows_too(workspace: Workspace, windows: Windows) -> None:
    assert enqueue_predict(workspace, ADA) is not None


def test_a_raster_that_is_gone_is_told_and_the_rest_is_predicted(
    workspace: Workspace, windows: Windows, tiles: list[int]
) -> None:
    Path(windows[0].path).unlink()
    checkpoint = require_active(workspace).id
    assert len(tiles) == 12 + len(windows)
    found = predict_tiles(workspace, tiles, checkpoint, quiet, never)
    assert found.done == 12
    assert len(found.unreadable) == len(windows)


def test_dark_areas_of_windows_are_counted_and_listed_alike(workspace: Workspace, tmp_path: Path) -> None:
    image = np.random.default_rng(2).normal(1000, 100, (HEIGHT, WIDTH)).clip(1).astype(np.uint16)
    image[60:130, 60:130] -= 400
    report = open_raster_scene(workspace, write_raster(tmp_path / "dark.tif", image))
    with workspace.store.transaction() as session:
        scene = scenes.get_scene(session, report.scene_id)
        windows = scenes.tiles_of_scene(session, scene.id)
        card = {"wide_radius_px": 20, "dark_area_depth": 0.6}
        for one in checkpoints.list_checkpoints(session):
            session.execute(update(Checkpoint).values(card={**one.card, **card}))
    base = runner.load(workspace, require_active(workspace).id)
    asking = replace(base, card={**base.card, **card, "threshold": 0.999999})
    job = raster_scenes.RasterJob(
        scene, windows, require_active(workspace).id, runner.make_predictor(workspace, asking)
    )
    raster_scenes.predict_raster_scene(workspace, job, quiet, never)
    with workspace.store.reading() as session:
        counted = {one.id: one.values.wide_area_px for one in scenes.tiles_of_scene(session, report.scene_id)}
    found = {}
    for tile in windows:
        prediction = tile_document(workspace, tile.id, ADA)["prediction"]
        assert prediction
        found[tile.id] = sum(area["area_px"] for area in prediction["wide_areas"])
    assert counted == found
    first, *others = [counted[tile.id] for tile in windows]
    assert first == pytest.approx(70 * 70, rel=0.3)
    assert not any(others)
