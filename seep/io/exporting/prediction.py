"""Predictions out: files that other programs read, named like the images they belong to."""

from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.files import write_atomic
from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import default_classes
from seep.core.masks.mask import Mask
from seep.errors import SettingsError
from seep.io.exporting.rasters import write_geotiff
from seep.io.exporting.staging import check_replaceable, place_for, read_ledger
from seep.io.images import IMAGE_SUFFIXES
from seep.io.masks import write_mask

PROBABILITIES_SUFFIX = ".probabilities.npy"


def check_predictions_folder(folder: Path, names: Collection[str]) -> None:
    """Check that a folder has no images and masks that Seep did not write, before predictions are made.

    Args:
        folder: of the predictions; may be missing.
        names: of the image files to predict, without their suffixes.

    Raises:
        SettingsError: the folder is a file, or has an image, a mask or another file of these names that Seep did not
            write, or that was changed since.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SettingsError(f"{folder} is a file. Choose a folder for the predictions.")
    check_replaceable(
        folder, [f"{name}{suffix}" for name in names for suffix in (".tif", PROBABILITIES_SUFFIX)]
    )
    own, stems = read_ledger(folder), {*names}
    foreign = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and path.name not in own
        and (path.suffix.lower() in IMAGE_SUFFIXES or path.stem in stems)
    )
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise SettingsError(
            f"{folder} contains {foreign[0]}{more}, which Seep did not write. Nothing was predicted. Choose an "
            "empty folder, such as predictions."
        )


def write_mask_geotiff(path: Path, mask: Mask, georeference: Georeference | None) -> None:
    """Write a predicted mask as GeoTIFF with a color table of the classes.

    Args:
        mask: (H, W) uint8.

    Raises:
        StorageError: the file cannot be written.
    """

    def read(window: Window) -> Mask:
        return mask[window.y : window.y + window.height, window.x : window.x + window.width]

    classes = default_classes(max(2, int(mask.max(initial=0)) + 1))
    write_geotiff(path, mask.shape, read, classes, georeference, predicted=True)


def write_prediction(
    folder: Path,
    name: str,
    mask: Mask,
    probabilities: npt.NDArray[Any] | None = None,
    georeference: Georeference | None = None,
) -> list[Path]:
    """Write the prediction of one image.

    Args:
        folder: an empty one to write to, as `staged` makes it.
        name: of the image file without its suffix.
        mask: (H, W) uint8, written as `name.tif`.
        probabilities: (classes, H, W), written as float16 to `name.probabilities.npy`; None: not written.
        georeference: of the image, for a GeoTIFF; None for a TIFF without one.

    Returns:
        The files written.

    Raises:
        StorageError: the name is no plain file name, or the file cannot be written.
    """
    written = [place_for(folder, name).with_name(f"{name}.tif")]
    if georeference is None:
        write_mask(written[0], mask, predicted=True)
    else:
        write_mask_geotiff(written[0], mask, georeference)
    if probabilities is not None:
        buffer = BytesIO()
        np.save(buffer, np.asarray(probabilities, dtype=np.float16), allow_pickle=False)
        written.append(folder / f"{name}{PROBABILITIES_SUFFIX}")
        write_atomic(written[1], buffer.getvalue())
    return written
