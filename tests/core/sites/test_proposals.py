import numpy as np
import pytest

from seep.core.sites.proposals import NodataShape, nodata_shape, propose_places


def wedge(slope: float, number: int) -> NodataShape:
    """A corner of a tile without data; every tile of a place has its own."""
    y, x = np.indices((256, 256))
    return nodata_shape(x + slope * y > 40 + 25 * (number % 5))


def scene(slope: float, numbers: range) -> dict[int, NodataShape]:
    return {number: wedge(slope, number) for number in numbers}


def test_scenes_with_equal_nodata_at_equal_numbers_are_proposed_as_one_place() -> None:
    scenes = {"b1": scene(2.0, range(8)), "a1": scene(0.3, range(8)), "a2": scene(0.3, range(2, 12))}
    scenes["b2"] = scene(2.0, range(1, 7))
    found = propose_places(scenes)
    assert [one.scenes for one in found] == [("a1", "a2"), ("b1", "b2")]
    assert found[0].agreement == pytest.approx(1.0)
    assert found[0].shared_tiles == 6


def test_few_tiles_in_common_are_no_evidence() -> None:
    assert propose_places({"one": scene(0.3, range(6)), "two": scene(0.3, range(3, 9))}) == []


def test_scenes_without_nodata_are_in_no_group() -> None:
    full = {number: nodata_shape(np.ones((256, 256), bool)) for number in range(8)}
    assert propose_places({"one": full, "two": full}) == []


def test_a_tile_smaller_than_the_shape_is_reduced_too() -> None:
    valid = np.zeros((20, 24), bool)
    valid[:, 12:] = True
    assert nodata_shape(valid).shape == (32, 32)


def test_the_shape_is_true_where_most_of_a_cell_is_missing() -> None:
    valid = np.ones((64, 64), bool)
    valid[:2, :2] = False
    shape = nodata_shape(valid)
    assert shape[0, 0]
    assert shape.sum() == 1
