"""Prediction of one large raster file, without a workspace: a mask GeoTIFF, written as it is computed."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seep.core.geo.grid import Window, windows
from seep.core.image.arrays import valid_pixels
from seep.core.image.grain import image_grain
from seep.core.image.gray import GREEN
from seep.core.image.normalize import Statistics, statistics_of
from seep.core.masks.classes import default_classes
from seep.core.masks.majority_class import majority_class
from seep.core.masks.mask import Mask
from seep.errors import ImageError, ImportRefusedError
from seep.io.decoding import is_gray
from seep.io.exporting.prediction import check_predictions_folder, write_mask_geotiff
from seep.io.exporting.rasters import write_geotiff
from seep.io.exporting.staging import place_for, staged
from seep.io.gray_sets import gray_note
from seep.io.header import nodata_is_told
from seep.io.images import read_header, read_image
from seep.io.nodata import ImageNodata, nodata_of, settle_nodata
from seep.io.rasters import open_raster
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.io.readers.view import View, encode_view
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.conversion import temporary_conversion
from seep.workflow.inference.domain_shift import domain_shift
from seep.workflow.inference.folders import Checkpoints, bands_of_card, checkpoint_paths, load_predictor
from seep.workflow.inference.raster_scenes import LOOK_AHEAD_PX, RowBuffer
from seep.workflow.scenes.raster_survey import OVERLAP_PX, WINDOW_PX, survey_raster
from seep.workflow.workspace import read_card

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor

WHOLE_PX = 2 * WINDOW_PX
"""Larger images are streamed."""
OnProgress = Callable[[int, int, str], None]


def predict_raster(
    path: Path,
    out: Path,
    checkpoint: Checkpoints = SHIPPED_CHECKPOINT,
    *,
    device: str | None = None,
    nodata: float | str | None = "auto",
    on_progress: OnProgress | None = None,
    scale: str = "auto",
    on_note: Callable[[str], None] | None = None,
) -> Path:
    """Predict a raster of any size; memory stays below 2 GB for 25,000 x 16,000 pixels.

    Images of at most 2048 px get the mask that `predict_folder` gives them alone in a folder. Larger ones are streamed:
    their statistics are sampled, and predictions are not averaged over flips.

    Args:
        path: of the image; a format that depends on other files is converted in a temporary folder.
        out: folder for the prediction, created if missing; see `seep.workflow.inference.folders.predict_folder`.
        checkpoint: a safetensors file that Seep wrote, or several as an ensemble.
        device: cpu, cuda, cuda:N; None selects CUDA where it is available.
        nodata: a number, None, or "auto"; see `seep.io.nodata.nodata_of`.
        on_progress: called with (done, total, name) after each block.
        scale: as in `predict_folder`; with "auto" the same scales are used for the whole image.
        on_note: called with a sentence on how the image is read.

    Returns:
        The mask: a uint8 GeoTIFF with the image's name, size and georeference, and a color table of the classes.
        It is written atomically.

    Raises:
        SettingsError: `out` has images or masks that Seep did not write; nothing is written.
        ImportRefusedError: `out` is the image's folder, or the image has no valid pixel.
        ImageError: the image cannot be read, or has other bands than the checkpoint reads.
        CheckpointError: the checkpoint is missing, damaged or foreign.
        DeviceError: the device is not available.
        StorageError: the disk is full or cannot be written.
    """
    if out.resolve() == path.resolve().parent:
        raise ImportRefusedError(
            f"{out} is the folder of the image. Choose another folder for the prediction."
        )
    check_predictions_folder(out, [path.stem])
    with temporary_conversion(path) as convert, tempfile.TemporaryDirectory(prefix="seep-view-") as folder:
        say = on_note or (lambda _note: None)
        readable = convert(path)
        if bands_of_card(checkpoint) == 1:
            readable = _one_band(readable, Path(folder), say)
        return _predict(
            readable,
            out,
            checkpoint,
            device=device,
            nodata=nodata,
            on_progress=on_progress,
            scale=scale,
            on_note=say,
        )


def _one_band(path: Path, folder: Path, on_note: Callable[[str], None]) -> Path:
    """Return a view of one band of a gray image in three equal bands; other images as they are."""
    header = read_header(path)
    if header.bands != 3:
        return path
    image = read_image(path) if max(header.height, header.width) <= WHOLE_PX else None
    if not is_gray(path, header, image):
        return path
    view = folder / f"{path.stem}{VIEW_SUFFIX}"
    view.write_bytes(encode_view(View(str(path.resolve()), (GREEN,))))
    on_note(*gray_note(1))
    return view


def _predict(
    path: Path,
    out: Path,
    checkpoint: Checkpoints,
    *,
    device: str | None,
    nodata: float | str | None,
    on_progress: OnProgress | None,
    scale: str,
    on_note: Callable[[str], None],
) -> Path:
    """Predict a raster that can be read in place; see `predict_raster`."""
    from seep.engine.scale_rule import scales_text

    header = read_header(path)
    image = read_image(path) if max(header.height, header.width) <= WHOLE_PX else None
    known = nodata_of(header, nodata, image, path)
    searched = not nodata_is_told(header, nodata)
    on_note(f"Nodata: {settle_nodata([ImageNodata(known, searched, path.stem, image)])[1]}.")
    if image is None:
        found = survey_raster(path, windows(header.height, header.width, WINDOW_PX, OVERLAP_PX), known)
        measured, statistics = any(found.measured), found.statistics
    else:
        measured = bool(valid_pixels(image, known).any())
        statistics = statistics_of([image], known, image_grain(image, known))
    if not measured:
        raise ImportRefusedError(f"{path.name} has no valid pixel. Check its nodata value.")
    predictor = load_predictor(checkpoint, device, scale)
    if predictor.config.bands != header.bands:
        raise ImageError(
            f"{path.name} has {header.bands} band(s), the checkpoint reads {predictor.config.bands}. "
            "Choose another checkpoint."
        )
    name = f"{path.stem}.tif"
    shift = domain_shift(read_card(checkpoint_paths(checkpoint)[0]), [statistics.grain])
    if shift:
        on_note(shift.sentence)
    on_note(f"Predicted: {scales_text([predictor.scales.of(statistics.grain)], 'image')}.")
    with staged(out) as stage:
        target = place_for(stage, name)
        if image is None:
            _write(path, target, predictor, statistics, nodata=known, on_progress=on_progress)
        else:
            (one,) = predictor.predict([image], [statistics], known)
            write_mask_geotiff(target, one.mask, header.georeference)
            if on_progress:
                on_progress(1, 1, path.name)
    return out / name


def _write(
    path: Path,
    target: Path,
    predictor: "Predictor",
    statistics: Statistics,
    *,
    nodata: float | None,
    on_progress: OnProgress | None,
) -> None:
    """Stream an image through the network into a mask."""
    from seep.engine.inference.streaming import Streamer

    def on_block(done: int, total: int) -> bool:
        if on_progress:
            on_progress(done, total, path.name)
        return False

    header = read_header(path)
    shape = (header.height, header.width)
    classes = default_classes(max(2, predictor.config.classes))
    with open_raster(path) as raster:
        strips = Streamer(predictor).strips(raster.read, shape, statistics, nodata, on_block=on_block)
        with closing(strips):
            rows = _RowReader(RowBuffer(strips, *shape), predictor.class_per_slick)
            write_geotiff(target, shape, rows.read, classes, header.georeference, predicted=True)


class _RowReader:
    """Mask rows of a stream, from the top downward; with one class per slick if slicks vote."""

    def __init__(self, buffer: RowBuffer, class_per_slick: bool) -> None:
        self._buffer, self._class_per_slick = buffer, class_per_slick
        self._last: Mask | None = None

    def read(self, window: Window) -> Mask:
        """Return the next rows; slicks that continue from the row above keep its classes."""
        if not self._class_per_slick:
            self._buffer.advance(window.y, window.y + window.height)
            return self._buffer.best[: window.height]
        above = 0 if self._last is None else 1
        top = window.y - above
        self._buffer.advance(top, window.y + window.height + LOOK_AHEAD_PX)
        best = self._buffer.best
        if self._last is None:
            mask = majority_class(best)
        else:
            mask = majority_class(best, self._last[np.newaxis], np.ones((1, best.shape[1]), bool))
        rows = mask[above : above + window.height]
        self._last = rows[-1].copy()
        return rows
