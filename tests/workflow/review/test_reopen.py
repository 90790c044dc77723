"""Reopening reviewed tiles and undoing accepts."""

import numpy as np
import pytest

from seep.core.records import TileFilter
from seep.errors import DeniedError, SettingsError
from seep.store import revisions as stored
from seep.store import statistics
from seep.workflow import tile_data
from seep.workflow.actor import Actor
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.review import queue, sessions
from seep.workflow.review.reopen import reopen, undo_accept
from seep.workflow.review.revisions import decide, get_tile
from seep.workflow.review.tile_document import tile_document
from seep.workflow.training.selection import training_candidates
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.making import accept, never, quiet, split_of


@pytest.fixture
def trained(workspace: Workspace, bare_tiles: list[int]) -> list[int]:
    """Predicted tiles of training scenes."""
    ids = [tile for tile in bare_tiles if split_of(workspace, tile) == "train"]
    predict_tiles(workspace, ids, 1, quiet, never)
    return ids


def by_day(workspace: Workspace) -> int:
    with workspace.store.reading() as session:
        return sum(one["tiles"] for one in statistics.progress(session)["by_day"])


def test_a_reopened_tile_is_a_draft_with_its_mask_and_no_truth(
    workspace: Workspace, trained: list[int]
) -> None:
    tile = trained[0]
    accepted = accept(workspace, tile, stripe=2)["revision"]["id"]
    accept(workspace, trained[1])
    assert (training_candidates(workspace).count, by_day(workspace)) == (2, 2)
    mask = tile_data.revision_mask(workspace, accepted)
    result = reopen(workspace, [tile, trained[2]], BOB)
    assert (result.tile_ids, result.skipped) == ([tile], [get_tile(workspace, trained[2]).name])
    document = tile_document(workspace, tile, ADA)
    assert (document["state"], document["start"]) == ("draft", "revision")
    assert [(one["kind"], one["author"]) for one in document["history"]] == [
        ("reopen", BOB.name),
        ("accept", ADA.name),
    ]
    assert np.array_equal(tile_data.revision_mask(workspace, document["history"][0]["id"]), mask)
    with workspace.store.reading() as session:
        assert stored.ground_truth(session, [tile]) == {}
    assert (training_candidates(workspace).count, by_day(workspace)) == (1, 1)
    assert tile in {one.id for one in queue.queue(workspace, TileFilter(undecided=True), limit=100)}
    assert sessions.session_summary(workspace, BOB.name).tiles == 0
    accept(workspace, tile)
    assert (get_tile(workspace, tile).state, training_candidates(workspace).count) == ("corrected", 2)


def test_a_rejected_tile_with_an_accepted_mask_is_reopened_without_truth(
    workspace: Workspace, trained: list[int]
) -> None:
    accept(workspace, trained[0])
    decide(workspace, trained[0], "reject", ADA)
    decide(workspace, trained[1], "reject", ADA)
    assert reopen(workspace, trained[:2], ADA).tile_ids == trained[:2]
    assert [get_tile(workspace, one).state for one in trained[:2]] == ["draft", "unreviewed"]
    with workspace.store.reading() as session:
        assert stored.ground_truth(session, trained[:2]) == {}


def test_an_undone_first_accept_shows_the_prediction_again(workspace: Workspace, trained: list[int]) -> None:
    tile = trained[0]
    before = tile_document(workspace, tile, ADA)
    accept(workspace, tile, stripe=2)
    assert undo_accept(workspace, [tile], BOB).tile_ids == [tile]
    after = tile_document(workspace, tile, BOB)
    assert (after["state"], after["start"], after["head"]) == ("draft", "prediction", None)
    assert after["prediction"] == before["prediction"]
    (entry,) = after["history"]
    assert entry["undone"] is not None
    assert (entry["kind"], entry["author"], entry["undone"][0]) == ("accept", ADA.name, BOB.name)
    assert undo_accept(workspace, [tile], BOB).skipped == [after["name"]]


def test_an_undone_later_accept_shows_the_revision_before(workspace: Workspace, trained: list[int]) -> None:
    tile = trained[0]
    first = accept(workspace, tile, stripe=2)["revision"]["id"]
    accept(workspace, tile, BOB, stripe=3)
    undo_accept(workspace, [tile], BOB)
    document = tile_document(workspace, tile, ADA)
    assert [one["kind"] for one in document["history"]] == ["restore", "accept", "accept"]
    newest = tile_data.revision_mask(workspace, document["history"][0]["id"])
    assert np.array_equal(newest, tile_data.revision_mask(workspace, first))
    assert document["state"] == "corrected"


def test_the_mask_of_an_undone_accept_is_a_draft_of_who_accepted_it(
    workspace: Workspace, trained: list[int]
) -> None:
    tile = trained[0]
    first = accept(workspace, tile, BOB, stripe=2)["revision"]["id"]
    second = accept(workspace, tile, stripe=3)["revision"]["id"]
    undo_accept(workspace, [tile], BOB)
    mine, theirs = tile_document(workspace, tile, ADA), tile_document(workspace, tile, BOB)
    assert mine["head"] is not None
    assert mine["draft"] is not None
    assert (mine["start"], mine["draft"]["base_revision_id"]) == ("draft", mine["head"]["id"])
    assert np.array_equal(
        tile_data.draft_mask(workspace, tile, ADA), tile_data.revision_mask(workspace, second)
    )
    assert theirs["start"] == "revision"
    assert np.array_equal(
        tile_data.revision_mask(workspace, mine["head"]["id"]), tile_data.revision_mask(workspace, first)
    )


def test_an_undone_accept_without_changes_leaves_no_draft(workspace: Workspace, trained: list[int]) -> None:
    tile = trained[0]
    accept(workspace, tile)
    undo_accept(workspace, [tile], BOB)
    after = tile_document(workspace, tile, ADA)
    assert (after["state"], after["start"], after["draft"]) == ("unreviewed", "prediction", None)


def test_an_accept_with_later_work_is_not_undone(workspace: Workspace, trained: list[int]) -> None:
    accept(workspace, trained[0])
    decide(workspace, trained[0], "flag", BOB)
    assert undo_accept(workspace, [trained[0], trained[1]], ADA).tile_ids == []
    assert get_tile(workspace, trained[0]).state == "flagged"


def test_the_open_tile_takes_its_accept_back_and_says_why_not(
    workspace: Workspace, trained: list[int]
) -> None:
    tile = trained[0]
    accept(workspace, tile, stripe=2)
    assert decide(workspace, tile, "undo-accept", ADA) == {
        "state": "draft",
        "revision": None,
        "comments": None,
        "rejections": [],
    }
    with pytest.raises(SettingsError, match="was not undone: the tile was changed since, or has a draft"):
        decide(workspace, tile, "undo-accept", ADA)
    with pytest.raises(DeniedError, match="The role reviewer is needed"):
        decide(workspace, tile, "undo-accept", Actor("eve", "annotator"))
