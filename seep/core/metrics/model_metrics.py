"""Metrics of a model on one set of scenes, read from the JSON of a card, a run or an evaluation.

The JSON has two forms: what `seep.core.metrics.evaluate.evaluate` returns, and the flat summary of the shipped
card. Both are read here and nowhere else. Unknown keys are ignored; missing ones give None or empty values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from seep.core.metrics.intervals import MIN_SCENES, class_iou_intervals

SPLITS = ("test", "validation")
"""Splits that are never trained on, the test split first."""

CROSS_VALIDATION = "folds"
"""Figures of a card for the preset of a network, measured on scenes that its own weights may have seen."""

Matrix = Sequence[Sequence[int]]


def scene_noun(split: str) -> str:
    """Return "test scene", "validation scene" or "cross-validation scene"."""
    return "cross-validation scene" if split == CROSS_VALIDATION else f"{split} scene"


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval from a bootstrap over scenes; see `seep.core.metrics.intervals`."""

    low: float
    high: float


@dataclass(frozen=True)
class SceneMetrics:
    """One scene: its number of tiles, binary IoU (None without seep) and confusion matrix [truth][prediction]."""

    tiles: int
    binary_iou: float | None
    matrix: Matrix


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision of slicks at IoU 0.25, at 0.5, and the mean over 0.5 to 0.95; None without a true slick."""

    ap25: float | None = None
    ap50: float | None = None
    ap50_95: float | None = None


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Precision over recall at falling thresholds, both 0 to 1, and the area under the curve."""

    recall: Sequence[float]
    precision: Sequence[float]
    average_precision: float


@dataclass(frozen=True)
class Calibration:
    """Predicted probability against observed frequency by bin, near seeps only.

    Attributes:
        predicted: mean seep probability per bin; None for an empty bin.
        observed: share of true seep pixels per bin.
        pixels: count per bin.
        error: expected calibration error (Naeini et al. 2015); None without pixels.
        near_px: pixels within this distance of true or predicted seep are counted.
    """

    predicted: Sequence[float | None]
    observed: Sequence[float | None]
    pixels: Sequence[int]
    error: float | None
    near_px: int


@dataclass(frozen=True)
class Curves:
    """Curves of any seep and per class (from class 1; None without a true pixel), and calibration."""

    any_seep: PrecisionRecallCurve | None
    per_class: Sequence[PrecisionRecallCurve | None]
    calibration: Calibration | None


@dataclass(frozen=True)
class SlickCounts:
    """Number of slicks per class, from class 1, in the masks and in the predictions."""

    true: Sequence[int]
    predicted: Sequence[int]


@dataclass(frozen=True)
class WideAreas:
    """Predicted slicks over 20 px radius: how many, their pixels, and how many of these are true seep."""

    count: int
    predicted_px: int
    true_px: int


@dataclass(frozen=True)
class SlickErrors:
    """Errors of slicks regardless of class; see `seep.core.metrics.slick_errors`.

    Attributes:
        false_px_per_mpx: false pixels per megapixel of valid sea, by width of the predicted slick ("narrow":
            inscribed radius under 8 px, "medium", "wide": over 20 px) and "all"; None without valid pixels.
        mostly_false_tiles: number of tiles with more false than correct seep pixels.
        slick_precision, slick_recall: at IoU 0.5; None without predicted or true slicks.
        wide_areas: wide dark areas, which are a question to the analyst; None in older evaluations.
    """

    false_px_per_mpx: Mapping[str, float | None]
    mostly_false_tiles: int
    slick_precision: float | None
    slick_recall: float | None
    wide_areas: WideAreas | None = None


@dataclass(frozen=True)
class WorstTile:
    """A tile with a low binary IoU; the ids lead to its prediction (None if it was lost) and its mask."""

    tile_id: int
    name: str
    binary_iou: float
    prediction_id: int | None
    revision_id: int


@dataclass(frozen=True)
class Metrics:
    """What a model scored on a set of scenes; all scores are 0 to 1, and None without support.

    Attributes:
        scene_names: sorted; empty where the source does not say.
        scenes, tiles: how many; None where the source does not say.
        binary_iou, binary_dice, precision, recall: seep against no seep, pooled over all pixels.
        mean_scene_iou: mean of the binary IoUs of the scenes with seep.
        binary_iou_interval: over scenes; None with fewer than three scenes with seep.
        f1_2px: F1 score in which a pixel counts if it lies within 2 px of the other mask.
        cldice: centerline Dice.
        pixel_accuracy: share of pixels with the right class.
        mean_iou_seep, mean_iou_all: mean IoU of the seep classes, and with background.
        iou_per_class, support_px: by class id, background first; empty where the source does not say.
        ap_any_class, ap_mean: average precision of slicks regardless of class, and the mean over classes.
        matrix: confusion matrix [truth][prediction], pixels; empty where the source does not say.
        per_scene: by the scene's name; empty where the source does not say.
        slick_errors: None where the source does not say.
        curves, slicks, worst: only from an evaluation in this workspace or of a folder.
    """

    scene_names: tuple[str, ...] = ()
    scenes: int | None = None
    tiles: int | None = None
    binary_iou: float | None = None
    binary_dice: float | None = None
    precision: float | None = None
    recall: float | None = None
    mean_scene_iou: float | None = None
    binary_iou_interval: Interval | None = None
    f1_2px: float | None = None
    cldice: float | None = None
    pixel_accuracy: float | None = None
    mean_iou_seep: float | None = None
    mean_iou_all: float | None = None
    iou_per_class: Sequence[float | None] = ()
    support_px: Sequence[int] = ()
    ap_any_class: AveragePrecision = AveragePrecision()
    ap_mean: AveragePrecision = AveragePrecision()
    matrix: Matrix = ()
    per_scene: Mapping[str, SceneMetrics] = field(default_factory=dict)
    slick_errors: SlickErrors | None = None
    curves: Curves | None = None
    slicks: SlickCounts | None = None
    worst: Sequence[WorstTile] = ()

    @property
    def matrices(self) -> dict[str, NDArray[np.int64]]:
        """Confusion matrix (classes, classes) by scene."""
        return {name: np.asarray(scene.matrix) for name, scene in self.per_scene.items()}

    @property
    def class_intervals(self) -> list[Interval | None]:
        """95 % interval of the IoU by class id; empty without matrices."""
        found = class_iou_intervals(self.matrices)
        return [None if one is None else Interval(*one) for one in found]

    @property
    def has_few_scenes(self) -> bool:
        """Whether there are too few scenes with seep for a 95 % interval; False where that is not known."""
        ious = [scene.binary_iou for scene in self.per_scene.values()]
        scenes = sum(one is not None for one in ious) if ious else self.scenes
        return scenes is not None and scenes < MIN_SCENES

    def class_iou(self, class_id: int) -> float | None:
        """Return the IoU of a class; None if the class has no support or is newer than this evaluation."""
        return self.iou_per_class[class_id] if class_id < len(self.iou_per_class) else None

    def class_support_px(self, class_id: int) -> int | None:
        """Return the number of true pixels of a class; None where it is not known."""
        return self.support_px[class_id] if class_id < len(self.support_px) else None


_CHECKED = TypeAdapter(Metrics)
"""Checks the types of metrics, those of nested records included."""


def read_metrics(value: object) -> Metrics | None:
    """Read the JSON of one set of scenes; None where it is no object."""
    if not isinstance(value, Mapping):
        return None
    scores = _mapping(value.get("figures", value))
    tolerance, instances = _mapping(scores.get("tolerance")), _mapping(scores.get("instances"))
    interval = _mapping(value.get("intervals")).get("binary_iou") or value.get("binary_iou_interval")
    return Metrics(
        scene_names=tuple(
            sorted(_mapping(value.get("per_scene")) or _mapping(value.get("binary_iou_per_scene")))
        ),
        scenes=_scene_count(value),
        tiles=value.get("tiles"),
        binary_iou=scores.get("binary_iou"),
        binary_dice=scores.get("binary_dice"),
        precision=scores.get("precision"),
        recall=scores.get("recall"),
        binary_iou_interval=Interval(*interval) if interval else None,
        mean_scene_iou=_mean_scene_iou(value, scores),
        f1_2px=tolerance.get("f1", scores.get("f1_within_2_px")),
        cldice=scores.get("cldice"),
        pixel_accuracy=scores.get("pixel_accuracy"),
        mean_iou_seep=scores.get("mean_iou_seep"),
        mean_iou_all=scores.get("mean_iou_all"),
        iou_per_class=tuple(scores.get("iou_per_class") or ()),
        support_px=tuple(scores.get("support_px") or ()),
        ap_any_class=_average_precision(instances.get("any_class")),
        ap_mean=_average_precision(instances.get("mean")),
        matrix=value.get("matrix") or (),
        per_scene={
            name: SceneMetrics(
                int(scene.get("tiles", 0)), _mapping(scene.get("figures")).get("binary_iou"), scene["matrix"]
            )
            for name, scene in _mapping(value.get("per_scene")).items()
        },
        slick_errors=_slick_errors(value.get("slick_errors")),
        curves=_curves(value.get("curves")),
        slicks=_slicks(value.get("slicks")),
        worst=tuple(_worst(one) for one in value.get("worst") or ()),
    )


def metrics_by_split(figures: object) -> dict[str, Metrics]:
    """Read the "figures" of a card: metrics of the splits that it has, test first, cross-validation last."""
    found = {split: read_metrics(_mapping(figures).get(split)) for split in (*SPLITS, CROSS_VALIDATION)}
    return {split: metrics for split, metrics in found.items() if metrics is not None}


def readable_metrics(figures: object) -> dict[str, Metrics] | None:
    """Read the "figures" of a card from outside as `metrics_by_split` does; None if a value has a wrong type."""
    try:
        found = metrics_by_split(figures)
        checked = {split: _CHECKED.validate_python(asdict(metrics)) for split, metrics in found.items()}
        for metrics in checked.values():
            metrics.class_intervals  # noqa: B018 - matrices of different sizes raise here
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, IndexError):
        return None
    return checked


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _scene_count(value: Mapping[str, Any]) -> int | None:
    scenes = value.get("scenes")
    if scenes is None:
        return len(value.get("binary_iou_per_scene") or ()) or None
    return len(scenes) if isinstance(scenes, list) else int(scenes)


def _mean_scene_iou(value: Mapping[str, Any], scores: Mapping[str, Any]) -> float | None:
    """Return the stored mean, else that of the scenes' IoUs, which older files have."""
    if "mean_scene_iou" in scores:
        mean: float | None = scores["mean_scene_iou"]
        return mean
    per_scene = _mapping(value.get("per_scene"))
    ious = [_mapping(one.get("figures")).get("binary_iou") for one in per_scene.values()]
    ious = ious or [*_mapping(value.get("binary_iou_per_scene")).values()]
    known = [one for one in ious if one is not None]
    return sum(known) / len(known) if known else None


def _slick_errors(value: object) -> SlickErrors | None:
    found = _mapping(value)
    if not found:
        return None
    return SlickErrors(
        _mapping(found.get("false_px_per_mpx")),
        int(found.get("mostly_false_tiles") or 0),
        found.get("slick_precision"),
        found.get("slick_recall"),
        _wide_areas(found.get("wide_areas")),
    )


def _wide_areas(value: object) -> WideAreas | None:
    found = _mapping(value)
    return WideAreas(*(int(found[name]) for name in ("count", "predicted_px", "true_px"))) if found else None


def _average_precision(value: object) -> AveragePrecision:
    found = _mapping(value)
    return AveragePrecision(found.get("ap25"), found.get("ap50"), found.get("ap50_95"))


def _curves(value: object) -> Curves | None:
    if not isinstance(value, Mapping):
        return None
    calibration = value.get("calibration")
    return Curves(
        _curve(value.get("any_seep")),
        tuple(_curve(one) for one in value.get("per_class") or ()),
        None
        if calibration is None
        else Calibration(
            calibration["predicted"],
            calibration["observed"],
            calibration["pixels"],
            calibration.get("error"),
            calibration["near_px"],
        ),
    )


def _curve(value: Mapping[str, Any] | None) -> PrecisionRecallCurve | None:
    if value is None:
        return None
    return PrecisionRecallCurve(value["recall"], value["precision"], value["average_precision"])


def _slicks(value: Mapping[str, Any] | None) -> SlickCounts | None:
    return None if value is None else SlickCounts(value["true"], value["found"])


def _worst(value: Mapping[str, Any]) -> WorstTile:
    return WorstTile(
        tile_id=int(value["tile_id"]),
        name=value["name"],
        binary_iou=float(value["binary_iou"]),
        prediction_id=value.get("prediction_id"),
        revision_id=int(value["revision_id"]),
    )
