"""Export of rasters: masks with class colors as GeoTIFF and palette PNG, and images as GeoTIFF."""

import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE, Mask
from seep.errors import StorageError
from seep.io.masks import PREDICTED

BLOCK_PX = 512

ReadMask = Callable[[Window], Mask]
Colors = dict[int, tuple[int, int, int, int]]

_UNSURE_COLOR = (128, 128, 128, 0)


@dataclass(frozen=True)
class ImageLayout:
    """Size of an image in pixels, type of its pixels, nodata value, and names of its bands."""

    height: int
    width: int
    dtype: str
    nodata: float | None
    band_names: Sequence[str]


def write_geotiff(
    path: Path,
    shape: tuple[int, int],
    read: ReadMask,
    classes: Sequence[SeepClass],
    georeference: Georeference | None,
    *,
    predicted: bool = False,
) -> None:
    """Write a mask as a tiled, compressed GeoTIFF with a color table, one row of blocks at a time.

    UNSURE is the nodata value. The class names are the tags `CLASS_1`, `CLASS_2`, ... of the band.

    Args:
        path: path of the new file.
        shape: (height, width) of the mask.
        read: returns the mask of a window, (window.height, window.width) uint8.
        classes: names and colors of the classes.
        georeference: georeference of the mask; None for a file without one.
        predicted: some of the mask is a prediction that nobody reviewed; see `seep.io.masks.is_prediction`.

    Raises:
        StorageError: the file could not be written, or its content differs when it is read again.
    """
    height, width = shape
    profile = _tiled(height, width) | {"count": 1, "dtype": "uint8", "nodata": UNSURE}
    written: list[int] = []
    try:
        with _quiet():
            with rasterio.open(path, "w", driver="GTiff", **profile) as file:
                _lay(file, georeference)
                file.write_colormap(1, color_table(classes))
                if predicted:
                    file.update_tags(TIFFTAG_IMAGEDESCRIPTION=PREDICTED)
                file.update_tags(1, **{f"CLASS_{seep_class.id}": seep_class.name for seep_class in classes})
                for window in _rows(height, width):
                    mask = read(window)
                    file.write(mask, 1, window=_window(window))
                    written.append(zlib.crc32(mask.tobytes()))
            _check(path, height, width, written)
    except RasterioError as error:
        raise StorageError(
            f"{path.name} could not be written ({error}). Free space or choose another folder."
        ) from error


def write_pixels(
    path: Path,
    image: ImageLayout,
    read: Callable[[Window], npt.NDArray[Any]],
    georeference: Georeference | None,
) -> None:
    """Write the pixels of an image as a tiled, compressed GeoTIFF, one row of blocks at a time.

    Args:
        path: path of the new file.
        image: size and bands of the image.
        read: returns a window, (height, width) or (height, width, bands) in the dtype of the image.
        georeference: of the image; None for a file without one.

    Raises:
        StorageError: the file could not be written, or its content differs when it is read again.
    """
    profile = {"count": len(image.band_names), "dtype": image.dtype, "nodata": image.nodata}
    written: list[int] = []
    try:
        with _quiet():
            with rasterio.open(
                path, "w", driver="GTiff", **_tiled(image.height, image.width), **profile
            ) as file:
                _lay(file, georeference)
                for band, name in enumerate(image.band_names, 1):
                    file.set_band_description(band, name)
                for window in _rows(image.height, image.width):
                    pixels = read(window)
                    bands = np.ascontiguousarray(np.moveaxis(np.atleast_3d(pixels), -1, 0))
                    file.write(bands, window=_window(window))
                    written.append(zlib.crc32(bands.tobytes()))
            _check(path, image.height, image.width, written)
    except RasterioError as error:
        raise StorageError(
            f"{path.name} could not be written ({error}). Free space or choose another folder."
        ) from error


def to_cog(path: Path, overview: str = "mode") -> None:
    """Replace a GeoTIFF by a cloud-optimized one.

    Ground control points, class colors and tags are kept.

    Args:
        path: of a file of `write_geotiff` or `write_pixels`.
        overview: how an overview pixel is made: "mode" for the most frequent class, "average" for pixels.

    Raises:
        StorageError: the file could not be written.
    """
    made = path.with_suffix(".cog")
    try:
        with _quiet():
            rasterio.shutil.copy(
                path, made, driver="COG", compress="deflate", blocksize=BLOCK_PX, overview_resampling=overview
            )
        made.replace(path)
    except (RasterioError, OSError) as error:
        raise StorageError(
            f"{path.name} could not be written ({error}). Free space or choose another folder."
        ) from error


def png(mask: Mask, classes: Sequence[SeepClass]) -> bytes:
    """Encode a mask as an 8-bit PNG with a palette of the class colors; pixel values are class ids.

    Args:
        mask: (H, W) uint8.
    """
    profile: dict[str, Any] = {"count": 1, "height": mask.shape[0], "width": mask.shape[1], "dtype": "uint8"}
    with _quiet(), MemoryFile(ext=".png") as memory:
        with memory.open(driver="PNG", **profile) as file:
            file.write(mask, 1)
            file.write_colormap(1, color_table(classes))
        return bytes(memory.read())


def color_table(classes: Sequence[SeepClass]) -> Colors:
    """Return RGBA (0 to 255) by mask value; background and UNSURE are transparent."""
    table = {
        seep_class.id: (
            *(int(seep_class.color[at : at + 2], 16) for at in (1, 3, 5)),
            255 if seep_class.id else 0,
        )
        for seep_class in classes
    }
    return {**table, UNSURE: _UNSURE_COLOR}  # type: ignore[dict-item]


def _tiled(height: int, width: int) -> dict[str, Any]:
    """Return the layout of a compressed TIFF; an image smaller than a block has strips."""
    profile: dict[str, Any] = {"height": height, "width": width, "compress": "deflate", "bigtiff": "IF_SAFER"}
    if height < BLOCK_PX or width < BLOCK_PX:
        return profile | {"tiled": False}
    return profile | {"tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX}


def _rows(height: int, width: int) -> Iterator[Window]:
    for y in range(0, height, BLOCK_PX):
        yield Window(0, y, width, min(BLOCK_PX, height - y))


def _window(window: Window) -> rasterio.windows.Window:
    return rasterio.windows.Window(window.x, window.y, window.width, window.height)


def _lay(file: Any, georeference: Georeference | None) -> None:
    if georeference is None:
        return
    if georeference.transform is not None:
        file.transform = rasterio.Affine(*georeference.transform)
        if georeference.crs:
            file.crs = georeference.crs
    elif georeference.gcps:
        points = [GroundControlPoint(row=r, col=c, x=x, y=y) for r, c, x, y in georeference.gcps]
        file.gcps = (points, rasterio.crs.CRS.from_user_input(georeference.gcp_crs or "EPSG:4326"))


def _check(path: Path, height: int, width: int, written: list[int]) -> None:
    """Compare the file with the written data: GDAL does not always report a full disk when a file is closed."""
    with rasterio.open(path) as file:
        for window, sum_written in zip(_rows(height, width), written, strict=True):
            if zlib.crc32(file.read(window=_window(window)).tobytes()) != sum_written:
                raise StorageError(
                    f"{path.name} is not on the disk as it was written. Free space or choose another folder."
                )


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress rasterio's warning about a missing georeference; most tiles have none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield
