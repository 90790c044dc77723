import io
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from seep.core.masks.mask import (
    UNSURE,
    check_mask,
    count_ids,
    decode_mask,
    encode_mask,
    encode_probability,
    overlay,
    pack,
    unpack,
)
from seep.errors import MaskError

masks = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@given(masks)
def test_png_gives_back_exactly_what_was_encoded(mask):
    data = encode_mask(mask)
    assert data == encode_mask(mask.copy(order="F"))
    np.testing.assert_array_equal(decode_mask(data), mask)


@given(masks)
def test_the_wire_gives_back_exactly_what_was_packed(mask):
    arrived = unpack(pack(mask), mask.shape)
    np.testing.assert_array_equal(arrived, mask)
    assert arrived.flags.writeable


def test_a_packed_mask_is_a_zlib_stream_of_rows():
    mask = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert zlib.decompress(pack(mask.T)) == bytes([0, 3, 1, 4, 2, 5])


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_as_a_masks_error(data):
    with pytest.raises(MaskError):
        unpack(data, (300, 300))
    with pytest.raises(MaskError):
        decode_mask(data)


def test_a_stream_of_another_length_is_refused():
    data = pack(np.zeros((10, 10), np.uint8))
    for shape in [(10, 9), (10, 11), (11, 10)]:
        with pytest.raises(MaskError, match=f"{shape[0]} x {shape[1]}"):
            unpack(data, shape)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"x", lambda data: data[:5]])
def test_a_stream_cut_short_or_with_more_behind_it_is_refused(damage):
    with pytest.raises(MaskError):
        unpack(damage(pack(np.ones((20, 20), np.uint8))), (20, 20))


def test_a_bomb_is_not_inflated_beyond_the_shape():
    bomb = zlib.compress(bytes(200_000_000), 1)
    with pytest.raises(MaskError):
        unpack(bomb, (8, 8))


def test_png_of_a_mask_is_a_plain_one_and_the_same_each_time():
    mask = np.kron(np.array([[0, 1], [UNSURE, 2]], np.uint8), np.ones((40, 70), np.uint8)).astype(np.uint8)
    data = encode_mask(mask)
    assert data == encode_mask(np.asfortranarray(mask))
    with Image.open(io.BytesIO(data)) as picture:
        picture.verify()  # the checksum of each chunk
        assert (picture.mode, picture.size) == ("L", (140, 80))


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (2, 2, 3)])
def test_what_is_no_mask_is_not_encoded(shape):
    with pytest.raises(MaskError, match="could not be encoded"):
        encode_mask(np.zeros(shape, np.uint8))


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_probabilities_come_back_exactly(probability):
    np.testing.assert_array_equal(decode_mask(encode_probability(probability)), probability)


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_ids_are_counted_as_numpy_counts_them(mask):
    for one in (mask, mask[::-1, ::2], mask.T):
        np.testing.assert_array_equal(count_ids(one), np.bincount(one.ravel(), minlength=256))


def test_more_pixels_than_a_float_counts_are_counted_exactly():
    mask = np.zeros((4099, 4099), np.uint8)
    mask[-1, -3:] = 7
    counts = count_ids(mask)
    assert (counts[0], counts[7], counts.sum()) == (4099**2 - 3, 3, 4099**2)


def test_a_color_png_is_no_mask():
    data = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
    with pytest.raises(MaskError, match="damaged"):
        decode_mask(data)


def test_a_mask_that_fits_passes_with_unsure_pixels():
    mask = np.array([[0, 7, UNSURE]], np.uint8)
    check_mask(mask, (1, 3), 8, "a.tif")


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((3, 2), np.uint8), "a.tif is 3 x 2 pixels, its image 2 x 2"),
        (np.array([[0, 8], [9, 1]], np.uint8), "out of range: 8, 9"),
        (np.arange(16, 36, dtype=np.uint8)[:4].reshape(2, 2), "0 to 7"),
        (np.zeros((2, 2), np.uint16), "uint16"),
        (np.zeros((2, 2, 3), np.uint8), "one band"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_with_the_values(mask, message):
    with pytest.raises(MaskError, match=message):
        check_mask(mask, (2, 2), 8, "a.tif")


def test_overlay_mixes_color_by_opacity_and_leaves_the_rest_gray():
    gray = np.full((1, 4), 100, np.uint8)
    mask = np.array([[0, 1, 2, UNSURE]], np.uint8)
    picture = overlay(gray, mask, {0: "#ffffff", 1: "#ff0080"}, 0.5)
    assert picture.tolist() == [[[100, 100, 100], [178, 50, 114], [100, 100, 100], [100, 100, 100]]]
