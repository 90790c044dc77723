"""Accuracy on other seas and sensors, in blocks of neighboring tiles.

    python -m benchmarks.abroad SEAS CHECKPOINT... [--scales auto 1] [--split test] [--statistics block]

SEAS has a folder per sea (`benchmarks.seas`). Each checkpoint predicts the blocks of a split with each choice of
scales, as `seep predict` does. Figures are pooled over pixels with intervals over blocks; differences are paired by
block and are those to the first line. On seas without masks all predicted pixels are false. Prints tables and, as its
last line, all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.seas import SeaTile, of_split, read_sea
from seep.core.image.normalize import statistics_of
from seep.core.masks.components import slicks
from seep.core.masks.mask import Mask
from seep.core.masks.wide_slicks import inscribed_radii
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.metrics.intervals import paired_difference
from seep.core.metrics.slick_errors import RADIUS_BOUNDS_PX, WIDTHS
from seep.engine.checkpoint import load_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.scale_rule import CHOICES

BATCH = 16
MANY_FALSE_PX = 200
"""Tiles without oil with more predicted pixels are counted."""

Counts = NDArray[np.int64]


@dataclass
class ByWidth:
    """Pixels of slicks by width: all of them, and those that the other mask confirms; each int64 (3,)."""

    true: Counts = field(default_factory=lambda: np.zeros(len(WIDTHS), np.int64))
    found: Counts = field(default_factory=lambda: np.zeros(len(WIDTHS), np.int64))
    predicted: Counts = field(default_factory=lambda: np.zeros(len(WIDTHS), np.int64))
    confirmed: Counts = field(default_factory=lambda: np.zeros(len(WIDTHS), np.int64))

    def add(self, truth: Mask, prediction: Mask) -> None:
        """Count a tile; uint8 (H, W) each."""
        both = (truth > 0) & (prediction > 0)
        for mask, every, hit in (
            (truth, self.true, self.found),
            (prediction, self.predicted, self.confirmed),
        ):
            labels, found = slicks((mask > 0).astype(np.uint8))
            widths = np.searchsorted(RADIUS_BOUNDS_PX, inscribed_radii(labels, len(found)), side="left")
            for pixels, total in ((labels > 0, every), (both, hit)):
                areas = np.bincount(labels[pixels], minlength=len(found) + 1)[1:]
                np.add.at(total, widths, areas)

    def figures(self) -> dict[str, dict[str, float | None]]:
        """Return recall by width of the true slick, and precision by width of the predicted one."""
        pairs = {"recall": (self.found, self.true), "precision": (self.confirmed, self.predicted)}
        return {
            name: {
                width: float(hit / total) if total else None
                for width, hit, total in zip(WIDTHS, *counts, strict=True)
            }
            for name, counts in pairs.items()
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Predict, evaluate, print."""
    chosen = _parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    results: dict[str, dict[str, Any]] = {}
    for name in chosen.names or sorted(
        one.name for one in chosen.seas.iterdir() if (one / "images").is_dir()
    ):
        tiles = of_split(read_sea(chosen.seas / name), chosen.split)
        is_oil = (chosen.seas / name / "masks").is_dir()
        found = results[name] = {}
        for path in chosen.checkpoints:
            for scale in chosen.scales:
                predictor = Predictor(load_checkpoint(path), scale=scale, classes=2)
                found[f"{path.stem}, {scale}"] = measure(predictor, tiles, chosen.statistics)
        _compare(found)
        print(_table(name, found) if is_oil else _sea_table(name, found), flush=True)
    print(json.dumps({"split": chosen.split, "statistics": chosen.statistics, "results": results}))


def measure(predictor: Predictor, tiles: Sequence[SeaTile], statistics: str) -> dict[str, Any]:
    """Predict tiles and return the figures of `evaluate` with blocks as scenes, and those of this module."""
    widths, ious, false_px, several = ByWidth(), [], [], 0
    began, waited = time.monotonic(), 0.0

    def pairs() -> Iterator[Pair]:
        nonlocal several, waited
        for start in range(0, len(tiles), BATCH):
            some = tiles[start : start + BATCH]
            own = [
                one.statistics if statistics == "block" else statistics_of([one.image], None) for one in some
            ]
            asked = time.monotonic()
            found = predictor.predict([one.image for one in some], own, None)
            waited += time.monotonic() - asked
            for tile, one in zip(some, found, strict=True):
                several += len(one.scales) > 1
                widths.add(tile.mask, one.mask)
                union = np.count_nonzero((tile.mask > 0) | (one.mask > 0))
                ious.append(np.count_nonzero((tile.mask > 0) & (one.mask > 0)) / union if union else 1.0)
                false_px.append(int(np.count_nonzero((one.mask > 0) & (tile.mask == 0))))
                yield tile.name, tile.block, tile.mask, one.mask, one.seep_probability, None

    found = evaluate(pairs(), 2)
    return found | {
        "mean_image_iou": float(np.mean(ious)),
        "widths": widths.figures(),
        "many_false_share": float(np.mean(np.array(false_px) > MANY_FALSE_PX)),
        "several_scales": several,
        "predict_s": round(waited, 2),
        "total_s": round(time.monotonic() - began, 2),
    }


def _compare(found: dict[str, dict[str, Any]]) -> None:
    """Add the paired difference to the first line to all others."""
    matrices = {
        name: {block: np.array(one["matrix"]) for block, one in result["per_scene"].items()}
        for name, result in found.items()
    }
    first = next(iter(found))
    for name, result in found.items():
        if name != first:
            result["paired"] = paired_difference(matrices[first], matrices[name])


def _table(name: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        f"\n**{name}**, {next(iter(found.values()))['tiles']} tiles\n",
        "| checkpoint, scales | IoU (95 %) | difference | mean over images | F1 within 2 px | clDice | precision "
        "| recall | recall of narrow, medium, wide | precision of them | several scales |",
        "| --- " * 11 + "|",
    ]
    for key, one in found.items():
        figures, paired = one["figures"], one.get("paired")
        low, high = one["intervals"]["binary_iou"] or (None, None)
        cells = [
            key,
            f"{_text(figures['binary_iou'])} ({_text(low)} to {_text(high)})",
            f"{paired['difference']:+.3f} ({paired['low']:+.3f} to {paired['high']:+.3f})" if paired else "",
            _text(one["mean_image_iou"]),
            _text(figures["tolerance"]["f1"]),
            _text(figures["cldice"]),
            _text(figures["precision"]),
            _text(figures["recall"]),
            *(", ".join(map(_text, one["widths"][side].values())) for side in ("recall", "precision")),
            str(one["several_scales"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _sea_table(name: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        f"\n**{name}**, {next(iter(found.values()))['tiles']} tiles without oil\n",
        "| checkpoint, scales | false px per megapixel | narrow, medium, wide "
        f"| tiles with more than {MANY_FALSE_PX} false px | several scales |",
        "| --- " * 5 + "|",
    ]
    for key, one in found.items():
        rates = one["slick_errors"]["false_px_per_mpx"]
        cells = [
            key,
            f"{rates['all']:,.0f}",
            ", ".join(f"{rates[width]:,.0f}" for width in WIDTHS),
            f"{one['many_false_share']:.1%}",
            str(one["several_scales"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.abroad", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("seas", type=Path, help="folder with a folder per sea")
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    parser.add_argument("--names", nargs="+", metavar="SEA", help="seas to measure (all)")
    parser.add_argument(
        "--scales", nargs="+", choices=CHOICES, default=["auto"], help="choices of scales (auto)"
    )
    parser.add_argument("--split", choices=("training", "test"), default="test", help="blocks (test)")
    parser.add_argument(
        "--statistics",
        choices=("block", "tile"),
        default="block",
        help="normalize blocks, or each tile alone (block)",
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
