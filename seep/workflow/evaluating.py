"""Figures of a checkpoint on a folder of images with masks."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seep.core.evaluation import evaluate
from seep.core.grid import DEFAULT_PATTERN
from seep.core.raster import valid_pixels
from seep.errors import ImportRefusedError
from seep.io.files import write_atomic
from seep.io.tiff import read_image
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.folders import (
    OnProgress,
    load_predictor,
    look_at_folder,
    predict_batches,
    refuse_bad,
    without_misfits,
)
from seep.workflow.workspace import read_card


def evaluate_folder(  # noqa: PLR0917 - the first four are what scripts pass
    images: Path,
    masks: Path,
    checkpoint: Path = SHIPPED_CHECKPOINT,
    scenes: Sequence[str] | None = None,
    device: str | None = None,
    on_progress: OnProgress | None = None,
    *,
    pattern: str = DEFAULT_PATTERN,
    nodata: float | str | None = "auto",
    skip_bad: bool = False,
) -> dict[str, Any]:
    """Predict the images of a folder and compare with the masks of the same names.

    Args:
        images: folder of TIFFs.
        masks: folder of masks; images without a mask are left out.
        checkpoint: a safetensors file that Seep wrote.
        scenes: only these scenes; None for all.
        device: cpu, cuda, cuda:N; None picks.
        on_progress: called with (done, total, name).
        pattern: how file names give scene and tile.
        nodata: a number, None, or "auto".
        skip_bad: leave out what cannot be read instead of refusing the whole folder.

    Returns:
        What `seep.core.evaluation.evaluate` returns, with "checkpoint" (name), "images" (folder's name) and
        "without_mask" (how many images were left out because they have no mask).

    Raises:
        ImportRefusedError: a folder is missing or empty, or no image has a mask.
        ImageError: files cannot be used.
        CheckpointError, DeviceError: as they say.
    """
    predictor, card = load_predictor(checkpoint, device), read_card(checkpoint)
    class_count = predictor.config.classes
    tiles, statistics, refused = look_at_folder(images, masks, pattern, nodata, class_count, scenes)
    tiles = without_misfits(tiles, refused, predictor)
    refuse_bad(refused, len(tiles), skip_bad)
    with_mask = [tile for tile in tiles if tile.mask is not None]
    if not with_mask:
        raise ImportRefusedError(
            f"No image of {images} has a mask of its name in {masks}; check the folders."
        )

    def pairs() -> Iterator[tuple[str, str, Any, Any, Any, Any]]:
        done = 0
        for batch, found in predict_batches(predictor, with_mask, statistics):
            for tile, one in zip(batch, found, strict=True):
                valid = valid_pixels(read_image(tile.path), tile.nodata)
                yield tile.path.stem, tile.scene, tile.mask, one.mask, np.asarray(one.seep_probability), valid
                done += 1
                if on_progress:
                    on_progress(done, len(with_mask), tile.path.name)

    return {
        "checkpoint": card["name"],
        "images": images.resolve().name,
        "without_mask": len(tiles) - len(with_mask),
        **evaluate(pairs(), class_count),
    }


def write_figures(path: Path, found: dict[str, Any]) -> None:
    """Write what `evaluate_folder` found as JSON, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    write_atomic(path, f"{json.dumps(found, indent=2)}\n".encode())
