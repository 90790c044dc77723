"""Evaluation of predictions: all published metrics in one pass over pairs of masks."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from seep.core.masks.mask import Mask, check_mask
from seep.core.metrics.average_precision import FloatImage, Matches, average_precision, match_tile
from seep.core.metrics.centerline import RADIUS_PX, Counts, centerline_counts, tolerance_counts
from seep.core.metrics.confusion import BoolImage, Matrix, confusion, mean_of, scores
from seep.core.metrics.intervals import binary_iou_interval
from seep.core.metrics.slick_errors import SlickErrors

Pair = tuple[str, str, Mask, Mask, FloatImage | None, BoolImage | None]
"""Name, scene, truth, prediction, seep probability (H, W) or None, valid pixels (H, W) or None."""


def evaluate(pairs: Iterable[Pair], class_count: int) -> dict[str, Any]:
    """Compare predictions with the truth.

    Args:
        pairs: see `Pair`; masks are (H, W) uint8, and UNSURE pixels of the truth are ignored. Read one at a time.
        class_count: number of classes, background included.

    Returns:
        JSON values. `tiles`, `scenes`: numbers. `figures`: the metrics of `scores`, `tolerance` (precision, recall and
        f1 within `radius_px`), `cldice`, and `instances` (see `average_precision`). `intervals`: the 95 % interval of
        `binary_iou` over scenes, [low, high] or None. `per_scene`: by name, `tiles`, `matrix` and `figures` (the
        metrics of `scores`). `matrix`: counts, [truth][prediction].

    Raises:
        MaskError: the shapes of a pair differ, or a class id is out of range.
    """
    matrices: dict[str, Matrix] = {}
    tiles: Counter[str] = Counter()
    near, lines = Counts(), Counts()
    matches: list[Matches] = []
    errors = SlickErrors()
    for name, scene, truth, prediction, seep_probability, valid in pairs:
        check_mask(truth, prediction.shape, class_count, f"The mask of {name}")
        check_mask(prediction, truth.shape, class_count, f"The prediction of {name}")
        matrix = confusion(truth, prediction, class_count, valid)
        matrices[scene] = matrices[scene] + matrix if scene in matrices else matrix
        tiles[scene] += 1
        near += tolerance_counts(truth, prediction, RADIUS_PX, valid)
        lines += centerline_counts(truth, prediction, valid)
        matches += match_tile(truth, prediction, seep_probability, valid)
        errors.add(truth, prediction, valid)
    total = sum(matrices.values(), np.zeros((class_count, class_count), np.int64))
    return {
        "tiles": tiles.total(),
        "scenes": len(matrices),
        "figures": scores(total)
        | {"tolerance": _tolerance(near), "cldice": lines.f1}
        | {"mean_scene_iou": mean_of([scores(matrices[scene])["binary_iou"] for scene in sorted(matrices)])}
        | {"instances": average_precision(matches, class_count)},
        "slick_errors": errors.to_dict(matches),
        "intervals": {"binary_iou": _as_list(binary_iou_interval(matrices))},
        "per_scene": {
            scene: {"tiles": tiles[scene], "matrix": matrix.tolist(), "figures": scores(matrix)}
            for scene, matrix in sorted(matrices.items())
        },
        "matrix": total.tolist(),
    }


def _tolerance(counts: Counts) -> dict[str, float | int | None]:
    return {
        "radius_px": RADIUS_PX,
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
    }


def _as_list(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)
