"""Writes the images of a training set: copies of imported files, or windows of large images."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from seep.core.geo.georeference import Georeference
from seep.errors import ImageError


def write_image(
    path: Path,
    source: Path,
    image: npt.NDArray[Any] | None,
    nodata: float | None,
    georeference: Georeference | None,
) -> None:
    """Write the image of a tile.

    Args:
        path: destination.
        source: imported file.
        image: (H, W) or (H, W, bands) to write as a deflated TIFF; None to copy the file.
        nodata: value of pixels without a measurement, written as a tag.
        georeference: of the image, written if it has a transform.

    Raises:
        ImageError: the imported file is missing.
        OSError: the image could not be written.
    """
    if image is None:
        if not source.is_file():
            raise ImageError(f"{source} is missing. Restore the image, or export other tiles.")
        shutil.copyfile(source, path)
        return
    bands = image[:, :, np.newaxis] if image.ndim == 2 else image
    height, width, count = bands.shape
    profile = {"count": count, "height": height, "width": width, "dtype": bands.dtype.name, "nodata": nodata}
    if georeference is not None and georeference.transform is not None:
        profile |= {"transform": rasterio.Affine(*georeference.transform), "crs": georeference.crs}
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(driver="GTiff", compress="deflate", **profile) as file:
            file.write(np.moveaxis(bands, -1, 0))
        path.write_bytes(memory.read())  # GDAL does not report a full disk
