"""Figures of a checkpoint on a folder of images with masks."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.arrays import valid_pixels
from seep.core.image.normalize import Statistics
from seep.core.masks.classes import SeepClass
from seep.core.metrics.evaluate import Pair, evaluate
from seep.errors import ImportRefusedError
from seep.io.files import write_atomic
from seep.io.tiff import read_image
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.evaluation.accumulator import Tally
from seep.workflow.evaluation.html_report import scorecard
from seep.workflow.inference.folders import (
    Checkpoints,
    FolderTile,
    OnProgress,
    files_of,
    folder_options,
    load_predictor,
    look_at_folder,
    predict_batches,
    refuse_bad,
    without_misfits,
)
from seep.workflow.workspace import read_card

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor


def evaluate_folder(  # noqa: PLR0917 - the first four are what scripts pass
    images: Path,
    masks: Path,
    checkpoint: Checkpoints = SHIPPED_CHECKPOINT,
    scenes: Sequence[str] | None = None,
    device: str | None = None,
    on_progress: OnProgress | None = None,
    *,
    pattern: str = DEFAULT_PATTERN,
    nodata: float | str | None = "auto",
    skip_bad: bool = False,
    page: Path | None = None,
    class_list: Sequence[SeepClass] = (),
) -> dict[str, Any]:
    """Predict the images of a folder and compare with the masks of the same names.

    Args:
        images: folder of TIFFs.
        masks: folder of masks; images without a mask are left out.
        checkpoint: a safetensors file that Seep wrote, or several as an ensemble.
        scenes: only these scenes; None for all.
        device: cpu, cuda, cuda:N; None picks.
        on_progress: called with (done, total, name).
        pattern: how file names give scene and tile.
        nodata: a number, None, or "auto".
        skip_bad: leave out what cannot be read instead of refusing the whole folder.
        class_list: names and colors by which masks in colors and annotations are understood.
        page: also write a report with plots there, one HTML file; see `seep.workflow.evaluation.html_report`.

    Returns:
        What `seep.core.metrics.evaluate.evaluate` returns, with "checkpoint" (its name, or those of an ensemble
        joined by " + "), "images" (folder's name), "without_mask" (how many images were left out because they
        have no mask), and "curves" and "slicks" of `seep.workflow.evaluation.accumulator`.

    Raises:
        ImportRefusedError: a folder is missing or empty, or no image has a mask.
        ImageError: files cannot be used.
        CheckpointError, DeviceError: as they say.
        StorageError: the report cannot be written.
    """
    predictor = load_predictor(checkpoint, device)
    names = [read_card(one)["name"] for one in files_of(checkpoint)]
    class_count = predictor.config.classes
    how = folder_options(pattern, nodata, class_count, class_list)
    tiles, statistics, refused = look_at_folder(images, masks, how, scenes)
    tiles = without_misfits(tiles, refused, predictor)
    refuse_bad(refused, len(tiles), skip_bad)
    with_mask = [tile for tile in tiles if tile.mask is not None]
    if not with_mask:
        raise ImportRefusedError(
            f"No image of {images} has a mask of its name in {masks}; check the folders."
        )

    tally = Tally(class_count)
    pairs = _pairs(predictor, with_mask, statistics, tally, on_progress)
    report = {
        "checkpoint": " + ".join(names),
        "images": images.resolve().name,
        "without_mask": len(tiles) - len(with_mask),
        **evaluate(pairs, class_count),
        **tally.to_dict(),
    }
    if page is not None:
        write_atomic(page, scorecard(report, tally.worst()).encode())
    return report


def _pairs(
    predictor: "Predictor",
    tiles: Sequence[FolderTile],
    statistics: dict[str, Statistics],
    tally: Tally,
    on_progress: OnProgress | None,
) -> Iterator[Pair]:
    """Predict tiles one batch after the other, counting each on its way to the figures."""
    done = 0
    for batch, found in predict_batches(predictor, tiles, statistics):
        for tile, one in zip(batch, found, strict=True):
            image = read_image(tile.path)
            valid = valid_pixels(image, tile.nodata)
            name = tile.path.stem
            tally.add(name, image, tile.nodata, tile.mask, one.mask, one.probabilities, valid)
            yield name, tile.scene, tile.mask, one.mask, np.asarray(one.seep_probability), valid
            done += 1
            if on_progress:
                on_progress(done, len(tiles), tile.path.name)


def write_figures(path: Path, found: dict[str, Any]) -> None:
    """Write what `evaluate_folder` found as JSON, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    write_atomic(path, f"{json.dumps(found, indent=2)}\n".encode())
