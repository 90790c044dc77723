import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seep.core.masks.mask import UNSURE
from seep.core.masks.slick_diff import Change, changes


def masks() -> tuple[np.ndarray, np.ndarray]:
    """A slick lost at the top, one of another class and two pixels longer, one gained at the bottom."""
    old, new = np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.uint8)
    old[1:3, 1:5] = 1
    old[8:10, 2:8], new[8:10, 2:10] = 2, 3
    new[15:18, 4:15] = 4
    return old, new


def test_slicks_are_gained_lost_and_changed_largest_first() -> None:
    old, new = masks()
    assert changes(old, new) == [
        Change("gained", 33, 4, 15, 11, 3, 0, 4, None),
        Change("changed", 16, 2, 8, 8, 2, 2, 3, None),
        Change("lost", 8, 1, 1, 4, 2, 1, 0, None),
    ]
    assert [one.kind for one in changes(new, old)] == ["lost", "changed", "gained"]


def test_the_truth_says_who_is_right_by_seep_or_not_first() -> None:
    old, new = masks()
    truth = np.zeros_like(old)
    truth[15:18, 4:15] = 1  # seep, though of another class
    truth[8:10, 2:8] = 2  # the old mask is exact
    assert [one.right for one in changes(old, new, truth)] == [True, False, True]


def test_where_both_call_it_seep_the_class_decides() -> None:
    old, new = np.full((4, 4), 1, np.uint8), np.full((4, 4), 2, np.uint8)
    assert [one.right for one in changes(old, new, new)] == [True]
    assert [one.right for one in changes(old, new, old)] == [False]
    assert [one.right for one in changes(old, new, np.full_like(old, 3))] == [None]


def test_unsure_truth_and_an_even_split_decide_nothing() -> None:
    old, new = masks()
    assert {one.right for one in changes(old, new, np.full_like(old, UNSURE))} == {None}
    truth = np.zeros_like(old)
    truth[15:18, 4:15] = UNSURE
    truth[8:10, 2:10] = 3
    assert [one.right for one in changes(old, new, truth)] == [None, True, True]


def test_equal_masks_have_no_changes() -> None:
    old, _ = masks()
    assert changes(old, old) == []
    assert changes(np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8)) == []


MASKS = arrays(np.uint8, (9, 7), elements=st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(MASKS, MASKS, MASKS)
def test_every_pixel_that_differs_is_in_one_change_and_turning_them_round_turns_the_answer(
    old: np.ndarray, new: np.ndarray, truth: np.ndarray
) -> None:
    there, back = changes(old, new, truth), changes(new, old, truth)
    assert sum(one.area_px for one in there) == np.count_nonzero(old != new)
    turned = {"gained": "lost", "lost": "gained", "changed": "changed"}
    wrong = {None: None, True: False, False: True}
    assert [(turned[one.kind], wrong[one.right], one.x, one.y) for one in there] == [
        (one.kind, one.right, one.x, one.y) for one in back
    ]
