"""What a slick head adds: a second stage that separates predicted slicks from look-alikes, on unseen scenes.

    python -m research.slick_head IMAGES MASKS --cache FOLDER [--by place] [--seeds 0 1] [--forest]

The networks are those of `research.folds` with the same options; what the cache lacks is trained. Each slick that
a network predicts in a scene that it has not seen is measured. A head is trained on the slicks of all other scenes
(with `--by place`, of the other places), and filters and scores the slicks of the scene as in a checkpoint. Its
threshold is chosen on the scenes that it was trained on, by an inner cross-validation. Rows: the network alone, the
head's probability as score without a filter, with --forest a random forest in the place of the head, an oracle that
keeps the slicks of which enough is true, the head after an analyst kept the wide dark areas that are mostly true,
and the head. With --before VARIANT, the first row is another network without a head, and differences are those to it.
With --synthetic, heads also learn from synthetic scenes; their thresholds are chosen on real slicks alone. With
--checkpoint and --out, a head that is trained on the slicks of all scenes and seeds is added to a copy of a checkpoint;
its threshold is the mean of those above. Prints a table and, as its last line, all figures as JSON; --markdown also
writes the table.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from research import folds
from research.quality.fold import LEVELS
from research.quality.plan import VARIANTS
from research.quality.score import Kept, decide, decisions_of
from seep.core.image.normalize import Statistics, normalize, statistics_of
from seep.core.masks.dark_areas import DARK_AREA_DEPTH, wide_pixels
from seep.core.masks.mask import UNSURE
from seep.core.masks.slick_features import SlickFeatures, slick_features
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, write_card
from seep.engine.inference.predict import Predictor
from seep.engine.inference.streaming import Streamer
from seep.engine.presets import preset
from seep.engine.slick_filter import narrow_scores, rescored_probability
from seep.engine.slick_head import (
    INNER_FOLDS,
    Fit,
    HeadTraining,
    Score,
    SlickExamples,
    best_threshold,
    fit_examples,
    fit_slick_head,
    inner_scores,
    joined_examples,
    slick_weights,
)
from seep.io.images import read_image
from seep.workflow.inference.folder_dataset import FolderTile
from seep.workflow.training.slick_head import tile_number, truth_of_slicks

TRAINING = HeadTraining()
"""Of every head: the defaults of the product."""
TURNS = 5
SCENE_PX = 2048
SYNTHETIC_SEED, SYNTHETIC_PX = 5000, 512
"""Synthetic scenes from this seed on, which no network is trained on or measured on, and their side."""
NETWORK, SCORES, HEAD, FOREST, ORACLE, ANSWERED = (
    "network",
    "head, scores only",
    "slick head",
    "random forest",
    "oracle",
    "slick head, questions answered",
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PredictedTile:
    """A tile with the slicks that a network predicts there, unseen.

    Attributes:
        name: of the tile.
        scene: of the tile.
        truth: (H, W) uint8 class ids.
        mask: (H, W) uint8 class ids as predicted.
        seep: (H, W) seep probabilities.
        valid: (H, W) bool.
        slicks: labels and features.
        wide: (H, W) bool, the wide dark areas.
        threshold: of the seep probability.
        counted_px: (slicks,) pixels that count in figures.
        true_px: (slicks,) those of them that are seep.
        class_id: (slicks,) the most frequent class of these.
    """

    name: str
    scene: str
    truth: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
    seep: npt.NDArray[np.float32]
    valid: npt.NDArray[np.bool_]
    slicks: SlickFeatures
    wide: npt.NDArray[np.bool_]
    threshold: float
    counted_px: Floats
    true_px: Floats
    class_id: npt.NDArray[np.int64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, measure, print."""
    options = _options(arguments)
    statistics, held, named = folds.read_dataset(options)
    letters = options.place_letters if options.by == "place" else None
    measured: dict[str, list[dict[str, Any]]] = defaultdict(list)
    told: dict[str, Any] = {name: getattr(options, name) for name in ("by", "steps", "seeds", "flips")}
    told |= {"variant": options.variants[0], "tiles": len(named), "of_seeds": []}
    learned: list[SlickExamples] = []
    examples: list[SlickExamples] = []
    decisions = []
    for seed in options.seeds:
        kept, _ = folds.kept_predictions(options.variants[0], held, named, options, seed)
        decisions.append(decisions_of(kept, named))
        predicted = list(predicted_tiles(kept, named, statistics))
        learned.append(slicks_of(predicted, letters))
        synthetic = None
        if options.synthetic:
            synthetic = synthetic_slicks(kept, decisions[-1], options.variants[0], options)
            told["synthetic_slicks"] = len(synthetic)
        examples.append(joined_examples([by_tile(predicted), *([synthetic] if synthetic else [])]))
        rows, facts = measure(predicted, learned[-1], synthetic, with_forest=options.forest)
        told["of_seeds"].append(facts)
        for name, pairs in rows.items():
            measured[name].append(figures(pairs, options.classes))
    results = [averaged(name, of_seeds) for name, of_seeds in measured.items()]
    results[0]["decisions"] = decisions
    if options.before:
        results.insert(0, folds.measure(options.before, held, named, options))
    before = results[0]["per_scene"]
    gains = {one["variant"]: folds.paired(before, one["per_scene"]) for one in results[1:]}
    text = folds.table(results)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    network = load_checkpoint(kept.cache / f"{options.variants[0]}.fold0.safetensors")
    told["time"] = head_times(network, learned[-1], [*named.values()])
    if options.checkpoint:
        thresholds = [one for facts in told["of_seeds"] for one in facts["thresholds"]]
        threshold = round(float(np.mean(thresholds)), 2)
        told["written"] = write_head(options.checkpoint, options.out, examples, threshold)
    print(json.dumps(told | {"results": results, "paired": gains}))


def measure(
    tiles: Sequence[PredictedTile],
    slicks: SlickExamples,
    synthetic: SlickExamples | None = None,
    *,
    with_forest: bool,
) -> tuple[dict[str, Iterator[Pair]], dict[str, Any]]:
    """Score the slicks of one seed.

    Returns:
        Truth and prediction of all tiles by row of the table; and the number of slicks, the threshold of each group
        and the AUC of both scores.
    """
    share = slicks.true_px / np.maximum(slicks.counted_px, 1)
    always = np.ones(len(share), bool)
    alone = np.concatenate([mean_score(tile) for tile in tiles])
    finer = (slicks_of(tiles, None).groups, by_tile(tiles).groups)
    scores, thresholds = unseen_scores(slicks, fit_head, synthetic, finer)
    rows = {
        NETWORK: filtered(tiles, always, alone),
        SCORES: filtered(tiles, always, scores),
    }
    if with_forest:
        rows[FOREST] = rescored(tiles, *unseen_scores(slicks, fit_forest, finer=finer))
    rows[ORACLE] = filtered(tiles, slicks.is_slick > 0, share)
    rows[ANSWERED] = answered(tiles, rescored(tiles, scores, thresholds))
    rows[HEAD] = rescored(tiles, scores, thresholds)
    return rows, {
        "slicks": len(share),
        "true_slicks": int(slicks.is_slick.sum()),
        "thresholds": [float(thresholds[slicks.groups == group][0]) for group in np.unique(slicks.groups)],
        "auc": {"head": auc(slicks.is_slick, scores), "network": auc(slicks.is_slick, alone)},
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = folds.parser()
    parser.prog, parser.description = "research.slick_head", (__doc__ or "").splitlines()[0]
    parser.set_defaults(variants=["seep"])
    parser.add_argument("--checkpoint", type=Path, help="give it a head that is trained on all slicks")
    parser.add_argument("--out", type=Path, help="with --checkpoint: the file with the head")
    parser.add_argument("--before", choices=list(VARIANTS), help="compare with this variant without a head")
    parser.add_argument(
        "--synthetic", type=int, default=0, help="synthetic scenes per fold to learn from too"
    )
    parser.add_argument("--forest", action="store_true", help="also measure a random forest (scikit-learn)")
    options = parser.parse_args(arguments)
    if (options.checkpoint is None) != (options.out is None):
        parser.error("--checkpoint and --out belong together")
    check_variants(parser, options)
    return options


def check_variants(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse more than one variant, and a network without a threshold of the seep probability."""
    if len(options.variants) != 1:
        parser.error(f"--variants takes one variant here, got {len(options.variants)}")
    variant = VARIANTS[options.variants[0]]
    if replace(preset(variant.preset).network, **variant.network).heads == "softmax":
        parser.error(
            f"{variant.name} has a softmax over classes and no threshold of the seep probability, which is needed "
            "here. Use another --variants."
        )


def predicted_tiles(
    kept: Kept, tiles: Mapping[str, FolderTile], statistics: Mapping[str, Statistics]
) -> Iterator[PredictedTile]:
    """Yield every tile as the network that has not seen its scene predicts it."""
    for fold, decision in enumerate(decisions_of(kept, tiles)):
        for tile, probabilities, valid in kept.tiles(fold, tiles):
            image = normalize(read_image(tile.path), statistics[tile.scene], tile.nodata)
            named = (tile.path.stem, tile.scene, tile.mask)
            yield _predicted(named, probabilities, valid, image, decision)


def synthetic_slicks(
    kept: Kept, decisions: Sequence[Mapping[str, Any]], variant: str, options: argparse.Namespace
) -> SlickExamples:
    """Return the slicks that the networks of all folds predict on synthetic scenes, without their classes."""
    found: list[PredictedTile] = []
    for fold, decision in enumerate(decisions):
        network = load_checkpoint(kept.cache / f"{variant}.fold{fold}.safetensors")
        predictor = Predictor(Checkpoint(network.model, network.card | {"flips": options.flips}))
        for seed in range(
            SYNTHETIC_SEED + fold * options.synthetic, SYNTHETIC_SEED + (fold + 1) * options.synthetic
        ):
            scene = synthesize_scene(seed, SYNTHETIC_PX, SYNTHETIC_PX)
            statistics = statistics_of([scene.image], 0)
            (one,) = predictor.predict([scene.image], [statistics], 0)
            levels = np.rint(one.probabilities.astype(np.float32) * LEVELS).astype(np.uint8)
            image = normalize(scene.image, statistics, 0)
            named = (f"synthetic.{seed}", "synthetic", scene.mask)
            found.append(_predicted(named, levels, scene.image != 0, image, decision))
    every = by_tile(found)
    return replace(every, class_id=np.zeros_like(every.class_id))


def _predicted(
    named: tuple[str, str, npt.NDArray[np.uint8]],
    probabilities: npt.NDArray[np.uint8],
    valid: npt.NDArray[np.bool_],
    image: npt.NDArray[np.float32],
    decision: Mapping[str, Any],
) -> PredictedTile:
    """Decide the mask of a tile and measure its slicks; `named` are name, scene and true mask."""
    name, scene, truth = named
    mask = decide(probabilities, valid, decision["threshold"], decision["least_px"])
    seep = (LEVELS - probabilities[0].astype(np.float32)) / np.float32(LEVELS)
    seep[~valid] = 0
    slicks = slick_features(mask > 0, seep, image)
    counts = truth_of_slicks(slicks.labels, len(slicks.values), valid, truth)
    threshold = decision["threshold"] / LEVELS
    wide = wide_pixels(mask, image, WIDE_RADIUS_PX, DARK_AREA_DEPTH)
    return PredictedTile(name, scene, truth, mask, seep, valid, slicks, wide, threshold, *counts)


def slicks_of(tiles: Sequence[PredictedTile], place_letters: int | None) -> SlickExamples:
    """Join the slicks of all tiles; groups are scenes, or places if `place_letters` is given."""
    names = sorted({tile.scene[:place_letters] for tile in tiles})
    groups = [[names.index(tile.scene[:place_letters])] * len(tile.counted_px) for tile in tiles]
    return SlickExamples(
        np.concatenate([tile.slicks.values for tile in tiles]),
        np.concatenate(groups).astype(np.int64),
        np.concatenate([tile.counted_px for tile in tiles]),
        np.concatenate([tile.true_px for tile in tiles]),
        np.concatenate([tile.class_id for tile in tiles]),
    )


def by_tile(tiles: Sequence[PredictedTile]) -> SlickExamples:
    """Join the slicks of all tiles; groups are tiles, as a checkpoint keeps them."""
    groups = [np.full(len(tile.counted_px), tile_number(tile.name), np.int64) for tile in tiles]
    return replace(slicks_of(tiles, None), groups=np.concatenate(groups))


def mean_score(tile: PredictedTile) -> Floats:
    """Mean seep probability of each slick: its score without a head."""
    length = len(tile.counted_px) + 1
    total = np.bincount(tile.slicks.labels.ravel(), tile.seep.ravel(), length)
    return np.asarray(total[1:] / np.bincount(tile.slicks.labels.ravel(), minlength=length)[1:], np.float64)


def unseen_scores(
    slicks: SlickExamples,
    fit: Fit,
    synthetic: SlickExamples | None = None,
    finer: Sequence[npt.NDArray[np.int64]] = (),
) -> tuple[Floats, Floats]:
    """Score the slicks of each group by what was learned from the others, and from synthetic ones.

    Args:
        fit: trains a head or what stands in its place.
        synthetic: learned from besides.
        finer: (slicks,) each; groups for the inner cross-validation where there are too few, such as scenes and tiles.

    Returns:
        Probability and threshold of each slick; the threshold is chosen on the other groups.
    """
    scores, thresholds = np.zeros(len(slicks.groups)), np.zeros(len(slicks.groups))
    for group in np.unique(slicks.groups):
        own = slicks.groups == group
        others = slicks.of(~own)
        learned = joined_examples([others, synthetic]) if synthetic else others
        scores[own] = fit(learned)(slicks.features[own])
        inner = _inner_groups([groups[~own] for groups in (slicks.groups, *finer)])
        thresholds[own] = best_threshold(others, inner_scores(replace(others, groups=inner), fit))
    return scores, thresholds


def _inner_groups(groupings: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """Return the first grouping with a group per inner fold, else the last one."""
    enough = [groups for groups in groupings if len(np.unique(groups)) >= INNER_FOLDS]
    return [*enough, groupings[-1]][0]


def fit_head(slicks: SlickExamples) -> Score:
    """Train the head as a checkpoint would get it."""
    return fit_examples(slicks, TRAINING).probabilities


def fit_forest(slicks: SlickExamples) -> Score:
    """Train a random forest, which a checkpoint could not hold; it shows what the features are worth."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(200, min_samples_leaf=5, max_features=0.4, random_state=0)
    forest.fit(slicks.features, slicks.is_slick > 0, sample_weight=slick_weights(slicks))
    return lambda features: np.asarray(forest.predict_proba(features)[:, 1], np.float64)


def filtered(
    tiles: Sequence[PredictedTile], is_kept: npt.NDArray[np.bool_], scores: Floats
) -> Iterator[Pair]:
    """Yield truth and prediction of each tile, with the slicks that are kept, and their scores."""
    first = 0
    for tile in tiles:
        own = slice(first, first + len(tile.counted_px))
        first = own.stop
        kept = np.concatenate(([False], is_kept[own]))[tile.slicks.labels]
        score = np.concatenate(([0.0], scores[own]))[tile.slicks.labels]
        mask = np.where(kept, tile.mask, 0).astype(np.uint8)
        yield tile.name, tile.scene, tile.truth, mask, score.astype(np.float32), tile.valid


def rescored(tiles: Sequence[PredictedTile], scores: Floats, thresholds: Floats) -> Iterator[Pair]:
    """Yield truth and prediction of each tile, as a checkpoint with a head predicts it."""
    first = 0
    for tile in tiles:
        own = slice(first, first + len(tile.counted_px))
        first = own.stop
        mask, seep = tile.mask, tile.seep
        if len(scores[own]):
            least = (float(thresholds[own][0]), tile.threshold)
            narrow = narrow_scores(scores[own], tile.slicks, WIDE_RADIUS_PX)
            seep = rescored_probability(seep, tile.slicks, narrow, least)
            is_kept = (seep >= tile.threshold) | (seep == tile.seep)
            mask = np.where(is_kept, mask, 0).astype(np.uint8)
        yield tile.name, tile.scene, tile.truth, mask, seep, tile.valid


def answered(tiles: Sequence[PredictedTile], pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Yield each pair with the wide dark areas of which more than half is seep, as an analyst would keep them.

    An area gets its most frequent true class and the probability 1.
    """
    for tile, (name, scene, truth, predicted, probability, valid) in zip(tiles, pairs, strict=True):
        mask, seep = predicted.copy(), np.array(probability, np.float32)
        count, labels = cv2.connectedComponents(tile.wide.astype(np.uint8), connectivity=8)
        for number in range(1, count):
            area = labels == number
            classes = np.bincount(truth[area & (truth != UNSURE)], minlength=2)
            if classes[1:].sum() > classes[0]:
                mask[area], seep[area] = classes[1:].argmax() + 1, 1
        yield name, scene, truth, mask, seep, valid


def figures(pairs: Iterator[Pair], classes: int) -> dict[str, Any]:
    """Evaluate all pairs together and by scene."""
    by_scene: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_scene[pair[1]].append(pair)
    return {
        "pooled": folds.chosen_figures(
            evaluate([one for some in by_scene.values() for one in some], classes)
        ),
        "per_scene": {
            scene: folds.chosen_figures(evaluate(some, classes)) for scene, some in sorted(by_scene.items())
        },
    }


def averaged(name: str, of_seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average the figures over seeds; each scene over those that have it."""
    names = sorted({scene for one in of_seeds for scene in one["per_scene"]})
    scenes = {
        scene: folds.mean_figures([one["per_scene"][scene] for one in of_seeds if scene in one["per_scene"]])
        for scene in names
    }
    return {
        "variant": name,
        "pooled": folds.mean_figures([one["pooled"] for one in of_seeds]),
        "mean_over_scenes": folds.mean_figures([*scenes.values()]),
        "per_scene": scenes,
    }


def write_head(
    checkpoint: Path, out: Path, learned: Sequence[SlickExamples], threshold: float
) -> dict[str, Any]:
    """Train a head on all slicks and write a checkpoint with it, and its card; return what is in it."""
    every = joined_examples(learned)
    base = load_checkpoint(checkpoint)
    head, _ = fit_slick_head(every, TRAINING, base.model.config.classes - 1)
    made = base.with_slick_head(head, threshold)
    sha256 = save_checkpoint(out, made)
    write_card(out.with_suffix(".json"), made.card)
    return {"sha256": sha256, "slicks": len(every), "threshold": threshold}


def auc(truth: Floats, scores: Floats) -> float | None:
    """Probability that a slick has a higher score than a look-alike (Mann-Whitney); None without both."""
    from scipy import stats

    positive, negative = scores[truth > 0], scores[truth == 0]
    if not len(positive) or not len(negative):
        return None
    return round(float(stats.mannwhitneyu(positive, negative).statistic / len(positive) / len(negative)), 3)


def head_times(
    checkpoint: Checkpoint, slicks: SlickExamples, tiles: Sequence[FolderTile]
) -> dict[str, float]:
    """Measure prediction without a head, with one, and with one and the search of wide dark areas, in turns.

    The scene is synthetic, `SCENE_PX` on each side, and is predicted as a stream.

    Returns:
        Medians: milliseconds per tile and seconds per scene, by name.
    """
    began = time.perf_counter()
    head = fit_examples(slicks, TRAINING)
    told = {"fit_s": time.perf_counter() - began}
    images = [read_image(tile.path) for tile in tiles[:: max(1, len(tiles) // 16)]]
    statistics = [statistics_of([image], 0) for image in images]
    scene = synthesize_scene(0, SCENE_PX, SCENE_PX).image
    plain = replace(checkpoint, card=checkpoint.card | {"dark_area_depth": 0})
    asking = replace(checkpoint, card=checkpoint.card | {"dark_area_depth": DARK_AREA_DEPTH})
    predictors = {
        "without_head": Predictor(plain, "cpu"),
        "with_head": Predictor(plain.with_slick_head(head, 0.5), "cpu"),
        "with_head_and_areas": Predictor(asking.with_slick_head(head, 0.5), "cpu"),
    }
    spent: dict[str, list[float]] = defaultdict(list)
    for turn in range(TURNS + 1):
        for name, predictor in predictors.items():
            began = time.perf_counter()
            predictor.predict(images, statistics, 0)
            between = time.perf_counter()
            strips = Streamer(predictor).strips(
                lambda span: scene[span.y : span.y + span.height, span.x : span.x + span.width],
                scene.shape,
                statistics_of([scene], 0),
                0,
            )
            sum(1 for _ in strips)
            if turn:  # the first turn makes the networks ready
                spent[f"ms_per_tile_{name}"].append(1000 * (between - began) / len(images))
                spent[f"s_per_scene_{name}"].append(time.perf_counter() - between)
    return {
        name: round(value, 3)
        for name, value in (told | {name: float(np.median(one)) for name, one in spent.items()}).items()
    }


if __name__ == "__main__":
    main()
