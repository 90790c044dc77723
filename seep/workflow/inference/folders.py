"""Prediction of a plain folder of images, without a workspace."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.normalize import Statistics
from seep.core.import_options import RefusedFile
from seep.errors import ImportRefusedError
from seep.io.exporting.prediction import check_predictions_folder, write_prediction
from seep.io.exporting.staging import staged
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.conversion import temporary_conversion
from seep.workflow.inference.context import padded_file_reader
from seep.workflow.inference.domain_shift import domain_shift
from seep.workflow.inference.folder_dataset import FolderDataset, FolderTile, folder_options, scan_folder
from seep.workflow.inference.runner import TileInput, predict_inputs
from seep.workflow.workspace import read_card

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor, TilePrediction

BATCH_TILES = 16

Checkpoints = Path | Sequence[Path]
"""A safetensors file, or several whose probabilities are averaged; the card of the first one decides."""

OnProgress = Callable[[int, int, str], None]
"""Called with (done, total, name)."""


@dataclass(frozen=True)
class FolderReport:
    """What a prediction of a folder wrote.

    Attributes:
        written: number of masks.
        refused: files that could not be used, each with its reason.
        folder: of the masks.
        notes: which values are nodata, which images were normalized together, and whether they are unlike the training
            images of the checkpoint, one sentence each.
        scales: the resolutions of the predictions in words; "" without an image.
    """

    written: int
    refused: list[RefusedFile]
    folder: Path
    notes: tuple[str, ...] = ()
    scales: str = ""

    def __repr__(self) -> str:
        return (
            f"FolderReport(written={self.written}, refused={len(self.refused)}, folder={str(self.folder)!r})"
        )


def predict_folder(
    images: Path,
    out: Path,
    checkpoint: Checkpoints = SHIPPED_CHECKPOINT,
    *,
    device: str | None = None,
    probabilities: bool = False,
    on_progress: OnProgress | None = None,
    pattern: str = DEFAULT_PATTERN,
    nodata: float | str | None = "auto",
    skip_bad: bool = False,
    scale: str = "auto",
    threshold: float | None = None,
) -> FolderReport:
    """Predict all images of a folder: for each a uint8 mask TIFF of the same name, with the georeference of the image.

    Each scene (by the name pattern) is normalized by the statistics of all of its tiles in the folder.

    Args:
        images: folder of images; formats that depend on other files are converted in a temporary folder.
        out: folder for the predictions, created if missing. Files of earlier predictions are replaced; a folder
            with images or masks that Seep did not write is refused.
        checkpoint: a safetensors file that Seep wrote, or several as an ensemble.
        device: cpu, cuda, cuda:N; None selects CUDA where it is available.
        probabilities: also write NAME.probabilities.npy, float16 (classes, H, W).
        on_progress: called with (done, total, name) after each image.
        pattern: regular expression with the groups scene and tile for file names.
        nodata: a number, None, or "auto"; see `seep.io.nodata.nodata_of`.
        skip_bad: skip files that cannot be read instead of refusing the whole folder.
        scale: resolution of the prediction: "1", "1/2", "1/4", "all", or "auto" as the card says.
        threshold: of the seep probability, between 0 and 1; None for that of the checkpoint.

    Raises:
        ImportRefusedError: the folder is missing or empty, or `out` is the same; nothing is written.
        ImageError: some files cannot be used, named in the message; nothing is written.
        CheckpointError: a checkpoint is missing, damaged or foreign; nothing is written.
        DeviceError: the device is not available; nothing is written.
        SettingsError: `out` has images or masks that Seep did not write, or the threshold cannot be used; nothing is
            written.
        StorageError: the disk is full or cannot be written; earlier batches stay.
    """
    from seep.engine.scale_rule import scales_text

    if out.resolve() == images.resolve():
        raise ImportRefusedError(
            f"{out} is the folder of the images. Choose another folder for the predictions."
        )
    with temporary_conversion(images) as convert:
        with ThreadPoolExecutor(1) as pool:  # importing torch takes 2 s: the images are scanned meanwhile
            loading = pool.submit(load_predictor, checkpoint, device, scale)
            dataset = scan_folder(
                images,
                None,
                folder_options(pattern, nodata),
                convert=convert,
                bands=bands_of_card(checkpoint),
            )
            predictor = loading.result()
        if threshold is not None:
            predictor = predictor.with_threshold(threshold)
        dataset = dataset.with_bands(predictor.config.bands)
        dataset.check_refused(skip_bad=skip_bad)
        check_predictions_folder(out, [tile.path.stem for tile in dataset.tiles])
        scales = _write_masks(predictor, dataset, out, probabilities, on_progress)
    card = read_card(checkpoint_paths(checkpoint)[0])
    shift = domain_shift(card, [one.grain for one in dataset.statistics.values()])
    notes = (*dataset.notes, *([shift.sentence] if shift else []))
    return FolderReport(len(scales), dataset.refused, out, notes, scales_text(scales, "image"))


def _write_masks(
    predictor: "Predictor",
    dataset: FolderDataset,
    out: Path,
    probabilities: bool,
    on_progress: OnProgress | None,
) -> list[tuple[float, ...]]:
    """Predict a dataset and write its masks, batch by batch; return the scales of each."""
    scales: list[tuple[float, ...]] = []
    for batch, results in predict_batches(predictor, dataset.tiles, dataset.statistics):
        with staged(out) as stage:
            for tile, result in zip(batch, results, strict=True):
                write_prediction(
                    stage,
                    tile.path.stem,
                    result.mask,
                    result.probabilities if probabilities else None,
                    georeference=tile.georeference,
                )
        for tile, result in zip(batch, results, strict=True):
            scales.append(result.scales)
            if on_progress:
                on_progress(len(scales), len(dataset.tiles), tile.path.name)
    return scales


def predict_batches(
    predictor: "Predictor", tiles: Sequence[FolderTile], statistics: dict[str, Statistics]
) -> "Iterator[tuple[Sequence[FolderTile], list[TilePrediction]]]":
    """Predict tiles batch by batch, reading the next batch meanwhile."""
    read_padded = padded_file_reader(tiles)

    def read(batch: Sequence[FolderTile]) -> list[TileInput]:
        return [
            TileInput(tile.path.name, read_padded(tile), statistics[tile.scene], tile.nodata)
            for tile in batch
        ]

    batches = [tiles[at : at + BATCH_TILES] for at in range(0, len(tiles), BATCH_TILES)]
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(read, batches[0]) if batches else None
        for at, batch in enumerate(batches):
            assert pending is not None
            inputs = pending.result()
            if at + 1 < len(batches):
                pending = pool.submit(read, batches[at + 1])
            yield batch, predict_inputs(predictor, inputs)


def checkpoint_paths(checkpoint: Checkpoints) -> list[Path]:
    """Return the files of a checkpoint or of an ensemble."""
    return [checkpoint] if isinstance(checkpoint, Path) else [*checkpoint]


def bands_of_card(checkpoint: Checkpoints) -> int | None:
    """Return the number of bands that a checkpoint reads, without loading it; None if its card does not say.

    Raises:
        CheckpointError: it is missing or foreign.
    """
    bands = read_card(checkpoint_paths(checkpoint)[0])["architecture"].get("bands")
    return None if bands is None else int(bands)


def load_predictor(checkpoint: Checkpoints, device: str | None, scale: str = "auto") -> "Predictor":
    """Load a checkpoint file, or several as an ensemble, for prediction.

    Raises:
        CheckpointError: one is missing, damaged or foreign, or does not fit the first.
        DeviceError: the device is not available.
    """
    from seep.engine.checkpoint import load_checkpoint
    from seep.engine.inference.predict import Predictor

    first, *members = map(load_checkpoint, checkpoint_paths(checkpoint))
    return Predictor(first, device, members=members, scale=scale)
