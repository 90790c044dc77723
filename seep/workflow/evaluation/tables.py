"""Metrics as rows of text: the command line, the HTML report and the Models page show the same ones."""

from collections.abc import Mapping, Sequence

from seep.core.masks.classes import SeepClass
from seep.core.metrics.model_metrics import AveragePrecision, Interval, Metrics, SlickErrors, WideAreas
from seep.core.text import number, percent


def metric_rows(metrics: Metrics, classes: Sequence[SeepClass] = ()) -> list[tuple[str, str]]:
    """Return name and value of each metric as text, for a table; the IoU of each class comes last."""
    names = {seep_class.id: seep_class.name for seep_class in classes}
    return [
        ("Binary IoU", _number(metrics.binary_iou) + _interval(metrics.binary_iou_interval)),
        ("Binary IoU, mean over scenes", _number(metrics.mean_scene_iou)),
        ("Binary Dice", _number(metrics.binary_dice)),
        ("Precision", _number(metrics.precision)),
        ("Recall", _number(metrics.recall)),
        ("F1 within 2 px", _number(metrics.f1_2px)),
        ("clDice", _number(metrics.cldice)),
        *_average_precisions("any class", metrics.ap_any_class),
        *_average_precisions("mean of classes", metrics.ap_mean),
        *_slick_error_rows(metrics.slick_errors),
        ("Pixel accuracy", _number(metrics.pixel_accuracy)),
        ("Mean IoU, seep classes", _number(metrics.mean_iou_seep)),
        ("Mean IoU, all classes", _number(metrics.mean_iou_all)),
        *(
            (f"IoU, {names.get(class_id, f'class {class_id}')}", _number(iou))
            for class_id, iou in enumerate(metrics.iou_per_class)
        ),
    ]


def slick_error_rows(errors: SlickErrors) -> list[tuple[str, str]]:
    """Return name and value of each error of slicks as text, for a table."""
    widths = (
        ("narrow", "predicted slicks under 8 px radius"),
        ("medium", "8 to 20 px"),
        ("wide", "over 20 px"),
        ("all", "all"),
    )
    return [
        ("Slick precision at IoU 0.5", _number(errors.slick_precision)),
        ("Slick recall at IoU 0.5", _number(errors.slick_recall)),
        *(
            (f"False px per megapixel, {text}", _rate(errors.false_px_per_mpx.get(width)))
            for width, text in widths
        ),
        ("Tiles with more false than correct seep", str(errors.mostly_false_tiles)),
        *_wide_area_rows(errors.wide_areas),
    ]


def group_rows(groups: Mapping[str, Metrics]) -> list[tuple[str, ...]]:
    """Return a table with a row for each group of scenes, its head first."""
    head = (
        "Group",
        "Tiles",
        "Scenes",
        "Binary IoU",
        "Mean of scenes",
        "F1 within 2 px",
        "Precision",
        "Recall",
    )
    return [
        head,
        *(
            (
                name,
                str(one.tiles),
                str(one.scenes),
                _number(one.binary_iou) + _interval(one.binary_iou_interval),
                *map(_number, (one.mean_scene_iou, one.f1_2px, one.precision, one.recall)),
            )
            for name, one in groups.items()
        ),
    ]


def _wide_area_rows(areas: WideAreas | None) -> list[tuple[str, str]]:
    """Count wide dark areas apart from other slicks; older evaluations have no count."""
    if areas is None:
        return []
    share = f", {percent(areas.true_px / areas.predicted_px)} true" if areas.predicted_px else ""
    return [
        ("Wide dark areas, over 20 px radius", f"{areas.count} ({number(areas.predicted_px)} px{share})"),
    ]


def _slick_error_rows(errors: SlickErrors | None) -> list[tuple[str, str]]:
    return slick_error_rows(errors) if errors else []


def _rate(value: float | None) -> str:
    return "no data" if value is None else number(value)


def _average_precisions(of: str, found: AveragePrecision) -> list[tuple[str, str]]:
    values = (("AP25", found.ap25), ("AP50", found.ap50), ("AP50-95", found.ap50_95))
    return [(f"{name}, {of}", _number(value)) for name, value in values]


def _number(value: float | None) -> str:
    return "no support" if value is None else f"{value:.3f}"


def _interval(interval: Interval | None) -> str:
    return f" (95 % interval {interval.low:.3f} to {interval.high:.3f})" if interval else ""
