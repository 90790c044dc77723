"""Small rasters that stand for large ones."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import Affine

from seep.core.synthesis.scene import synthesize_scene
from seep.workflow.imports.rasters import RasterOptions, RasterReport, import_raster
from seep.workflow.workspace import Workspace
from tests.actors import ADA

HEIGHT, WIDTH = 500, 700
WINDOW, OVERLAP = 256, 32


def write_raster(path: Path, image: np.ndarray, **profile: Any) -> Path:
    """Write a GeoTIFF at 10 m in UTM zone 33: tiled and deflated unless told otherwise."""
    bands = image[:, :, np.newaxis] if image.ndim == 2 else image
    told: dict[str, Any] = {
        "driver": "GTiff",
        "height": bands.shape[0],
        "width": bands.shape[1],
        "count": bands.shape[2],
        "dtype": image.dtype,
        "nodata": 0,
        "tiled": True,
        "blockxsize": 128,
        "blockysize": 128,
        "compress": "deflate",
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, 400_000, 0, -10, 4_400_000),
    }
    with rasterio.open(path, "w", **{**told, **profile}) as out:
        for band in range(bands.shape[2]):
            out.write(bands[:, :, band], band + 1)
    return path


def sea(seed: int = 5, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    return synthesize_scene(seed, height, width, wedges=False).image


def open_raster_scene(workspace: Workspace, path: Path, **options: Any) -> RasterReport:
    chosen = RasterOptions(**{"window_px": WINDOW, "overlap_px": OVERLAP, **options})
    return import_raster(workspace, path, chosen, ADA)
