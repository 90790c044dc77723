"""The sum of a session: what was last done to each tile, and how many slicks were changed."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.review import revisions, sessions
from seep.workflow.workspace import Workspace
from tests.workflow.making import accept, never, quiet


@pytest.fixture
def decided(workspace: Workspace, bare_tiles: list[int]) -> Workspace:
    predict_tiles(workspace, bare_tiles[:5], 1, quiet, never)
    first, second, third, fourth, fifth = bare_tiles[:5]
    accept(workspace, first)
    accept(workspace, second, stripe=4)
    revisions.decide(workspace, third, "reject", "ada", "ship wakes")
    revisions.decide(workspace, fourth, "reject", "ada")
    revisions.decide(workspace, fourth, "flag", "ada", "slick or wind?")
    accept(workspace, fifth, author="bob")
    return workspace


def test_a_session_counts_each_tile_by_what_was_last_done_to_it(decided: Workspace) -> None:
    found = sessions.summary(decided, "ada")
    assert found.pop("slicks_changed") >= 1
    assert found.pop("minutes") <= 2
    assert found == {"tiles": 4, "accepted": 1, "corrected": 1, "rejected": 1, "flagged": 1}
    assert sessions.summary(decided, "bob")["tiles"] == 1


def test_half_an_hour_without_work_ends_a_session(decided: Workspace) -> None:
    later = datetime.now(UTC) + timedelta(minutes=25)
    found = sessions.summary(decided, "ada", later)
    assert found["tiles"] == 4
    assert 25 <= found["minutes"] <= 30
    assert not any(sessions.summary(decided, "ada", later + timedelta(minutes=6)).values())
    assert not any(sessions.summary(decided, "nobody").values())


def test_a_changed_slick_is_one_that_holds_a_pixel_which_differs() -> None:
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
