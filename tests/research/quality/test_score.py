from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from research.quality.score import Kept, decisions_of

Slick = tuple[bool, int, int]
"""Whether it is true, its pixels, and its seep probability in steps of 1 / 255."""


class Folds:
    """The predictions of folds of one tile each."""

    softmax = False

    def __init__(self, *folds: list[Slick]) -> None:
        self.folds = folds

    def tiles(self, fold: int, _: Mapping[str, Any]) -> Iterator[tuple[Any, Any, NDArray[np.bool_]]]:
        slicks = self.folds[fold]
        truth, seep = np.zeros((2, 2 * len(slicks), 64), np.uint8)
        for number, (is_true, size, probability) in enumerate(slicks):
            seep[2 * number, :size] = probability
            truth[2 * number, :size] = is_true
        yield SimpleNamespace(mask=truth), np.stack([255 - seep, seep]), np.ones(truth.shape, np.bool_)


def decisions(*folds: list[Slick]) -> list[dict[str, Any]]:
    return decisions_of(cast(Kept, Folds(*folds)), {})


def test_true_slicks_that_are_not_predicted_count_for_the_least_size() -> None:
    small_errors = [(False, 4, 200)] * 10
    predicted = [(True, 20, 200)] * 6 + [(True, 4, 200)] * 4
    missed = [(True, 20, 0)] * 30
    # From 8 px on, precision rises from 10/20 to 6/6. Recall falls from 10/40 to 6/40, or from 10/10 to 6/10.
    assert decisions(small_errors + predicted + missed)[0]["least_px"] == 0
    assert decisions(small_errors + predicted)[0]["least_px"] == 8


def test_a_fold_does_not_choose_its_own_least_size() -> None:
    # The errors of the other fold are below its own threshold, and above the one that both folds together have.
    other = [(True, 20, 100)] * 4 + [(True, 4, 100)] * 2 + [(False, 4, 60)] * 6
    judged = [(True, 60, 40)] * 100
    first, second = decisions(judged, other)
    assert 60 < first["threshold"] <= 100
    assert first["least_px"] == 0
    assert second["threshold"] <= 40
