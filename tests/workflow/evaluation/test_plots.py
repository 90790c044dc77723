from dataclasses import replace

import numpy as np
import pytest

from seep.core.masks.classes import default_classes
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.metrics.model_metrics import Metrics, read_metrics
from seep.workflow.evaluation.accumulator import Accumulator, EvaluatedTile
from seep.workflow.evaluation.plots import (
    calibration_plot,
    confusion_plot,
    evaluation_plots,
    precision_recall_plot,
    scenes_plot,
    slicks_plot,
)

CLASSES = default_classes(3)


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    """Four scenes of one tile: class 1 is found except one row, class 2 is predicted as class 1."""
    pairs: list[Pair] = []
    accumulator = Accumulator(3)
    for number in range(4):
        truth, prediction = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
        truth[5 : 15 + number, 5:25], prediction[6 : 15 + number, 5:25] = 1, 1
        truth[30:35, 5:15], prediction[30:35, 5:15] = 2, 1
        probabilities = np.stack([(prediction == one) * 0.8 + 0.1 for one in range(3)]).astype(np.float16)
        valid, image = np.ones((40, 40), bool), np.full((40, 40), 100, np.uint16)
        pairs.append((f"t{number}", f"s{number}", truth, prediction, None, valid))
        accumulator.add(EvaluatedTile(f"t{number}", image, None, truth, prediction, probabilities, valid))
    found = read_metrics(evaluate(pairs, 3) | accumulator.to_json())
    assert found is not None
    return found


def test_confusion_is_in_percent_of_true_class(metrics: Metrics) -> None:
    assert [round(value) for value in confusion_plot(metrics.matrix, CLASSES).data[0].z[2]] == [0, 100, 0]


def test_shares_of_the_confusion_matrix_are_written_in_two_traces(metrics: Metrics) -> None:
    """Not as annotations: each of those is checked together with all before it, and took most of a page's time."""
    figure = confusion_plot(metrics.matrix, CLASSES)
    assert not figure.layout.annotations
    weak, strong = figure.data[1:]
    assert weak.textfont.color is None  # the theme's
    assert strong.textfont.color == "#ffffff"
    written = {
        (x, y): text
        for trace in (weak, strong)
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)
    }
    background, first, second = (one.name for one in CLASSES)
    shares = figure.data[0].z
    assert written[first, second] == "100"
    assert written[first, first] == f"{shares[1][1]:.0f}"
    assert (background, second) not in written
    assert list(strong.x) == [background, first, first]
    assert len(weak.x) == sum(0.5 <= value <= 60 for row in shares for value in row)


def test_removed_classes_keep_their_numbers(metrics: Metrics) -> None:
    names = list(confusion_plot(metrics.matrix, CLASSES[:2]).data[0].x)
    assert names == [CLASSES[0].name, CLASSES[1].name, "Class 2"]


def test_each_class_with_pixels_has_a_precision_recall_curve(metrics: Metrics) -> None:
    assert metrics.curves is not None
    names = [line.name.rsplit(" ", 1)[0] for line in precision_recall_plot(metrics.curves, CLASSES).data]
    assert names == ["Any seep", CLASSES[1].name, CLASSES[2].name]
    streets = (replace(CLASSES[0], name="Sky"), *CLASSES[1:])
    names = [line.name.rsplit(" ", 1)[0] for line in precision_recall_plot(metrics.curves, streets).data]
    assert names == [CLASSES[1].name, CLASSES[2].name]


def test_each_scene_has_a_dot(metrics: Metrics) -> None:
    assert list(scenes_plot(metrics).data[0].y) == [f"s{number} (1)" for number in range(4)]


def test_slicks_are_counted_in_masks_and_predictions(metrics: Metrics) -> None:
    assert metrics.slicks is not None
    assert [list(bar.y) for bar in slicks_plot(metrics.slicks, CLASSES).data] == [[4, 4], [8, 0]]


def test_calibration_names_its_error(metrics: Metrics) -> None:
    assert metrics.curves is not None
    assert metrics.curves.calibration is not None
    (note,) = calibration_plot(metrics.curves.calibration).layout.annotations
    assert note.text == f"Expected calibration error {metrics.curves.calibration.error:.3f}"


def test_class_names_are_never_markup(metrics: Metrics) -> None:
    assert metrics.curves is not None
    classes = [replace(one, name="<b>x</b>") for one in CLASSES]
    assert all("<b>" not in line.name for line in precision_recall_plot(metrics.curves, classes).data)


def test_plots_without_data_are_left_out(metrics: Metrics) -> None:
    assert [title for title, _ in evaluation_plots(metrics, CLASSES)] == [
        "Confusion matrix",
        "Precision and recall",
        "Binary IoU by scene, with the 95 % interval",
        "Calibration near seeps",
        "Slicks by class",
    ]
    assert evaluation_plots(Metrics(binary_iou=0.4), CLASSES) == []
