from collections.abc import Callable

import pytest

from seep.core.masks.classes import SeepClass, default_classes
from seep.errors import SettingsError
from seep.store import audit_log, classes, revisions
from seep.store.store import Store


def test_a_new_workspace_has_no_classes_and_no_people(store: Store) -> None:
    with store.reading() as session:
        assert classes.list_classes(session) == []
        assert classes.authors(session) == []


def test_classes_are_replaced_whole(store: Store) -> None:
    with store.transaction() as session:
        classes.set_classes(session, default_classes(8), "ana")
        assert classes.list_classes(session) == list(default_classes(8))
        chosen = (SeepClass(0, "No seep", "#000000", "0"), SeepClass(1, "Öl <b>", "#ff0000", "1"))
        classes.set_classes(session, chosen, "ben")
        noted = audit_log.list_audit(session)[0]
    with store.reading() as session:
        assert classes.list_classes(session) == list(chosen)
    assert (noted.author, noted.details["to"]) == ("ben", ["No seep", "Öl <b>"])


def test_classes_that_cannot_be_used_change_nothing(store: Store) -> None:
    with store.transaction() as session:
        classes.set_classes(session, default_classes(4), "ana")
        with pytest.raises(SettingsError):
            classes.set_classes(session, [SeepClass(3, "Gap", "#ff0000", "3")], "ana")
        assert classes.list_classes(session) == list(default_classes(4))


def test_people_are_those_who_saved_or_decided(store: Store, add_tiles: Callable[..., list[int]]) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        revisions.decide(session, tile_id, "flagged", "Ben")
        revisions.save_draft(session, tile_id, "only drafts", None, "0" * 64)
        assert classes.authors(session) == ["ana", "Ben"]
