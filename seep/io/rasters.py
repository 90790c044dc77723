"""Reads windows of large images in place, at full or reduced resolution.

GDAL reads TIFFs here, through rasterio: it decodes only the blocks that a window overlaps and uses overviews.
`seep.io.images.read_header` checks them first. Other formats, and views of selected bands, are read with
`seep.io.images.read_window`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as Span

from seep.core.geo.grid import Window
from seep.core.image.arrays import Image, as_bands
from seep.errors import ImageError
from seep.io.header import ImageHeader, converted
from seep.io.images import kind_of, read_header, read_window
from seep.io.readers.gdal import color_bands, opened

_BLOCK_PX = 256


class Raster(Protocol):
    """An open raster, for one thread.

    Attributes:
        height: rows.
        width: columns.
        bands: number of bands.
        block: height and width of the blocks that are decoded together.
        overviews: reduction factors of the overviews, the finest first; empty if there are none.
    """

    @property
    def height(self) -> int: ...  # noqa: D102 - see above
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def bands(self) -> int: ...  # noqa: D102
    @property
    def block(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def overviews(self) -> list[int]: ...  # noqa: D102

    def read(self, window: Window, shape: tuple[int, int] | None = None, band: int | None = None) -> Image:
        """Read a window, reduced by nearest neighbor if a shape is given.

        Args:
            shape: (height, width) of the result; None for that of the window.
            band: number of one band, from 0; None for all bands.

        Returns:
            (H, W), or (H, W, bands) for several bands, in the dtype of the file.

        Raises:
            ImageError: the file is damaged or missing.
        """
        ...


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """Open an image to read windows of it.

    Raises:
        ImageError: the image cannot be opened.
    """
    if kind_of(path) != "TIFF":
        yield _Windowed(path, read_header(path))
        return
    with opened(path, "GTiff") as dataset:
        yield _Dataset(dataset, path.name)


@dataclass(frozen=True)
class _Dataset:
    """A TIFF, opened by GDAL."""

    dataset: DatasetReader
    name: str

    @property
    def height(self) -> int:
        return int(self.dataset.height)

    @property
    def width(self) -> int:
        return int(self.dataset.width)

    @property
    def bands(self) -> int:
        return len(color_bands(self.dataset))

    @property
    def block(self) -> tuple[int, int]:
        height, width = self.dataset.block_shapes[0]
        return int(height), int(width)

    @property
    def overviews(self) -> list[int]:
        return [int(factor) for factor in self.dataset.overviews(1)]

    def read(self, window: Window, shape: tuple[int, int] | None = None, band: int | None = None) -> Image:
        span = Span(window.x, window.y, window.width, window.height)
        bands = color_bands(self.dataset)
        wanted = bands if band is None else [bands[band]]
        out = None if shape is None else (len(wanted), *shape)
        try:
            found = converted(
                self.dataset.read(wanted, window=span, out_shape=out, resampling=Resampling.nearest)
            )
        except (RasterioError, ValueError) as error:
            raise ImageError(
                f"{self.name} cannot be read at {window} ({str(error)[:120]}). Export it again."
            ) from error
        return np.ascontiguousarray(np.moveaxis(found, 0, -1)) if len(wanted) > 1 else np.asarray(found[0])


@dataclass(frozen=True)
class _Windowed:
    """Another image, read by window: a SAFE product, a view, a PNG or JPEG, an array."""

    path: Path
    header: ImageHeader

    @property
    def height(self) -> int:
        return self.header.height

    @property
    def width(self) -> int:
        return self.header.width

    @property
    def bands(self) -> int:
        return self.header.bands

    @property
    def block(self) -> tuple[int, int]:
        return min(_BLOCK_PX, self.height), min(_BLOCK_PX, self.width)

    @property
    def overviews(self) -> list[int]:
        return []

    def read(self, window: Window, shape: tuple[int, int] | None = None, band: int | None = None) -> Image:
        part = read_window(self.path, window)
        if band is not None:
            part = as_bands(part)[:, :, band]
        if shape is None:
            return part
        rows = (np.arange(shape[0]) * window.height + window.height // 2) // shape[0]
        columns = (np.arange(shape[1]) * window.width + window.width // 2) // shape[1]
        return np.ascontiguousarray(
            part[np.minimum(rows, window.height - 1)][:, np.minimum(columns, window.width - 1)]
        )
