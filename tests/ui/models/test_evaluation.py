"""What the page says of an evaluation: rows with their intervals, plots of what was measured."""

from typing import Any

import numpy as np
import pytest

from seep.core.masks.classes import default_classes
from seep.core.metrics.evaluate import evaluate
from seep.ui.models import evaluation_plots
from seep.ui.models.evaluation import figure_rows
from seep.ui.models.metrics import measured
from seep.ui.models.slick_diff import note, summary
from seep.workflow.evaluation.accumulator import Tally

CLASSES = default_classes(3)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """Four scenes of a tile each; class 1 is found but for a row, class 2 is taken for class 1."""
    random = np.random.default_rng(0)
    pairs, tally = [], Tally(3)
    for number in range(4):
        truth, found = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
        truth[5 : 15 + number, 5:25], found[6 : 15 + number, 5:25] = 1, 1
        truth[30:35, 5:15], found[30:35, 5:15] = 2, 1
        probabilities = np.stack([(found == one) * 0.8 + 0.1 for one in range(3)]).astype(np.float16)
        image, valid = random.integers(1, 999, (40, 40), dtype=np.uint16), np.ones((40, 40), bool)
        pairs.append((f"t{number}", f"s{number}", truth, found, None, valid))
        tally.add(f"t{number}", image, None, truth, found, probabilities, valid)
    return evaluate(pairs, 3) | tally.to_dict()


def test_each_class_has_a_row_with_its_interval_over_scenes(report: dict[str, Any]) -> None:
    score = measured({"locked": report}, "locked")
    assert score is not None
    assert score.basis == "4 locked scenes, 4 tiles"
    rows = figure_rows(score, CLASSES)
    assert [row["class"] for row in rows] == ["Any seep", CLASSES[1].name, CLASSES[2].name]
    low, high = (float(part) for part in rows[1]["95 % over scenes"].split(" to "))
    assert low <= float(rows[1]["IoU"]) <= high
    assert rows[1]["recall"] != rows[1]["precision"]
    assert (rows[2]["IoU"], rows[2]["recall"], rows[2]["precision"]) == ("0, never hit", "0.00", "–")


def test_a_card_without_matrices_has_rows_without_intervals() -> None:
    flat = {"binary_iou": 0.4, "binary_iou_interval": [0.3, 0.5], "iou_per_class": [0.9, 0.4, None]}
    score = measured({"locked": flat}, "locked")
    assert score is not None
    rows = figure_rows(score, CLASSES)
    assert rows[0]["95 % over scenes"] == "0.300 to 0.500"
    assert [row["95 % over scenes"] for row in rows[1:]] == ["–", "–"]
    assert rows[2]["IoU"] == "no slick"


def test_the_plots_show_what_was_measured(report: dict[str, Any]) -> None:
    confusion = evaluation_plots.confusion(report["matrix"], CLASSES)
    assert [round(value) for value in confusion.data[0].z[2]] == [0, 100, 0]
    curves = evaluation_plots.precision_recall(report["curves"], CLASSES)
    assert [one.name.rsplit(" ", 1)[0] for one in curves.data] == [
        "Any seep",
        CLASSES[1].name,
        CLASSES[2].name,
    ]
    assert list(evaluation_plots.by_scene(report).data[0].y) == [f"s{number} (1)" for number in range(4)]
    counts = evaluation_plots.slick_counts(report["slicks"], CLASSES)
    assert [list(one.y) for one in counts.data] == [[4, 4], [8, 0]]
    calibration = evaluation_plots.calibration(report["curves"]["calibration"])
    assert "mean gap" in calibration.layout.annotations[0].text


def test_classes_that_were_taken_away_since_keep_their_numbers(report: dict[str, Any]) -> None:
    confusion = evaluation_plots.confusion(report["matrix"], CLASSES[:2])
    assert list(confusion.data[0].x) == [CLASSES[0].name, CLASSES[1].name, "class 2"]


def test_names_are_never_markup(report: dict[str, Any]) -> None:
    from dataclasses import replace

    odd = [replace(one, name="<b>x</b>") for one in CLASSES]
    curves = evaluation_plots.precision_recall(report["curves"], odd)
    assert all("<b>" not in one.name for one in curves.data)


def change(kind: str, right: bool | None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "right": right, "old_class": 0, "new_class": 1, "truth_revision": 1, **more}


def test_changes_are_summed_up_in_a_sentence() -> None:
    found = [change("gained", True), change("gained", None), change("lost", False)]
    expected = "3 slicks differ on 2 tiles: 2 gained, 1 lost; by the truth new is right in 1 and wrong in 1."
    assert summary(found, 2, "new") == expected
    assert summary([change("lost", None)], 1, "new") == "1 slick differs on 1 tile: 1 lost."


def test_a_change_says_the_classes_and_what_the_truth_says() -> None:
    one, two = CLASSES[1].name, CLASSES[2].name
    assert note(change("gained", True), CLASSES) == f"{one}, right"
    assert note(change("changed", False, old_class=2), CLASSES) == f"{two} → {one}, wrong"
    assert note(change("changed", None, old_class=1), CLASSES) == f"{one}, not decided"
    assert note(change("lost", None, old_class=9, new_class=0, truth_revision=None), CLASSES) == "?, no truth"
