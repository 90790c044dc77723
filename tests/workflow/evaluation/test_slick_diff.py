from pathlib import Path

import numpy as np
import pytest

from seep.core.masks.mask import decode_mask
from seep.errors import MissingError
from seep.store import predictions
from seep.workflow.evaluation.slick_diff import MIN_AREA_PX, count_compared_tiles, slick_changes
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.workspace import MASK_SUFFIX, Workspace, install_checkpoint
from tests.actors import ADA
from tests.workflow.making import make_checkpoint, never, quiet, split_of


@pytest.fixture
def other(workspace: Workspace, tmp_path: Path) -> int:
    return install_checkpoint(workspace, make_checkpoint(tmp_path / "o.safetensors", seed=3), ADA).id


def mask_of(workspace: Workspace, tile: int, checkpoint: int) -> np.ndarray:
    with workspace.store.reading() as session:
        row = predictions.find_prediction(session, tile, checkpoint)
    assert row is not None
    return decode_mask(workspace.store.files.read(row.mask_sha256, MASK_SUFFIX))


def in_test(workspace: Workspace, tiles: list[int]) -> list[int]:
    return [tile for tile in tiles if split_of(workspace, tile) == "test"]


def test_differences_are_listed_with_their_predictions_and_mask(
    workspace: Workspace, tiles: list[int], other: int
) -> None:
    chosen = in_test(workspace, tiles)
    for checkpoint in (1, other):
        predict_tiles(workspace, tiles, checkpoint, quiet, never)
    found = slick_changes(workspace, 1, other)
    assert {one.tile_id for one in found} <= set(chosen)
    assert [one.area_px for one in found] == sorted((one.area_px for one in found), reverse=True)
    for tile in chosen:
        differ = np.count_nonzero(mask_of(workspace, tile, 1) != mask_of(workspace, tile, other))
        listed = sum(one.area_px for one in found if one.tile_id == tile)
        assert differ - 64 * 64 / MIN_AREA_PX < listed <= differ
    first = found[0]
    assert (first.tile_width, first.improved is None) == (64, False)
    assert first.truth_revision is not None
    with workspace.store.reading() as session:
        row = predictions.get_prediction(session, first.new_prediction)
    assert (row.checkpoint_id, row.tile_id) == (other, first.tile_id)
    assert count_compared_tiles(workspace, 1, other) == (3, 3)
    assert slick_changes(workspace, 1, 1) == []


def test_tiles_that_one_has_not_predicted_are_not_compared(
    workspace: Workspace, tiles: list[int], other: int
) -> None:
    chosen = in_test(workspace, tiles)
    predict_tiles(workspace, chosen, 1, quiet, never)
    predict_tiles(workspace, chosen[:1], other, quiet, never)
    assert count_compared_tiles(workspace, 1, other) == (1, 3)
    assert {one.tile_id for one in slick_changes(workspace, 1, other)} == {chosen[0]}
    assert slick_changes(workspace, 1, other, "validation") == []


def test_without_mask_no_change_is_an_improvement(
    workspace: Workspace, bare_tiles: list[int], other: int
) -> None:
    for checkpoint in (1, other):
        predict_tiles(workspace, bare_tiles, checkpoint, quiet, never)
    found = slick_changes(workspace, 1, other)
    assert {one.improved for one in found} == {None}
    assert {one.truth_revision for one in found} == {None}


def test_mask_files_are_read_once(
    workspace: Workspace, tiles: list[int], other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for checkpoint in (1, other):
        predict_tiles(workspace, tiles, checkpoint, quiet, never)
    first = slick_changes(workspace, 1, other)
    monkeypatch.setattr(type(workspace.store.files), "read", None)
    assert slick_changes(workspace, 1, other) == first


def test_unknown_checkpoint_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(MissingError):
        slick_changes(workspace, 1, 9)
