import numpy as np
import pytest

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.errors import SettingsError
from seep.store import predictions
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.overview import overview
from seep.workflow.review import quality_sample, revisions
from seep.workflow.review.reopen import reopen, undo_accept
from seep.workflow.review.tile_document import tile_document
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA
from tests.workflow.making import accept


def predict(workspace: Workspace, tile_ids: list[int]) -> None:
    """Predict ten rows of seep on each tile."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:10] = 2
    sha = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    rows = [NewPrediction(one, sha, sha, OrderValues(0.5), class_areas(mask)) for one in tile_ids]
    active = active_checkpoint(workspace)
    assert active
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, active.id, rows)


def correct(workspace: Workspace, tile_id: int, rows: int) -> None:
    """Accept a tile with its first rows as seep."""
    mask = np.zeros((64, 64), np.uint8)
    mask[:rows] = 4
    revisions.save_mask(
        workspace, tile_id, mask, "accept", actor=ADA, base_revision_id=None, request_id=f"tile {tile_id}"
    )


def test_a_share_of_the_untouched_tiles_is_drawn(workspace: Workspace, bare_tiles: list[int]) -> None:
    assert quality_sample.quality_sample_share(workspace) == 0.1
    before = {one for one in bare_tiles if revisions.get_tile(workspace, one).in_sample}
    assert len(before) == 1
    accept(workspace, bare_tiles[0])
    assert quality_sample.set_quality_sample_share(workspace, 0.5, ADA) in {5, 6}
    after = {one for one in bare_tiles if revisions.get_tile(workspace, one).in_sample}
    assert before < after
    assert bare_tiles[0] not in after
    (sampled,) = before
    accept(workspace, sampled)
    assert (
        quality_sample.set_quality_sample_share(workspace, 0, ADA) == 1
    )  # reviewed tiles stay in the sample
    with pytest.raises(SettingsError, match=r"0 to 0\.5"):
        quality_sample.set_quality_sample_share(workspace, 0.6, ADA)


def test_the_sample_compares_the_shown_prediction_with_the_first_accepted_mask(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_sample, "MIN_TILES", 4)
    quality_sample.set_quality_sample_share(workspace, 0.5, ADA)
    drawn = [one for one in bare_tiles if revisions.get_tile(workspace, one).in_sample]
    others = [one for one in bare_tiles if one not in drawn]
    predict(workspace, bare_tiles)
    correct(workspace, others[0], 1)  # not in the sample, so it does not count
    for tile_id, rows in zip(drawn[:3], (10, 20, 5), strict=True):
        correct(workspace, tile_id, rows)
    few = quality_sample.measure_quality(workspace)
    assert (few.tiles, few.sufficient) == (3, False)
    assert few.sentence == f"Quality sample: 3 of {len(drawn)} tiles reviewed; an estimate needs 4."
    correct(workspace, drawn[3], 10)
    head = tile_document(workspace, drawn[0], ADA)["head"]["id"]
    again = np.zeros((64, 64), np.uint8)
    revisions.save_mask(
        workspace, drawn[0], again, "accept", actor=ADA, base_revision_id=head, request_id="again"
    )  # only the first counts
    found = quality_sample.measure_quality(workspace)
    assert found.iou == pytest.approx((10 + 10 + 5 + 10) / (10 + 20 + 10 + 10))
    assert (found.tiles, found.correct, found.open) == (4, 2, len(drawn) - 4)
    assert found.correct_interval
    assert found.correct_interval[0] < 0.5 < found.correct_interval[1]
    assert found.checkpoint == "tiny"
    assert "IoU 0.70" in found.sentence
    assert "2 of 4 predictions with a Dice of 0.9 or more (15\u202f% to 85\u202f%)" in found.sentence
    assert overview(workspace).quality_sample == found


def test_accepts_that_were_undone_or_reopened_are_left_out(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    quality_sample.set_quality_sample_share(workspace, 0.5, ADA)
    drawn = [one for one in bare_tiles if revisions.get_tile(workspace, one).in_sample]
    predict(workspace, bare_tiles)
    for tile_id in drawn[:3]:
        correct(workspace, tile_id, 10)
    assert quality_sample.measure_quality(workspace).tiles == 3
    assert undo_accept(workspace, [drawn[0]], ADA).tile_ids == [drawn[0]]
    assert reopen(workspace, [drawn[1]], ADA).tile_ids == [drawn[1]]
    assert quality_sample.measure_quality(workspace).tiles == 1
    accept(workspace, drawn[0])
    accept(workspace, drawn[1])
    assert quality_sample.measure_quality(workspace).tiles == 1, "a run may have trained on them"


def test_an_empty_sample_says_what_to_do(workspace: Workspace, bare_tiles: list[int]) -> None:
    quality_sample.set_quality_sample_share(workspace, 0, ADA)
    found = quality_sample.measure_quality(workspace)
    assert found.drawn == 0
    assert "Settings" in found.sentence


def test_a_damaged_mask_is_left_out_and_overview_still_opens(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    quality_sample.set_quality_sample_share(workspace, 0.5, ADA)
    drawn = [one for one in bare_tiles if revisions.get_tile(workspace, one).in_sample]
    predict(workspace, bare_tiles)
    for place, tile_id in enumerate(drawn):
        correct(workspace, tile_id, 10 + place)
    mask = np.zeros((64, 64), np.uint8)
    mask[:10] = 4
    damaged = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)  # that of the first tile
    workspace.store.files.local(damaged, MASK_SUFFIX).unlink()
    assert overview(workspace).quality_sample.tiles == len(drawn) - 1


def test_tiles_that_were_reviewed_before_the_share_was_raised_are_counted(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    quality_sample.set_quality_sample_share(workspace, 0, ADA)
    for tile_id in bare_tiles[:2]:
        accept(workspace, tile_id)
    for share in (0.5, 0.3):
        quality_sample.set_quality_sample_share(workspace, share, ADA)
        found = quality_sample.measure_quality(workspace)
        assert found.unavailable == 2
        assert "2 tiles reviewed before the share was raised" in found.sentence
