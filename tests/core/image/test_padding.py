"""Tiles with what lies around them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seep.core.image.padding import pad_with_neighbors

SCENE = np.arange(1, 12 * 12 + 1, dtype=np.uint16).reshape(12, 12)


def cut(scene, x, y, size=4):
    return scene[y : y + size, x : x + size]


def beside(scene, x, y, size=4):
    """All other tiles of a grid, as they lie from the tile at (x, y)."""
    return [
        (column - x, row - y, cut(scene, column, row, size))
        for row in range(0, 12, size)
        for column in range(0, 12, size)
        if (column, row) != (x, y)
    ]


@given(margin=st.integers(0, 7), x=st.sampled_from((0, 4, 8)), y=st.sampled_from((0, 4, 8)))
def test_a_margin_holds_what_the_scene_holds_there(margin, x, y):
    found = pad_with_neighbors(cut(SCENE, x, y), beside(SCENE, x, y), margin, 0)
    padded = np.pad(SCENE, margin)
    assert np.array_equal(found, padded[y : y + 4 + 2 * margin, x : x + 4 + 2 * margin])


def test_bands_and_dtype_stay_and_missing_neighbors_are_nodata():
    image = np.ones((3, 5, 2), np.float32)
    found = pad_with_neighbors(image, [(5, 0, 2 * image)], 2, -9)
    assert found.shape == (7, 9, 2)
    assert found.dtype == np.float32
    assert np.array_equal(found[2:5, 2:7], image)
    assert (found[2:5, 7:] == 2).all()
    assert (found[:2] == -9).all()
    assert (found[:, :2] == -9).all()


@pytest.mark.parametrize("at", [(0, 0), (2, 1)])
def test_what_overlaps_the_tile_does_not_change_it(at):
    image = np.zeros((4, 4), np.uint8)
    found = pad_with_neighbors(image, [(*at, np.full((4, 4), 7, np.uint8))], 1, 3)
    assert not found[1:5, 1:5].any()
