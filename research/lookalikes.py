"""False alarms on look-alikes: dark areas without oil, composed into synthetic sea and into real tiles.

    python -m research.lookalikes CHECKPOINT... [--images IMAGES --masks MASKS] [--pictures FOLDER]

Each checkpoint predicts the same windows with and without a look-alike (`seep.core.synthesis.composed`, with seeds that
no training uses). The false-alarm area is the area predicted as seep within the look-alike, without true slicks, per
megapixel of look-alike. Prints a table and, as its last line, all figures as JSON. --pictures writes each window
before and after, with the outlines of the first checkpoint's prediction.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.normalize import Statistics, statistics_of
from seep.core.masks.mask import UNSURE, Mask
from seep.core.synthesis.composed import KINDS, MEASURING_SEEDS, compose_lookalike
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import load_checkpoint
from seep.engine.inference.predict import Predictor
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.training.lookalikes import WINDOW_PX, draw_windows
from seep.workflow.training.mosaics import training_tiles

SEA_SEED = 9100
"""Synthetic scenes from here on are in no training set."""
CALLED_SHARE = 0.1
"""A look-alike counts as called seep if at least this share of it is predicted as seep."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A window of sea; `source` is "synthetic" or "real", `statistics` are those of its scene."""

    source: str
    image: NDArray[Any]
    mask: Mask
    nodata: float | None
    statistics: Statistics


@dataclass
class Tally:
    """Counts over the look-alikes of one kind and source: pixels, false pixels with and without, and called ones."""

    area_px: int = 0
    false_px: int = 0
    false_without_px: int = 0
    lookalikes: int = 0
    called: int = 0

    def figures(self) -> dict[str, float]:
        """Return false pixels per megapixel of look-alike, with and without it, and the share that is called."""
        megapixels = max(1, self.area_px) / 1e6
        return {
            "false_px_per_mpx": self.false_px / megapixels,
            "without_lookalike": self.false_without_px / megapixels,
            "called_share": self.called / max(1, self.lookalikes),
            "lookalikes": self.lookalikes,
        }


@dataclass
class Tallies:
    """`Tally` by (source, kind)."""

    of: dict[tuple[str, str], Tally] = field(default_factory=dict)

    def add(self, source: str, kind: str, area: NDArray[np.bool_], found: Mask, without: Mask) -> None:
        """Count one look-alike; `area` are its pixels that are no true slick."""
        for key in ((source, kind), (source, "all")):
            tally = self.of.setdefault(key, Tally())
            false_px, area_px = int(np.count_nonzero(area & (found > 0))), int(np.count_nonzero(area))
            tally.area_px += area_px
            tally.false_px += false_px
            tally.false_without_px += int(np.count_nonzero(area & (without > 0)))
            tally.lookalikes += 1
            tally.called += int(false_px >= CALLED_SHARE * max(1, area_px))


def main(arguments: Sequence[str] | None = None) -> None:
    """Compose, predict, print."""
    chosen = _parser().parse_args(arguments)
    windows = [*synthetic_windows(chosen.synthetic)]
    if chosen.images and chosen.masks:
        windows += real_windows(chosen.images, chosen.masks, chosen.real)
    results = {}
    for number, path in enumerate(chosen.checkpoints):
        folder = chosen.pictures if number == 0 else None
        tallies = measure(Predictor(load_checkpoint(path), chosen.device), windows, folder)
        found = {f"{source}, {kind}": tally.figures() for (source, kind), tally in tallies.of.items()}
        results[str(path)] = dict(sorted(found.items()))
    print(table(results))
    print(json.dumps({"window_px": WINDOW_PX, "results": results}))


def measure(predictor: Predictor, windows: Sequence[Sample], pictures: Path | None = None) -> Tallies:
    """Predict each window with and without its look-alike."""
    found, kinds = Tallies(), [*KINDS]
    for number, one in enumerate(windows):
        composed = compose_lookalike(
            one.image, one.nodata, MEASURING_SEEDS[number], kinds[number % len(kinds)]
        )
        pair = [one.image, composed.image]
        before, after = predictor.predict(pair, [one.statistics] * 2, one.nodata)
        area = composed.footprint & (one.mask == 0)
        if area.any():
            found.add(one.source, composed.kind, area, after.mask, before.mask)
        if pictures:
            name = f"{one.source}.{number:03}.{composed.kind.replace(' ', '-')}.png"
            write_picture(pictures / name, one, composed.image, (before.mask, after.mask))
    return found


def synthetic_windows(count: int) -> Iterator[Sample]:
    """Yield synthetic sea with slicks and without look-alikes."""
    for seed in range(SEA_SEED, SEA_SEED + count):
        scene = synthesize_scene(seed, WINDOW_PX, WINDOW_PX, 0, lookalikes=False)
        yield Sample("synthetic", scene.image, scene.mask, 0, statistics_of([scene.image], 0))


def real_windows(images: Path, masks: Path, count: int) -> list[Sample]:
    """Draw windows of real scenes, evenly over the scenes; the same folder gives the same windows."""
    dataset = scan_folder(images, masks, folder_options(DEFAULT_PATTERN, "auto")).with_masks(images, masks)
    whole = training_tiles(dataset.tiles, dataset.statistics, binary=False, stitched=True)
    return [
        Sample("real", one.image, one.mask, one.nodata, one.statistics)
        for one in draw_windows(whole, count, np.random.default_rng(17))
    ]


def write_picture(path: Path, one: Sample, image: NDArray[Any], masks: tuple[Mask, Mask]) -> None:
    """Write a window before and after, with outlines of predictions (orange) and of true slicks (green)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    low, high = one.statistics.low[0], one.statistics.high[0]
    sides = []
    for pixels, mask in zip((one.image, image), masks, strict=True):
        band = pixels if pixels.ndim == 2 else pixels[..., 0]
        gray = np.clip((band.astype(np.float32) - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)
        shown = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
        for seep, color in (
            ((one.mask > 0) & (one.mask != UNSURE), (80, 200, 80)),
            (mask > 0, (0, 140, 255)),
        ):
            lines, _ = cv2.findContours(seep.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(shown, lines, -1, color, 1)
        sides.append(shown)
    cv2.imwrite(str(path), np.hstack(sides))


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """Markdown: false px per megapixel of look-alike (without it), and the share of look-alikes called seep."""
    names = [Path(path).stem for path in results]
    lines = [
        f"| false px per megapixel of look-alike | {' | '.join(names)} |",
        f"| --- {'| --- ' * len(names)}|",
    ]
    for row in next(iter(results.values())):
        cells = [
            f"{of[row]['false_px_per_mpx']:,.0f} ({of[row]['without_lookalike']:,.0f} without), "
            f"{of[row]['called_share']:.0%} called"
            for of in results.values()
        ]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="research.lookalikes", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    parser.add_argument("--images", type=Path, help="folder of real tiles")
    parser.add_argument("--masks", type=Path, help="folder of their masks")
    parser.add_argument("--synthetic", type=int, default=16, help="number of synthetic windows (16)")
    parser.add_argument("--real", type=int, default=40, help="number of real windows (40)")
    parser.add_argument("--pictures", type=Path, help="write each window before and after here")
    parser.add_argument("--device", help="cpu, cuda or cuda:N")
    return parser


if __name__ == "__main__":
    main()
