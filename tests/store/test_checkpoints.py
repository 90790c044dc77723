from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from seep.core.acquisition import OrderValues
from seep.core.records import NewPrediction, TileFilter, TileRecord
from seep.errors import CheckpointError, MissingError
from seep.store import audit_log, checkpoints, predictions, runs, tile_queries
from seep.store.store import Store
from tests.store.conftest import add_checkpoint, sha

AddTiles = Callable[..., list[int]]


def predict(session: Session, checkpoint_id: int, areas: dict[int, int], class_id: int = 1) -> None:
    rows = [
        NewPrediction(
            tile_id, sha(100 * checkpoint_id + tile_id), None, OrderValues(area / 100), {class_id: area}
        )
        for tile_id, area in areas.items()
    ]
    predictions.add_predictions(session, checkpoint_id, rows)


def shown(session: Session) -> list[TileRecord]:
    return tile_queries.list_tiles(session, order="name")


def active(session: Session) -> int | None:
    found = checkpoints.active_checkpoint(session)
    return None if found is None else found.id


def test_a_checkpoint_comes_back_as_it_was_added(store: Store) -> None:
    with store.transaction() as session:
        base = add_checkpoint(session, "base")
        child = add_checkpoint(session, "child", parent_id=base.id, card={"figures": {"test": {"iou": 0.4}}})
        assert checkpoints.get_checkpoint(session, child.id) == child
        assert checkpoints.list_checkpoints(session) == [child, base]
        assert checkpoints.active_checkpoint(session) is None
    assert (child.parent_id, child.card, child.state, child.active) == (
        base.id,
        {"figures": {"test": {"iou": 0.4}}},
        "candidate",
        False,
    )


def test_a_name_is_used_once_but_the_same_result_of_a_run_is_the_same_checkpoint(store: Store) -> None:
    with store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        first = add_checkpoint(session, "base", run_id=run.id)
        assert add_checkpoint(session, "base", run_id=run.id) == first
        with pytest.raises(CheckpointError, match="'base' already"):
            add_checkpoint(session, "base")


def test_promotion_points_all_tiles_at_the_new_predictions(store: Store, add_tiles: AddTiles) -> None:
    one, two = add_tiles(2)
    with store.transaction() as session:
        old, new = add_checkpoint(session, "old"), add_checkpoint(session, "new")
        predict(session, old.id, {one: 10, two: 20}, class_id=1)
        predict(session, new.id, {one: 30}, class_id=2)
        checkpoints.promote(session, old.id, "ana")
        assert [tile.seep_area_px for tile in shown(session)] == [10, 20]
        promoted = checkpoints.promote(session, new.id, "ana")
        first, second = shown(session)
        assert [tile.id for tile in tile_queries.list_tiles(session, TileFilter(class_id=2))] == [one]
        assert tile_queries.list_tiles(session, TileFilter(class_id=1)) == []
        assert [entry.action for entry in audit_log.list_audit(session)][:2] == ["promote", "promote"]
    assert (promoted.active, promoted.state) == (True, "kept")
    assert (first.seep_area_px, first.values.likely_wrong) == (30, 0.3)
    assert (second.prediction_id, second.values.likely_wrong, second.seep_area_px) == (None, None, None)


def test_rolling_back_gives_exactly_the_old_predictions(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(3)
    with store.transaction() as session:
        old, new = add_checkpoint(session, "old"), add_checkpoint(session, "new")
        checkpoints.promote(session, old.id, "ana")
        predict(session, old.id, {ids[0]: 10, ids[1]: 20})
        before = shown(session)
        classes_before = tile_queries.list_tiles(session, TileFilter(class_id=1))
    with store.transaction() as session:
        checkpoints.promote(session, new.id, "ana")
        predict(session, new.id, dict.fromkeys(ids, 55), class_id=3)
        assert shown(session) != before
    with store.transaction() as session:
        back = checkpoints.roll_back(session, "ben")
    with store.reading() as session:
        assert shown(session) == before
        assert tile_queries.list_tiles(session, TileFilter(class_id=1)) == classes_before
        assert tile_queries.list_tiles(session, TileFilter(class_id=3)) == []
        newest, _ = checkpoints.promotions(session)
    assert (back.id, back.active) == (old.id, True)
    assert (newest.checkpoint_id, newest.author, newest.rolled_back_by) == (new.id, "ana", "ben")


def test_two_steps_back_and_no_further(store: Store) -> None:
    with store.transaction() as session:
        first, second, third = (add_checkpoint(session, name) for name in ("first", "second", "third"))
        with pytest.raises(MissingError, match="cannot be rolled back"):
            checkpoints.roll_back(session, "ana")
        for one in (first, second, third):
            checkpoints.promote(session, one.id, "ana")
        assert checkpoints.roll_back(session, "ana").id == second.id
        assert checkpoints.roll_back(session, "ana").id == first.id
        with pytest.raises(MissingError, match="cannot be rolled back"):
            checkpoints.roll_back(session, "ana")
        assert active(session) == first.id
        checkpoints.promote(session, third.id, "ana")
        assert checkpoints.roll_back(session, "ana").id == first.id


def test_a_double_click_goes_one_step(store: Store) -> None:
    with store.transaction() as session:
        first, second, third = (add_checkpoint(session, name) for name in ("first", "second", "third"))
        for one in (first, second, third, third):
            checkpoints.promote(session, one.id, "ana")
        assert len(checkpoints.promotions(session)) == 3
        for _ in range(2):
            assert checkpoints.roll_back(session, "ana", active_id=third.id).id == second.id


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["a", "b", "c", "back"]), max_size=15))
def test_promotions_are_a_stack(store: Store, steps: list[str]) -> None:
    def play() -> None:
        with store.transaction() as session:
            ids = {name: add_checkpoint(session, name).id for name in "abc"}
            stack: list[int] = []
            for step in steps:
                if step != "back":
                    checkpoints.promote(session, ids[step], "ana")
                    stack += [] if stack[-1:] == [ids[step]] else [ids[step]]
                elif len(stack) > 1:
                    stack.pop()
                    assert checkpoints.roll_back(session, "ana").id == stack[-1]
                else:
                    with pytest.raises(MissingError):
                        checkpoints.roll_back(session, "ana")
                assert active(session) == (stack[-1] if stack else None)
            raise InterruptedError  # the next example starts from an empty store again

    with pytest.raises(InterruptedError):
        play()


def test_dropping_marks_and_refuses_what_is_or_was_active(store: Store) -> None:
    with store.transaction() as session:
        first, second, loser = (add_checkpoint(session, name) for name in ("first", "second", "loser"))
        checkpoints.promote(session, first.id, "ana")
        checkpoints.promote(session, second.id, "ana")
        for one in (first, second):
            with pytest.raises(CheckpointError, match="cannot be dropped"):
                checkpoints.drop(session, one.id, "ana")
        for _ in range(2):
            assert checkpoints.drop(session, loser.id, "ana").state == "dropped"
        with pytest.raises(CheckpointError, match="was dropped"):
            checkpoints.promote(session, loser.id, "ana")
        checkpoints.roll_back(session, "ana")
        assert checkpoints.drop(session, second.id, "ana").state == "dropped"


def test_what_is_not_there_is_missing(store: Store) -> None:
    with store.transaction() as session:
        for call in (
            lambda: checkpoints.get_checkpoint(session, 5),
            lambda: checkpoints.promote(session, 5, "ana"),
            lambda: checkpoints.drop(session, 5, "ana"),
        ):
            with pytest.raises(MissingError, match="no checkpoint 5"):
                call()


def test_a_promotion_that_fails_half_way_changes_nothing(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        old, new = add_checkpoint(session, "old"), add_checkpoint(session, "new")
        predict(session, old.id, {tile_id: 10})
        checkpoints.promote(session, old.id, "ana")
        before = shown(session)

    def fail() -> None:
        with store.transaction() as session:
            checkpoints.promote(session, new.id, "ana")
            raise OSError("the worker is gone")

    with pytest.raises(OSError, match="gone"):
        fail()
    with store.reading() as session:
        assert active(session) == old.id
        assert shown(session) == before


@pytest.fixture
def in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promotion leaves the tiles to later transactions of two tiles each."""
    monkeypatch.setattr(predictions, "AT_ONCE", 0)
    monkeypatch.setattr(predictions, "SHOWN_AT_ONCE", 2)


def show_more(store: Store) -> bool:
    with store.transaction() as session:
        return predictions.show_more(session)


def classes_of(session: Session) -> list[list[int]]:
    chosen = (TileFilter(class_id=number) for number in (1, 2, 3))
    return [[tile.id for tile in tile_queries.list_tiles(session, one)] for one in chosen]


@pytest.mark.usefixtures("in_groups")
def test_a_large_workspace_is_changed_in_groups_of_tiles(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(5)
    with store.transaction() as session:
        old, new = add_checkpoint(session, "old"), add_checkpoint(session, "new")
        predict(session, old.id, dict.fromkeys(ids[:4], 10), class_id=1)
        predict(session, new.id, dict.fromkeys(ids[1:], 20), class_id=2)
        checkpoints.promote(session, old.id, "ana")
        assert predictions.is_showing(session)
    assert [show_more(store) for _ in range(4)] == [True, True, True, False]
    with store.reading() as session:
        assert [tile.seep_area_px for tile in shown(session)] == [10, 10, 10, 10, None]
        assert not predictions.is_showing(session)
        before, classes_before = shown(session), classes_of(session)

    # half of the tiles show the new version; a new prediction of one is shown at once; then it is rolled back
    with store.transaction() as session:
        checkpoints.promote(session, new.id, "ana")
        assert shown(session) == before
    assert show_more(store)
    with store.transaction() as session:
        assert [tile.seep_area_px for tile in shown(session)] == [None, 20, 10, 10, None]
        predict(session, new.id, {ids[0]: 30}, class_id=3)
        assert [tile.seep_area_px for tile in shown(session)] == [30, 20, 10, 10, None]
        checkpoints.roll_back(session, "ana")
        assert active(session) == old.id
    while show_more(store):
        pass
    with store.reading() as session:
        assert (shown(session), classes_of(session)) == (before, classes_before)


@pytest.mark.usefixtures("in_groups")
def test_both_ways_of_a_promotion_show_the_same(
    store: Store, add_tiles: AddTiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_tiles(5)
    with store.transaction() as session:
        old, new = add_checkpoint(session, "old"), add_checkpoint(session, "new")
        predict(session, old.id, {one: one for one in ids}, class_id=1)
        predict(session, new.id, {one: 2 * one for one in ids[::2]}, class_id=2)
        checkpoints.promote(session, old.id, "ana")
        checkpoints.promote(session, new.id, "ana")
    while show_more(store):
        pass
    with store.reading() as session:
        in_groups = shown(session), classes_of(session)
    monkeypatch.setattr(predictions, "AT_ONCE", 5)
    with store.transaction() as session:
        checkpoints.roll_back(session, "ana")
        assert not predictions.is_showing(session)
        checkpoints.promote(session, new.id, "ana")
        assert (shown(session), classes_of(session)) == in_groups
