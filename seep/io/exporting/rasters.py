"""Masks as pictures with class colors: GeoTIFF with its place on the ground, and palette PNG."""

import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE, Mask
from seep.errors import StorageError

BLOCK_PX = 512

ReadMask = Callable[[Window], Mask]
Colors = dict[int, tuple[int, int, int, int]]

_UNSURE_COLOR = (128, 128, 128, 0)


def write_geotiff(
    path: Path,
    shape: tuple[int, int],
    read: ReadMask,
    classes: Sequence[SeepClass],
    georeference: Georeference | None,
) -> None:
    """Write a mask as a tiled, deflated GeoTIFF with a color table; memory is one row of blocks.

    UNSURE is its nodata value; the classes' names are tags `CLASS_1`, `CLASS_2`, ... of the band.

    Args:
        path: where to.
        shape: (height, width) of the mask.
        read: gives the mask of a window, (window.height, window.width) uint8.
        classes: names and colors.
        georeference: where the mask lies; None writes none.

    Raises:
        StorageError: the file could not be written; it is read again to make sure.
    """
    height, width = shape
    profile = {"count": 1, "height": height, "width": width, "dtype": "uint8", "nodata": UNSURE}
    profile |= {"tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX, "bigtiff": "IF_SAFER"}
    if height < BLOCK_PX or width < BLOCK_PX:
        profile |= {"tiled": False, "blockxsize": None, "blockysize": None}
    kept = {name: value for name, value in profile.items() if value is not None}
    written: list[int] = []
    try:
        with _quiet():
            with rasterio.open(path, "w", driver="GTiff", compress="deflate", **kept) as file:
                _lay(file, georeference)
                file.write_colormap(1, color_table(classes))
                file.update_tags(1, **{f"CLASS_{one.id}": one.name for one in classes})
                for window in _rows(height, width):
                    mask = read(window)
                    file.write(mask, 1, window=_window(window))
                    written.append(zlib.crc32(mask.tobytes()))
            _check(path, height, width, written)
    except RasterioError as error:
        raise StorageError(
            f"{path.name} could not be written ({error}). Free space or choose another folder."
        ) from error


def png(mask: Mask, classes: Sequence[SeepClass]) -> bytes:
    """Encode a mask as an 8-bit PNG whose palette holds the classes' colors; pixel values are class ids.

    Args:
        mask: (H, W) uint8.
        classes: colors.
    """
    profile: dict[str, Any] = {"count": 1, "height": mask.shape[0], "width": mask.shape[1], "dtype": "uint8"}
    with _quiet(), MemoryFile(ext=".png") as memory:
        with memory.open(driver="PNG", **profile) as file:
            file.write(mask, 1)
            file.write_colormap(1, color_table(classes))
        return bytes(memory.read())


def color_table(classes: Sequence[SeepClass]) -> Colors:
    """Return red, green, blue, opacity (0 to 255) by value of the mask; background and UNSURE let through."""
    table = {
        one.id: (*(int(one.color[at : at + 2], 16) for at in (1, 3, 5)), 255 if one.id else 0)
        for one in classes
    }
    return {**table, UNSURE: _UNSURE_COLOR}  # type: ignore[dict-item]


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
    """Read back what was written: GDAL does not tell of every disk that was full when a file was closed."""
    with rasterio.open(path) as file:
        for window, sum_written in zip(_rows(height, width), written, strict=True):
            if zlib.crc32(file.read(1, window=_window(window)).tobytes()) != sum_written:
                raise StorageError(
                    f"{path.name} is not on the disk as it was written. Free space or choose another folder."
                )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep rasterio from warning of masks that have no place on the ground: most tiles have none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield
