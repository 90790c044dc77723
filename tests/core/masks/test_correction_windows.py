import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seep.core.geo.grid import Window
from seep.core.masks.correction_windows import correction_windows


def test_a_change_in_the_middle_of_a_large_tile_gets_one_window_around_it() -> None:
    changed = np.zeros((1024, 1024), np.bool_)
    changed[500:510, 300:340] = True
    (window,) = correction_windows(changed, 128)
    assert (window.width, window.height) == (128, 128)
    assert window.x < 300 - 32
    assert window.y < 500 - 32


def test_changes_far_apart_get_windows_of_their_own_and_near_ones_share_one() -> None:
    changed = np.zeros((1024, 1024), np.bool_)
    changed[10, 10] = changed[20, 24] = changed[900, 900] = True
    assert [(one.x, one.y) for one in correction_windows(changed, 64)] == [(0, 0), (868, 868)]


def test_nothing_changed_has_no_window_and_much_changed_the_whole_tile() -> None:
    assert correction_windows(np.zeros((64, 80), np.bool_), 32) == []
    assert correction_windows(np.ones((64, 80), np.bool_), 32) == [Window(0, 0, 80, 64)]


def test_a_tile_smaller_than_a_crop_is_one_window() -> None:
    changed = np.zeros((40, 50), np.bool_)
    changed[1, 1] = True
    assert correction_windows(changed, 64) == [Window(0, 0, 50, 40)]


@given(
    arrays(
        np.bool_,
        st.tuples(st.integers(1, 90), st.integers(1, 90)),
        elements=st.booleans(),
        fill=st.just(False),
    ),
    st.sampled_from((32, 64)),
)
def test_every_changed_pixel_lies_in_a_window_of_the_tile(changed: np.ndarray, crop_px: int) -> None:
    covered = np.zeros_like(changed)
    for one in correction_windows(changed, crop_px):
        assert one.width >= min(crop_px, changed.shape[1])
        assert one.height >= min(crop_px, changed.shape[0])
        assert one.x + one.width <= changed.shape[1]
        assert one.y + one.height <= changed.shape[0]
        covered[one.y : one.y + one.height, one.x : one.x + one.width] = True
    assert covered[changed].all()
