"""Reads georeferenced TIFF, PNG, JPEG, JPEG 2000 and NITF with GDAL, through rasterio.

GDAL opens one file with one driver: no sidecar files and no network.
"""

import math
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as Span

from seep.core.geo.georeference import Georeference, checked_georeference
from seep.core.geo.grid import Window
from seep.errors import ImageError
from seep.io.header import OMITTED_GRIDS, OMITTED_TAG, ImageHeader, converted, converted_dtype, stored_dtype

Image = npt.NDArray[Any]

OPTIONS = {
    "GDAL_CACHEMAX": 64,
    "GDAL_NUM_THREADS": "1",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_TIFF_INTERNAL_MASK": "NO",
    "GDAL_PNG_WHOLE_IMAGE_OPTIM": "NO",  # it accepts truncated files
}
_COMPRESSIONS = {"lzw": "LZW", "packbits": "PackBits", "zstd": "Zstandard", "jpeg": "JPEG"}
_NAME_LENGTH = 40
_opening = threading.Lock()


@contextmanager
def opened(path: Path, driver: str) -> Iterator[DatasetReader]:
    """Open a file with a GDAL driver; errors inside the block become ImageError."""
    try:
        with rasterio.Env(**OPTIONS), _open(path, driver) as dataset:
            yield dataset
    except (RasterioError, CPLE_BaseError, ValueError, IndexError, MemoryError) as error:
        reason = str(error.__cause__ or error).replace(str(path), path.name)[:120]
        raise ImageError(f"{path.name} is damaged or truncated ({reason}). Export it again.") from error


@contextmanager
def without_place() -> Iterator[None]:
    """Suppress the warning about a missing georeference; locked, because threads share the filters."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def _open(path: Path, driver: str) -> DatasetReader:
    with without_place():
        return rasterio.open(path, driver=driver)


def header_of(dataset: DatasetReader, name: str) -> ImageHeader:
    """Return the header of a dataset, without an alpha band."""
    bands = color_bands(dataset)
    dtypes = {dataset.dtypes[band - 1] for band in bands}
    if len(dtypes) > 1:
        raise ImageError(
            f"{name} has bands of different types: {', '.join(sorted(dtypes))}. Convert them to one type."
        )
    dtype, nodata = dtypes.pop(), dataset.nodata
    way = dataset.compression.value.lower() if dataset.compression else "none"
    return ImageHeader(
        height=dataset.height,
        width=dataset.width,
        bands=len(bands),
        dtype=converted_dtype(dtype),
        stored_dtype=stored_dtype(dtype),
        nodata=float(nodata) if nodata is not None and math.isfinite(nodata) else None,
        band_names=_names(dataset, bands),
        georeference=_georeference(dataset),
        compression=_COMPRESSIONS.get(way, way),
        ignored=_ignored(dataset, bands),
    )


def _ignored(dataset: DatasetReader, bands: list[int]) -> tuple[str, ...]:
    """Return the properties of a dataset that `read_pixels` does not apply."""
    found = []
    if dataset.colorinterp[bands[0] - 1] == ColorInterp.palette:
        found.append("a palette")
    if any(flags == [MaskFlags.per_dataset] for flags in dataset.mask_flag_enums):
        found.append("a mask of valid pixels")
    values = {(dataset.scales[band - 1], dataset.offsets[band - 1]) for band in bands}
    if values != {(1.0, 0.0)}:
        scale, offset = sorted(values)[0]
        found.append(f"the scale {scale:g} and the offset {offset:g}")
    if OMITTED_TAG in dataset.tags():
        found.append(OMITTED_GRIDS)
    return tuple(found)


def color_bands(dataset: DatasetReader) -> list[int]:
    """Return the numbers of the bands without alpha, from 1."""
    kinds = dataset.colorinterp
    return [n for n, kind in enumerate(kinds, 1) if kind != ColorInterp.alpha] or list(dataset.indexes)


def read_pixels(dataset: DatasetReader, window: Window | None = None) -> Image:
    """Decode all pixels or a window inside: (H, W), or (H, W, bands) for more than one band."""
    span = None if window is None else Span(window.x, window.y, window.width, window.height)
    found = converted(dataset.read(color_bands(dataset), window=span))
    return np.asarray(found[0]) if len(found) == 1 else np.ascontiguousarray(np.moveaxis(found, 0, -1))


def _names(dataset: DatasetReader, bands: list[int]) -> tuple[str, ...]:
    said = [dataset.descriptions[band - 1] for band in bands]
    if not all(said):
        kinds = [dataset.colorinterp[band - 1] for band in bands]
        colors = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        return ("red", "green", "blue") if tuple(kinds) == colors else ()
    names = tuple("".join(c if c.isprintable() else " " for c in text or "")[:_NAME_LENGTH] for text in said)
    return names if len(set(names)) == len(names) else ()


def _georeference(dataset: DatasetReader) -> Georeference | None:
    """Return the georeference of a dataset, or None if it is unknown or unusable."""
    transform = tuple(dataset.transform)[:6]
    points, points_crs = dataset.gcps
    if dataset.crs is not None and not dataset.transform.is_identity:
        return checked_georeference(Georeference(_crs(dataset.crs), transform))
    if not points or points_crs is None:
        return None
    gcps = tuple((float(p.row), float(p.col), float(p.x), float(p.y)) for p in points)
    return checked_georeference(Georeference(None, None, gcps, _crs(points_crs)))


def _crs(crs: Any) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())
