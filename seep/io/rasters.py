"""Reading parts of a large TIFF in place: by window, by block, or smaller than it is.

GDAL reads here, by way of rasterio: it decodes only the blocks that a window touches and knows overviews.
What comes through is checked by `seep.io.tiff.read_header` first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as Span

from seep.core.grid import Window
from seep.core.raster import Image
from seep.errors import ImageError

CACHE_MB = 64
"""What GDAL may keep of decoded blocks; its own habit, a twentieth of all memory, is shared by no one."""
_OPTIONS = {"GDAL_CACHEMAX": CACHE_MB, "GDAL_NUM_THREADS": "1", "GDAL_PAM_ENABLED": False}


@dataclass(frozen=True)
class Raster:
    """An open raster; for one thread only.

    Attributes:
        dataset: of rasterio.
        name: of the file, for messages.
    """

    dataset: DatasetReader
    name: str

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.dataset.height)

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.dataset.width)

    @property
    def bands(self) -> int:
        """Bands."""
        return int(self.dataset.count)

    @property
    def block(self) -> tuple[int, int]:
        """Height and width of the blocks that are decoded at once."""
        height, width = self.dataset.block_shapes[0]
        return int(height), int(width)

    @property
    def overviews(self) -> list[int]:
        """By how much the overviews are reduced, the finest first; empty without any."""
        return [int(factor) for factor in self.dataset.overviews(1)]

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
        span = Span(window.x, window.y, window.width, window.height)
        wanted = list(range(1, self.bands + 1)) if band is None else [band + 1]
        out = None if shape is None else (len(wanted), *shape)
        try:
            found = self.dataset.read(wanted, window=span, out_shape=out, resampling=Resampling.nearest)
        except (RasterioError, ValueError) as error:
            raise ImageError(
                f"{self.name} cannot be read at {window} ({str(error)[:120]}). Copy or export it again."
            ) from error
        return np.ascontiguousarray(np.moveaxis(found, 0, -1)) if len(wanted) > 1 else np.asarray(found[0])


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """Open a TIFF for reading parts of it.

    Raises:
        ImageError: it cannot be opened as a TIFF.
    """
    with rasterio.Env(**_OPTIONS):
        try:
            dataset = rasterio.open(path, driver="GTiff")
        except RasterioError as error:
            raise ImageError(
                f"{path.name} cannot be opened as a TIFF ({str(error)[:120]}). Check the file."
            ) from error
        with dataset:
            yield Raster(dataset, path.name)
