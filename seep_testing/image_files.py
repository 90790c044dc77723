"""Files that tests of readers make: GeoTIFFs and a small Sentinel-1 product."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio import Affine
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning

from seep.errors import MaskError
from seep.io.annotations.matching import Annotations
from seep.io.annotations.model import ImageShapes

UTM = Affine(10, 0, 500_000, 0, -10, 4_500_000)
UNPLACED = {"crs": None, "transform": None}
NAME = "S1A_IW_GRDH_1SDV_20200102T053011_20200102T053036_030612_038224_8A3F"


def write_geotiff(path: Path, image: np.ndarray, **options: Any) -> Path:
    """Write (H, W) or (H, W, bands) by rasterio, placed in UTM unless said otherwise."""
    bands = image[:, :, np.newaxis] if image.ndim == 2 else image
    names = options.pop("names", ())
    gcps = options.pop("gcps", None)
    profile = {"crs": "EPSG:32633", "transform": UTM} if gcps is None else {}
    profile |= {"driver": "GTiff", "height": bands.shape[0], "width": bands.shape[1], "count": bands.shape[2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        dataset = rasterio.open(path, "w", **profile | {"dtype": bands.dtype.name} | options)
    with dataset:
        for band in range(bands.shape[2]):
            dataset.write(bands[:, :, band], band + 1)
        for number, name in enumerate(names, 1):
            dataset.set_band_description(number, name)
        if gcps is not None:
            dataset.gcps = (gcps, "EPSG:4326")
    return path


def write_safe(
    folder: Path,
    shape: tuple[int, int] = (60, 80),
    polarizations: str = "vv vh",
    *,
    layout: str = "esa",
    placed: str = "tiff",
) -> Path:
    """Write a SAFE folder: DN 100 + row in VV, 50 in VH; A grows by 200 down the lines, by 1 a pixel.

    The layout is "esa" or "aws"; the points are in the "tiff", in the "annotation" or "nowhere".
    """
    product = folder / (f"{NAME}.SAFE" if layout == "esa" else NAME)
    (product / "measurement").mkdir(parents=True)
    (product / "annotation" / "calibration").mkdir(parents=True)
    (product / "manifest.safe").write_text("<xfdu/>")
    rows, columns = shape
    gcps = [
        GroundControlPoint(row, column, 10 + 1e-4 * column, 50 - 9e-5 * row, 0)
        for row in np.linspace(0, rows, 4)
        for column in np.linspace(0, columns, 5)
    ]
    for polarization in polarizations.split():
        long = f"s1a-iw-grd-{polarization}-20200102t053011-20200102t053036-030612-038224-001"
        stem = long if layout == "esa" else f"iw-{polarization}"
        image = np.full(shape, 50, np.uint16)
        if polarization == "vv":
            image = np.repeat(100 + np.arange(rows, dtype=np.uint16)[:, np.newaxis], columns, axis=1)
            image[:5] = 0
        write_geotiff(
            product / "measurement" / f"{stem}.tiff",
            image,
            **({"gcps": gcps} if placed == "tiff" else UNPLACED),
        )
        if placed == "annotation":
            points = "".join(
                f"<geolocationGridPoint><line>{p.row}</line><pixel>{p.col}</pixel><latitude>{p.y}</latitude>"
                f"<longitude>{p.x}</longitude><incidenceAngle>{30 + p.col / columns * 16}</incidenceAngle>"
                "</geolocationGridPoint>"
                for p in gcps
            )
            (product / "annotation" / f"{stem}.xml").write_text(f"<product>{points}</product>")
        pixels = [0, columns // 2, columns - 1]
        vectors = "".join(
            f"<calibrationVector><line>{line}</line><pixel>{' '.join(map(str, pixels))}</pixel>"
            f"<sigmaNought>{' '.join(str(float(base + pixel)) for pixel in pixels)}</sigmaNought>"
            "</calibrationVector>"
            for line, base in ((0, 200), (rows - 1, 400))
        )
        path = product / "annotation" / "calibration" / f"calibration-{stem}.xml"
        path.write_text(
            f"<calibration><calibrationVectorList>{vectors}</calibrationVectorList></calibration>"
        )
    return product


def annotation_of(annotations: Annotations, image: str | Path) -> ImageShapes | None:
    """Return the annotation of the only image."""
    found = annotations.match([Path(image)])[Path(image)]
    problem = found.problem or (annotations.problems[0] if annotations.problems and not found.entry else "")
    if problem:
        raise MaskError(problem)
    return found.entry
