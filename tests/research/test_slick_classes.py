from pathlib import Path

import numpy as np
import pytest

from research import slick_classes
from research.slick_classes import PREDICTED, TRUE, ClassSlicks, ClassTile, classifiers, figures_of
from seep.core.image.normalize import Statistics
from seep.core.masks.slick_features import FEATURES
from seep.workflow.inference.folder_dataset import FolderTile


def slicks(count: int, groups: int) -> ClassSlicks:
    """The class follows from one feature; every tenth slick has none."""
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, count)
    features = random.normal(size=(count, len(FEATURES))).astype(np.float32)
    features[:, 4] = 3 * classes
    group = np.arange(count) % groups
    votes = np.full((count, 3), 1 / 3, np.float32)
    known = np.arange(count) % 10 > 0
    return ClassSlicks(
        features, np.zeros((count, 4), np.float32), votes, classes, known, group.astype(str), group
    )


def test_the_ensemble_learns_a_class_that_a_feature_tells() -> None:
    every = slicks(300, 3)
    found = slick_classes.unseen(every, classifiers(3)["features"])
    assert (found.argmax(axis=1) == every.classes).mean() > 0.9
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_no_group_is_classified_by_what_was_learned_from_it() -> None:
    seen: list[ClassSlicks] = []

    def fit(learned: ClassSlicks) -> slick_classes.Classify:
        seen.append(learned)
        return lambda some: np.tile([0.5, 0.3, 0.2], (len(some.classes), 1))

    slick_classes.unseen(slicks(40, 4), fit)
    assert [{*one.groups.tolist()} for one in seen] == [{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}]
    assert all(one.known.all() for one in seen)


def test_figures_of_right_and_of_certain_wrong_answers() -> None:
    truth = np.array([0, 0, 1, 1])
    right = np.eye(4)[truth]
    assert figures_of(right, truth) == pytest.approx(
        {"accuracy": 1, "top3": 1, "kappa": 1, "macro_f1": 1, "ece": 0, "log_loss": 0}
    )
    half = figures_of(np.tile([0.5, 0.25, 0.25, 0], (4, 1)), truth)
    assert (half["accuracy"], half["kappa"], half["top3"], half["ece"]) == (0.5, 0, 1, 0)
    assert half["macro_f1"] == pytest.approx(1 / 3)
    wrong = figures_of(np.tile([0.0, 0.0, 0.1, 0.9], (4, 1)), np.zeros(4, int))
    assert (wrong["accuracy"], wrong["ece"]) == (0, pytest.approx(0.9))


def test_the_interval_holds_the_figure_and_needs_no_pixel() -> None:
    every = slicks(200, 5)
    told = slick_classes.scored(np.tile([0.5, 0.3, 0.2], (200, 1)), every)
    for figure in told.values():
        assert figure["low"] <= figure["value"] <= figure["high"]


def tile(scene: str, monkeypatch: pytest.MonkeyPatch) -> ClassTile:
    """Two bars are predicted; the first one is true, of class 2; the second is 4 px off in scene b."""
    image = np.full((64, 64), 100, np.uint16)
    monkeypatch.setattr(slick_classes, "read_image", lambda _: image)
    mask = np.zeros((64, 64), np.uint8)
    mask[10:16, 5:55] = 1
    second = 40 if scene == "xa" else 50
    mask[second : second + 6, 5:55] = 1
    truth = np.where(np.arange(64)[:, np.newaxis] < 30, 2 * mask, 0).astype(np.uint8)
    probabilities = np.zeros((4, 64, 64), np.uint8)
    probabilities[0], probabilities[3] = 255 * (mask == 0), 255 * mask
    found = FolderTile(Path(f"{scene}.7.tif"), scene, None, 1, truth, 7)
    return ClassTile(found, probabilities, mask < 9, mask)


def test_slicks_know_their_class_and_the_other_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    statistics = {scene: Statistics((0.0,), (200.0,), (100.0,), (10.0,)) for scene in ("xa", "xb", "ya")}
    tiles = [tile(scene, monkeypatch) for scene in statistics]
    found, labels = slick_classes.slicks_of(tiles, PREDICTED, statistics, 1, None)
    assert found.known.tolist() == [True, False] * 3
    assert found.classes[::2].tolist() == [1, 1, 1]
    assert found.votes.argmax(axis=1).tolist() == [2] * 6
    assert found.groups.tolist() == [0, 0, 1, 1, 2, 2]
    # The first bar is in both passes of the place x, the second one 4 px apart: near, but not overlapping.
    assert found.repetition[0].tolist() == [1, 1, 1, 1]
    assert found.repetition[1, 0] == 1
    assert found.repetition[1, 2] == 0
    assert found.repetition[4].tolist() == [0, 0, 0, 0]
    true, _ = slick_classes.slicks_of(tiles, TRUE, statistics, 1, 1)
    assert true.known.tolist() == [True] * 3
    assert true.groups.tolist() == [0, 0, 1]
    right = np.eye(3)[np.where(found.known, found.classes, 0)]
    assert slick_classes.mask_iou(tiles, labels, right, 4) > slick_classes.mask_iou(
        tiles, labels, np.eye(3)[[0] * 6], 4
    )
