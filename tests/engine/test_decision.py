import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seep.engine.decision import Decision, most_probable_class_per_slick, remove_small_slicks
from seep.engine.unet import UNetConfig, class_probabilities

TWO = UNetConfig(classes=3)
SOFTMAX = UNetConfig(classes=3, heads="softmax")


def random_logits(seed: int = 0, classes: int = 3) -> torch.Tensor:
    return 3 * torch.randn((2, classes, 8, 8), generator=torch.Generator().manual_seed(seed))


def scene(blobs: list[tuple[int, int, int, int, float, float]]) -> torch.Tensor:
    """(3, 20, 20): rectangles (top, left, height, width) of seep, and how likely class 1 is if it is seep."""
    seep, first = torch.zeros(20, 20), torch.full((20, 20), 0.5)
    for top, left, height, width, probability, share in blobs:
        seep[top : top + height, left : left + width] = probability
        first[top : top + height, left : left + width] = share
    return torch.stack((1 - seep, seep * first, seep * (1 - first)))


def test_a_card_without_fields_decides_by_its_threshold_alone() -> None:
    decision = Decision.from_card({"threshold": 0.3}, TWO)
    assert decision == Decision(class_per_slick=True, threshold=0.3)
    classes = class_probabilities(random_logits())
    assert decision.calibrated(classes) is classes
    torch.testing.assert_close(decision.seep(classes), 1 - classes[:, 0] >= 0.3)
    assert not Decision.from_card({"threshold": 0.3}, SOFTMAX).class_per_slick


def test_the_area_of_wide_slicks_is_counted_whatever_their_classes() -> None:
    mask = np.zeros((128, 128), np.uint8)
    mask[:10] = 1
    mask[40:70, :100], mask[70:100, :100] = 2, 1
    decision = Decision.from_card({"threshold": 0.3}, TWO)
    assert decision.wide_area_px(mask) == 60 * 100
    assert decision.wide_area_px(np.where(mask == 2, np.uint8(0), mask)) == 0
    assert Decision.from_card({"wide_radius_px": 14}, TWO).wide_area_px(np.where(mask == 2, mask, 0)) == 3000
    with pytest.raises(ValueError, match="wide_radius_px -1"):
        Decision.from_card({"wide_radius_px": -1}, TWO)


def test_dark_areas_of_the_image_are_counted_only_if_the_card_asks_for_them() -> None:
    image = np.zeros((2, 128, 128), np.float32)
    image[0, 30:90, 30:90], image[1] = -2, 1
    empty = np.zeros((128, 128), np.uint8)
    asks = Decision.from_card({"dark_area_depth": 0.6}, TWO)
    assert asks.wide_area_px(empty, image) == pytest.approx(3600, rel=0.2)
    assert asks.wide_area_px(empty) == 0
    for card in ({}, {"dark_area_depth": 0}, {"dark_area_depth": None}):
        assert Decision.from_card(card, TWO).wide_area_px(empty, image) == 0
    for wrong in (-0.1, 11, "0.6", True):
        with pytest.raises(ValueError, match="dark_area_depth"):
            Decision.from_card({"dark_area_depth": wrong}, TWO)


def test_a_temperature_divides_the_logit_of_seep() -> None:
    logits = random_logits()
    decision = Decision(class_per_slick=True, temperature=2.5)
    warmed = torch.cat((logits[:, :1] / 2.5, logits[:, 1:]), dim=1)
    found = decision.calibrated(class_probabilities(logits))
    torch.testing.assert_close(found, class_probabilities(warmed), atol=1e-5, rtol=1e-4)


def test_without_votes_a_temperature_divides_all_logits() -> None:
    logits = random_logits()
    found = Decision(class_per_slick=False, temperature=0.5).calibrated(
        class_probabilities(logits, "softmax")
    )
    torch.testing.assert_close(found, class_probabilities(logits / 0.5, "softmax"), atol=1e-4, rtol=1e-3)


@given(st.floats(0.1, 10), st.booleans(), st.booleans(), st.integers(0, 9))
def test_calibrated_probabilities_sum_to_one(
    temperature: float, votes: bool, binary: bool, seed: int
) -> None:
    classes = class_probabilities(3 * random_logits(seed), "two" if votes else "softmax")
    found = Decision(class_per_slick=votes, temperature=temperature, binary=binary).calibrated(classes)
    assert found.shape[1] == (2 if binary else 3)
    assert torch.isfinite(found).all()
    assert found.min() >= 0
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2, 8, 8), atol=1e-4, rtol=0)


def test_small_slicks_are_dropped_and_joined_ones_count_together() -> None:
    classes = scene([(1, 1, 2, 2, 0.9, 0.9), (8, 8, 2, 2, 0.9, 0.9), (10, 10, 1, 1, 0.9, 0.9)])
    assert np.count_nonzero(Decision(class_per_slick=True).mask(classes)) == 9
    mask = Decision(class_per_slick=True, least_px=5).mask(classes)
    assert not mask[:5].any()
    assert np.count_nonzero(mask[8:11]) == 5  # a corner joins the single pixel to its neighbor
    assert not Decision(class_per_slick=True, least_px=6).mask(classes).any()
    np.testing.assert_array_equal(Decision(class_per_slick=True, least_px=5).best(classes) > 0, mask > 0)


def test_offsets_weigh_classes_before_the_vote_and_leave_the_shape() -> None:
    classes = scene([(2, 2, 4, 4, 0.9, 0.6)])
    plain, weighed = Decision(class_per_slick=True), Decision(class_per_slick=True, class_offsets=(0.0, 1.0))
    assert set(np.unique(plain.mask(classes))) == {0, 1}
    assert set(np.unique(weighed.mask(classes))) == {0, 2}  # 0.4 e > 0.6
    np.testing.assert_array_equal(plain.mask(classes) > 0, weighed.mask(classes) > 0)
    np.testing.assert_array_equal(weighed.best(classes), weighed.mask(classes))


def test_without_votes_offsets_weigh_against_the_background_too() -> None:
    classes = torch.tensor([0.5, 0.3, 0.2]).reshape(3, 1, 1)
    assert Decision(class_per_slick=False).mask(classes).item() == 0
    assert Decision(class_per_slick=False, class_offsets=(1.0, 0.0)).mask(classes).item() == 1
    assert Decision(class_per_slick=False, class_offsets=(0.0, 1.0)).mask(classes).item() == 2


def test_seep_or_not_asks_for_no_class() -> None:
    decision = Decision(class_per_slick=True, class_offsets=(1.0, 0.0)).as_binary()
    classes = decision.calibrated(scene([(2, 2, 4, 4, 0.9, 0.6)])[None])[0]
    assert classes.shape[0] == 2
    assert set(np.unique(decision.mask(classes))) == {0, 1}


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"threshold": 1.0}, r"threshold 1.0, which is not between 0 and 1"),
        ({"threshold": "0.5"}, "threshold '0.5'"),
        ({"threshold": float("nan")}, "threshold nan"),
        ({"temperature": 0}, "temperature 0"),
        ({"temperature": True}, "temperature True"),
        ({"least_px": -1}, "least_px -1"),
        ({"class_offsets": [0.1]}, "not a list of 2 numbers"),
        ({"class_offsets": [0.1, 99]}, "go beyond 20"),
        ({"image_threshold": 0.5}, "no image head"),
    ],
)
def test_absurd_fields_are_named(card: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Decision.from_card(card, TWO)


def test_a_slick_gets_one_class_by_the_sum_of_its_pixels() -> None:
    binary = np.zeros((6, 8), bool)
    binary[1, 1:6] = True
    binary[2, 6] = True  # joined by a corner
    binary[5, 0:2] = True
    types = np.zeros((2, 6, 8), np.float32)
    types[0, 1, 1:4] = 0.6
    types[1, 1, 1:4] = 0.4
    types[1, 1, 4:6] = 0.9
    types[1, 2, 6] = 0.9
    types[0, 5, 0:2] = 0.8
    mask = most_probable_class_per_slick(binary, types)
    assert set(mask[1, 1:6]) | {mask[2, 6]} == {2}
    assert set(mask[5, :2]) == {1}
    np.testing.assert_array_equal(mask > 0, binary)


@given(st.integers(0, 50), st.integers(0, 12))
def test_what_is_kept_was_there_and_is_large(seed: int, least_px: int) -> None:
    binary = np.random.default_rng(seed).random((16, 16)) < 0.3
    kept = remove_small_slicks(binary, least_px)
    assert not (kept & ~binary).any()
    np.testing.assert_array_equal(remove_small_slicks(kept, least_px), kept)
    if least_px <= 1:
        np.testing.assert_array_equal(kept, binary)
