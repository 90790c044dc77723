from seep.core.metrics.evaluate import evaluate
from seep.core.metrics.model_metrics import Interval, Metrics, metrics_by_split, read_metrics
from tests.ui.making import pairs

FLAT = {
    "binary_iou": 0.35,
    "precision": 0.6,
    "recall": 0.4,
    "f1_within_2_px": 0.65,
    "binary_iou_interval": [0.24, 0.41],
    "binary_iou_per_scene": {"a": 0.4, "b": 0.3, "c": 0.2},
    "iou_per_class": [0.9, 0.3, None],
    "tiles": 173,
    "unknown": {"key": 1},
}


def test_summary_of_shipped_card_is_read() -> None:
    found = read_metrics(FLAT)
    assert found is not None
    assert (found.binary_iou, found.scenes, found.tiles, found.f1_2px) == (0.35, 3, 173, 0.65)
    assert found.binary_iou_interval == Interval(0.24, 0.41)
    assert (found.class_iou(1), found.class_iou(2), found.class_iou(9)) == (0.3, None, None)
    assert found.class_support_px(1) is None
    assert found.class_intervals == []


def test_report_of_evaluation_is_read() -> None:
    found = read_metrics(evaluate(pairs(), 3))
    assert found is not None
    assert (found.binary_iou, found.scenes, found.f1_2px, found.ap_any_class.ap50) == (1.0, 3, 1.0, 1.0)
    assert set(found.matrices) == {"a", "b", "c"}
    assert found.class_support_px(1) == 96
    assert found.class_intervals[1] == Interval(1.0, 1.0)


def test_missing_keys_give_none_or_empty_values() -> None:
    assert read_metrics({}) == Metrics()
    assert read_metrics({"figures": None, "curves": None, "worst": None}) == Metrics()


def test_anything_but_an_object_has_no_metrics() -> None:
    assert read_metrics(None) is None
    assert metrics_by_split("odd") == {}
    assert metrics_by_split({"test": None}) == {}


def test_test_split_stands_before_validation() -> None:
    found = metrics_by_split({"validation": FLAT | {"binary_iou": 0.9}, "test": FLAT})
    assert [(split, metrics.binary_iou) for split, metrics in found.items()] == [
        ("test", 0.35),
        ("validation", 0.9),
    ]
