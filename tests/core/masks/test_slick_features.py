import numpy as np
import pytest
from numpy.typing import NDArray

from seep.core.masks.slick_features import FEATURES, MAX_EDGE_PX, slick_features

SIZE = 256


def sea(*, valid: bool = True) -> NDArray[np.float32]:
    """(2, SIZE, SIZE): flat sea at level 0, with data."""
    image = np.zeros((2, SIZE, SIZE), np.float32)
    image[1] = valid
    return image


def measured(
    seep: NDArray[np.bool_], image: NDArray[np.float32], share: float = 0.8
) -> list[dict[str, float]]:
    found = slick_features(seep, (seep * share).astype(np.float32), image)
    return [dict(zip(FEATURES, map(float, row), strict=True)) for row in found.values]


def test_a_bar_has_its_shape_contrast_and_background() -> None:
    seep = np.zeros((SIZE, SIZE), bool)
    seep[100:108, 60:180] = True
    image = sea()
    image[0, seep] = -2
    (bar,) = measured(seep, image)
    assert bar["log_area"] == pytest.approx(np.log(960))
    assert bar["radius_px"] == pytest.approx(3.5, abs=0.1)
    assert bar["elongation"] == pytest.approx(15)
    assert np.exp(bar["log_length"]) == pytest.approx(4 * 120 / 12**0.5)  # of the ellipse with these moments
    assert bar["extent"] == 1
    assert (bar["level"], bar["level_std"]) == (-2, 0)
    assert bar["contrast"] == bar["depth"] == pytest.approx(-2)
    assert (bar["background_level"], bar["background_std"]) == pytest.approx((0, 0))
    assert bar["dark_sea_share"] == 0
    assert bar["probability_mean"] == bar["probability_max"] == pytest.approx(0.8)
    assert (bar["edge_px"], bar["at_edge"]) == (MAX_EDGE_PX, 0)


def test_turning_or_mirroring_an_image_changes_nothing() -> None:
    generator = np.random.default_rng(0)
    seep = np.zeros((SIZE, SIZE), bool)
    seep[20:30, 40:140] = seep[100:180, 200:216] = seep[70:80, 0:9] = True
    image = sea()
    image[0] = generator.normal(size=(SIZE, SIZE)) - seep
    share = generator.random((SIZE, SIZE)).astype(np.float32)
    first = slick_features(seep, share, image).values
    for turned in (
        slick_features(np.rot90(seep).copy(), np.rot90(share).copy(), np.rot90(image, axes=(1, 2)).copy()),
        slick_features(seep[:, ::-1].copy(), share[:, ::-1].copy(), image[:, :, ::-1].copy()),
    ):
        order = [int(np.abs(turned.values - row).sum(axis=1).argmin()) for row in first]
        assert sorted(order) == [0, 1, 2]
        np.testing.assert_allclose(turned.values[order], first, atol=0.02)


def test_each_slick_is_compared_with_the_sea_next_to_it() -> None:
    seep = np.zeros((SIZE, SIZE), bool)
    seep[40:50, 20:60] = seep[200:210, 180:220] = True
    image = sea()
    image[0, :, 128:] = -1  # dark sea on the right
    image[0, seep] = -1.5
    left, right = measured(seep, image)
    assert left["contrast"] == pytest.approx(-1.5, abs=0.01)
    assert right["contrast"] == pytest.approx(-0.5, abs=0.01)
    assert left["background_level"] > right["background_level"] + 0.5


def test_low_wind_makes_the_surroundings_uneven_and_much_sea_dark() -> None:
    seep = np.zeros((SIZE, SIZE), bool)
    seep[100:130, 100:130] = True
    image = sea()
    image[0, seep] = -1
    (alone,) = measured(seep, image)
    image[0, 40:100, 60:200] = -1.2
    (among,) = measured(seep, image)
    assert alone["dark_sea_share"] == 0
    assert among["dark_sea_share"] > 0.1
    assert among["background_unevenness"] > alone["background_unevenness"] + 0.3


def test_pixels_without_data_count_neither_as_sea_nor_as_dark() -> None:
    seep = np.zeros((SIZE, SIZE), bool)
    seep[100:110, 100:140] = True
    image = sea()
    image[0, seep] = -2
    image[1, :, 145:] = 0
    image[0, :, 145:] = 99
    (found,) = measured(seep, image)
    assert found["contrast"] == pytest.approx(-2)
    assert found["background_level"] == pytest.approx(0, abs=1e-3)
    assert found["edge_px"] == pytest.approx(6, abs=0.5)


def test_slicks_at_the_edge_are_marked() -> None:
    seep = np.zeros((SIZE, SIZE), bool)
    seep[0:6, 100:140] = True
    (found,) = measured(seep, sea())
    assert (found["edge_px"], found["at_edge"]) == (1, 1)


def test_an_image_that_is_all_slick_or_all_nodata_has_finite_features() -> None:
    full = np.ones((SIZE, SIZE), bool)
    for image in (sea(), sea(valid=False)):
        (found,) = measured(full, image)
        assert np.isfinite([*found.values()]).all()
    assert measured(~full, sea()) == []
    tiny = slick_features(np.ones((3, 2), bool), np.ones((3, 2), np.float32), np.ones((2, 3, 2), np.float32))
    assert np.isfinite(tiny.values).all()
