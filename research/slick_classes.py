"""Whether the class of a slick can be predicted from its features, on scenes that were not trained on.

    python -m research.slick_classes IMAGES MASKS --cache FOLDER [--by place] [--seeds 1 2]

Networks and tiles are those of `research.slick_head` with the same options. Slicks are the true ones, and the
predicted ones of which enough is true; the class of a predicted slick is the most frequent true class of its pixels.
Classifiers are trained on the slicks of all other scenes (with `--by place`, of the other places): the most frequent
class, and an ensemble of small networks on the features of a slick, without and with repetition: how many of the other
passes of the place have a predicted slick within 8 px. Beside them stands the class head of the network. Figures are
pooled over slicks and averaged over seeds, intervals are from a bootstrap over scenes. The last column gives all
predicted slicks the predicted class and measures the masks. Prints a table for each kind of slick and, as its last
line, all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from research import folds
from research.quality.fold import LEVELS
from research.quality.score import Kept, decide, decisions_of
from seep.core.image.normalize import Statistics, normalize
from seep.core.masks.mask import UNSURE
from seep.core.masks.slick_features import slick_features
from seep.core.metrics.evaluate import evaluate
from seep.core.metrics.intervals import LEVEL, small_sample_factor
from seep.engine.slick_classes import CLIP
from seep.engine.slick_head import HIDDEN, MEMBERS, TRUE_SHARE
from seep.io.images import read_image
from seep.workflow.inference.folder_dataset import FolderTile

NEAR_PX = 8
"""A pass repeats a slick if it has one within this distance."""
LEAST_PX = 8
"""Smaller true slicks are left out."""
STEPS, BATCH_SLICKS, LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 200, 256, 1e-2, 0.1, 0.3
BINS = 10
"""Of the expected calibration error."""
RESAMPLES = 500
TRUE, PREDICTED = "true outlines", "predicted slicks"
FIGURES = {
    "accuracy": "accuracy",
    "top3": "in the first three",
    "kappa": "kappa",
    "macro_f1": "macro F1",
    "ece": "calibration error",
    "log_loss": "log loss",
}

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ClassSlicks:
    """Slicks and their classes, one row each.

    Attributes:
        features: (slicks, features) of `seep.core.masks.slick_features`.
        repetition: (slicks, 4) over the other passes: share with a slick nearby, mean share of the slick's pixels near
            one, share that overlaps, and number of passes.
        votes: (slicks, classes) class probabilities of the network, averaged over the pixels.
        classes: (slicks,) 0 for the first seep class.
        known: (slicks,) bool, enough of the slick is true; the others have no class.
        scenes: (slicks,) names of their scenes.
        groups: (slicks,) numbers of their scenes or places.
    """

    features: npt.NDArray[np.float32]
    repetition: npt.NDArray[np.float32]
    votes: npt.NDArray[np.float32]
    classes: Numbers
    known: npt.NDArray[np.bool_]
    scenes: npt.NDArray[np.str_]
    groups: Numbers

    def of(self, chosen: npt.NDArray[np.bool_]) -> ClassSlicks:
        """Return some of the slicks."""
        return ClassSlicks(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class ClassTile:
    """A tile as a network predicts it that has not seen its scene.

    Attributes:
        tile: name, scene, image and truth.
        probabilities: (classes, H, W) uint8.
        valid: (H, W) bool.
        mask: (H, W) uint8 class ids as predicted.
    """

    tile: FolderTile
    probabilities: Masks
    valid: npt.NDArray[np.bool_]
    mask: Masks


Classify = Callable[[ClassSlicks], Floats]
"""Slicks -> probabilities (slicks, classes)."""
Fit = Callable[[ClassSlicks], Classify]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, measure, print."""
    options = _options(arguments)
    statistics, held, named = folds.read_dataset(options)
    letters = options.place_letters if options.by == "place" else None
    measured: dict[str, dict[str, list[dict[str, Any]]]] = {
        TRUE: defaultdict(list),
        PREDICTED: defaultdict(list),
    }
    counts: dict[str, list[list[int]]] = {TRUE: [], PREDICTED: []}
    for seed in options.seeds:
        kept, _ = folds.kept_predictions(options.variants[0], held, named, options, seed)
        predicted = class_tiles(kept, named)
        for kind in (TRUE, PREDICTED):
            found, labels = slicks_of(predicted, kind, statistics, options.place_letters, letters)
            counts[kind].append(np.bincount(found.classes[found.known]).tolist())
            for name, fit in classifiers(options.classes - 1).items():
                probabilities = unseen(found, fit)
                told = scored(probabilities[found.known], found.of(found.known))
                if kind == PREDICTED:
                    told["mean_iou"] = mask_iou(predicted, labels, probabilities, options.classes)
                measured[kind][name].append(told)
    results = {
        kind: {name: averaged(of_seeds) for name, of_seeds in rows.items()} for kind, rows in measured.items()
    }
    text = "\n".join(table(kind, rows) for kind, rows in results.items())
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    told = {name: getattr(options, name) for name in ("by", "steps", "seeds")}
    print(json.dumps(told | {"slicks_of_class": counts, "results": results}))


def class_tiles(kept: Kept, tiles: Mapping[str, FolderTile]) -> list[ClassTile]:
    """Return all tiles as predicted unseen."""
    return [
        ClassTile(
            tile,
            probabilities,
            valid,
            decide(probabilities, valid, decision["threshold"], decision["least_px"]),
        )
        for fold, decision in enumerate(decisions_of(kept, tiles))
        for tile, probabilities, valid in kept.tiles(fold, tiles)
    ]


def slicks_of(
    tiles: Sequence[ClassTile],
    kind: str,
    statistics: Mapping[str, Statistics],
    place_letters: int,
    group_letters: int | None,
) -> tuple[ClassSlicks, list[npt.NDArray[np.int32]]]:
    """Measure all slicks of one kind.

    Args:
        kind: `TRUE` or `PREDICTED`.
        statistics: by scene.
        place_letters: first letters of a scene that name its place.
        group_letters: first letters of a scene that name its group; None for the scene.

    Returns:
        The slicks of all tiles, and the labels of each tile's slicks.
    """
    passes: dict[str, list[ClassTile]] = defaultdict(list)
    for one in tiles:
        passes[_ground(one.tile, place_letters)].append(one)
    near = {one.tile.path.stem: _near(one.mask > 0) for one in tiles}
    groups = sorted({one.tile.scene[:group_letters] for one in tiles})
    rows, labels = list[ClassSlicks](), list[npt.NDArray[np.int32]]()
    for one in tiles:
        seep = (LEVELS - one.probabilities[0].astype(np.float32)) / np.float32(LEVELS)
        seep[~one.valid] = 0
        image = normalize(read_image(one.tile.path), statistics[one.tile.scene], one.tile.nodata)
        truth = np.where(one.tile.mask == UNSURE, 0, one.tile.mask)
        slicks = slick_features((truth if kind == TRUE else one.mask) > 0, seep, image)
        labels.append(slicks.labels)
        others = [other for other in passes[_ground(one.tile, place_letters)] if other is not one]
        classes = np.arange(1, len(one.probabilities))
        area = _sums(slicks.labels, np.ones(seep.shape))
        of_class = np.stack([_sums(slicks.labels, truth == number) for number in classes], axis=1)
        votes = (
            np.stack([_sums(slicks.labels, one.probabilities[number]) for number in classes], axis=1) + 1e-3
        )
        rows.append(
            ClassSlicks(
                slicks.values,
                _repetition(
                    slicks.labels, area, [(near[two.tile.path.stem], two.mask > 0) for two in others]
                ),
                (votes / votes.sum(axis=1, keepdims=True)).astype(np.float32),
                of_class.argmax(axis=1),
                (of_class.sum(axis=1) >= TRUE_SHARE * area) & (area >= LEAST_PX),
                np.full(len(area), one.tile.scene),
                np.full(len(area), groups.index(one.tile.scene[:group_letters])),
            )
        )
    joined = (
        np.concatenate([getattr(row, name) for row in rows]) for name in ClassSlicks.__dataclass_fields__
    )
    return ClassSlicks(*joined), labels


def _ground(tile: FolderTile, place_letters: int) -> str:
    """Tiles with one number show the same ground in all passes of a place."""
    return f"{tile.scene[:place_letters]}.{tile.number}"


def _near(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels within `NEAR_PX` of a slick."""
    if not mask.any():
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance <= NEAR_PX)


def _sums(labels: npt.NDArray[np.int32], values: npt.NDArray[Any]) -> Floats:
    """Sum values over the pixels of each slick."""
    return np.asarray(np.bincount(labels.ravel(), values.ravel())[1:], np.float64)


def _repetition(
    labels: npt.NDArray[np.int32],
    area: Floats,
    others: Sequence[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
) -> npt.NDArray[np.float32]:
    """Measure how other passes repeat each slick; see `ClassSlicks.repetition`."""
    if not others:
        return np.zeros((len(area), 4), np.float32)
    near = np.stack([_sums(labels, one) / area for one, _ in others])
    overlap = np.stack([_sums(labels, one) for _, one in others])
    return np.stack(
        [
            (near > 0).mean(axis=0),
            near.mean(axis=0),
            (overlap > 0).mean(axis=0),
            np.full(len(area), len(others)),
        ],
        axis=1,
    ).astype(np.float32)


def classifiers(classes: int) -> dict[str, Fit]:
    """Return the rows of the table."""

    def majority(slicks: ClassSlicks) -> Classify:
        counts = np.bincount(slicks.classes, minlength=classes) + 1.0
        return lambda some: np.tile(counts / counts.sum(), (len(some.classes), 1))

    def features(slicks: ClassSlicks) -> npt.NDArray[np.float32]:
        return slicks.features

    def repetition(slicks: ClassSlicks) -> npt.NDArray[np.float32]:
        return np.concatenate([slicks.features, slicks.repetition], axis=1)

    return {
        "most frequent class": majority,
        "class head of the network": lambda _: lambda some: some.votes.astype(np.float64),
        "features": lambda slicks: fit_ensemble(slicks, features, classes),
        "features and repetition": lambda slicks: fit_ensemble(slicks, repetition, classes),
    }


def fit_ensemble(
    slicks: ClassSlicks, read: Callable[[ClassSlicks], npt.NDArray[np.float32]], classes: int
) -> Classify:
    """Train networks as those of a slick head, with a softmax over classes."""
    inputs, target = torch.from_numpy(read(slicks)), torch.from_numpy(slicks.classes)
    mean, scale = inputs.mean(dim=0), inputs.std(dim=0).clamp_min(1e-3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sizes = tuple(pairwise((inputs.shape[1], HIDDEN, HIDDEN, classes)))
        weights = [torch.randn(MEMBERS, *size).mul_((2 / size[0]) ** 0.5).requires_grad_() for size in sizes]
        biases = [torch.zeros(MEMBERS, 1, size[1], requires_grad=True) for size in sizes]

        def logits(values: torch.Tensor, dropout: float = 0.0) -> torch.Tensor:
            values = ((values - mean) / scale).clamp(-CLIP, CLIP).expand(MEMBERS, -1, -1)
            for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                if number:
                    values = functional.dropout(functional.gelu(values), dropout, training=dropout > 0)
                values = torch.baddbmm(bias, values, weight)
            return values

        optimizer = torch.optim.AdamW([*weights, *biases], LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
        for _ in range(STEPS):
            drawn = torch.randint(0, len(inputs), (MEMBERS, BATCH_SLICKS))
            found = logits(inputs[drawn], DROPOUT).flatten(0, 1)
            loss = functional.cross_entropy(found, target[drawn].flatten()) * MEMBERS
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()

    def classify(some: ClassSlicks) -> Floats:
        with torch.inference_mode():
            found = logits(torch.from_numpy(read(some))).softmax(dim=-1).mean(dim=0)
        return np.asarray(found.numpy(), np.float64)

    return classify


def unseen(slicks: ClassSlicks, fit: Fit) -> Floats:
    """Return the class probabilities of the slicks of each group, by what was learned from those of the others."""
    found = np.zeros(slicks.votes.shape)
    for group in np.unique(slicks.groups):
        own = slicks.groups == group
        found[own] = fit(slicks.of(~own & slicks.known))(slicks.of(own))
    return found


def scored(probabilities: Floats, slicks: ClassSlicks) -> dict[str, Any]:
    """Return each figure with its 95 % interval from a bootstrap over scenes."""
    names = np.unique(slicks.scenes)
    rows = [np.flatnonzero(slicks.scenes == name) for name in names]
    value = figures_of(probabilities, slicks.classes)
    random, drawn = np.random.default_rng(0), list[dict[str, float]]()
    for _ in range(RESAMPLES):
        chosen = np.concatenate([rows[number] for number in random.integers(0, len(names), len(names))])
        drawn.append(figures_of(probabilities[chosen], slicks.classes[chosen]))
    tail = 100 * (1 - LEVEL) / 2
    told: dict[str, Any] = {}
    for name, figure in value.items():
        ends = np.percentile([one[name] for one in drawn], (tail, 100 - tail))
        low, high = figure + small_sample_factor(len(names)) * (ends - figure)
        told[name] = {"value": figure, "low": float(low), "high": float(high)}
    return told


def figures_of(probabilities: Floats, truth: Numbers) -> dict[str, float]:
    """Score class probabilities; the keys are those of `FIGURES`."""
    classes = probabilities.shape[1]
    named, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    matrix = (
        np.bincount(classes * truth + named, minlength=classes**2).reshape(classes, classes).astype(float)
    )
    true, called = matrix.sum(axis=1), matrix.sum(axis=0)
    right = np.trace(matrix) / matrix.sum()
    chance = float(true @ called) / matrix.sum() ** 2
    f1 = 2 * np.diag(matrix) / np.maximum(true + called, 1)
    first = np.argsort(-probabilities, axis=1)[:, :3]
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, (named == truth) - sure, BINS)
    own = np.maximum(probabilities[np.arange(len(truth)), truth], 1e-6)
    return {
        "accuracy": float(right),
        "top3": float((first == truth[:, np.newaxis]).any(axis=1).mean()),
        "kappa": float((right - chance) / max(1 - chance, 1e-9)),
        "macro_f1": float(f1[true > 0].mean()),
        "ece": float(np.abs(gaps).sum() / len(truth)),
        "log_loss": float(-np.log(own).mean()),
    }


def mask_iou(
    tiles: Sequence[ClassTile],
    labels: Sequence[npt.NDArray[np.int32]],
    probabilities: Floats,
    class_count: int,
) -> float:
    """Return the mean IoU of the seep classes where each predicted slick has its most probable class."""
    named, first, pairs = probabilities.argmax(axis=1) + 1, 0, []
    for one, numbers in zip(tiles, labels, strict=True):
        count = int(numbers.max(initial=0))
        mask = np.concatenate(([0], named[first : first + count]))[numbers].astype(np.uint8)
        pairs.append((one.tile.path.stem, one.tile.scene, one.tile.mask, mask, None, one.valid))
        first += count
    return float(evaluate(pairs, class_count)["figures"]["mean_iou_seep"])


def averaged(of_seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average figures and ends of intervals over seeds."""
    found: dict[str, Any] = {
        name: {end: float(np.mean([one[name][end] for one in of_seeds])) for end in ("value", "low", "high")}
        for name in FIGURES
    }
    if "mean_iou" in of_seeds[0]:
        found["mean_iou"] = float(np.mean([one["mean_iou"] for one in of_seeds]))
    return found


def table(kind: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown: a line per classifier."""
    with_masks = any("mean_iou" in one for one in rows.values())
    head = [kind, *FIGURES.values(), *(["mean IoU of the classes"] if with_masks else [])]
    lines = [f"| {' | '.join(head)} |", f"{'| --- ' * len(head)}|"]
    for name, one in rows.items():
        cells = [name, *(_interval(one[key]) for key in FIGURES)]
        cells += [f"{one['mean_iou']:.3f}"] if with_masks else []
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = folds.parser()
    parser.prog, parser.description = "research.slick_classes", (__doc__ or "").splitlines()[0]
    parser.set_defaults(variants=["seep"])
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
