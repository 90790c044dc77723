"""Prediction of one image, an array or a file, without a workspace."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import Georeference
from seep.core.image.border_value import border_value
from seep.core.image.grain import image_grain
from seep.core.image.gray import GREEN, has_equal_bands
from seep.core.image.normalize import statistics_of
from seep.errors import ImageError, SettingsError
from seep.io.exporting.prediction import write_mask_geotiff
from seep.io.images import read_header, read_image
from seep.io.nodata import nodata_of
from seep.workflow.conversion import temporary_conversion
from seep.workflow.inference.folders import load_predictor

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor


@dataclass(frozen=True, eq=False)
class Prediction:
    """The prediction for one image.

    Attributes:
        mask: uint8 (H, W), class ids; 0 is background or nodata.
        probability: float32 (H, W), probability of seep of any class, 0 to 1; 0 at nodata.
        probabilities: float16 (classes, H, W), those of all classes; background is 1 at nodata.
        georeference: of the file that was predicted; None without one, and for an array.
    """

    mask: npt.NDArray[np.uint8]
    probability: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float16]
    georeference: Georeference | None = None

    def __repr__(self) -> str:
        height, width = self.mask.shape
        return f"Prediction({height} x {width} px, {np.count_nonzero(self.mask)} px of seep)"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mask as GeoTIFF, with the georeference and the colors of the default classes.

        Raises:
            StorageError: the file cannot be written.
        """
        write_mask_geotiff(Path(path), self.mask, self.georeference)


def predict_image(
    image: npt.ArrayLike | str | os.PathLike[str],
    checkpoint: Path,
    *,
    nodata: float | str | None,
    device: str | None,
    threshold: float | None,
) -> Prediction:
    """Predict an image in memory; see `seep.api.predict` for the arguments and errors."""
    if isinstance(nodata, str) and nodata != "auto":
        raise SettingsError(f"nodata is {nodata!r}. Use a number, None or 'auto'.")
    modified = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    predictor = _predictor(checkpoint, modified, device)
    if threshold is not None:
        predictor = predictor.with_threshold(threshold)
    georeference = None
    if isinstance(image, str | os.PathLike):
        array, nodata, georeference = _read(Path(image), nodata)
    else:
        array = _with_bands_last(_measured(image), predictor.config.bands)
    if array.ndim not in (2, 3) or array.size == 0 or array.dtype.kind not in "iuf":
        raise ImageError(
            f"The image has the shape {array.shape} and the type {array.dtype}. "
            "Pass numbers of the shape (height, width), (height, width, bands) or (bands, height, width)."
        )
    if predictor.config.bands == 1 and has_equal_bands(array):
        array = array[:, :, GREEN]
    if isinstance(nodata, str):
        nodata = border_value(array)
    statistics = statistics_of([array], nodata, image_grain(array, nodata))
    (found,) = predictor.predict([array], [statistics], nodata)
    return Prediction(found.mask, found.seep_probability, found.probabilities, georeference)


def _read(
    path: Path, nodata: float | str | None
) -> tuple[npt.NDArray[Any], float | None, Georeference | None]:
    """Return the pixels of an image, its nodata value and its georeference."""
    with temporary_conversion(path) as convert:
        readable = convert(path)
        image, header = read_image(readable), read_header(readable)
        return image, nodata_of(header, nodata, image, readable), header.georeference


def _with_bands_last(array: npt.NDArray[Any], bands: int) -> npt.NDArray[Any]:
    """Return (H, W, bands) of an array of (bands, H, W), as rasterio reads it; others as they are."""
    if array.ndim != 3 or array.shape[2] in {bands, 3} or array.shape[0] not in {bands, 1, 3}:
        return array
    return array[0] if array.shape[0] == 1 else np.ascontiguousarray(np.moveaxis(array, 0, -1))


def _measured(image: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return an array whose masked pixels, if any, are NaN; whole numbers above 2^24 lose digits then."""
    if not isinstance(image, np.ma.MaskedArray) or not np.ma.is_masked(image):
        return np.asarray(image)
    kind = image.dtype if image.dtype.kind == "f" else np.dtype(np.float32)
    measured: npt.NDArray[Any] = np.where(
        np.ma.getmaskarray(image), np.nan, np.ma.getdata(image).astype(kind)
    )
    return measured


@lru_cache(maxsize=2)
def _predictor(path: Path, _modified: int, device: str | None) -> Predictor:
    return load_predictor(path, device)
