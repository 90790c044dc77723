"""Land masks: polygons of a vector file in any CRS, whose pixels become nodata.

Land is nodata rather than unsure, because tiles without a mask have land too, and all parts of Seep leave out nodata:
prediction, statistics, training and metrics.
"""

import math
from functools import lru_cache
from pathlib import Path

from seep.core.text import counted
from seep.errors import ImageError, MaskError
from seep.io.annotations.model import AnnotationFile, ImageShapes
from seep.io.annotations.reading import read_shapes
from seep.io.annotations.shapes import rasterize_land
from seep.io.header import ImageHeader
from seep.io.readers.land_mask import LandMask, encode_land

SUFFIXES = (".gpkg", ".shp", ".geojson", ".json")


def check_land_shapes(file: AnnotationFile, name: str) -> ImageShapes:
    """Return the only entry of a vector file with polygons in longitude and latitude.

    Raises:
        MaskError: the file has another format, or no polygons.
    """
    found = file.images
    if len(found) != 1 or found[0].frame != "lonlat":
        raise MaskError(f"{name} has no coordinates on the Earth. Provide GeoPackage, Shapefile or GeoJSON.")
    if not found[0].shapes:
        kinds = ", ".join(counted(count, kind) for kind, count in sorted(found[0].omitted.items()))
        raise MaskError(f"{name} has no polygons{f' ({kinds})' if kinds else ''}. Provide polygons of land.")
    return found[0]


def land_of(
    header: ImageHeader, nodata: float | None, land: str, name: str
) -> tuple[LandMask | None, tuple[str, ...]]:
    """Return the land of an image and notes.

    Args:
        nodata: value of pixels without a measurement, or None.
        land: path of the vector file; "" for none.
        name: of the image, for messages.

    Returns:
        None for an image without land or without a georeference; a note tells the second.

    Raises:
        ImageError: an image of integers has land, but no nodata value.
        MaskError: the vector file cannot be read.
    """
    if not land:
        return None, ()
    path = Path(land)
    if header.georeference is None:
        return None, (f"{name}: no georeference, so the land of {path.name} is not masked.",)
    found = encode_land(
        rasterize_land(_shapes(path, _modified_ns(path)), (header.height, header.width), header.georeference)
    )
    if not found.pixels:
        return None, ()
    if nodata is None and not header.dtype.startswith("float"):
        raise ImageError(
            f"{name} has land, which needs a nodata value in integer images. Set the nodata value."
        )
    return found, ()


def land_fill(header: ImageHeader, nodata: float | None) -> float:
    """Return the value of land pixels: NaN in images of floats, else the nodata value."""
    return math.nan if header.dtype.startswith("float") or nodata is None else nodata


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise MaskError(f"{path.name} cannot be read: {error.strerror or error}.") from error


@lru_cache(maxsize=1)  # one import reads one file for all of its images
def _shapes(path: Path, _modified: int) -> ImageShapes:
    return check_land_shapes(read_shapes(path), path.name)
