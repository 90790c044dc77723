import numpy as np

from seep.core.masks.majority_class import majority_class


def test_a_slick_has_the_class_of_most_of_its_pixels() -> None:
    best = np.zeros((6, 9), np.uint8)
    best[1, 1:6], best[1, 6:8], best[4, 1:3] = 2, 5, 7
    found = majority_class(best)
    assert set(found[1, 1:8]) == {2}
    assert set(found[4, 1:3]) == {7}
    np.testing.assert_array_equal(found > 0, best > 0)


def test_a_slick_keeps_the_class_that_was_decided_above() -> None:
    best = np.full((8, 3), 4, np.uint8)
    decided, known = np.full((2, 3), 1, np.uint8), np.ones((2, 3), bool)
    assert set(majority_class(best, decided, known).ravel()) == {1}


def test_what_was_decided_stays_even_where_two_slicks_meet_below() -> None:
    best = np.zeros((5, 5), np.uint8)
    best[:, 0], best[:, 4], best[4] = 1, 2, 2
    decided, known = best[:2].copy(), np.ones((2, 5), bool)
    found = majority_class(best, decided, known)
    np.testing.assert_array_equal(found[:2], decided)
    assert len(set(found[4])) == 1


def test_where_nothing_was_decided_the_first_rows_are_open() -> None:
    best = np.full((4, 4), 3, np.uint8)
    decided, known = np.zeros((2, 4), np.uint8), np.zeros((2, 4), bool)
    assert set(majority_class(best, decided, known).ravel()) == {3}


def test_plain_sea_stays_plain() -> None:
    assert not majority_class(np.zeros((4, 4), np.uint8)).any()
