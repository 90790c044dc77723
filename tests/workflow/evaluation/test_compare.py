from pathlib import Path

import numpy as np
import pytest

from seep.core.masks.mask import encode_mask
from seep.errors import StorageError
from seep.store import checkpoints, key_value, predictions
from seep.store.records import NewPrediction
from seep.workflow.evaluation.compare import (
    compare,
    compare_masks,
    evaluation_tiles,
    masks_before,
    predictions_needed,
    unmet,
)
from seep.workflow.inference.tiles import predict_tiles, require_active
from seep.workflow.training.dataset import read_label
from seep.workflow.workspace import MASK_SUFFIX, Workspace, install_checkpoint
from tests.workflow.making import fill, make_checkpoint, never, quiet, write_tiles


@pytest.fixture
def many(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Sixteen scenes, so that three of them are locked."""
    fill(workspace, *write_tiles(tmp_path, scenes=[f"s{number:02d}" for number in range(16)], each=1))
    return workspace


def test_a_perfect_prediction_is_better_than_an_empty_one_and_the_other_way(many: Workspace) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    empty = {tile: np.zeros_like(mask) for tile, mask in truth.items()}
    found = compare_masks(many, held, empty, truth)
    assert (found["verdict"], found["basis"]) == ("better", "locked")
    assert found["scenes"] == len(held["locked"]) >= 3
    assert found["splits"]["locked"]["new"]["figures"]["binary_iou"] == 1
    assert found["sentence"].startswith(
        "Better: IoU 0.000 before, 1.000 now, difference +1.000 (95 %: +1.000 to +1.000)"
    )
    assert found["changed"][0]["changed_px"] == 160
    worse = compare_masks(many, held, truth, empty)
    assert worse["verdict"] == "worse"
    own = len(held["locked"])
    assert worse["splits"]["locked"]["own"] == own
    assert f"{own} of these masks are the old model's own, accepted unchanged" in worse["sentence"]
    assert "old model's own" not in found["sentence"]
    same = compare_masks(many, held, truth, truth)
    assert (same["verdict"], same["changed"]) == ("inconclusive", [])


def test_validation_decides_where_locked_scenes_have_no_truth(many: Workspace) -> None:
    held = {"validation": evaluation_tiles(many)["validation"], "locked": []}
    truth = {one.tile.id: read_label(many, one) for one in held["validation"]}
    found = compare_masks(many, held, truth, truth)
    assert found["basis"] == "validation"
    assert found["splits"]["locked"] == {
        "tiles": 0,
        "scenes": 0,
        "scene_names": [],
        "left_out": [],
        "own": 0,
        "old": None,
        "new": None,
        "difference": None,
    }


def test_a_mask_that_is_lost_leaves_its_tile_out_and_is_named(many: Workspace) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    lost = held["locked"][0]
    alike = [one for one in held["locked"] if one.revision.mask_sha256 == lost.revision.mask_sha256]
    many.store.files.path(lost.revision.mask_sha256, MASK_SUFFIX).unlink()
    found = compare_masks(many, held, truth, truth)
    gone = [one.tile.name for one in alike]
    assert found["splits"]["locked"]["left_out"] == gone
    assert found["splits"]["locked"]["tiles"] == len(held["locked"]) - len(gone)
    assert f"left out, which could not be read or predicted: {gone[0]}" in found["sentence"]
    with pytest.raises(StorageError, match=f"mask of {lost.tile.name} cannot be used"):
        read_label(many, lost)


def test_a_scene_that_was_trained_on_and_locked_later_does_not_judge(many: Workspace) -> None:
    held = evaluation_tiles(many)
    names = sorted({one.tile.scene for one in held["locked"]})
    with many.store.transaction() as session:
        for name, met in (("met", names[:1]), ("all", names)):
            checkpoints.add_checkpoint(
                session,
                name=name,
                parent_id=1,
                run_id=None,
                weights_sha256="1" * 64,
                card={"splits": {"train": met}},
                author="ada",
            )
    left, met = unmet(many, held, [1, 2])
    assert met == names[:1]
    assert sorted({one.tile.scene for one in left["locked"]}) == names[1:]
    assert unmet(many, held, [1]) == (held, [])
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    told = compare_masks(many, left, truth, truth, met)["sentence"]
    assert told.endswith(f"1 scene left out, which one of the two was trained on: {names[0]}.")
    assert unmet(many, held, [3])[0]["locked"] == []


def test_too_few_scenes_with_seep_are_said(many: Workspace) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    two = {**held, "locked": held["locked"][:2]}
    found = compare_masks(many, two, truth, truth)
    assert found["verdict"] == "inconclusive"
    assert "of 2 locked scenes; 2 hold seep, and a verdict takes 3 scenes that do." in found["sentence"]


def test_checkpoints_are_compared_by_what_they_predict(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    other = install_checkpoint(workspace, make_checkpoint(tmp_path / "o.safetensors", seed=3), "ada")
    found = compare(workspace, 1, other.id)
    assert found["against"] == {"id": 1, "name": "tiny"}
    assert (found["splits"]["validation"]["tiles"], found["splits"]["locked"]["tiles"]) == (3, 3)
    assert found == compare(workspace, 1, other.id)


def test_a_comparison_takes_what_the_active_checkpoint_has_not_predicted_too(many: Workspace) -> None:
    held = evaluation_tiles(many)
    tiles = [one.tile for found in held.values() for one in found]
    assert predictions_needed(many, held) == 2 * len(tiles)
    predict_tiles(many, [tiles[0].id], require_active(many).id, quiet, never)
    assert predictions_needed(many, held) == 2 * len(tiles) - 1
    masks_before(many, tiles, require_active(many), never)
    assert predictions_needed(many, held) == len(tiles)
    with many.store.transaction() as session:
        key_value.set_value(session, "last prediction of earlier versions", len(tiles))
    assert predictions_needed(many, held) == 2 * len(tiles)


def test_what_an_earlier_version_predicted_is_not_compared_with_what_this_one_does(many: Workspace) -> None:
    """The same weights on both sides: were the old masks taken, the new ones would seem to be better."""
    held = evaluation_tiles(many)
    tiles = [one.tile for found in held.values() for one in found]
    full = np.ones((64, 64), np.uint8)
    sha256 = many.store.files.put(encode_mask(full), MASK_SUFFIX)
    with many.store.transaction() as session:
        rows = [NewPrediction(tile.id, sha256, None, 0.0, {1: full.size}) for tile in tiles]
        predictions.add_predictions(session, 1, rows)
        last = predictions.find_prediction(session, tiles[-1].id, 1)
        assert last
        key_value.set_value(session, "last prediction of earlier versions", last.id)
    before = masks_before(many, tiles, require_active(many), never)
    assert before
    assert not any(np.array_equal(mask, full) for mask in before.values())
    with many.store.transaction() as session:
        key_value.set_value(session, "last prediction of earlier versions", 0)
    kept = masks_before(many, tiles, require_active(many), never)
    assert kept
    assert all(np.array_equal(mask, full) for mask in kept.values())
