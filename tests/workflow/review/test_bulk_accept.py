"""Accepting sure predictions in bulk: which tiles, what is kept, and how it is taken back."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.errors import SettingsError
from seep.store import audit_log, predictions, revisions, scenes, statistics
from seep.store.schema import Tile
from seep.workflow import tile_data
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.review import bulk_accept, drafts
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.tile_document import tile_document
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA, BOB


def predict(
    workspace: Workspace, tile_id: int, seep: bool, probability: float, confident: float | None
) -> None:
    mask = np.zeros((64, 64), np.uint8)
    if seep:
        mask[10:20, 10:30] = 2
    probabilities = np.full((64, 64), round(probability * 255), np.uint8)
    files = workspace.store.files
    checkpoint = active_checkpoint(workspace)
    assert checkpoint
    row = NewPrediction(
        tile_id,
        files.put(encode_mask(mask), MASK_SUFFIX),
        files.put(encode_mask(probabilities), MASK_SUFFIX),
        OrderValues(0.5, confident=confident),
        class_areas(mask),
    )
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, checkpoint.id, [row])


@pytest.fixture
def sure(workspace: Workspace, bare_tiles: list[int]) -> list[int]:
    """Sure to be empty, perhaps empty, surely right, doubtful; the last one lies in a test scene."""
    ids = [*bare_tiles[:4], bare_tiles[-1]]
    predict(workspace, ids[0], seep=False, probability=0.02, confident=None)
    predict(workspace, ids[1], seep=False, probability=0.3, confident=0.7)
    predict(workspace, ids[2], seep=True, probability=0.99, confident=0.99)
    predict(workspace, ids[3], seep=True, probability=0.7, confident=0.6)
    predict(workspace, ids[4], seep=True, probability=0.99, confident=0.99)
    with workspace.store.transaction() as session:
        scene = scenes.get_tile(session, ids[4]).scene_id
        scenes.set_split(session, scene, "test", "ada")
    return ids


def days(workspace: Workspace) -> list[dict[str, Any]]:
    """Count what was accepted, as Overview plots it."""
    with workspace.store.reading() as session:
        found: list[dict[str, Any]] = statistics.progress(session)["by_day"]
    return found


def state(workspace: Workspace, tile_id: int) -> str:
    return review_revisions.get_tile(workspace, tile_id).state


def test_a_draft_is_not_covered_where_the_tile_was_opened_again(
    workspace: Workspace, sure: list[int]
) -> None:
    mine = np.ones((64, 64), np.uint8)
    drafts.save_draft(workspace, sure[2], mine, ADA, None)
    for decision in ("reject", "reopen"):
        review_revisions.decide(workspace, sure[2], decision, ADA)
    assert sure[2] not in [one.id for one in bulk_accept.find_confident(workspace, sure)]
    assert bulk_accept.accept_all(workspace, sure[2:3], ADA).skipped == {sure[2]: "with a draft"}
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, sure[2], ADA), mine)


def test_only_sure_predictions_are_found(workspace: Workspace, sure: list[int]) -> None:
    found = bulk_accept.find_confident(workspace, sure)
    assert [(one.id, one.empty, one.split) for one in found] == [
        (sure[0], True, "train"),
        (sure[2], False, "train"),
        (sure[4], False, "test"),
    ]
    assert [
        one.id for one in bulk_accept.find_confident(workspace, sure, min_empty=0.5, min_seep=1.0)
    ] == sure[:2]


def test_tiles_that_somebody_touched_are_never_found(workspace: Workspace, sure: list[int]) -> None:
    review_revisions.decide(workspace, sure[0], "flag", BOB)
    drafts.save_draft(workspace, sure[2], np.zeros((64, 64), np.uint8), BOB, None)
    assert [one.id for one in bulk_accept.find_confident(workspace, sure)] == [sure[4]]
    batch = bulk_accept.accept_all(workspace, sure[:3], ADA)
    assert (list(batch.revisions), batch.skipped) == ([sure[1]], {sure[0]: "flagged", sure[2]: "draft"})


def test_accepting_keeps_what_was_predicted_with_an_entry_for_each(
    workspace: Workspace, sure: list[int]
) -> None:
    batch = bulk_accept.accept_all(workspace, [sure[0], sure[2], sure[4]], ADA)
    assert batch.test_tiles == 1
    assert [state(workspace, one) for one in sure] == [
        "accepted",
        "unreviewed",
        "accepted",
        "unreviewed",
        "accepted",
    ]
    mask = tile_data.revision_mask(workspace, batch.revisions[sure[2]])
    assert np.count_nonzero(mask == 2) == 200
    with workspace.store.reading() as session:
        actions = [one.action for one in audit_log.list_audit(session, 4)]
    assert actions == ["bulk accept", "accept", "accept", "accept"]


def test_undo_opens_the_tiles_again_unless_somebody_went_on(workspace: Workspace, sure: list[int]) -> None:
    batch = bulk_accept.accept_all(workspace, [sure[0], sure[2]], ADA)
    base = batch.revisions[sure[0]]
    review_revisions.save_mask(
        workspace,
        sure[0],
        np.full((64, 64), 3, np.uint8),
        "accept",
        actor=BOB,
        base_revision_id=base,
        request_id="request-1",
    )
    assert [(one["author"], one["tiles"]) for one in days(workspace)] == [("ada", 2), ("bob", 1)]
    assert bulk_accept.undo(workspace, batch, ADA) == [sure[2]]
    assert [(one["author"], one["tiles"]) for one in days(workspace)] == [("ada", 1), ("bob", 1)]
    assert (state(workspace, sure[0]), state(workspace, sure[2])) == ("corrected", "unreviewed")
    document = tile_document(workspace, sure[2], ADA)
    assert (document["start"], document["head"]) == ("prediction", None)
    assert review_revisions.get_tile(workspace, sure[2]).seep_area_px == 200
    with workspace.store.reading() as session:
        assert not revisions.ground_truth(session, [sure[2]])
    assert bulk_accept.undo(workspace, batch, ADA) == []


def test_a_save_that_starts_from_a_withdrawn_revision_is_taken(workspace: Workspace, sure: list[int]) -> None:
    batch = bulk_accept.accept_all(workspace, [sure[2]], ADA)
    bulk_accept.undo(workspace, batch, ADA)
    mask = np.full((64, 64), 1, np.uint8)
    done = review_revisions.save_mask(
        workspace,
        sure[2],
        mask,
        "accept",
        actor=BOB,
        base_revision_id=batch.revisions[sure[2]],
        request_id="request-2",
    )
    assert done["state"] == "corrected"


def test_audit_tiles_are_left_to_a_person(workspace: Workspace, sure: list[int]) -> None:
    with workspace.store.transaction() as session:
        session.execute(update(Tile).where(Tile.id == sure[2]).values(in_sample=True))
    assert [one.id for one in bulk_accept.find_confident(workspace, sure)] == [sure[0], sure[4]]
    assert bulk_accept.accept_all(workspace, sure[2:3], ADA).skipped == {sure[2]: "in the quality sample"}


def test_imported_masks_are_accepted_in_bulk_and_the_accept_is_undone(
    workspace: Workspace, sure: list[int]
) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:4] = 3
    sha = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        imported = revisions.save_revision(
            session,
            sure[2],
            base_revision_id=None,
            mask_sha256=sha,
            kind="import",
            author="ada",
            request_id="import",
            correction_px=0,
            classes=class_areas(mask),
        )
    review_revisions.decide(workspace, sure[0], "reject", BOB)
    selected = [*sure[:3], 999]
    found = bulk_accept.acceptable(workspace, selected)
    assert (list(found.splits), found.imported) == ([sure[1], sure[2]], {sure[2]})
    assert found.skipped == {sure[0]: "rejected", 999: "deleted"}
    batch = bulk_accept.accept_all(workspace, selected, ADA)
    assert batch.skipped == found.skipped
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, batch.revisions[sure[2]]), mask)
    assert state(workspace, sure[2]) == "corrected"  # it differs from the prediction
    assert bulk_accept.undo(workspace, batch, ADA) == [sure[1], sure[2]]
    tile = review_revisions.get_tile(workspace, sure[2])
    assert (tile.state, tile.head_revision_id != imported.id) == ("unreviewed", True)
    assert list(bulk_accept.acceptable(workspace, selected).splits) == [sure[1], sure[2]]


def test_too_many_at_once_are_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="at most 2000"):
        bulk_accept.accept_all(workspace, list(range(2001)), ADA)
