"""Which value of an image is nodata, if neither its file nor an option says it."""

import cv2
import numpy as np
import pytest

from seep.core.image.border_value import border_value

Image = np.ndarray
TYPES = ("uint8", "uint16", "int16", "float32")


def sea(dtype: str = "uint16", seed: int = 0, side: int = 128) -> Image:
    """Speckle from 20 to 250."""
    return np.clip(np.random.default_rng(seed).gamma(8, 12, (side, side)) + 20, 20, 250).astype(dtype)


def wedge(side: int = 128) -> Image:
    """The corner of an image outside a rotated footprint."""
    rows, columns = np.mgrid[:side, :side]
    return np.asarray(columns + rows // 3 < 30)


def stretched_slick(share: float = 30) -> Image:
    """An 8-bit image whose widest slick, at the border, is what reaches 0."""
    pixels = np.random.default_rng(0).gamma(4, 20, (128, 128))
    drawn = np.zeros(pixels.shape, np.uint8)
    cv2.ellipse(drawn, (10, 60), (60, 25), 20, 0, 360, 1, -1)
    pixels = np.where(drawn > 0, pixels * 0.4, pixels)
    low = np.percentile(pixels, share)
    return np.clip((pixels - low) * 2, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("value", [0, 255])
def test_a_wedge_at_the_border_is_nodata_in_every_type(dtype: str, value: int) -> None:
    image = sea(dtype)
    image[wedge()] = value
    assert border_value(image) == value


@pytest.mark.parametrize("value", [-9999, -32768])
def test_any_constant_at_the_border_is_nodata(value: int) -> None:
    image = sea("int16")
    image[:, :9] = value
    assert border_value(image) == value
    assert border_value(image.astype(np.float32)) == value


def test_a_frame_and_a_strip_of_one_pixel_are_areas_at_the_border() -> None:
    framed, strip = np.zeros((128, 128), np.uint16), sea()
    framed[10:-20, 5:-40] = sea()[10:-20, 5:-40]
    strip[:, -1] = 0
    assert border_value(framed) == border_value(strip) == 0


def test_land_that_was_set_to_0_is_nodata_although_it_is_not_convex() -> None:
    image = sea()
    cv2.circle(coast := np.zeros(image.shape, np.uint8), (64, 0), 45, 1, -1)
    image[coast > 0] = 0
    assert border_value(image) == 0


@pytest.mark.parametrize("dtype", TYPES)
def test_scattered_pixels_and_inner_areas_are_measurements(dtype: str) -> None:
    image = sea(dtype)
    image[np.random.default_rng(1).random(image.shape) < 0.1] = 0
    image[50:80, 40:90] = 0
    assert border_value(image) is None


@pytest.mark.parametrize("share", [5, 10, 20, 30, 40])
def test_a_slick_at_the_border_that_a_stretch_made_0_is_measured(share: float) -> None:
    image = stretched_slick(share)
    assert np.count_nonzero(image[:, 0] == 0) > 5  # some of it is at the border
    assert border_value(image) is None


def test_bright_pixels_that_a_stretch_made_255_are_measured() -> None:
    assert border_value(255 - stretched_slick()) is None


def test_a_color_image_has_nodata_where_all_bands_have_the_value() -> None:
    image = np.stack([sea("uint8", seed) for seed in range(3)], axis=2)
    image[wedge()] = 0
    assert border_value(image) == 0
    image[:, :, 1] = sea("uint8", 1)
    assert border_value(image) is None


def test_constant_images() -> None:
    assert border_value(np.zeros((8, 8), np.float32)) == 0
    assert border_value(np.full((8, 8), 7, np.uint8)) is None
    assert border_value(np.full((8, 8), np.nan)) is None
    assert border_value(np.zeros((1, 1), np.uint8)) == 0


def test_areas_of_a_large_image_are_found_in_a_thinned_one() -> None:
    image = sea(side=2500)
    image[wedge(2500)] = 0
    image[:400] = 0
    assert border_value(image) == 0
