"""Agreement figures equal those of scikit-learn, scikit-image and SciPy on masks of slicks."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import skeletonize
from sklearn.metrics import cohen_kappa_score, jaccard_score

from seep.core.masks.mask import UNSURE
from seep.core.metrics.agreement import (
    FIGURES,
    AgreementCounts,
    agreement_counts,
    cohen_kappa,
    figure_interval,
    figures,
)
from seep.core.synthesis.scene import synthesize_scene

CLASSES = 8


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A mask of slicks, and the same as a second person might draw it: shifted, some lost, other classes."""
    random = np.random.default_rng(seed)
    first = synthesize_scene(seed, 256, 256, seep_share=0.04).mask
    second = np.roll(first, random.integers(-2, 3, 2), (0, 1))
    labels = label(second > 0, connectivity=2)
    for number in range(1, labels.max() + 1):
        if random.random() < 0.3:
            second[labels == number] = 0
        elif random.random() < 0.3:
            second[labels == number] = 1 + random.integers(CLASSES - 1)
    return first, second


@pytest.fixture(scope="module")
def pairs() -> list[tuple[np.ndarray, np.ndarray]]:
    return [pair(seed) for seed in range(8)]


def test_iou_is_that_of_scikit_learn(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for first, second in pairs:
        counts = agreement_counts(first, second, CLASSES)
        expected = jaccard_score((first > 0).ravel(), (second > 0).ravel())
        assert figures(counts)["iou"] == pytest.approx(expected)
        for class_id in np.unique(first[first > 0]):
            one = jaccard_score((first == class_id).ravel(), (second == class_id).ravel())
            assert counts.class_iou(int(class_id)) == pytest.approx(one)


def test_f1_within_2_px_is_that_of_distance_transforms(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for first, second in pairs:
        away = [ndimage.distance_transform_edt(mask == 0) for mask in (first, second)]
        precision = np.mean(away[0][second > 0] <= 2)
        recall = np.mean(away[1][first > 0] <= 2)
        found = figures(agreement_counts(first, second, CLASSES))["f1"]
        assert found == pytest.approx(2 * precision * recall / (precision + recall))


def test_cldice_is_that_of_skeletons_of_scikit_image(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for first, second in pairs:
        lines = [skeletonize(mask > 0) for mask in (first, second)]
        precision, sensitivity = np.mean(first[lines[1]] > 0), np.mean(second[lines[0]] > 0)
        found = figures(agreement_counts(first, second, CLASSES))["cldice"]
        assert found == pytest.approx(2 * precision * sensitivity / (precision + sensitivity), abs=0.01)


def test_slicks_found_by_both_are_those_of_labels_and_distances(
    pairs: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    for first, second in pairs:
        found = total = 0
        for own, other in ((first, second), (second, first)):
            labels = label(own > 0, connectivity=2)
            near = ndimage.distance_transform_edt(other == 0) <= 2
            total += labels.max()
            found += len(set(labels[near].tolist()) - {0})
        assert figures(agreement_counts(first, second, CLASSES))["slicks_found"] == pytest.approx(
            found / total
        )


def test_kappa_of_classes_is_that_of_scikit_learn(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    total = sum((agreement_counts(*one, CLASSES).classes for one in pairs), np.zeros((8, 8), np.int64))
    rows, columns = np.nonzero(total)
    mine = np.repeat(rows, total[rows, columns])
    theirs = np.repeat(columns, total[rows, columns])
    assert len(mine) > 15
    assert cohen_kappa(total) == pytest.approx(cohen_kappa_score(mine, theirs))
    assert cohen_kappa(np.diag([0, 3, 4])) == 1
    assert cohen_kappa(np.diag([0, 3, 0])) is None
    assert cohen_kappa(np.zeros((3, 3), np.int64)) is None


def test_figures_do_not_change_when_the_masks_are_swapped(
    pairs: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    for first, second in pairs:
        there = figures(agreement_counts(first, second, CLASSES))
        back = figures(agreement_counts(second, first, CLASSES))
        assert there == pytest.approx(back)


def test_unsure_pixels_of_either_mask_are_left_out() -> None:
    first, second = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
    first[10:14, 5:30] = 1
    second[10:14, 5:20] = 1
    assert figures(agreement_counts(first, second, 2))["iou"] == pytest.approx(15 / 25)
    second[10:14, 20:30] = UNSURE
    assert figures(agreement_counts(first, second, 2))["iou"] == 1
    assert figures(agreement_counts(second, first, 2))["iou"] == 1


def test_two_empty_masks_have_no_figures() -> None:
    empty = np.zeros((20, 20), np.uint8)
    assert figures(agreement_counts(empty, empty, 3)) == dict.fromkeys(FIGURES)


def by_scene(pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, AgreementCounts]:
    return {f"s{number}": agreement_counts(*one, CLASSES) for number, one in enumerate(pairs)}


def test_an_interval_needs_three_scenes_and_contains_the_figure(
    pairs: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    counts = by_scene(pairs)
    total = figures(sum(list(counts.values())[1:], counts["s0"]))
    for name in FIGURES:
        interval, value = figure_interval(counts, name), total[name]
        assert interval is not None
        assert value is not None
        assert -1 <= interval[0] <= value <= interval[1] <= 1
    assert figure_interval({name: counts[name] for name in ("s0", "s1")}, "f1") is None


def test_a_difference_from_the_same_masks_is_exactly_0(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    counts = by_scene(pairs)
    assert figure_interval(counts, "f1", minus=counts) == (0, 0)
