import cv2
import numpy as np
import pytest

from seep.core.sites.slick_ends import find_slick_ends


def mask_of(*lines: tuple[int, int, int, int], class_id: int = 1) -> np.ndarray:
    mask = np.zeros((120, 200), np.uint8)
    for x, y, to_x, to_y in lines:
        cv2.line(mask, (x, y), (to_x, to_y), class_id, 5)
    return mask


def test_the_ends_of_a_slick_are_the_ends_of_its_center_line() -> None:
    (slick,) = find_slick_ends(mask_of((20, 30, 140, 30)))
    assert sorted(slick.ends[:, 0]) == pytest.approx([20, 140], abs=4)
    assert slick.ends[:, 1] == pytest.approx([30.5, 30.5], abs=2)
    assert slick.class_id == 1
    assert slick.length_px == pytest.approx(120, abs=8)


def test_specks_are_left_out() -> None:
    assert find_slick_ends(mask_of((20, 30, 20, 30)), min_area_px=40) == []


def test_pieces_in_one_line_are_one_slick() -> None:
    (slick,) = find_slick_ends(mask_of((20, 30, 80, 30), (95, 30, 160, 30)))
    assert sorted(slick.ends[:, 0]) == pytest.approx([20, 160], abs=4)
    assert len(slick.labels) == 2


def test_pieces_far_apart_or_side_by_side_stay_two_slicks() -> None:
    assert len(find_slick_ends(mask_of((20, 30, 60, 30), (120, 30, 160, 30)))) == 2
    assert len(find_slick_ends(mask_of((20, 30, 160, 30), (20, 45, 160, 45)))) == 2


def test_slicks_that_cross_at_right_angles_in_the_gap_are_not_joined() -> None:
    assert len(find_slick_ends(mask_of((20, 30, 80, 30), (90, 36, 90, 100)))) == 2


def test_the_largest_slick_comes_first() -> None:
    areas = [one.area_px for one in find_slick_ends(mask_of((20, 30, 60, 30), (20, 80, 160, 80)))]
    assert areas == sorted(areas, reverse=True)
    assert len(areas) == 2


def test_an_empty_mask_has_no_ends() -> None:
    assert find_slick_ends(np.zeros((64, 64), np.uint8)) == []
