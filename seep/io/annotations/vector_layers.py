"""Polygons of GeoPackages and Shapefiles in any CRS, for all images with a georeference.

Read by GDAL, through pyogrio.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError, ProjError

from seep.core.import_options import AnnotationOptions
from seep.core.text import number
from seep.errors import MaskError
from seep.io.annotations.geojson import class_attributes, in_degrees, label_of, labels_from
from seep.io.annotations.model import AnnotationFile, Outcomes, Polygon
from seep.io.annotations.outlines import MAX_POINTS
from seep.io.vector_signature import check_signature, read_layer

SUFFIXES = (".gpkg", ".shp")
SIDECARS = (".shx", ".dbf", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".qpj", ".gpkg-wal", ".gpkg-shm")
_REMEDIES = {
    ".gpkg": "Set the CRS of the layer, or export it in WGS 84.",
    ".shp": "The .prj file with its CRS is missing. Add it, or export the file in WGS 84.",
}
"""Against coordinates that are not degrees in a layer without a CRS."""


def read_vector_layers(path: Path, options: AnnotationOptions) -> AnnotationFile:
    """Read the polygons of all layers or of one, in longitude and latitude; each geometry is an element.

    The class of a feature is the attribute that was chosen, else the first one of its layer of
    `seep.io.annotations.geojson.LABELS`, else class 1.

    Raises:
        MaskError: damaged file, a part of a Shapefile is missing, or a CRS that is missing or unknown.
    """
    found = Outcomes()
    check_signature(path)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if options.layer and options.layer not in layers:
            known = ", ".join(layers[:9]) or "none"
            raise MaskError(
                f"{path.name} has no layer {options.layer[:60]!r} (layers: {known}). Choose one of them."
            )
        chosen = [options.layer] if options.layer else layers
        attributes = [_read_layer(path, layer, options.class_attribute, found) for layer in chosen]
    except (DataSourceError, DataLayerError, shapely.errors.GEOSException, ValueError, OSError) as error:
        reason = str(error).replace(str(path), path.name)[:120]
        raise MaskError(f"{path.name} is damaged or incomplete ({reason}). Export it again.") from error
    described = " and ".join(dict.fromkeys(map(labels_from, attributes)))
    return AnnotationFile(path.name, [found.image(path.name, "", described, frame="lonlat")])


def _read_layer(path: Path, layer: str, chosen: str, found: Outcomes) -> list[str]:
    """Read a layer; return the attributes with the classes."""
    meta, _, geometries, columns = read_layer(path, layer)
    to_lonlat = _transformer(meta.get("crs"), path.name)
    names = [str(name) for name in meta["fields"]]
    attributes = class_attributes(names, chosen, path.name)
    labels = [columns[names.index(name)] for name in attributes]
    for position, geometry in enumerate(shapely.from_wkb(geometries)):
        where = f"{path.name}, feature {position + 1}"
        values = [_plain(column[position]) for column in labels]
        for kind, one in _elements(geometry):
            if kind == "polygon":
                found.take(kind, where, partial(_polygon, one, values, to_lonlat, path.suffix.lower()))
            else:
                found.leave(kind)
    return attributes


def _elements(geometry: Any) -> list[tuple[str, Any]]:
    """Return the polygons and other geometries of a feature, by kind."""
    if geometry is None:
        return [("feature without a geometry", None)]
    if geometry.is_empty:
        return [("empty geometry", None)]
    if geometry.geom_type in {"MultiPolygon", "GeometryCollection"}:
        return [element for part in geometry.geoms for element in _elements(part)]
    return [(geometry.geom_type.lower(), geometry)]


def _polygon(
    geometry: Any,
    values: Sequence[Any],
    to_lonlat: pyproj.Transformer | None,
    suffix: str,
    where: str,
) -> Polygon:
    if shapely.get_num_coordinates(geometry) > MAX_POINTS:
        raise MaskError(f"{where} has a polygon of more than {number(MAX_POINTS)} points. Simplify it.")
    rings = [shapely.get_coordinates(one) for one in (geometry.exterior, *geometry.interiors)]
    label = label_of(values, where)
    return Polygon(label, tuple(in_degrees(ring, to_lonlat, where, _REMEDIES[suffix]) for ring in rings))


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
