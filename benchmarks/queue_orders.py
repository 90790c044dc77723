"""What the first tiles of each order of the queue hold: wrong pixels, and slicks that are missed or false.

    python -m benchmarks.queue_orders IMAGES MASKS [--checkpoint FILE] [--first 40] [--seeds 20]

Predicts tiles with masks and sorts them as the queue does. A slick is missed if no pixel of it is predicted, and
false if none of its pixels is seep. Orders with random tiles are averaged over seeds. Measure on scenes that the
checkpoint has not seen. Prints a table, and as its last line the same figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from seep.core.acquisition import RANDOM, USEFUL, RankedTile, rank_tiles
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import UNSURE, Mask
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.inference.folders import load_predictor, predict_batches

ORDERS = ("likely_wrong", USEFUL, "confident", RANDOM)


def main(arguments: Sequence[str] | None = None) -> None:
    """Predict, rank and print."""
    chosen = _parser().parse_args(arguments)
    rows, errors = measure(chosen.images, chosen.masks, chosen.checkpoint)
    found = {order: shares(order, rows, errors, chosen.first, chosen.seeds) for order in ORDERS}
    first = min(chosen.first, len(rows))
    print(f"{len(rows)} tiles, the first {first} of each order\n")
    print("| order | share of the wrong pixels | of the missed and false slicks |\n| --- | --- | --- |")
    for order, (pixels, slicks) in found.items():
        print(f"| {order} | {pixels:.2f} | {slicks:.2f} |")
    print(json.dumps({"tiles": len(rows), "first": first, "shares": found}))


def measure(
    images: Path, masks: Path, checkpoint: Path
) -> tuple[list[RankedTile], dict[int, tuple[int, int]]]:
    """Return the tiles with their values for the orders, and by id their wrong pixels and wrong slicks."""
    predictor = load_predictor(checkpoint, None, "auto")
    bands, classes = predictor.config.bands, predictor.config.classes
    options = folder_options(DEFAULT_PATTERN, "auto", classes, ())
    dataset = scan_folder(images, masks, options, None, lambda path: path, bands=bands).with_bands(bands)
    dataset = dataset.with_masks(images, masks)
    rows: list[RankedTile] = []
    errors = {}
    for batch, results in predict_batches(predictor, dataset.tiles, dataset.statistics):
        for tile, result in zip(batch, results, strict=True):
            number, areas = len(rows), np.bincount(result.mask[result.mask > 0], minlength=2)
            values = {name: value for name, value in result.values._asdict().items() if value is not None}
            rows.append(RankedTile(number, tile.scene, int(areas.argmax()), values))
            errors[number] = wrong(tile.mask, result.mask, valid_pixels(tile.read(), tile.nodata))
    return rows, errors


def wrong(truth: Mask, prediction: Mask, valid: np.ndarray) -> tuple[int, int]:
    """Return the wrong pixels of a tile, and its missed and false slicks."""
    counted = valid & (truth != UNSURE)
    true, called = ((one > 0) & counted for one in (truth, prediction))
    return int(np.count_nonzero(true != called)), _without(true, called) + _without(called, true)


def _without(mask: np.ndarray, other: np.ndarray) -> int:
    """Count the slicks of a mask that no pixel of the other mask touches."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return count - 1 - len(np.unique(labels[other & mask]))


def shares(
    order: str,
    rows: Sequence[RankedTile],
    errors: dict[int, tuple[int, int]],
    first: int,
    seeds: int,
) -> tuple[float, float]:
    """Return the shares of all wrong pixels and of all wrong slicks in the first tiles, means over the seeds."""
    whole = np.maximum(np.sum([*errors.values()], axis=0), 1)
    found = [
        np.sum([errors[one] for one in rank_tiles(order, rows, seed)[:first]], axis=0) / whole
        for seed in range(seeds if order in (RANDOM, USEFUL) else 1)
    ]
    pixels, slicks = np.mean(found, axis=0)
    return round(float(pixels), 3), round(float(slicks), 3)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks.queue_orders", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("images", type=Path, help="folder of tiles")
    parser.add_argument("masks", type=Path, help="folder of their masks")
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED_CHECKPOINT)
    parser.add_argument("--first", type=int, default=40, help="tiles that are reviewed (40)")
    parser.add_argument("--seeds", type=int, default=20, help="draws of orders with random tiles (20)")
    return parser


if __name__ == "__main__":
    main()
