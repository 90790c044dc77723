"""Evaluation of a checkpoint on a folder of images with masks."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seep.core.files import write_atomic
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.arrays import valid_pixels
from seep.core.masks.classes import SeepClass
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.metrics.model_metrics import Metrics, read_metrics
from seep.core.name_patterns import compile_name_pattern
from seep.errors import ImportRefusedError
from seep.io.masks import is_prediction
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.conversion import temporary_conversion
from seep.workflow.evaluation.accumulator import Accumulator, EvaluatedTile
from seep.workflow.inference.folder_dataset import FolderDataset, folder_options, scan_folder
from seep.workflow.inference.folders import (
    Checkpoints,
    OnProgress,
    checkpoint_paths,
    load_predictor,
    predict_batches,
)
from seep.workflow.workspace import read_card

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor


OTHER_GROUP = "other"
"""Of scenes whose name the pattern of groups does not match."""

EQUAL_NOTE = (
    "The masks have seep in exactly the predicted pixels. They are probably copies of predictions: evaluate on masks "
    "that people drew."
)


@dataclass(frozen=True)
class FolderEvaluation:
    """The result of `evaluate_folder`.

    Attributes:
        checkpoint: name of the checkpoint, or those of an ensemble joined by " + ".
        images: name of the folder.
        without_mask: number of images that were skipped because they have no mask.
        metrics: the scores.
        groups: the scores of each sea or sensor by name; empty without a pattern of groups.
        document: everything as JSON values, as `seep evaluate --json` writes it.
        notes: see `FolderDataset`; also `EQUAL_NOTE` at a binary IoU of 1.
    """

    checkpoint: str
    images: str
    without_mask: int
    metrics: Metrics
    document: Mapping[str, object]
    notes: tuple[str, ...] = ()
    groups: Mapping[str, Metrics] = field(default_factory=dict)

    def __repr__(self) -> str:
        iou = None if self.iou is None else round(self.iou, 4)
        return f"FolderEvaluation(checkpoint={self.checkpoint!r}, images={self.images!r}, iou={iou})"

    @property
    def iou(self) -> float | None:
        """Binary IoU, pooled over all pixels; None without seep in masks and predictions."""
        return self.metrics.binary_iou


def evaluate_folder(
    images: Path,
    masks: Path,
    checkpoint: Checkpoints = SHIPPED_CHECKPOINT,
    *,
    scenes: Sequence[str] | None = None,
    device: str | None = None,
    on_progress: OnProgress | None = None,
    pattern: str = DEFAULT_PATTERN,
    nodata: float | str | None = "auto",
    skip_bad: bool = False,
    html: Path | None = None,
    class_list: Sequence[SeepClass] = (),
    scale: str = "auto",
    groups: str | None = None,
) -> FolderEvaluation:
    """Predict the images of a folder and compare with the masks of the same names.

    Args:
        images: folder of images; formats that depend on other files are converted in a temporary folder.
        masks: folder of masks; images without a mask are skipped.
        checkpoint: a safetensors file that Seep wrote, or several as an ensemble.
        scenes: names of the scenes to evaluate; None for all.
        device: cpu, cuda, cuda:N; None selects CUDA where it is available.
        on_progress: called with (done, total, name) after each image.
        pattern: regular expression with the groups scene and tile for file names.
        nodata: a number, None, or "auto"; see `seep.io.nodata.nodata_of`.
        skip_bad: skip files that cannot be read instead of refusing the whole folder.
        html: also write an HTML report to this file; see `seep.workflow.evaluation.html_report`.
        class_list: names and colors for masks in colors and for annotations.
        scale: as in `predict_folder`.
        groups: a regular expression that is searched in the names of scenes; its group `group` names the sea or the
            sensor. The metrics of each are `groups` of the document.

    Raises:
        SettingsError: `groups` is no regular expression, or has no such group.
        ImportRefusedError: a folder is missing or empty, no image has a mask, or masks are predictions of Seep.
        ImageError: files cannot be used.
        CheckpointError: a checkpoint is missing, damaged or foreign.
        DeviceError: the device is not available.
        StorageError: the report cannot be written.
    """
    group_of = None if groups is None else _grouping(groups)
    predictor = load_predictor(checkpoint, device, scale)
    names = [read_card(path)["name"] for path in checkpoint_paths(checkpoint)]
    class_count = predictor.config.classes
    options = folder_options(pattern, nodata, class_count, class_list)
    with temporary_conversion(images) as convert:
        dataset = scan_folder(images, masks, options, scenes, convert, bands=predictor.config.bands)
        dataset = dataset.with_bands(predictor.config.bands)
        dataset.check_refused(skip_bad=skip_bad)
        with_mask = dataset.with_masks(images, masks)
        _check_truth(with_mask, masks)
        accumulator = Accumulator(class_count)
        without_mask = len(dataset.tiles) - len(with_mask.tiles)
        scored = evaluate(_pairs(predictor, with_mask, accumulator, on_progress), class_count, group_of)
        document: dict[str, object] = {
            "checkpoint": " + ".join(names),
            "images": images.resolve().name,
            "without_mask": without_mask,
            **scored,
            **accumulator.to_json(),
        }
        metrics = read_metrics(document) or Metrics()
        by_group = {name: read_metrics(one) or Metrics() for name, one in scored.get("groups", {}).items()}
        notes = dataset.notes if metrics.binary_iou != 1 else (*dataset.notes, EQUAL_NOTE)
        found = FolderEvaluation(
            " + ".join(names), images.resolve().name, without_mask, metrics, document, notes, by_group
        )
    if html is not None:
        from seep.workflow.evaluation.html_report import render_report  # plotly takes long to import

        basis = f"{found.checkpoint} on {found.images}"
        page = render_report(basis, found.metrics, accumulator.worst(), found.without_mask, class_list)
        write_atomic(html, page.encode())
    return found


def _grouping(pattern: str) -> Callable[[str], str]:
    compiled = compile_name_pattern(pattern, ("group",), "pattern of groups", "(?P<group>[a-z0-9]+)-")

    def group_of(scene: str) -> str:
        found = compiled.search(scene)
        return (found["group"] if found else "") or OTHER_GROUP

    return group_of


def _check_truth(dataset: FolderDataset, masks: Path) -> None:
    """Refuse masks that Seep predicted: a comparison with them measures nothing."""
    paths = [tile.mask_path for tile in dataset.tiles if tile.mask_path and is_prediction(tile.mask_path)]
    if paths:
        raise ImportRefusedError(
            f"{len(paths)} of {len(dataset.tiles)} masks in {masks}, such as {paths[0].name}, are predictions that "
            "Seep wrote. Choose a folder of ground truth; `seep export FOLDER --masks truth` writes reviewed masks."
        )


def _pairs(
    predictor: "Predictor", dataset: FolderDataset, accumulator: Accumulator, on_progress: OnProgress | None
) -> Iterator[Pair]:
    """Predict tiles batch by batch, and add each to the accumulator."""
    done = 0
    for batch, results in predict_batches(predictor, dataset.tiles, dataset.statistics):
        for tile, result in zip(batch, results, strict=True):
            image, truth = tile.read(), tile.mask
            valid = valid_pixels(image, tile.nodata)
            name = tile.path.stem
            accumulator.add(
                EvaluatedTile(name, image, tile.nodata, truth, result.mask, result.probabilities, valid)
            )
            yield name, tile.scene, truth, result.mask, np.asarray(result.seep_probability), valid
            done += 1
            if on_progress:
                on_progress(done, len(dataset.tiles), tile.path.name)


def write_json(path: Path, document: Mapping[str, object]) -> None:
    """Write JSON values to a file, atomically.

    Raises:
        StorageError: the file cannot be written.
    """
    write_atomic(path, f"{json.dumps(document, indent=2)}\n".encode())
