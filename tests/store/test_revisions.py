from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from seep.core.records import RevisionRecord, TileFilter
from seep.errors import ConflictError, MissingError, SettingsError
from seep.store import audit_log, revisions, scenes, tile_queries
from seep.store.store import Store
from tests.store.conftest import add_scene, new_tile, sha

AddTiles = Callable[..., list[int]]
_requests = iter(range(10**9))


def save(session: Session, tile_id: int, base: int | None = None, **changes: object) -> RevisionRecord:
    values: dict[str, object] = {
        "base_revision_id": base,
        "mask_sha256": sha(1),
        "kind": "save",
        "author": "ana",
        "request_id": f"request {next(_requests)}",
        "correction_px": 5,
        "classes": {0: 100, 1: 20},
    }
    return revisions.save_revision(session, tile_id, **(values | changes))  # type: ignore[arg-type]


def state(session: Session, tile_id: int) -> str:
    return scenes.get_tile(session, tile_id).state


@pytest.fixture
def tile_id(add_tiles: AddTiles) -> int:
    return add_tiles(1)[0]


def test_a_save_becomes_the_head_and_what_the_tile_is_found_by(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        saved = save(session, tile_id, mask_sha256=sha(8), classes={0: 100, 1: 20, 3: 7, 4: 0, 255: 9})
    with store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        assert revisions.get_revision(session, saved.id) == saved
        assert [one.id for one in tile_queries.list_tiles(session, TileFilter(class_id=3))] == [tile_id]
        assert tile_queries.list_tiles(session, TileFilter(class_id=4)) == []
        assert audit_log.list_audit(session)[0].subject == f"tile {tile_id}"
    assert (tile.head_revision_id, tile.seep_area_px, tile.state) == (saved.id, 27, "draft")
    assert (saved.parent_id, saved.mask_sha256, saved.truth) == (None, sha(8), False)


def test_the_history_is_a_chain_newest_first(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        first = save(session, tile_id)
        second = save(session, tile_id, first.id, kind="accept")
        assert revisions.history(session, tile_id) == [second, first]
    assert second.parent_id == first.id


def test_the_second_of_two_editors_is_refused_and_told_by_whom(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        opened = save(session, tile_id)
        theirs = save(session, tile_id, opened.id, author="ben", kind="accept")
    with store.transaction() as session:
        revisions.save_draft(session, tile_id, "ana", opened.id, sha(3))
    with pytest.raises(ConflictError, match="ben saved tile") as caught, store.transaction() as session:
        save(session, tile_id, opened.id, mask_sha256=sha(3))
    assert (caught.value.revision_id, caught.value.author) == (theirs.id, "ben")
    assert caught.value.created_at == theirs.created_at
    with store.reading() as session:
        assert scenes.get_tile(session, tile_id).head_revision_id == theirs.id
        assert len(revisions.history(session, tile_id)) == 2
        draft = revisions.get_draft(session, tile_id, "ana")
    assert draft is not None
    assert draft.mask_sha256 == sha(3)


def test_starting_from_nothing_when_there_is_something_is_a_conflict(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        save(session, tile_id)
        with pytest.raises(ConflictError):
            save(session, tile_id, None)


def test_a_base_on_a_tile_without_revisions_is_missing(store: Store, tile_id: int) -> None:
    with store.transaction() as session, pytest.raises(MissingError, match="reload"):
        save(session, tile_id, 77)


def test_the_same_request_again_returns_the_first_answer(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        first = save(session, tile_id, request_id="once")
        other = save(session, tile_id, first.id, author="ben")
    with store.transaction() as session:
        assert save(session, tile_id, request_id="once", mask_sha256=sha(99)) == first
        assert scenes.get_tile(session, tile_id).head_revision_id == other.id
        assert len(revisions.history(session, tile_id)) == 2


def test_a_request_id_of_another_tile_is_refused(store: Store, add_tiles: AddTiles) -> None:
    one, two = add_tiles(2)
    with store.transaction() as session:
        save(session, one, request_id="once")
        with pytest.raises(SettingsError, match="another tile"):
            save(session, two, request_id="once")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schedule=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["open", "save"])), max_size=14))
def test_no_schedule_of_two_editors_overwrites_anything(
    store: Store, schedule: list[tuple[str, str]]
) -> None:
    opened: dict[str, int | None] = {"a": None, "b": None}
    acknowledged: list[int] = []
    with store.transaction() as session:
        name = f"tile {next(_requests)}"
        scene = add_scene(session, name)
        (tile_id,) = scenes.add_tiles(session, scene.id, [new_tile(name)], "ana")
        for person, step in schedule:
            head = scenes.get_tile(session, tile_id).head_revision_id
            if step == "open":
                opened[person] = head
            elif opened[person] != head:
                with pytest.raises(ConflictError):
                    save(session, tile_id, opened[person], author=person)
            else:
                saved = save(session, tile_id, head, author=person)
                opened[person] = saved.id
                acknowledged.append(saved.id)
        chain = revisions.history(session, tile_id)
    assert [one.id for one in reversed(chain)] == acknowledged
    assert [one.parent_id for one in chain] == [one.id for one in chain[1:]] + ([None] if chain else [])


@pytest.mark.parametrize(
    ("before", "saved_as", "after"),
    [
        ("unreviewed", ("save", 5), "draft"),
        ("rejected", ("save", 5), "draft"),
        ("flagged", ("save", 5), "flagged"),
        ("accepted", ("save", 5), "corrected"),
        ("corrected", ("save", 0), "accepted"),
        ("unreviewed", ("accept", 0), "accepted"),
        ("flagged", ("accept", 5), "corrected"),
        ("unreviewed", ("import", 5), "unreviewed"),
        ("accepted", ("import", 5), "accepted"),
        ("unreviewed", ("restore", 5), "draft"),
    ],
)
def test_the_state_follows_what_was_saved(
    store: Store, tile_id: int, before: str, saved_as: tuple[str, int], after: str
) -> None:
    kind, correction_px = saved_as
    with store.transaction() as session:
        scenes.set_state(session, tile_id, before)
        saved = save(session, tile_id, kind=kind, correction_px=correction_px)
        assert state(session, tile_id) == saved.state == after
        assert saved.truth is (kind in {"import", "accept"})


def test_restoring_brings_back_the_state_and_the_truth(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        accepted = save(session, tile_id, kind="accept")
        revisions.decide(session, tile_id, "unreviewed", "ben")
        painted = save(session, tile_id, accepted.id)
        assert state(session, tile_id) == "draft"
        restored = save(session, tile_id, painted.id, kind="restore", restored_id=accepted.id)
        assert (restored.state, restored.truth, restored.restored_id) == ("corrected", True, accepted.id)
        again = save(session, tile_id, restored.id, kind="restore", restored_id=painted.id)
        assert (again.state, again.truth) == ("draft", False)


def test_only_a_revision_of_the_tile_can_be_restored(store: Store, add_tiles: AddTiles) -> None:
    one, two = add_tiles(2)
    with store.transaction() as session:
        other = save(session, one)
        with pytest.raises(MissingError, match="not one of tile"):
            save(session, two, kind="restore", restored_id=other.id)


def test_unknown_kinds_and_unusable_names_are_refused(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        with pytest.raises(SettingsError, match="Unknown kind of revision: 'guess'"):
            save(session, tile_id, kind="guess")
        with pytest.raises(SettingsError, match="1 to 80"):
            revisions.save_draft(session, tile_id, " ", None, sha(1))
    with pytest.raises(SettingsError, match="1 to 80"), store.transaction() as session:
        save(session, tile_id, author="x" * 81)
    with store.reading() as session:
        assert revisions.history(session, tile_id) == []


def test_the_truth_of_a_tile_is_its_head_if_that_counts(store: Store, add_tiles: AddTiles) -> None:
    accepted, saved, saved_on_reviewed, empty = add_tiles(4)
    with store.transaction() as session:
        truth = save(session, accepted, kind="accept")
        save(session, saved)
        first = save(session, saved_on_reviewed, kind="accept")
        amended = save(session, saved_on_reviewed, first.id)
        found = revisions.ground_truth(session, [accepted, saved, saved_on_reviewed, empty])
    assert found == {accepted: truth, saved_on_reviewed: amended}


def test_drafts_are_one_for_each_author_and_replaced(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        revisions.save_draft(session, tile_id, "ana", None, sha(1))
        revisions.save_draft(session, tile_id, "ben", None, sha(2))
        latest = revisions.save_draft(session, tile_id, "ana", None, sha(3))
    with store.reading() as session:
        assert revisions.get_draft(session, tile_id, "ana") == latest
        theirs = revisions.get_draft(session, tile_id, "ben")
        assert revisions.get_draft(session, tile_id, "cy") is None
    assert latest.mask_sha256 == sha(3)
    assert theirs is not None
    assert theirs.mask_sha256 == sha(2)


def test_saving_drops_the_authors_own_draft_only(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        revisions.save_draft(session, tile_id, "ana", None, sha(1))
        revisions.save_draft(session, tile_id, "ben", None, sha(2))
        save(session, tile_id)
        assert revisions.get_draft(session, tile_id, "ana") is None
        assert revisions.get_draft(session, tile_id, "ben") is not None


def test_a_tile_with_only_drafts_is_unreviewed_when_the_last_is_dropped(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        revisions.save_draft(session, tile_id, "ana", None, sha(1))
        revisions.save_draft(session, tile_id, "ben", None, sha(2))
        assert state(session, tile_id) == "draft"
        revisions.drop_draft(session, tile_id, "ana")
        assert state(session, tile_id) == "draft"
        revisions.drop_draft(session, tile_id, "ben")
        assert state(session, tile_id) == "unreviewed"
        revisions.drop_draft(session, tile_id, "ben")


def test_a_draft_does_not_undo_a_review_nor_dropping_it_a_save(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        saved = save(session, tile_id)
        revisions.save_draft(session, tile_id, "ana", saved.id, sha(2))
        revisions.drop_draft(session, tile_id, "ana")
        assert state(session, tile_id) == "draft"
        accepted = save(session, tile_id, saved.id, kind="accept")
        revisions.save_draft(session, tile_id, "ana", accepted.id, sha(2))
        assert state(session, tile_id) == "corrected"


def test_a_draft_rests_on_a_revision_of_its_tile(store: Store, tile_id: int) -> None:
    with store.transaction() as session, pytest.raises(MissingError, match="Revision 55"):
        revisions.save_draft(session, tile_id, "ana", 55, sha(2))


def test_decisions_set_the_state_and_are_noted(store: Store, tile_id: int) -> None:
    with store.transaction() as session:
        revisions.decide(session, tile_id, "rejected", "ana")
        assert state(session, tile_id) == "rejected"
        noted = audit_log.list_audit(session)[0]
        with pytest.raises(SettingsError, match="cannot set the state 'accepted'"):
            revisions.decide(session, tile_id, "accepted", "ana")
        with pytest.raises(MissingError, match="no tile 99"):
            revisions.decide(session, 99, "flagged", "ana")
        with pytest.raises(MissingError, match="no revision 99"):
            revisions.get_revision(session, 99)
    assert (noted.author, noted.action) == ("ana", "rejected")
    assert noted.details == {"from": "unreviewed"}
