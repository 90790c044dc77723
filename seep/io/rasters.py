"""Reading parts of a large image in place: by window, by block, or smaller than it is.

GDAL reads TIFFs here, by way of rasterio: it decodes only the blocks that a window touches and knows
overviews. What comes through is checked by `seep.io.images.read_header` first. Other kinds of images, and
bands that were chosen of an image, are read through `seep.io.images.read_window`.
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
from seep.io.header import ImageHeader
from seep.io.images import kind_of, read_header, read_window
from seep.io.readers.gdal import color_bands, opened

_BLOCK_PX = 256


class Raster(Protocol):
    """An open raster; for one thread only.

    Attributes:
        height: rows.
        width: columns.
        bands: how many.
        block: height and width of the blocks that are decoded at once.
        overviews: by how much the overviews are reduced, the finest first; empty without any.
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
        """Read a part, made smaller by taking the nearest pixels if a shape is given.

        Args:
            window: within the raster.
            shape: (height, width) of what shall come back; None for as large as the window.
            band: number of one band, from 0; None for all.

        Returns:
            (H, W), or (H, W, bands) where all of more than one are read; the file's dtype.

        Raises:
            ImageError: the file is damaged, or gone.
        """
        ...


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """Open an image for reading parts of it.

    Raises:
        ImageError: it cannot be opened.
    """
    if kind_of(path) != "TIFF":
        yield _Windowed(path, read_header(path))
        return
    with opened(path, "GTiff") as dataset:
        yield _Dataset(dataset, path.name)


@dataclass(frozen=True)
class _Dataset:
    """A TIFF that GDAL has opened."""

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
            found = self.dataset.read(wanted, window=span, out_shape=out, resampling=Resampling.nearest)
        except (RasterioError, ValueError) as error:
            raise ImageError(
                f"{self.name} cannot be read at {window} ({str(error)[:120]}). Copy or export it again."
            ) from error
        return np.ascontiguousarray(np.moveaxis(found, 0, -1)) if len(wanted) > 1 else np.asarray(found[0])


@dataclass(frozen=True)
class _Windowed:
    """Any image, read a window at a time: a SAFE product, a view, a picture, an array."""

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
