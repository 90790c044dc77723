import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seep.core.image.normalize import Statistics, normalize, statistics_of

FLAT = Statistics((0.0,), (100.0,), (50.0,), (10.0,))


def test_values_become_clipped_robust_scores():
    image = np.array([[50, 60, 40], [200, 1, 50]], np.uint16)
    result = normalize(image, FLAT, nodata=0)
    assert result.dtype == np.float32
    assert result.shape == (2, 2, 3)
    np.testing.assert_allclose(result[0], [[0.0, 1.0, -1.0], [5.0, -4.9, 0.0]], rtol=1e-6)


def test_nodata_and_nan_become_zero_and_are_marked_invalid():
    image = np.array([[0, 70, np.nan], [np.inf, 50, -3]], np.float32)
    result = normalize(image, FLAT, nodata=0)
    np.testing.assert_array_equal(result[1], [[0, 1, 0], [0, 1, 1]])
    np.testing.assert_array_equal(result[0][result[1] == 0], 0)
    assert np.isfinite(result).all()


def test_a_pixel_is_invalid_if_all_its_bands_are_nodata():
    image = np.full((2, 2, 2), 60, np.uint8)
    image[0, 0] = 0
    image[1, 0, 1] = 0
    result = normalize(image, statistics_of([image], 0), nodata=0)
    assert result.shape == (3, 2, 2)
    np.testing.assert_array_equal(result[2], [[0, 1], [1, 1]])
    assert result[0, 0, 0] == 0


def test_statistics_ignore_nodata_and_survive_saturation():
    random = np.random.default_rng(0)
    image = random.normal(1000, 100, (256, 256)).astype(np.uint16)
    image[:, :100] = 0
    image[5:7, 200:240] = 65535
    found = statistics_of([image, image], nodata=0)
    assert found.median[0] == pytest.approx(1000, abs=5)
    assert found.scale[0] == pytest.approx(100, rel=0.05)
    assert 700 < found.low[0] < 760
    assert found.high[0] < 1400


def test_a_single_gray_value_gives_a_usable_scale():
    image = np.full((8, 8), 7, np.uint8)
    found = statistics_of([image], None)
    assert found.scale == (1.0,)
    np.testing.assert_array_equal(normalize(image, found, None)[0], 0)


def test_a_scene_without_valid_pixels_gets_harmless_statistics():
    found = statistics_of([np.zeros((4, 4), np.uint16)], nodata=0)
    assert found == Statistics((0.0,), (1.0,), (0.0,), (1.0,))


def test_no_image_is_refused():
    with pytest.raises(ValueError, match="at least one image"):
        statistics_of([], 0)


def test_images_of_different_bands_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\] bands"):
        statistics_of([np.ones((4, 4)), np.ones((4, 4, 2))], 0)


def test_an_image_of_other_bands_than_its_statistics_is_refused():
    with pytest.raises(ValueError, match="1 band"):
        normalize(np.ones((4, 4, 3)), FLAT, None)


def test_statistics_survive_json():
    measured = replace(FLAT, grain=0.5)
    assert Statistics.from_dict(json.loads(json.dumps(FLAT.to_dict()))) == FLAT
    assert Statistics.from_dict(json.loads(json.dumps(measured.to_dict()))) == measured


@pytest.mark.parametrize(
    "values",
    [
        {"low": [0], "high": [1], "median": [0]},
        {"low": [0], "high": [1], "median": [0], "scale": [0]},
        {"low": [0], "high": [1, 2], "median": [0], "scale": [1]},
        {"low": [0], "high": [1], "median": [0], "scale": [1], "grain": "0.4"},
        {"low": [0], "high": [1], "median": [0], "scale": [1], "grain": -1},
        {"low": [0], "high": [1], "median": [0], "scale": [1], "grain": True},
    ],
)
def test_unusable_statistics_are_refused(values):
    with pytest.raises(ValueError, match="statistics"):
        Statistics.from_dict(values)


@given(st.floats(0.1, 50), st.floats(-1000, 1000))
def test_gain_and_offset_of_a_scene_do_not_matter(gain, offset):
    image = np.random.default_rng(1).normal(100, 20, (32, 32))
    changed = image * gain + offset
    one = normalize(image, statistics_of([image], None), None)
    two = normalize(changed, statistics_of([changed], None), None)
    np.testing.assert_allclose(one, two, atol=1e-2)
