"""GeoJSON polygons (RFC 7946), for all images with a georeference; Seep's own files may be in pixels."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, ProjError

from seep.core.text import with_minus_signs
from seep.errors import MaskError
from seep.io.annotations.shapes import ImageShapes, Polygon, Ring, ring_of

LABELS = ("class_name", "class", "label", "name", "category", "class_id")
"""Attributes that may hold the class of a feature."""
_REMEDY = "Add a crs member, or export the file in WGS 84."
_GEOMETRIES = ("Polygon", "MultiPolygon", "GeometryCollection")


def looks_like_geojson(content: Any) -> bool:
    """Return whether parsed JSON is GeoJSON: features, or a geometry with polygons."""
    return isinstance(content, dict) and content.get("type") in ("FeatureCollection", "Feature", *_GEOMETRIES)


def read_geojson(content: Any, source: str) -> list[ImageShapes]:
    """Read polygons: one entry for all images, or one per image in a file in pixels.

    The class of a feature is its property `class_name`, `class`, `label`, `name`, `category` or `class_id`,
    else class 1. Coordinates are longitude and latitude, or those of the `crs` member, or pixels if the
    `note` member says so (Seep's exports of images without a georeference).

    Raises:
        MaskError: damaged file, unknown CRS, or coordinates that are not degrees without a CRS.
    """
    try:
        frame = "pixels" if "pixels" in str(content.get("note", ""))[:40] else "lonlat"
        to_lonlat = _transformer(content, source) if frame == "lonlat" else None
        shapes: dict[str, list[Polygon]] = defaultdict(list)
        omitted: dict[str, Counter[str]] = defaultdict(Counter)
        for one in _features(content):
            properties = one.get("properties") or {}
            label = next((properties[key] for key in LABELS if properties.get(key) not in {None, ""}), 1)
            image = str(properties.get("image") or "") if frame == "pixels" else ""
            shapes[image] += _polygons(one.get("geometry"), label, source, omitted[image])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise MaskError(
            f"{source} is damaged GeoJSON ({type(error).__name__}: {error}). Export it again."
        ) from error
    if frame == "lonlat":
        shapes = {"": [_located(one, to_lonlat, source) for one in shapes[""]]}
    return [
        ImageShapes(
            source,
            found,
            frame,
            image=image,
            stem=image or None,
            omitted=omitted[image],
            labels_from="properties of the features",
        )
        for image, found in shapes.items()
    ]


def _features(content: Any) -> list[Any]:
    if content["type"] == "FeatureCollection":
        features = list(content["features"])
        wrong = next((one for one in features if one["type"] != "Feature"), None)
        if wrong is not None:
            raise ValueError(f"a feature of type {str(wrong['type'])[:40]}")
        return features
    return [content if content["type"] == "Feature" else {"geometry": content}]


def _transformer(content: Any, source: str) -> pyproj.Transformer | None:
    """Return the transformation from the `crs` member to longitude and latitude; None without one."""
    member = content.get("crs")
    if member is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(member["properties"]["name"])
        return pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    except (KeyError, TypeError, CRSError, ProjError) as error:
        raise MaskError(
            f"{source} has a crs member that is not supported ({str(member)[:80]}). Export it in WGS 84."
        ) from error


def _located(polygon: Polygon, to_lonlat: pyproj.Transformer | None, source: str) -> Polygon:
    return Polygon(polygon.label, tuple(in_degrees(ring, to_lonlat, source) for ring in polygon.rings))


def in_degrees(ring: Ring, to_lonlat: pyproj.Transformer | None, source: str, remedy: str = _REMEDY) -> Ring:
    """Return a ring in longitude and latitude.

    Args:
        ring: (N, 2) of x and y.
        to_lonlat: transformation; None if the ring is in degrees.
        source: name of the file, for messages.
        remedy: last sentence of the message.

    Raises:
        MaskError: the coordinates are not degrees.
    """
    if to_lonlat is not None:
        ring = np.stack(to_lonlat.transform(ring[:, 0], ring[:, 1]), axis=1)
    if not np.isfinite(ring).all() or (np.abs(ring) > (360, 90)).any():
        x, y = ring[0]
        raise MaskError(
            f"{source} has the coordinate {with_minus_signs(f'({x:g}, {y:g})')}, which is not longitude and latitude "
            f"in degrees. {remedy}"
        )
    return ring


def _polygons(geometry: Any, label: str | int, source: str, omitted: Counter[str]) -> Iterator[Polygon]:
    kind = geometry["type"] if geometry else None
    if kind == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from _polygons(one, label, source, omitted)
    elif kind in {"Polygon", "MultiPolygon"}:
        parts = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        for part in parts:
            yield Polygon(label, tuple(ring_of([at[:2] for at in ring], source) for ring in part))
    elif kind is not None:  # points and lines cover no pixels
        omitted[str(kind).lower()] += 1
