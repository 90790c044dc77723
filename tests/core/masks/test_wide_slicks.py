import numpy as np
import pytest

from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.wide_slicks import (
    inscribed_radii,
    wide_components,
    without_wide_slicks,
)

SIDE = 100


def band(top: int, height: int, value: int = 1) -> Mask:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[top : top + height, :80] = value
    return mask


@pytest.mark.parametrize("height", [1, 9, 30])
def test_radius_of_a_band_is_half_its_height(height: int) -> None:
    labels = band(10, height).astype(np.int32)
    assert inscribed_radii(labels, 1)[0] == pytest.approx(height / 2, abs=0.51)


def test_tile_covered_by_one_slick_is_wide() -> None:
    assert inscribed_radii(np.ones((SIDE, SIDE), np.int32), 1)[0] > 20


def test_wide_slicks_become_unsure_and_narrow_ones_stay() -> None:
    mask = band(2, 10) + band(40, 40, 5)
    found = without_wide_slicks(mask, 12)
    np.testing.assert_array_equal(found[:30], mask[:30])
    assert (found[40:80, :80] == UNSURE).all()
    assert int(np.count_nonzero(found == UNSURE)) == 40 * 80
    assert mask[50, 5] == 5, "the mask itself is not changed"


def test_touching_classes_are_one_dark_area() -> None:
    mask = band(40, 16) + band(56, 16, 5)
    assert (without_wide_slicks(mask, 12)[40:72, :80] == UNSURE).all()


def test_nothing_is_ignored_without_a_limit_or_a_wide_slick() -> None:
    mask = band(40, 40)
    assert without_wide_slicks(mask, 0) is mask
    assert without_wide_slicks(mask, 25) is mask
    unsure = band(40, 40, UNSURE)
    assert without_wide_slicks(unsure, 12) is unsure


def test_wide_components_are_numbered_without_gaps() -> None:
    seep = (band(0, 3) + band(10, 30) + band(45, 3) + band(60, 40)) > 0
    found = wide_components(seep, 12)
    assert [int(found[row, 5]) for row in (1, 20, 46, 80)] == [0, 1, 0, 2]
    assert found.max() == 2
    assert (found[~seep] == 0).all()
