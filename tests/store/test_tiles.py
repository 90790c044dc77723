import pytest

from seep.errors import MissingError
from seep.store.store import Store
from seep.store.tiles import class_rows, is_seep, seep_area, tile_for_update


def test_background_and_unsure_are_no_seep() -> None:
    assert [one for one in (0, 1, 7, 254, 255) if is_seep(one)] == [1, 7, 254]
    assert seep_area({0: 50, 1: 3, 7: 4, 255: 9}) == 7
    assert seep_area({}) == 0


def test_rows_leave_out_the_background_and_what_is_empty() -> None:
    assert class_rows("tile_id", 5, {0: 50, 1: 3, 2: 0, 255: 9}) == [
        {"tile_id": 5, "class_id": 1, "area_px": 3},
        {"tile_id": 5, "class_id": 255, "area_px": 9},
    ]


def test_a_tile_that_is_not_there_is_missing(store: Store) -> None:
    with store.transaction() as session, pytest.raises(MissingError, match="no tile 3"):
        tile_for_update(session, 3)
