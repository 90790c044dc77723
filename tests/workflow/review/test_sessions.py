from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.review import bulk_accept, revisions, sessions
from seep.workflow.review.reopen import reopen, undo_accept
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.making import accept, never, quiet


@pytest.fixture
def decided(workspace: Workspace, bare_tiles: list[int]) -> Workspace:
    predict_tiles(workspace, bare_tiles[:5], 1, quiet, never)
    first, second, third, fourth, fifth = bare_tiles[:5]
    accept(workspace, first)
    accept(workspace, second, stripe=4)
    revisions.decide(workspace, third, "reject", ADA, "ship wakes")
    revisions.decide(workspace, fourth, "reject", ADA)
    revisions.decide(workspace, fourth, "flag", ADA, "slick or wind?")
    accept(workspace, fifth, actor=BOB)
    return workspace


def test_a_session_counts_each_tile_by_its_last_action(decided: Workspace) -> None:
    found = sessions.session_summary(decided, "ada")
    assert (found.tiles, found.accepted, found.corrected, found.rejected, found.flagged) == (4, 1, 1, 1, 1)
    assert found.slicks_changed >= 1
    assert found.minutes <= 2
    assert sessions.session_summary(decided, "bob").tiles == 1


def test_a_restored_tile_counts_by_its_state(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:1], 1, quiet, never)
    first = accept(workspace, bare_tiles[0], stripe=4)
    second = accept(workspace, bare_tiles[0], stripe=2)
    revisions.restore(
        workspace, bare_tiles[0], first["revision"]["id"], actor=ADA,
        base_revision_id=second["revision"]["id"], request_id="again",
    )  # fmt: skip
    found = sessions.session_summary(workspace, "ada")
    assert (found.tiles, found.accepted, found.corrected) == (1, 0, 1)
    assert found.slicks_changed >= 1


def test_a_saved_tile_counts_as_a_draft_until_it_is_accepted(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    mask = np.ones((64, 64), np.uint8)
    saved = revisions.save_mask(
        workspace, bare_tiles[0], mask, "save", actor=ADA, base_revision_id=None, request_id="saved-first"
    )
    found = sessions.session_summary(workspace, "ada")
    assert (found.tiles, found.drafts) == (1, 1)
    revisions.save_mask(
        workspace, bare_tiles[0], mask, "accept", actor=ADA,
        base_revision_id=saved["revision"]["id"], request_id="accepted-then",
    )  # fmt: skip
    found = sessions.session_summary(workspace, "ada")
    assert (found.tiles, found.drafts) == (1, 0)


def test_an_accept_that_was_undone_does_not_count(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:2], 1, quiet, never)
    batch = bulk_accept.accept_all(workspace, bare_tiles[:2], ADA)
    assert sessions.session_summary(workspace, "ada").tiles == 2
    bulk_accept.undo(workspace, batch, ADA)
    assert sessions.session_summary(workspace, "ada").tiles == 0


def test_an_undone_accept_of_a_reopened_tile_does_not_count(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    predict_tiles(workspace, bare_tiles[:1], 1, quiet, never)
    accept(workspace, bare_tiles[0], actor=BOB)
    reopen(workspace, bare_tiles[:1], BOB)
    accept(workspace, bare_tiles[0])
    assert sessions.session_summary(workspace, "ada").tiles == 1
    undo_accept(workspace, bare_tiles[:1], ADA)
    assert sessions.session_summary(workspace, "ada").tiles == 0


def test_half_an_hour_without_work_ends_a_session(decided: Workspace) -> None:
    later = datetime.now(UTC) + timedelta(minutes=25)
    found = sessions.session_summary(decided, "ada", later)
    assert found.tiles == 4
    assert found.minutes <= 2  # the session ends at its last action
    nothing = sessions.SessionSummary(0, 0, 0, 0, 0, 0, 0, 0)
    assert sessions.session_summary(decided, "ada", later + timedelta(minutes=6)) == nothing
    assert sessions.session_summary(decided, "nobody") == nothing


def test_a_slick_with_any_changed_pixel_counts() -> None:
    predicted = np.zeros((40, 40), np.uint8)
    predicted[2:6, 2:12] = 1
    predicted[20:24, 2:12] = 2
    predicted[30:34, 2:12] = 3
    mask = predicted.copy()
    assert sessions.changed_slicks(mask, predicted) == 0
    mask[20:24, 2:12] = 5  # another class
    mask[30:34, 2:6] = 0  # shortened
    mask[10:12, 30:38] = 1  # drawn
    assert sessions.changed_slicks(mask, predicted) == 3
