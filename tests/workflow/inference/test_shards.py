"""Prediction by shards gives what one worker gives; the shards are predicted in this process, as a machine would."""

import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from seep.store import predictions, tile_queries
from seep.workflow.inference.shards import (
    PredictionSetup,
    Shard,
    ShardPredictor,
    ShardResult,
    make_shards,
    predict_by_shards,
)
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.workspace import Workspace, open_workspace
from tests.buckets import make_bucket, point_to, s3_server
from tests.databases import copy_workspace
from tests.workflow.making import fill, make_settings, make_workspace, never, quiet
from tests.workflow.rasters import open_raster_scene, sea, write_raster
from tests.workspaces import Templates

pytestmark = pytest.mark.usefixtures("by_torch")
SIDE_PX, COLUMNS, ROWS = 64, 6, 5


class Machine:
    """Predicts shards that were sent to it, and counts them."""

    def __init__(self, stops_after: int | None = None) -> None:
        self.stops_after = stops_after
        self.shards: list[Shard] = []
        self.files = 0

    def __call__(
        self,
        setup: PredictionSetup,
        shards: Iterator[Shard],
        on_done: Callable[[ShardResult], None],
        should_stop: Callable[[], bool],
    ) -> bool:
        predictor = ShardPredictor(pickle.loads(pickle.dumps(setup)), "cpu")
        for shard in shards:
            if len(self.shards) == self.stops_after:
                return False
            self.shards.append(shard)
            result = pickle.loads(pickle.dumps(predictor.predict(pickle.loads(pickle.dumps(shard)))))
            self.files += len(result.files)
            on_done(result)
        return True


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """One scene cut into a grid of tiles, so that neighbors give a margin, and a single tile of another one."""
    folder = tmp_path / "grid"
    folder.mkdir()
    scene = np.clip(sea(ROWS * SIDE_PX, COLUMNS * SIDE_PX), 1, None)
    for number in range(ROWS * COLUMNS):
        top, left = (SIDE_PX * one for one in divmod(number, COLUMNS))
        tifffile.imwrite(folder / f"s.{number:06d}.tif", scene[top : top + SIDE_PX, left : left + SIDE_PX])
    tifffile.imwrite(folder / "t.000000.tif", scene[:SIDE_PX, :SIDE_PX])
    return folder


def rows(workspace: Workspace) -> dict[str, tuple[Any, ...]]:
    """By name, everything that is stored of a prediction."""
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, limit=None)
        found = {tile.name: predictions.find_prediction(session, tile.id, 1) for tile in tiles}
    return {
        name: (
            one.mask_sha256,
            one.probability_sha256,
            one.values,
            one.seep_area_px,
        )
        for name, one in found.items()
        if one
    }


def test_shards_give_the_bytes_of_one_worker(
    workspace: Workspace, templates: Templates, grid: Path, tmp_path: Path
) -> None:
    ids = fill(workspace, grid)
    copy_workspace(templates.empty, tmp_path / "local")
    local = make_workspace(tmp_path / "local")
    assert fill(local, grid) == ids
    (grid / "s.000007.tif").write_bytes(b"damaged")
    here, events = Machine(), list[dict[str, Any]]()
    found = predict_by_shards(workspace, ids, 1, lambda _s, _m, some: events.extend(some), never, run=here)
    predict_tiles(local, ids, 1, quiet, never)
    assert (found.done, found.known, len(found.unreadable), found.stopped) == (30, 0, 1, False)
    assert [event["text"].split(":")[0] for event in events] == ["s.000007"]
    assert [len(shard.tiles) for shard in here.shards] == [8, 8, 8, 6, 1]
    assert all(shard.around for shard in here.shards[:4])
    assert rows(workspace) == rows(local)
    assert len(rows(local)) == 30


def test_a_stopped_prediction_goes_on_where_it_was(workspace: Workspace, grid: Path) -> None:
    ids = fill(workspace, grid)
    first, second = Machine(stops_after=2), Machine()
    assert predict_by_shards(workspace, ids, 1, quiet, never, run=first).stopped
    assert len(rows(workspace)) == 16
    found = predict_by_shards(workspace, ids, 1, quiet, never, run=second)
    assert (found.done, found.known, found.stopped) == (15, 16, False)
    assert len(rows(workspace)) == 31


def test_a_shard_carries_its_neighbors_only(workspace: Workspace, grid: Path) -> None:
    ids = fill(workspace, grid)
    (shard,) = make_shards(workspace, ids[:1])
    assert str(shard) == "tile s.000000"
    assert {tile.number for tile in shard.around} == {1, COLUMNS, COLUMNS + 1}
    assert shard.corners.keys() == {tile.id for tile in (*shard.tiles, *shard.around)}


def test_windows_of_a_raster_are_predicted_here_and_the_log_says_so(
    workspace: Workspace, grid: Path, tmp_path: Path
) -> None:
    open_raster_scene(workspace, write_raster(tmp_path / "whole.tif", sea()))
    ids, machine, events = fill(workspace, grid), Machine(), list[dict[str, Any]]()
    found = predict_by_shards(workspace, ids, 1, lambda _s, _m, some: events.extend(some), never, run=machine)
    assert found.done == len(ids)
    assert events[0]["text"] == "1 large raster scene predicted on the worker's machine, not by Ray"
    assert sum(len(shard.tiles) for shard in machine.shards) == 31


def test_masks_go_to_the_bucket_and_not_through_the_worker(
    tmp_path: Path, grid: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny_checkpoint)
    monkeypatch.setenv("SEEP_WORKSPACE", str(tmp_path / "node"))
    with s3_server() as address:
        point_to(monkeypatch, address)
        url = f"s3://{make_bucket(address)}/seep"
        workspace = open_workspace(make_settings(tmp_path / "desk", SEEP_FILES_URL=url))
        machine = Machine()
        found = predict_by_shards(workspace, fill(workspace, grid), 1, quiet, never, run=machine)
        assert (found.done, machine.files) == (31, 0)
        shutil.rmtree(tmp_path / "desk" / "cache", ignore_errors=True)
        for mask, probability, *_ in rows(workspace).values():
            for sha in (mask, probability):
                workspace.store.files.check(sha, ".png")
        workspace.store.close()
