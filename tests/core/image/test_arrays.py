import cv2
import numpy as np
import pytest

from seep.core.image.arrays import as_bands, display_limits, percentile_limits, to_display, valid_pixels
from seep.core.masks.thumbnail import thumbnail


def test_bands_are_added_without_a_copy():
    image = np.zeros((3, 4), np.uint16)
    assert as_bands(image).shape == (3, 4, 1)
    assert as_bands(image).base is image
    several = np.zeros((3, 4, 2), np.uint16)
    assert as_bands(several) is several


def test_pixels_with_nodata_in_all_bands_are_not_valid():
    image = np.array([[[1, 1], [0, 1]], [[1, 0], [0, 0]]], np.uint16)
    assert valid_pixels(image, 0).tolist() == [[True, True], [True, False]]
    assert valid_pixels(image, None).all()


def test_pixels_that_are_not_finite_are_never_valid():
    image = np.array([[np.nan, np.inf, -np.inf, 0.0, -9999.0]], np.float32)
    assert valid_pixels(image, None).tolist() == [[False, False, False, True, True]]
    assert valid_pixels(image, -9999).tolist() == [[False, False, False, True, False]]
    assert valid_pixels(image, float("nan")).tolist() == [[False, False, False, True, True]]


@pytest.mark.parametrize("nodata", [-1.0, 70_000.0, 0.5])
def test_a_nodata_value_that_the_dtype_cannot_hold_hits_nothing(nodata):
    assert valid_pixels(np.zeros((2, 2), np.uint16), nodata).all()


def test_limits_come_from_valid_pixels_alone():
    image = np.concatenate([np.zeros(500), np.arange(1, 1001), np.full(3, 65535)]).astype(np.uint16)[:, None]
    low, high = percentile_limits(image, valid_pixels(image, 0))
    assert 5 <= low <= 7
    assert 995 <= high <= 1000


def test_limits_of_a_large_image_are_near_the_exact_ones():
    image = np.random.default_rng(0).gamma(3, 40, size=(900, 1100)).astype(np.float32)
    found = percentile_limits(image, np.ones(image.shape, bool))
    assert found == pytest.approx(np.percentile(image, (0.5, 99.5)), rel=0.06)


def test_limits_of_a_flat_or_empty_image_still_span_something():
    flat = np.full((4, 4), 7, np.uint8)
    assert percentile_limits(flat, flat > 0) == (7.0, 8.0)
    assert percentile_limits(flat, flat > 9) == (0.0, 1.0)


def test_display_clips_at_the_limits_and_shows_invalid_pixels_black():
    image = np.array([[0, 100, 150, 200, 900]], np.uint16)
    valid = np.array([[True, True, True, True, False]])
    assert to_display(image, valid, ((100, 200),)).tolist() == [[0, 0, 128, 255, 0]]


def test_an_outlier_near_the_largest_float_is_clipped():
    image = np.array([[-3e38, 0.5, 3e38]], np.float32)
    assert to_display(image, valid_pixels(image, None), ((0, 1),)).tolist() == [[0, 128, 255]]


def test_nan_does_not_reach_the_display():
    image = np.array([[np.nan, 1.0]], np.float32)
    assert to_display(image, valid_pixels(image, None), ((0, 1),)).tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("shape", "wanted"), [((200, 400), (64, 128)), ((400, 200), (128, 64)), ((20, 30), (20, 30))]
)
def test_a_thumbnail_keeps_the_proportions_and_never_grows(shape, wanted):
    data = thumbnail(np.ones(shape, np.uint16), None, 0, limits=((0, 2),), colors={}, size_px=128)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape == wanted


def test_a_thin_slick_is_seen_on_a_thumbnail():
    mask = np.zeros((256, 256), np.uint8)
    mask[:, 100:103] = 1
    data = thumbnail(
        np.full((256, 256), 50, np.uint8), mask, None, limits=((0, 100),), colors={1: "#ff0000"}, size_px=64
    )
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).astype(int)
    redness = (picture[:, :, 2] - picture[:, :, 1]).mean(axis=0)
    assert redness[25] > 40
    assert abs(redness[:20]).max() < 10


def test_three_bands_are_shown_in_color_and_two_in_gray():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32] = (200, 0, 0)
    image[:, 32:] = (0, 0, 100)
    limits = ((0, 200), (0, 255), (0, 100))
    shown = to_display(image, valid_pixels(image, 0), limits)
    assert shown[0, [0, 63]].tolist() == [[255, 0, 0], [0, 0, 255]]
    mask = np.zeros((64, 64), np.uint8)
    mask[:8] = 1
    data = thumbnail(image, mask, 0, limits=limits, colors={1: "#00ff00"}, size_px=64)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)
    np.testing.assert_allclose(picture[40, [8, 56]], [[255, 0, 0], [0, 0, 255]], atol=12)
    assert picture[2, 8, 1] > 100
    assert len(display_limits(image, valid_pixels(image, 0))) == 3
    assert len(display_limits(image[:, :, :2], valid_pixels(image, 0))) == 1
