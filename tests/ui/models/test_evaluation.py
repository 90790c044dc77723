from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from seep.core.masks.classes import default_classes
from seep.core.metrics.model_metrics import Interval, Metrics, SceneMetrics
from seep.ui.models.evaluation import basis, headline, interval_or_reason, metric_rows
from seep_testing.patience import PATIENCE_S

CLASSES = default_classes(3)
MATRIX = [[900, 0, 0], [40, 160, 0], [0, 50, 0]]


@pytest.fixture
def metrics() -> Metrics:
    """Three equal scenes: class 1 is mostly found, class 2 is predicted as class 1."""
    return Metrics(
        scenes=3,
        tiles=3,
        binary_iou=0.84,
        iou_per_class=(0.95, 0.64, 0.0),
        support_px=(2700, 600, 150),
        matrix=[[3 * value for value in row] for row in MATRIX],
        per_scene={name: SceneMetrics(1, 0.84, MATRIX) for name in "abc"},
    )


def test_each_class_has_a_row_with_interval_precision_and_recall(metrics: Metrics) -> None:
    rows = metric_rows(metrics, CLASSES)
    assert [row["Class"] for row in rows] == ["Any seep", CLASSES[1].name, CLASSES[2].name]
    assert (rows[1]["95 % interval"], rows[1]["Precision"], rows[1]["Recall"]) == (
        "0.640 to 0.640",
        "0.762",
        "0.800",
    )
    assert (rows[2]["IoU"], rows[2]["Recall"], rows[2]["Precision"]) == ("0, none found", "0.000", "–")


def test_classes_without_background_have_a_row_for_the_first_one(metrics: Metrics) -> None:
    streets = tuple(
        replace(one, name=name) for one, name in zip(CLASSES, ("Sky", "Road", "Tree"), strict=False)
    )
    rows = metric_rows(replace(metrics, mean_iou_all=0.53), streets)
    assert [row["Class"] for row in rows] == ["Mean of classes", "Sky", "Road", "Tree"]
    assert [row["IoU"] for row in rows[:2]] == ["0.530", "0.950"]
    assert headline(replace(metrics, mean_iou_all=0.53, pixel_accuracy=0.9), streets) == {
        "Mean IoU": 0.53,
        "Pixel accuracy": 0.9,
    }
    assert [*headline(metrics, CLASSES)] == ["Binary IoU", "Precision", "Recall", "F1 within 2 px"]


def test_card_without_matrices_has_rows_without_class_intervals() -> None:
    flat = Metrics(binary_iou=0.4, binary_iou_interval=Interval(0.3, 0.5), iou_per_class=(0.9, 0.4, None))
    rows = metric_rows(flat, CLASSES)
    assert [row["95 % interval"] for row in rows] == ["0.300 to 0.500", "–", "–"]
    assert rows[2]["IoU"] == "absent"


def test_basis_counts_scenes_and_tiles(metrics: Metrics) -> None:
    assert basis("test", metrics) == "3 test scenes, 3 tiles"
    assert basis("validation", Metrics()) == "validation scenes"


def test_missing_interval_says_why(metrics: Metrics) -> None:
    two = {name: SceneMetrics(1, 0.84, MATRIX) for name in "ab"} | {"c": SceneMetrics(1, None, MATRIX)}
    assert interval_or_reason(replace(metrics, per_scene=two)) == "fewer than 3 scenes"
    assert interval_or_reason(replace(metrics, binary_iou_interval=Interval(0.8, 0.9))) == "0.80 to 0.90"
    assert interval_or_reason(metrics) == "not measured"
    assert interval_or_reason(Metrics()) == "–"


def test_classes_of_which_nothing_is_found_are_one_sentence() -> None:
    def draw() -> None:
        from seep.ui.widgets import class_table

        rest = {"95 % interval": "0.000 to 0.000", "Precision": "–", "Recall": "0.000"}
        class_table(
            [
                {"Class": "one", "IoU": "0.500", **rest},
                *({"Class": name, "IoU": "0, none found", **rest} for name in ("two", "three", "four")),
            ]
        )

    page = AppTest.from_function(draw, default_timeout=PATIENCE_S).run()
    (caption,) = page.caption
    assert caption.value.replace("\\", "") == "IoU 0, none found: two, three, four."
    assert list(page.table[0].value["Class"]) == ["one"]
