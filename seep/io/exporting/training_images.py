"""Writes the images of data sets: copies of imported files, windows of large images, or 8-bit pictures."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import cv2
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


def write_picture(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    """Write a gray (H, W) or (H, W, 1), or RGB (H, W, 3) picture, uint8, as PNG.

    Raises:
        OSError: the picture could not be written.
    """
    found = picture[:, :, ::-1] if picture.shape[2:] == (3,) else picture
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(found))[1].tobytes())
