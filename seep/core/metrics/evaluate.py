"""Evaluation of predictions: all published metrics in one pass over pairs of masks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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


def evaluate(
    pairs: Iterable[Pair], class_count: int, group_of: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """Compare predictions with the truth.

    Args:
        pairs: see `Pair`; masks are (H, W) uint8, and UNSURE pixels of the truth are ignored. Read one at a time.
        class_count: number of classes, background included.
        group_of: gives the group of a scene, such as its sea or its sensor; None for no groups.

    Returns:
        JSON values. `tiles`, `scenes`: numbers. `figures`: the metrics of `scores`, `tolerance` (precision, recall and
        f1 within `radius_px`), `cldice`, and `instances` (see `average_precision`). `intervals`: the 95 % interval of
        `binary_iou` over scenes, [low, high] or None. `per_scene`: by name, `tiles`, `matrix` and `figures` (the
        metrics of `scores`). `matrix`: counts, [truth][prediction]. `groups`, with `group_of`: by name, `tiles`,
        `scenes`, `figures` (as above, without `cldice` and `instances`) and `intervals`.

    Raises:
        MaskError: the shapes of a pair differ, or a class id is out of range.
    """
    matrices: dict[str, Matrix] = {}
    tiles: Counter[str] = Counter()
    near: dict[str, Counts] = {}
    lines = Counts()
    matches: list[Matches] = []
    errors = SlickErrors()
    for name, scene, truth, prediction, seep_probability, valid in pairs:
        check_mask(truth, prediction.shape, class_count, f"The mask of {name}")
        check_mask(prediction, truth.shape, class_count, f"The prediction of {name}")
        matrix = confusion(truth, prediction, class_count, valid)
        matrices[scene] = matrices[scene] + matrix if scene in matrices else matrix
        tiles[scene] += 1
        near[scene] = near.get(scene, Counts()) + tolerance_counts(truth, prediction, RADIUS_PX, valid)
        lines += centerline_counts(truth, prediction, valid)
        matches += match_tile(truth, prediction, seep_probability, valid)
        errors.add(truth, prediction, valid)
    found = _pooled(matrices, near, tiles, class_count)
    found["figures"] |= {"cldice": lines.f1, "instances": average_precision(matches, class_count)}
    if group_of is not None:
        groups = {
            group: [one for one in matrices if group_of(one) == group] for group in map(group_of, matrices)
        }
        found["groups"] = {
            group: _pooled({one: matrices[one] for one in names}, near, tiles, class_count)
            for group, names in sorted(groups.items())
        }
    return found | {
        "slick_errors": errors.to_dict(matches),
        "per_scene": {
            scene: {"tiles": tiles[scene], "matrix": matrix.tolist(), "figures": scores(matrix)}
            for scene, matrix in sorted(matrices.items())
        },
        "matrix": _sum(matrices, class_count).tolist(),
    }


def _sum(matrices: Mapping[str, Matrix], class_count: int) -> Matrix:
    return sum(matrices.values(), np.zeros((class_count, class_count), np.int64))


def _pooled(
    matrices: Mapping[str, Matrix], near: Mapping[str, Counts], tiles: Mapping[str, int], class_count: int
) -> dict[str, Any]:
    """Return numbers, metrics and interval of the scenes in `matrices`."""
    means = mean_of([scores(matrices[scene])["binary_iou"] for scene in sorted(matrices)])
    return {
        "tiles": sum(tiles[scene] for scene in matrices),
        "scenes": len(matrices),
        "figures": scores(_sum(matrices, class_count))
        | {"tolerance": _tolerance(sum((near[scene] for scene in matrices), Counts()))}
        | {"mean_scene_iou": means},
        "intervals": {"binary_iou": _as_list(binary_iou_interval(matrices))},
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
