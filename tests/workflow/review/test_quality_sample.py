"""What the audit says of predictions, and on what it rests."""

import numpy as np
import pytest

from seep.core.masks.mask import encode_mask
from seep.errors import SettingsError
from seep.store import predictions
from seep.store.records import NewPrediction
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.overview import overview
from seep.workflow.review import quality_sample, revisions
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.workflow.making import accept


def predict(workspace: Workspace, tile_ids: list[int]) -> None:
    """Predict ten rows of seep on each tile."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:10] = 2
    sha = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    rows = [NewPrediction(one, sha, sha, 0.5, class_areas(mask)) for one in tile_ids]
    active = active_checkpoint(workspace)
    assert active
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, active.id, rows)


def correct(workspace: Workspace, tile_id: int, rows: int) -> None:
    """Accept a tile with its first rows as seep."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:rows] = 4
    revisions.save_mask(workspace, tile_id, mask, "accept", "ada", None, f"tile {tile_id}")


def test_a_share_of_the_untouched_tiles_is_drawn(workspace: Workspace, bare_tiles: list[int]) -> None:
    assert quality_sample.audit_share(workspace) == 0.1
    before = {one for one in bare_tiles if revisions.get_tile(workspace, one).audit}
    assert len(before) == 1
    accept(workspace, bare_tiles[0])
    assert quality_sample.set_audit_share(workspace, 0.5, "ada") in {5, 6}
    after = {one for one in bare_tiles if revisions.get_tile(workspace, one).audit}
    assert before < after
    assert bare_tiles[0] not in after
    (audited,) = before
    accept(workspace, audited)
    assert quality_sample.set_audit_share(workspace, 0, "ada") == 1  # what was audited stays so
    with pytest.raises(SettingsError, match=r"0 to 0\.5"):
        quality_sample.set_audit_share(workspace, 0.6, "ada")


def test_the_audit_compares_what_was_shown_with_what_was_accepted(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_sample, "FEW_TILES", 4)
    quality_sample.set_audit_share(workspace, 0.5, "ada")
    drawn = [one for one in bare_tiles if revisions.get_tile(workspace, one).audit]
    others = [one for one in bare_tiles if one not in drawn]
    predict(workspace, bare_tiles)
    correct(workspace, others[0], 1)  # no audit tile, so it says nothing
    for tile_id, rows in zip(drawn[:3], (10, 20, 5), strict=True):
        correct(workspace, tile_id, rows)
    few = quality_sample.audited(workspace)
    assert (few["tiles"], few["enough"]) == (3, False)
    assert (
        few["sentence"]
        == f"3 of {len(drawn)} audit tiles reviewed: from 4 on they say how good predictions are."
    )
    correct(workspace, drawn[3], 10)
    head = revisions.tile_document(workspace, drawn[0], "ada")["head"]["id"]
    again = np.zeros((64, 64), np.uint8)
    revisions.save_mask(workspace, drawn[0], again, "accept", "ada", head, "again")  # only the first counts
    found = quality_sample.audited(workspace)
    assert found["iou"] == pytest.approx((10 + 10 + 5 + 10) / (10 + 20 + 10 + 10))
    assert (found["tiles"], found["right"], found["open"]) == (4, 2, len(drawn) - 4)
    assert found["right_low"] < 0.5 < found["right_high"]
    assert found["checkpoint"] == "tiny"
    assert "IoU 0.70" in found["sentence"]
    assert "2 of them right as predicted (15% to 85%)" in found["sentence"]
    assert overview(workspace)["audit"] == found


def test_without_audit_tiles_it_says_what_to_do(workspace: Workspace, bare_tiles: list[int]) -> None:
    quality_sample.set_audit_share(workspace, 0, "ada")
    assert "set a share in Settings" in quality_sample.audited(workspace)["sentence"]


def test_a_damaged_mask_is_left_out_and_overview_still_opens(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    quality_sample.set_audit_share(workspace, 0.5, "ada")
    drawn = [one for one in bare_tiles if revisions.get_tile(workspace, one).audit]
    predict(workspace, bare_tiles)
    for place, tile_id in enumerate(drawn):
        correct(workspace, tile_id, 10 + place)
    mask = np.zeros((64, 64), np.uint8)
    mask[:10] = 4
    damaged = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)  # the first one's, there already
    workspace.store.files.path(damaged, MASK_SUFFIX).unlink()
    assert overview(workspace)["audit"]["tiles"] == len(drawn) - 1


def test_a_share_raised_after_review_began_is_said(workspace: Workspace, bare_tiles: list[int]) -> None:
    quality_sample.set_audit_share(workspace, 0, "ada")
    for tile_id in bare_tiles[:2]:
        accept(workspace, tile_id)
    quality_sample.set_audit_share(workspace, 0.5, "ada")
    told = "2 tiles had been reviewed before the share was raised"
    assert told in quality_sample.audited(workspace)["sentence"]
    quality_sample.set_audit_share(workspace, 0.3, "ada")
    assert told in quality_sample.audited(workspace)["sentence"]
