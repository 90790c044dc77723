import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label

from seep.core.masks.components import Slick, slicks
from seep.core.masks.mask import UNSURE


def test_a_slick_is_described_by_class_area_and_box():
    mask = np.zeros((8, 10), np.uint8)
    mask[2:4, 3:8] = 5
    labels, found = slicks(mask)
    assert found == [Slick(label=1, class_id=5, area_px=10, x=3, y=2, width=5, height=2)]
    assert labels.dtype == np.int32
    assert (labels > 0).sum() == 10


def test_corners_connect():
    assert len(slicks(np.eye(4, dtype=np.uint8))[1]) == 1


def test_classes_that_touch_are_slicks_of_their_own():
    mask = np.array([[1, 1, 2, 2], [0, 0, 0, 0], [3, 0, 1, 0]], np.uint8)
    labels, found = slicks(mask)
    assert sorted((one.class_id, one.area_px) for one in found) == [(1, 1), (1, 2), (2, 2), (3, 1)]
    for one in found:
        assert (labels == one.label).sum() == one.area_px
        assert set(mask[labels == one.label]) == {one.class_id}


def test_background_and_unsure_are_no_slicks():
    labels, found = slicks(np.array([[0, UNSURE], [UNSURE, 0]], np.uint8))
    assert found == []
    assert not labels.any()


@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
        elements=st.sampled_from([0, 0, 1, 2, 255]),
    )
)
def test_slicks_are_those_that_scikit_image_finds(mask):
    labels, found = slicks(mask)
    wanted = 0
    for class_id in (1, 2):
        reference, count = label(mask == class_id, connectivity=2, return_num=True)
        wanted += count
        for number in range(1, count + 1):
            assert len(set(labels[reference == number])) == 1
    assert len(found) == wanted
    assert [one.label for one in found] == list(range(1, wanted + 1))
    for one in found:
        rows, columns = np.nonzero(labels == one.label)
        assert (one.x, one.y) == (columns.min(), rows.min())
        assert (one.width, one.height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert (one.area_px, {one.class_id}) == (rows.size, set(mask[rows, columns]))
