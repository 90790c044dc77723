"""Assigning tiles to people, and tiles that are open on a screen."""

import pytest
from sqlalchemy import update

from seep.errors import MissingError, SettingsError
from seep.store import audit_log
from seep.store.schema import Tile
from seep.workflow.review import assignments
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.making import accept


def test_a_tile_that_somebody_has_open_is_not_taken_by_another(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    first, second, third = bare_tiles[:3]
    assert assignments.lock_tile(workspace, first, ADA)["holder"] is None
    found = assignments.lock_tile(workspace, first, BOB, ahead=bare_tiles[:3])
    assert (found["holder"], found["others"]) == ("ada", [first])
    assert found["until"] > "2026"
    assert assignments.lock_tile(workspace, first, ADA)["holder"] is None
    assignments.lock_tile(workspace, second, ADA, left=first)
    assert assignments.lock_tile(workspace, first, BOB, ahead=[second, third])["others"] == [second]
    assignments.unlock_tile(workspace, second, BOB)
    assert assignments.lock_tile(workspace, third, BOB, ahead=[second])["others"] == [second]
    assignments.unlock_tile(workspace, second, ADA)
    assert assignments.lock_tile(workspace, third, BOB, ahead=[second])["others"] == []


def test_a_lease_ends_by_itself(workspace: Workspace, bare_tiles: list[int]) -> None:
    assignments.lock_tile(workspace, bare_tiles[0], ADA)
    with workspace.store.transaction() as session:
        session.execute(update(Tile).values(locked_until="2020-01-01T00:00:00.000+00:00"))
    found = assignments.lock_tile(workspace, bare_tiles[0], BOB, ahead=bare_tiles)
    assert (found["holder"], found["others"]) == (None, [])


def test_tiles_are_assigned_given_on_and_given_free(workspace: Workspace, bare_tiles: list[int]) -> None:
    assert assignments.assign(workspace, bare_tiles[:3], "bob", ADA) == 3
    assert assignments.assign(workspace, bare_tiles[:4], "bob", ADA) == 1
    assert (
        assignments.lock_tile(workspace, bare_tiles[9], ADA, ahead=bare_tiles[:5])["others"] == bare_tiles[:4]
    )
    assert assignments.assign(workspace, bare_tiles[:1], "cy", ADA) == 1
    assert assignments.assigned_people(workspace) == ["bob", "cy"]
    assert assignments.assign(workspace, bare_tiles, None, ADA) == 4
    with workspace.store.reading() as session:
        newest = audit_log.list_audit(session, 1)[0]
    assert (newest.action, newest.subject, newest.details) == ("assign", "4 tiles", {"to": None})


def test_what_was_decided_meanwhile_is_told(workspace: Workspace, bare_tiles: list[int]) -> None:
    accept(workspace, bare_tiles[1])
    found = assignments.lock_tile(workspace, bare_tiles[0], BOB, ahead=bare_tiles[:4])
    assert found["decided"] == [(bare_tiles[1], "accepted")]


def test_nonsense_is_refused(workspace: Workspace, bare_tiles: list[int]) -> None:
    with pytest.raises(SettingsError, match="80"):
        assignments.assign(workspace, bare_tiles[:1], "x" * 81, ADA)
    with pytest.raises(MissingError, match="no tile 999"):
        assignments.lock_tile(workspace, 999, ADA)
