from seep.core.metrics.model_metrics import Interval, Metrics, SlickErrors, WideAreas, read_metrics
from seep.workflow.evaluation.tables import metric_rows, slick_error_rows


def test_rows_have_the_interval_and_name_missing_support() -> None:
    metrics = Metrics(
        binary_iou=0.85, binary_iou_interval=Interval(0.8, 0.9), iou_per_class=(0.9, 0.85), mean_scene_iou=0.7
    )
    rows = dict(metric_rows(metrics))
    assert rows["Binary IoU"] == "0.850 (95 % interval 0.800 to 0.900)"
    assert rows["Binary IoU, mean over scenes"] == "0.700"
    assert rows["Recall"] == "no support"
    assert dict(metric_rows(Metrics(pixel_accuracy=0.9125)))["Pixel accuracy"] == "0.912"
    assert rows["IoU, class 1"] == "0.850"


def test_slick_errors_have_a_row_for_each_width() -> None:
    rates = {"narrow": 10.4, "medium": 0.0, "wide": 12345.6, "all": 12356.0}
    values = [value for _, value in slick_error_rows(SlickErrors(rates, 3, 0.5, None))]
    assert values == ["0.500", "no support", "10", "0", "12\u202f346", "12\u202f356", "3"]


def test_wide_dark_areas_have_a_row_of_their_own() -> None:
    name = "Wide dark areas, over 20 px radius"
    stored = {"false_px_per_mpx": {}, "wide_areas": {"count": 2, "predicted_px": 4000, "true_px": 1000}}
    metrics = read_metrics({"slick_errors": stored})
    assert metrics is not None
    assert dict(metric_rows(metrics))[name] == "2 (4\u202f000 px, 25\u202f% true)"
    none = SlickErrors({}, 0, None, None, WideAreas(0, 0, 0))
    assert dict(slick_error_rows(none))[name] == "0 (0 px)"
    assert name not in dict(slick_error_rows(SlickErrors({}, 0, None, None)))
