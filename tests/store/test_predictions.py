from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from seep.core.acquisition import OrderValues
from seep.core.records import NewPrediction, PredictionRecord, TileFilter
from seep.errors import MissingError
from seep.store import checkpoints, predictions, revisions, scenes, tile_queries
from seep.store.store import Store
from tests.store.conftest import add_checkpoint, sha

AddTiles = Callable[..., list[int]]


def predict(
    session: Session, checkpoint_id: int, tile_id: int, area: int = 20, mask: int = 1
) -> PredictionRecord:
    row = NewPrediction(tile_id, sha(mask), sha(mask + 1), OrderValues(area / 100), {0: 1000, 2: area})
    predictions.add_predictions(session, checkpoint_id, [row])
    found = predictions.find_prediction(session, tile_id, checkpoint_id)
    assert found is not None
    return found


def with_class(session: Session, class_id: int) -> list[int]:
    return [tile.id for tile in tile_queries.list_tiles(session, TileFilter(class_id=class_id))]


def test_a_prediction_comes_back_as_it_was_added(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        added = predict(session, checkpoint.id, tile_id)
        assert predictions.get_prediction(session, added.id) == added
    assert (added.mask_sha256, added.probability_sha256) == (sha(1), sha(2))
    assert (added.seep_area_px, added.values.likely_wrong, added.checkpoint_id) == (20, 0.2, checkpoint.id)


def test_tiles_point_at_predictions_of_the_active_checkpoint_only(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        active, other = add_checkpoint(session, "active"), add_checkpoint(session, "other")
        checkpoints.promote(session, active.id, "ana")
        predict(session, other.id, tile_id, area=99)
        assert scenes.get_tile(session, tile_id).prediction_id is None
        mine = predict(session, active.id, tile_id, area=20)
        tile = scenes.get_tile(session, tile_id)
        assert with_class(session, 2) == [tile_id]
    assert (tile.prediction_id, tile.values.likely_wrong, tile.seep_area_px) == (mine.id, 0.2, 20)


def test_what_the_image_head_says_goes_with_the_active_checkpoint(store: Store, add_tiles: AddTiles) -> None:
    one, two = add_tiles(2)
    with store.transaction() as session:
        headed, plain = add_checkpoint(session, "headed"), add_checkpoint(session, "plain")
        checkpoints.promote(session, headed.id, "ana")
        rows = [
            NewPrediction(tile, sha(1), None, OrderValues(0.0, has_something=value), {})
            for tile, value in ((one, 0.2), (two, 0.7))
        ]
        predictions.add_predictions(session, headed.id, rows)
        predict(session, plain.id, one)
        listed = tile_queries.list_tiles(session, order="has_something")
        assert [(tile.id, tile.values.has_something) for tile in listed] == [(two, 0.7), (one, 0.2)]
        checkpoints.promote(session, plain.id, "ana")
        assert scenes.get_tile(session, one).values.has_something is None
        checkpoints.roll_back(session, "ana")
        assert scenes.get_tile(session, one).values.has_something == 0.2


def test_wide_areas_are_an_order_of_the_queue(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(3)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        checkpoints.promote(session, checkpoint.id, "ana")
        rows = [
            NewPrediction(tile, sha(1), None, OrderValues(0.0, wide_area_px=value), {})
            for tile, value in zip(ids, (0, 9000, None), strict=True)
        ]
        predictions.add_predictions(session, checkpoint.id, rows)
        listed = tile_queries.list_tiles(session, order="wide_area_px")
        assert [(tile.id, tile.values.wide_area_px) for tile in listed] == [
            (ids[1], 9000),
            (ids[0], 0),
            (ids[2], None),
        ]
        found = predictions.find_prediction(session, ids[1], checkpoint.id)
    assert found is not None
    assert found.values.wide_area_px == 9000


def test_the_first_prediction_stays(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        checkpoints.promote(session, checkpoint.id, "ana")
        first = predict(session, checkpoint.id, tile_id, area=20, mask=1)
        assert predict(session, checkpoint.id, tile_id, area=30, mask=5) == first
        twice = [NewPrediction(tile_id, sha(7), None, OrderValues(0.7), {})] * 2
        predictions.add_predictions(session, checkpoint.id, twice)
        assert scenes.get_tile(session, tile_id).seep_area_px == 20


def test_a_tile_twice_in_one_call_gets_the_first(store: Store, add_tiles: AddTiles) -> None:
    one, two = add_tiles(2)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        rows = [
            NewPrediction(tile_id, sha(mask), None, OrderValues(0.5), {})
            for tile_id, mask in ((one, 1), (two, 2), (one, 3))
        ]
        predictions.add_predictions(session, checkpoint.id, rows)
        found = [predictions.find_prediction(session, tile_id, checkpoint.id) for tile_id in (one, two)]
    assert [one.mask_sha256 for one in found if one] == [sha(1), sha(2)]


def test_a_revision_stays_what_is_shown(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        checkpoints.promote(session, checkpoint.id, "ana")
        revisions.save_revision(
            session,
            tile_id,
            base_revision_id=None,
            mask_sha256=sha(9),
            kind="accept",
            author="ana",
            request_id="r",
            correction_px=3,
            classes={5: 7},
        )
        mine = predict(session, checkpoint.id, tile_id, area=20)
        tile = scenes.get_tile(session, tile_id)
        assert (with_class(session, 5), with_class(session, 2)) == ([tile_id], [])
    assert (tile.prediction_id, tile.values.likely_wrong, tile.seep_area_px) == (mine.id, 0.2, 7)


def test_what_is_still_to_predict(store: Store, add_tiles: AddTiles) -> None:
    north, south = add_tiles(3, "north", "train"), add_tiles(2, "south", "test")
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        predict(session, checkpoint.id, north[0])
        scenes.set_state(session, north[1], "flagged")
        assert predictions.tiles_without_prediction(session, checkpoint.id) == [*north[1:], *south]
        assert predictions.tiles_without_prediction(session, checkpoint.id, ["flagged"]) == [north[1]]
        assert predictions.tiles_without_prediction(session, checkpoint.id, split="test") == south
        assert predictions.tiles_without_prediction(session, checkpoint.id, ["unreviewed"], "train") == [
            north[2]
        ]


def test_more_than_one_statement_holds_are_added(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(1001)
    with store.transaction() as session:
        checkpoint = add_checkpoint(session, "base")
        checkpoints.promote(session, checkpoint.id, "ana")
        rows = [NewPrediction(tile_id, sha(tile_id), None, OrderValues(0.5), {1: tile_id}) for tile_id in ids]
        predictions.add_predictions(session, checkpoint.id, rows)
        assert predictions.tiles_without_prediction(session, checkpoint.id) == []
        assert scenes.get_tile(session, ids[-1]).seep_area_px == ids[-1]


def test_what_is_not_there_is_missing(store: Store, add_tiles: AddTiles) -> None:
    (tile_id,) = add_tiles(1)
    with store.transaction() as session:
        with pytest.raises(MissingError, match="no checkpoint 4"):
            predictions.add_predictions(
                session, 4, [NewPrediction(tile_id, sha(1), None, OrderValues(0.1), {})]
            )
        with pytest.raises(MissingError, match="no prediction 4"):
            predictions.get_prediction(session, 4)
        assert predictions.find_prediction(session, tile_id, 4) is None
