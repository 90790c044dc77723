"""Synthetic scenes: statistics of the speckle, exact masks, habits of the classes, reproducibility."""

import cv2
import numpy as np
import pytest

from seep.core.synthesis.fields import smooth_field, wave_field
from seep.core.synthesis.lookalikes import biogenic_films, low_wind
from seep.core.synthesis.scene import digitize, synthesize_scene
from seep.core.synthesis.sea import sea_surface, speckle, texture
from seep.core.synthesis.slicks import SLICK_STYLES, center_line, draw
from seep.core.synthesis.targets import add_ship
from seep.errors import SettingsError


@pytest.fixture(scope="module")
def scenes():
    return [synthesize_scene(seed, 512, 512) for seed in range(6)]


@pytest.mark.parametrize("looks", [1.0, 4.0, 10.0])
def test_speckle_has_the_equivalent_number_of_looks(looks):
    drawn = speckle(np.random.default_rng(1), (1024, 1024), looks)
    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.mean() ** 2 / drawn.var() == pytest.approx(looks, rel=0.03)


def test_speckle_moments_are_those_of_a_gamma_distribution():
    drawn = speckle(np.random.default_rng(2), (1024, 1024), 6.0).astype(np.float64)
    skewness = ((drawn - 1) ** 3).mean() / drawn.std() ** 3
    assert skewness == pytest.approx(2 / np.sqrt(6), rel=0.03)


def test_speckle_correlates_neighbors_a_little():
    drawn = speckle(np.random.default_rng(3), (512, 512), 8.0) - 1
    lag = (drawn[:, 1:] * drawn[:, :-1]).mean() / drawn.var()
    assert 0.04 < lag < 0.1
    assert abs((drawn[:, 3:] * drawn[:, :-3]).mean() / drawn.var()) < 0.02


def test_textured_speckle_is_k_distributed():
    rng = np.random.default_rng(4)
    clutter = texture(rng, (1024, 1024), 5.0) * speckle(rng, (1024, 1024), 4.0)
    second = (clutter.astype(np.float64) ** 2).mean() / clutter.mean() ** 2
    assert second == pytest.approx((1 + 1 / 4) * (1 + 1 / 5), rel=0.02)


def test_fields_have_unit_variance_and_the_asked_direction():
    rng = np.random.default_rng(5)
    smooth = smooth_field(rng, (600, 700), 30, 4)
    assert smooth.shape == (600, 700)
    assert smooth.std() == pytest.approx(1, abs=0.25)
    assert np.abs(np.diff(smooth, axis=1)).mean() < np.abs(np.diff(smooth, axis=0)).mean() / 3
    waves = wave_field(rng, (256, 256), 8.0, 0.0)
    row = np.abs(np.fft.rfft(waves, axis=1)).mean(axis=0)
    assert row.argmax() == pytest.approx(32, abs=4)


def test_sea_is_positive_around_one():
    sea = sea_surface(np.random.default_rng(6), (256, 320), 0.4)
    assert sea.shape == (256, 320)
    assert sea.min() > 0
    assert 0.5 < sea.mean() < 2


def test_same_seed_same_pixels_other_seed_other_pixels():
    first, again, other = (synthesize_scene(seed, 128, 160) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.mask, again.mask)
    assert (first.image != other.image).mean() > 0.5


def test_scene_looks_like_a_stretched_product(scenes):
    for scene in scenes:
        valid = scene.image[scene.image > 0]
        assert scene.image.dtype == np.uint16
        assert scene.mask.dtype == np.uint8
        assert 120 <= len(np.unique(scene.image)) <= 300
        assert (scene.image == 65535).mean() < 0.02
        assert 20_000 < np.median(valid) < 40_000
        assert 0.15 < valid.std() / valid.mean() < 0.4


def test_seep_share_is_near_the_real_one(scenes):
    shares = [(scene.mask > 0).mean() for scene in scenes]
    assert 0.008 < np.mean(shares) < 0.035
    assert {int(i) for scene in scenes for i in np.unique(scene.mask)} <= set(range(8))


def test_wedges_are_nodata_without_mask(scenes):
    outside = np.concatenate([(scene.image == 0).ravel() for scene in scenes])
    masked = np.concatenate([scene.mask.ravel() for scene in scenes])
    assert 0.005 < outside.mean() < 0.12
    assert not masked[outside].any()


def test_valid_pixels_never_carry_the_nodata_value():
    scene = synthesize_scene(3, 96, 96, nodata=65535, wedges=False)
    assert not (scene.image == 65535).any()
    assert (digitize(np.random.default_rng(0), np.zeros((8, 8), np.float32) + 1e-9, 1) != 1).all()


def test_slicks_are_darker_than_the_sea_around_them(scenes):
    ratios = []
    for scene in scenes:
        seep = (scene.mask > 0).astype(np.uint8)
        near = cv2.dilate(seep, np.ones((15, 15))) > cv2.dilate(seep, np.ones((5, 5)))
        valid = scene.image > 0
        ratios.append(scene.image[valid & (seep > 0)].mean() / scene.image[valid & near].mean())
    assert 0.65 < np.mean(ratios) < 0.9


@pytest.mark.parametrize("class_id", sorted(SLICK_STYLES))
def test_each_class_has_its_width_and_edge_at_half_cover(class_id):
    rng = np.random.default_rng(10 + class_id)
    style = SLICK_STYLES[class_id]
    widths = []
    for _ in range(6):
        drift = np.zeros((400, 600), np.float32)
        points = center_line(rng, (60, 200), drift, style.length[1], style.winding)
        ribbon = draw(rng, class_id, points, (400, 600), 0.0)
        assert ribbon is not None
        assert ribbon.cover.min() >= 0
        assert ribbon.cover.max() <= 1
        under = ribbon.cover >= 0.5
        widths.append(under.sum() / len(points))
    assert style.width[0] * 0.4 < np.mean(widths) < style.width[1] * 1.3


def test_slicks_widen_from_their_source():
    rng = np.random.default_rng(30)
    young, old = [], []
    for _ in range(12):
        points = center_line(rng, (40, 150), np.zeros((300, 400), np.float32), 300, 0.0)
        ribbon = draw(rng, 5, points, (300, 400), 1.5)
        assert ribbon is not None
        across = (ribbon.cover >= 0.5).sum(axis=0)
        young.append(across[across > 0][10:60].mean())
        old.append(across[across > 0][-90:-30].mean())
    assert np.mean(old) > 1.2 * np.mean(young)


def test_slick_outside_of_the_scene_is_left_out():
    rng = np.random.default_rng(0)
    assert draw(rng, 1, np.array([[-400.0, -400.0], [-390.0, -400.0]]), (64, 64), 0.0) is None


def test_clean_sea_has_no_seep():
    assert not synthesize_scene(5, 200, 200, seep_share=0).mask.any()


def test_lookalikes_are_background_unless_asked_for():
    plain = synthesize_scene(2, 384, 384, seep_share=0)
    named = synthesize_scene(2, 384, 384, seep_share=0, lookalike_classes=(6, 7))
    assert not plain.mask.any()
    np.testing.assert_array_equal(plain.image, named.image)
    assert named.mask.max() >= 6
    dark = named.image[named.mask == 6]
    if dark.size > 500:
        assert dark.mean() < named.image[(named.mask == 0) & (named.image > 0)].mean()


def test_lookalikes_cover_part_of_the_sea():
    rng = np.random.default_rng(9)
    patches = [low_wind(rng, (512, 512), 0.3) for _ in range(6)]
    films = [biogenic_films(rng, (512, 512)) for _ in range(6)]
    assert 0 < np.mean([(p > 0.5).mean() for p in patches]) < 0.2
    assert 0 < np.mean([(f > 0.5).mean() for f in films]) < 0.15
    assert all(f.min() >= 0 and f.max() <= 1 for f in patches + films)


def test_ship_is_bright_and_its_wake_is_dark():
    sea = np.ones((256, 256), np.float32)
    rng = np.random.default_rng(1)
    for _ in range(4):
        add_ship(rng, sea)
    assert sea.max() >= 10
    assert sea.min() < 0.9


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"seed": -1, "height": 64, "width": 64}, "-1"),
        ({"seed": 0, "height": 16, "width": 64}, "16 x 64"),
        ({"seed": 0, "height": 64, "width": 64, "seep_share": 0.9}, "0.9"),
        ({"seed": 0, "height": 64, "width": 64, "nodata": 70000}, "70000"),
    ],
)
def test_impossible_scenes_are_refused(arguments, named):
    with pytest.raises(SettingsError, match=named):
        synthesize_scene(**arguments)


@pytest.mark.parametrize("shape", [(32, 32), (33, 257), (256, 100)])
def test_odd_sizes(shape):
    scene = synthesize_scene(1, *shape)
    assert scene.image.shape == scene.mask.shape == shape
