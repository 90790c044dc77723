"""Polygons of GeoPackages and Shapefiles in any CRS, for all images with a georeference.

Read by GDAL, through pyogrio.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError, ProjError

from seep.core.text import number
from seep.errors import MaskError
from seep.io.annotations.geojson import LABELS, in_degrees
from seep.io.annotations.shapes import MAX_POINTS, ImageShapes, Polygon
from seep.io.vector_signature import check_signature, read_layer

SUFFIXES = (".gpkg", ".shp")
SIDECARS = (".shx", ".dbf", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".qpj", ".gpkg-wal", ".gpkg-shm")
_REMEDIES = {
    ".gpkg": "Set the CRS of the layer, or export it in WGS 84.",
    ".shp": "The .prj file with its CRS is missing. Add it, or export the file in WGS 84.",
}
"""Against coordinates that are not degrees in a layer without a CRS."""
_READ = {"Polygon", "MultiPolygon", "GeometryCollection"}


def read_vector_layers(path: Path) -> list[ImageShapes]:
    """Read the polygons of all layers, in longitude and latitude.

    The class of a feature is its attribute `class_name`, `class`, `label`, `name`, `category` or `class_id`,
    else class 1.

    Raises:
        MaskError: damaged file, a part of a Shapefile is missing, or a CRS that is missing or unknown.
    """
    shapes: list[Polygon] = []
    omitted: Counter[str] = Counter()
    check_signature(path)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        for layer in layers:
            shapes += _layer(path, layer, omitted)
    except (DataSourceError, DataLayerError, shapely.errors.GEOSException, ValueError, OSError) as error:
        reason = str(error).replace(str(path), path.name)[:120]
        raise MaskError(f"{path.name} is damaged or incomplete ({reason}). Export it again.") from error
    return [ImageShapes(path.name, shapes, "lonlat", omitted=omitted, labels_from="attributes")]


def _layer(path: Path, layer: str, omitted: Counter[str]) -> Iterator[Polygon]:
    meta, _, geometries, columns = read_layer(path, layer)
    to_lonlat = _transformer(meta.get("crs"), path.name)
    names = [str(name).lower() for name in meta["fields"]]
    labels = [columns[names.index(name)] for name in LABELS if name in names]
    for position, geometry in enumerate(shapely.from_wkb(geometries)):
        if geometry is None or geometry.is_empty:
            continue
        label = next((_plain(column[position]) for column in labels if _plain(column[position]) != ""), 1)
        yield from _polygons(geometry, label, to_lonlat, path.name, omitted)


def _polygons(
    geometry: Any, label: str | int, to_lonlat: pyproj.Transformer | None, source: str, omitted: Counter[str]
) -> Iterator[Polygon]:
    if geometry.geom_type not in _READ:
        omitted[geometry.geom_type.lower()] += 1
        return
    if geometry.geom_type != "Polygon":
        for part in geometry.geoms:
            yield from _polygons(part, label, to_lonlat, source, omitted)
        return
    if shapely.get_num_coordinates(geometry) > MAX_POINTS:
        raise MaskError(f"{source} has a polygon of more than {number(MAX_POINTS)} points. Simplify it.")
    rings = [shapely.get_coordinates(one) for one in (geometry.exterior, *geometry.interiors)]
    remedy = _REMEDIES[Path(source).suffix.lower()]
    yield Polygon(label, tuple(in_degrees(ring, to_lonlat, source, remedy) for ring in rings))


def _transformer(crs: str | None, source: str) -> pyproj.Transformer | None:
    if crs is None:
        return None
    try:
        return pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(crs), "OGC:CRS84", always_xy=True)
    except (CRSError, ProjError) as error:
        raise MaskError(
            f"{source} has a CRS that is not supported ({crs[:60]}). Export it in WGS 84."
        ) from error


def _plain(value: Any) -> str | int:
    """Return an attribute as text or a whole number; "" if it is missing."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating | np.integer | int) and float(value).is_integer():
        return int(value)
    return str(value)
