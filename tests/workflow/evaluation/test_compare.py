from pathlib import Path

import numpy as np
import pytest

from seep.errors import StorageError
from seep.store import checkpoints
from seep.workflow.evaluation.compare import (
    baseline_masks,
    compare_masks,
    evaluation_tiles,
    predictions_needed,
    without_trained_scenes,
)
from seep.workflow.evaluation.verdict import verdict_sentence
from seep.workflow.inference.tiles import predict_tiles, require_active
from seep.workflow.labels import read_label
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.workflow.making import fill, never, quiet, write_tiles


@pytest.fixture
def many(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Sixteen scenes, so that three of them are test scenes."""
    fill(workspace, *write_tiles(tmp_path, scenes=[f"s{number:02d}" for number in range(16)], each=1))
    return workspace


def test_perfect_prediction_is_better_than_an_empty_one_and_vice_versa(many: Workspace) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    empty = {tile: np.zeros_like(mask) for tile, mask in truth.items()}
    found = compare_masks(many, held, empty, truth)
    assert (found.word, found.basis) == ("better", "test")
    assert found.splits["test"].scenes == len(held["test"]) >= 3
    assert (found.splits["test"].new or {})["figures"]["binary_iou"] == 1
    assert verdict_sentence(found.to_json()).startswith(
        "Better: IoU 0.000 before, 1.000 now, difference +1.000 (95 % interval +1.000 to +1.000)"
    )
    assert found.changed[0].changed_px == 160
    nearly = {tile: mask.copy() for tile, mask in truth.items()}
    for mask in nearly.values():
        mask[0, 0] = 1
    worse = compare_masks(many, held, nearly, empty)
    assert worse.word == "worse"
    assert "accepted unchanged" not in verdict_sentence(found.to_json()) + verdict_sentence(worse.to_json())
    same = compare_masks(many, held, truth, truth)
    assert (same.word, same.changed) == ("inconclusive", [])


def test_masks_that_are_mostly_old_predictions_cannot_show_that_the_new_version_is_worse(
    many: Workspace,
) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    empty = {tile: np.zeros_like(mask) for tile, mask in truth.items()}
    own = len(held["test"])
    found = compare_masks(many, held, truth, empty)
    assert (found.word, found.basis) == ("inconclusive", "test")
    assert (found.splits["test"].own, found.splits["test"].with_seep) == (own, own)
    assert verdict_sentence(found.to_json()).startswith(
        "Inconclusive: IoU 1.000 before, 0.000 now, difference -1.000"
    )
    assert (
        f"{own} masks are predictions of the old model that were accepted unchanged, which favors it: most of "
        f"the {own} masks with seep. Check and correct them, then evaluate both."
        in verdict_sentence(found.to_json())
    )
    one_own = dict(empty) | {held["test"][0].tile.id: truth[held["test"][0].tile.id]}
    few = verdict_sentence(compare_masks(many, held, one_own, truth).to_json())
    assert (
        "1 mask is a prediction of the old model that was accepted unchanged, which favors the old model"
        in few
    )


def test_validation_decides_where_test_scenes_have_no_mask(many: Workspace) -> None:
    held = {"validation": evaluation_tiles(many)["validation"], "test": []}
    truth = {one.tile.id: read_label(many, one) for one in held["validation"]}
    found = compare_masks(many, held, truth, truth)
    assert found.basis == "validation"
    assert vars(found.splits["test"]) == {
        "tiles": 0,
        "scenes": 0,
        "scene_names": [],
        "left_out": [],
        "with_seep": 0,
        "own": 0,
        "old": None,
        "new": None,
        "difference": None,
    }


def test_tile_with_lost_mask_is_left_out_and_named(many: Workspace) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    lost = held["test"][0]
    alike = [one for one in held["test"] if one.revision.mask_sha256 == lost.revision.mask_sha256]
    many.store.files.local(lost.revision.mask_sha256, MASK_SUFFIX).unlink()
    found = compare_masks(many, held, truth, truth)
    gone = [one.tile.name for one in alike]
    assert found.splits["test"].left_out == gone
    assert found.splits["test"].tiles == len(held["test"]) - len(gone)
    assert f"left out that could not be read or predicted: {gone[0]}" in verdict_sentence(found.to_json())
    with pytest.raises(StorageError, match=f"mask of {lost.tile.name} could not be read"):
        read_label(many, lost)


def test_scene_that_was_trained_on_before_it_was_locked_is_left_out(many: Workspace) -> None:
    held = evaluation_tiles(many)
    names = sorted({one.tile.scene for one in held["test"]})
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
    left, met = without_trained_scenes(many, held, [1, 2])
    assert met == names[:1]
    assert sorted({one.tile.scene for one in left["test"]}) == names[1:]
    assert without_trained_scenes(many, held, [1]) == (held, [])
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    told = verdict_sentence(compare_masks(many, left, truth, truth, met).to_json())
    assert told.endswith(f"1 scene left out that one of the two was trained on: {names[0]}.")
    none, met = without_trained_scenes(many, held, [3])
    assert none["test"] == []
    told = verdict_sentence(compare_masks(many, {"test": [], "validation": []}, truth, truth, met).to_json())
    assert told.endswith("Review some in other scenes and compare again.")


def test_too_few_scenes_with_seep_are_inconclusive(many: Workspace) -> None:
    held = evaluation_tiles(many)
    truth = {one.tile.id: read_label(many, one) for found in held.values() for one in found}
    two = {**held, "test": held["test"][:2]}
    found = compare_masks(many, two, truth, truth)
    assert found.word == "inconclusive"
    assert "of 2 test scenes; 2 scenes contain seep, and a verdict needs 3." in verdict_sentence(
        found.to_json()
    )
    one = compare_masks(many, {**held, "test": held["test"][:1]}, truth, truth)
    assert "; 1 scene contains seep, and a verdict needs 3." in verdict_sentence(one.to_json())


def test_missing_predictions_of_active_checkpoint_count(many: Workspace) -> None:
    held = evaluation_tiles(many)
    tiles = [one.tile for found in held.values() for one in found]
    assert predictions_needed(many, held) == 2 * len(tiles)
    predict_tiles(many, [tiles[0].id], require_active(many).id, quiet, never)
    assert predictions_needed(many, held) == 2 * len(tiles) - 1
    baseline_masks(many, tiles, require_active(many), never)
    assert predictions_needed(many, held) == len(tiles)
