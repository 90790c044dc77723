from collections.abc import Callable

from seep.store import runs
from seep.store import runs as store_runs
from seep.store.store import Store
from tests.store.test_runs import accept

AddTiles = Callable[..., list[int]]


def test_the_best_value_of_each_run_is_found(store: Store) -> None:
    with store.transaction() as session:
        first, second = (
            runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
            for _ in range(2)
        )
        for step, iou in ((1, 0.2), (2, 0.5), (3, 0.4)):
            runs.add_metrics(session, first.id, step, {"binary_iou": iou, "loss": 9.0})
        runs.add_metrics(session, second.id, 1, {"loss": 1.0})
    with store.reading() as session:
        assert store_runs.best_values(session, "binary_iou") == {first.id: 0.5}


def test_curves_come_by_step_and_a_run_without_any_has_none(store: Store) -> None:
    with store.transaction() as session:
        first, second, third = (
            runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
            for _ in range(3)
        )
        for step in (3, 1):
            runs.add_metrics(session, first.id, step, {"loss": step / 2, "other": 7.0})
            runs.add_metrics(session, third.id, step, {"loss": 8.0})
    with store.reading() as session:
        found = store_runs.curves(session, [first.id, second.id], "loss")
    assert found == {first.id: [(1, 0.5), (3, 1.5)], second.id: []}


def test_revisions_are_counted_by_run(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(3)
    with store.transaction() as session:
        taken = [accept(session, tile_id) for tile_id in ids]
        first = runs.add_run(
            session, None, base_checkpoint_id=None, config={}, revision_ids=taken, author="ana"
        )
        runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        second = runs.add_run(
            session, None, base_checkpoint_id=None, config={}, revision_ids=taken[:1], author="ana"
        )
        assert store_runs.revision_counts(session) == {first.id: 3, second.id: 1}
