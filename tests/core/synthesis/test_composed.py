import numpy as np
import pytest

from seep.core.synthesis.composed import KINDS, MEASURING_SEEDS, TRAINING_SEEDS, compose_lookalike
from seep.core.synthesis.scene import synthesize_scene
from seep.errors import SettingsError

SCENE = synthesize_scene(3, 256, 256, 0, seep_share=0.0, lookalikes=False)


@pytest.mark.parametrize("kind", KINDS)
def test_the_footprint_is_darker_and_keeps_the_speckle(kind: str) -> None:
    ratios, deviations = [], []
    for seed in range(6):
        found = compose_lookalike(SCENE.image, 0, MEASURING_SEEDS[seed], kind)
        assert found.kind == kind
        if not 500 < np.count_nonzero(found.footprint) < 40_000:
            continue
        before, after = (image[found.footprint].astype(float) for image in (SCENE.image, found.image))
        ratios.append(after.mean() / before.mean())
        deviations.append((after.std() / after.mean()) / (before.std() / before.mean()))
    assert ratios
    assert max(ratios) < 0.97
    assert 0.8 < np.median(deviations) < 2


def test_nodata_gray_levels_and_type_stay() -> None:
    found = compose_lookalike(SCENE.image, 0, 5, "low wind")
    np.testing.assert_array_equal(found.image == 0, SCENE.image == 0)
    assert not found.footprint[SCENE.image == 0].any()
    assert set(np.unique(found.image)) <= set(np.unique(SCENE.image))
    assert found.image.dtype == SCENE.image.dtype


@pytest.mark.parametrize("nodata", [None, 0, 30_000, float("nan")])
def test_integers_saturate_and_do_not_become_nodata(nodata: float | None) -> None:
    image = np.random.default_rng(0).integers(25_000, 65_536, (256, 256), np.uint16)
    valid = image != nodata
    found = compose_lookalike(image, nodata, 11, "rain cell").image
    ratio = found[valid] / image[valid]
    assert ratio.min() > 0.5
    assert (found[image < 60_000] == 65_535).any()  # the gust front
    np.testing.assert_array_equal(found == nodata, ~valid)
    np.testing.assert_array_equal(found[~valid], image[~valid])


def test_a_look_alike_has_the_same_depth_in_every_unit() -> None:
    amplitude = np.random.default_rng(0).gamma(9, 100, (128, 128)).astype(np.float32)
    digital = compose_lookalike(amplitude, None, 2, "low wind").image / amplitude
    assert digital.min() < 0.9
    linear = amplitude**2 / 1e8
    np.testing.assert_allclose(
        compose_lookalike(linear, None, 2, "low wind").image / linear, digital**2, rtol=1e-4
    )
    decibels = 10 * np.log10(linear)
    np.testing.assert_allclose(
        compose_lookalike(decibels, None, 2, "low wind").image - decibels, 20 * np.log10(digital), atol=1e-3
    )


def test_the_same_seed_gives_the_same_pixels_and_the_seeds_of_both_uses_differ() -> None:
    one, two = (compose_lookalike(SCENE.image, 0, 8).image for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert (compose_lookalike(SCENE.image, 0, MEASURING_SEEDS[8]).image != one).any()
    assert TRAINING_SEEDS.stop <= MEASURING_SEEDS.start


def test_bands_are_darkened_together() -> None:
    image = np.random.default_rng(0).gamma(9, 100, (128, 128, 2)).astype(np.float32)
    found = compose_lookalike(image, None, 2, "rain cell")
    ratio = found.image / image
    assert ratio.min() < 0.95
    np.testing.assert_allclose(ratio[..., 0], ratio[..., 1], rtol=1e-5)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(SettingsError, match="no look-alike 'fog'"):
        compose_lookalike(SCENE.image, 0, 1, "fog")
