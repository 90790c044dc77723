import numpy as np

from seep.core.image.downsample import filled_between, mean_reduced, minimum_halved, to_picture
from seep.core.masks.mask import UNSURE, mask_reduced


def test_a_picture_stretches_what_was_measured_and_marks_what_was_not() -> None:
    band = np.array([[0, 100, 200, 300, 999]], np.uint16)
    assert to_picture(band, 0, (100, 300)).tolist() == [[0, 1, 128, 255, 255]]


def test_large_and_small_bands_become_the_same_picture() -> None:
    band = np.random.default_rng(0).integers(0, 65536, (400, 400)).astype(np.uint16)
    small = to_picture(band[:20], 7, (1000, 50_000))
    np.testing.assert_array_equal(to_picture(band, 7, (1000, 50_000))[:20], small)


def test_floats_without_a_number_count_as_not_measured() -> None:
    band = np.array([[np.nan, np.inf, 0.0, 1.0]], np.float32)
    assert to_picture(band, None, (0, 1)).tolist() == [[0, 0, 1, 255]]


def test_the_mean_leaves_out_what_was_not_measured() -> None:
    picture = np.array([[0, 100, 200, 200], [0, 100, 200, 200]], np.uint8)
    assert mean_reduced(picture, 2).tolist() == [[100, 200]]


def test_odd_sides_get_a_pixel_for_the_rest() -> None:
    assert mean_reduced(np.full((5, 3), 9, np.uint8), 2).tolist() == [[9, 9]] * 3


def test_a_thin_dark_slick_outlives_many_halvings_of_the_minimum_alone() -> None:
    picture = np.full((256, 256), 200, np.uint8)
    picture[:, 100] = 20
    darkest, mean = picture, picture
    for _ in range(4):
        darkest, mean = minimum_halved(darkest), mean_reduced(mean, 2)
    assert (darkest.min(axis=1) == 20).all()
    assert mean.min() > 180


def test_the_minimum_leaves_out_what_was_not_measured() -> None:
    picture = np.array([[0, 50, 0, 0], [60, 0, 0, 0]], np.uint8)
    assert minimum_halved(picture).tolist() == [[50, 0]]


def test_a_mask_made_smaller_keeps_its_thin_slicks() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[31], mask[5, 5] = 3, UNSURE
    small = mask_reduced(mask, 16)
    assert small.tolist() == [[0] * 4, [3] * 4, [0] * 4, [0] * 4]


def test_gaps_between_cells_are_filled_from_around() -> None:
    cells = np.full((8, 8), 5, np.float32)
    known = np.zeros((8, 8), bool)
    known[::2, ::2] = True
    np.testing.assert_allclose(filled_between(cells, known), 5, rtol=1e-4)
