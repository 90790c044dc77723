"""Points, lines and polygons of GeoPackages, Shapefiles and GeoJSON files in any CRS, with their names.

Read by GDAL, through pyogrio.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError, ProjError

from seep.core.text import number
from seep.errors import MaskError
from seep.io.vector_signature import check_signature, read_layer

SUFFIXES = (".gpkg", ".shp", ".geojson", ".json")
MAX_POINTS = 50_000
_NAMES = ("name", "label", "title", "id")


@dataclass(frozen=True)
class Feature:
    """A feature of a vector layer.

    Attributes:
        name: attribute `name`, `label`, `title` or `id` of the feature; "" without one.
        parts: longitude and latitude of each part in degrees, flat: one position of a point, else a line. Rings of
            polygons are closed lines.
    """

    name: str
    parts: tuple[tuple[float, ...], ...]


def read_features(path: Path) -> list[Feature]:
    """Read the features of all layers, in longitude and latitude.

    Raises:
        MaskError: another format, a damaged file, a CRS that is missing or unknown, or more than 50,000 positions.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise MaskError(f"{path.name} is no vector layer. Use GeoPackage, Shapefile or GeoJSON.")
    check_signature(path)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        found = [feature for layer in layers for feature in _layer(path, layer)]
    except (DataSourceError, DataLayerError, shapely.errors.GEOSException, ValueError, OSError) as error:
        reason = str(error).replace(str(path), path.name)[:120]
        raise MaskError(f"{path.name} is damaged or incomplete ({reason}). Export it again.") from error
    if not found:
        raise MaskError(f"{path.name} has no points, lines or polygons. Choose another file.")
    count = sum(len(part) // 2 for one in found for part in one.parts)
    if count > MAX_POINTS:
        raise MaskError(
            f"{path.name} has {number(count)} positions; the maximum is {number(MAX_POINTS)}. Simplify or clip it."
        )
    return found


def pack_features(found: Sequence[Feature]) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float64]]]:
    """Convert features to plain values and an array, for the pipe of a sandbox process."""
    flat = [value for one in found for part in one.parts for value in part]
    entries = [[one.name, [len(part) for part in one.parts]] for one in found]
    return {"features": entries}, {"points": np.array(flat, np.float64)}


def unpack_features(
    values: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[np.float64]]
) -> list[Feature]:
    """Reverse `pack_features`."""
    flat, at, found = arrays["points"].tolist(), 0, []
    for name, lengths in values["features"]:
        parts = []
        for length in lengths:
            parts.append(tuple(flat[at : at + length]))
            at += length
        found.append(Feature(str(name), tuple(parts)))
    return found


def _layer(path: Path, layer: str) -> list[Feature]:
    meta, _, geometries, columns = read_layer(path, layer)
    crs = meta.get("crs")
    if crs is None:
        raise MaskError(f"{path.name} has no CRS. Export it in WGS 84.")
    try:
        to_lonlat = pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(crs), "OGC:CRS84", always_xy=True)
    except (CRSError, ProjError) as error:
        raise MaskError(
            f"{path.name} has a CRS that is not supported ({crs[:60]}). Export it in WGS 84."
        ) from error
    fields = [str(name).lower() for name in meta["fields"]]
    names = next((columns[fields.index(name)] for name in _NAMES if name in fields), None)
    found = []
    for at, geometry in enumerate(shapely.from_wkb(geometries)):
        if geometry is None or geometry.is_empty:
            continue
        parts = tuple(_positions(part, to_lonlat) for part in _simple(geometry))
        name = "" if names is None or names[at] is None else str(names[at])[:80]
        if all(np.isfinite(part).all() for part in parts):
            found.append(Feature(name, parts))
    return found


def _simple(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Points and lines of a geometry; polygons become their rings."""
    if isinstance(geometry, shapely.geometry.base.BaseMultipartGeometry):
        return [one for part in geometry.geoms for one in _simple(part)]
    if isinstance(geometry, shapely.Polygon):
        return [geometry.exterior, *geometry.interiors]
    return [geometry]


def _positions(part: shapely.Geometry, to_lonlat: pyproj.Transformer) -> tuple[float, ...]:
    x, y = shapely.get_coordinates(part).T
    lon, lat = to_lonlat.transform(x, y)
    return tuple(np.round(np.column_stack([lon, lat]), 6).ravel().tolist())
