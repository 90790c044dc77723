from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from seep.core.masks.slick_features import FEATURES, RING_PX, SlickFeatures, slick_features
from seep.engine.decision import Decision
from seep.engine.slick_filter import SlickFilter, rescored_probability
from seep.engine.slick_head import SlickHead

SIZE = 128
LEVEL = 0.4
DECISION = Decision(class_per_slick=True, threshold=LEVEL, least_px=4)
LONG, ROUND, WIDE = (
    (slice(10, 14), slice(10, 90)),
    (slice(40, 48), slice(40, 48)),
    (slice(70, 128), slice(60, 128)),
)


class ByElongation(SlickHead):
    """Calls elongated slicks slicks, without any training."""

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.where(features[:, FEATURES.index("elongation")] > 3, 0.9, 0.1)


def classes_of(*slicks: tuple[slice, slice], seep: float = 0.8) -> torch.Tensor:
    """(3, SIZE, SIZE): slicks of `seep`, a rim of 0.3 around them, sea of 0.02; a quarter of the seep is class 1."""
    probability = np.full((SIZE, SIZE), 0.02, np.float32)
    for rows, columns in slicks:
        probability[max(0, rows.start - 2) : rows.stop + 2, max(0, columns.start - 2) : columns.stop + 2] = (
            0.3
        )
    for spot in slicks:
        probability[spot] = seep
    return torch.from_numpy(np.stack([1 - probability, probability / 4, probability * 3 / 4]))


def image() -> NDArray[np.float32]:
    return np.stack([np.zeros((SIZE, SIZE), np.float32), np.ones((SIZE, SIZE), np.float32)])


def found(labels: NDArray[np.int32], probability: NDArray[np.float32]) -> SlickFeatures:
    """Two slicks with these labels."""
    made = slick_features(labels > 0, probability, np.ones((2, *labels.shape), np.float32))
    np.testing.assert_array_equal(made.labels, labels)
    return made


@pytest.fixture
def by_elongation() -> SlickFilter:
    return SlickFilter(ByElongation(), 0.5)


def test_look_alikes_leave_the_mask_and_slicks_stay(by_elongation: SlickFilter) -> None:
    before = classes_of(LONG, ROUND)
    after = by_elongation.rescored(before, image(), DECISION)
    mask = DECISION.mask(after)
    assert (mask[LONG] == 2).all()
    assert np.count_nonzero(mask) == 4 * 80
    torch.testing.assert_close(after.sum(dim=0), torch.ones(SIZE, SIZE))
    torch.testing.assert_close(after[2][after[2] > 0], 3 * after[1][after[2] > 0])


def test_a_slick_lies_between_the_threshold_and_what_the_network_says(by_elongation: SlickFilter) -> None:
    seep = 1 - by_elongation.rescored(classes_of(LONG, ROUND), image(), DECISION)[0].numpy()
    # The head says 0.9, which is 0.8 of the way from its threshold of 0.5 to 1.
    np.testing.assert_allclose(seep[LONG], LEVEL + 0.4 * 0.8, rtol=1e-5)
    # It says 0.1 here, a fifth of its threshold.
    np.testing.assert_allclose(seep[ROUND], 0.95 * LEVEL * 0.2, rtol=1e-4)


def test_no_rim_of_a_look_alike_stays_above_it(by_elongation: SlickFilter) -> None:
    seep = 1 - by_elongation.rescored(classes_of(LONG, ROUND), image(), DECISION)[0].numpy()
    assert seep[37:51, 37:51].max() <= 0.95 * LEVEL * 0.2 + 1e-6
    assert seep[8, 10] == pytest.approx(0.3)  # the rim of the slick stays
    far = 40 - int(RING_PX[1]) - 2
    assert seep[far, 44] == pytest.approx(0.02)


def test_wide_dark_areas_stay_a_question(by_elongation: SlickFilter) -> None:
    before = classes_of(ROUND, WIDE)
    mask = DECISION.mask(by_elongation.rescored(before, image(), DECISION))
    assert mask[WIDE].all()
    assert not mask[ROUND].any()
    assert DECISION.wide_area_px(mask) == mask[WIDE].size


def test_nothing_changes_without_slicks_or_without_a_threshold_per_pixel(by_elongation: SlickFilter) -> None:
    empty = classes_of()
    assert by_elongation.rescored(empty, image(), DECISION) is empty
    found = classes_of(ROUND)
    assert by_elongation.rescored(found, image(), replace(DECISION, class_per_slick=False)) is found


class WithClasses(ByElongation):
    """Calls all slicks class 1 with a probability of 0.7."""

    def class_probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.tile([0.7, 0.3], (len(features), 1))


def test_a_head_with_classes_names_the_slicks() -> None:
    with_classes = SlickFilter(WithClasses(classes=2), 0.5)
    after = with_classes.rescored(classes_of(LONG, WIDE), image(), DECISION)
    mask = DECISION.mask(after)
    assert (mask[LONG] == 1).all()
    assert (mask[WIDE] == 1).all()  # what is a question is whether it is oil, not its class
    torch.testing.assert_close(after.sum(dim=0), torch.ones(SIZE, SIZE))
    torch.testing.assert_close(after[2][LONG], after[1][LONG] * 3 / 7)
    plain = SlickFilter(ByElongation(), 0.5).rescored(classes_of(LONG, WIDE), image(), DECISION)
    torch.testing.assert_close(after[0], plain[0])
    assert after[1][8, 10] == pytest.approx(0.3 / 4)  # the rim keeps the classes of the network


def test_merged_classes_stay_merged() -> None:
    merged = classes_of(LONG)
    merged = torch.stack([merged[0], 1 - merged[0]])
    after = SlickFilter(WithClasses(classes=2), 0.5).rescored(merged, image(), DECISION)
    assert after.shape[0] == 2
    assert (DECISION.mask(after)[LONG] == 1).all()


@pytest.mark.parametrize("level", [0.12, 0.4, 0.57, 0.83])
def test_decisions_survive_storing_probabilities_in_a_byte(level: float) -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[2:8, 2:30], labels[20:30, 20:30] = 1, 2
    probability = np.where(labels > 0, np.float32(level), np.float32(0.01))
    scores = np.array([0.5, 0.499999])
    new = rescored_probability(probability, found(labels, probability), scores, (0.5, level))
    assert (new[labels == 1] >= level).all()
    stored = np.rint(new * 255) / 255
    assert (stored[labels == 2] < level).all()


def test_two_slicks_side_by_side_keep_their_own_scores() -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[10:14, :], labels[18:22, :] = 1, 2
    probability = np.where(labels > 0, 0.9, 0.35).astype(np.float32)
    new = rescored_probability(probability, found(labels, probability), np.array([0.8, 0.1]), (0.4, 0.4))
    assert new[15, 5] == pytest.approx(0.35)  # nearer to the first one
    assert new[16, 5] < 0.1
