"""Figures of a checkpoint on scenes that it did not train on.

    python -m benchmarks.fold IMAGES MASKS --checkpoint models/seep-base.safetensors [--scenes A B]

Without --scenes the locked scenes of the checkpoint's card are taken. Prints a table, and as its
last line all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from seep.core.evaluation import Pair, evaluate
from seep.core.normalise import statistics_of
from seep.core.raster import valid_pixels
from seep.engine.checkpoint import Checkpoint, load_checkpoint
from seep.engine.predict import Predictor

NODATA = 0


def predicted_pairs(
    checkpoint: Checkpoint, images: Path, masks: Path, scenes: Sequence[str], device: str | None = None
) -> Iterator[Pair]:
    """Truth and prediction of every tile of the scenes, by scene."""
    predictor = Predictor(checkpoint, device)
    for scene in scenes:
        paths = sorted(images.glob(f"{scene}.*.tif"))
        if not paths:
            raise SystemExit(f"there is no tile of scene {scene} in {images}: check --scenes")
        pixels = [tifffile.imread(path) for path in paths]
        statistics = [statistics_of(pixels, NODATA)] * len(pixels)
        found = predictor.predict(pixels, statistics, NODATA)
        for path, image, prediction in zip(paths, pixels, found, strict=True):
            truth = tifffile.imread(masks / path.name)
            valid = valid_pixels(image, NODATA)
            yield path.stem, scene, truth, prediction.mask, prediction.seep_probability, valid


def table(result: dict[str, Any]) -> str:
    """The figures that matter, a line each."""
    figures = result["figures"]
    lines = [f"{result['tiles']} tiles of {result['scenes']} scenes"]
    lines += [
        f"{name:16} {_shown(figures[name])}" for name in ("binary_iou", "binary_dice", "precision", "recall")
    ]
    lines += [
        f"{'F1 within 2 px':16} {_shown(figures['tolerance']['f1'])}",
        f"{'clDice':16} {_shown(figures['cldice'])}",
    ]
    lines += [f"IoU of class {n:<3} {_shown(value)}" for n, value in enumerate(figures["iou_per_class"])]
    lines += [f"{'mean IoU 1..':16} {_shown(figures['mean_iou_seep'])}"]
    for scene, own in result["per_scene"].items():
        lines.append(f"{scene:16} {_shown(own['figures']['binary_iou'])} on {own['tiles']} tiles")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "no support" if value is None else f"{value:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--checkpoint", type=Path, default=Path("models/seep-base.safetensors"))
    parser.add_argument("--scenes", nargs="+")
    parser.add_argument("--device")
    chosen = parser.parse_args(arguments)
    checkpoint = load_checkpoint(chosen.checkpoint)
    scenes = chosen.scenes or checkpoint.card["splits"]["locked"]
    began = time.monotonic()
    pairs = predicted_pairs(checkpoint, chosen.images, chosen.masks, scenes, chosen.device)
    result = evaluate(pairs, checkpoint.model.config.classes)
    result["elapsed_s"] = round(time.monotonic() - began, 2)
    print(table(result))
    print(json.dumps(result | {"scenes_evaluated": list(np.asarray(scenes))}))


if __name__ == "__main__":
    main()
