"""How good a checkpoint is on scenes that are held back, and what the product would say of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from research.simulation.dataset import DatasetTile, predicted
from seep.core.image.arrays import valid_pixels
from seep.core.metrics.confusion import Matrix, confusion, scores
from seep.core.metrics.intervals import paired_difference

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor

FIGURES = ("binary_iou", "binary_dice", "mean_iou_seep")
MEASURED = ("test", "validation")

Matrices = Mapping[str, Matrix]
"""Confusion matrices by scene."""


def measure(predictor: "Predictor", tiles: Sequence[DatasetTile]) -> Matrices:
    """Predict tiles and compare them with their truth, scene by scene."""
    found: dict[str, Matrix] = {}
    for one, matrix in measure_each(predictor, tiles):
        found[one.scene] = found[one.scene] + matrix if one.scene in found else matrix
    return found


def measure_each(
    predictor: "Predictor", tiles: Sequence[DatasetTile]
) -> Iterator[tuple[DatasetTile, Matrix]]:
    """Predict tiles and compare them with their truth, one by one."""
    for one, prediction in predicted(predictor, tiles):
        valid = valid_pixels(one.tile.image, one.tile.nodata)
        yield one, confusion(one.tile.mask, prediction.mask, predictor.config.classes, valid)


def figures(matrices: Matrices) -> dict[str, Any] | None:
    """Sum scenes up: {"binary_iou", "binary_dice", "mean_iou_seep", "by_scene"}; None without any."""
    if not matrices:
        return None
    every = list(matrices.values())
    total = scores(sum(every[1:], every[0]))
    by_scene = {scene: scores(own)["binary_iou"] for scene, own in sorted(matrices.items())}
    return {name: total[name] for name in FIGURES} | {"by_scene": by_scene}


def compared(before: Mapping[str, Matrices], now: Mapping[str, Matrices]) -> dict[str, Any]:
    """Say of each split what the product says of a checkpoint against another: `paired_difference`."""
    return {split: paired_difference(before[split], now[split]) for split in MEASURED}
