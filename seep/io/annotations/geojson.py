"""GeoJSON polygons (RFC 7946), for all images with a georeference; Seep's own files may be in pixels."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError, ProjError

from seep.core.text import with_minus_signs
from seep.errors import MaskError
from seep.io.annotations.shapes import ImageShapes, Polygon, Ring, ring_of

LABELS = ("class_name", "class", "label", "name", "category", "class_id")
"""Attributes that may hold the class of a feature."""
_REMEDY = "Add a crs member, or export the file in WGS 84."
_EQUATOR_M = 40_075_017
_NEAR_M = 100_000
"""Points may come back from degrees so far from where they were; the equators of some projections are shorter."""
_FARTHEST_DEGREES = 400
"""Of an angle; a circle has 400 gons."""
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
            annotated=frame == "lonlat" or bool(found),
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
        MaskError: the coordinates are not degrees, or not on the Earth.
    """
    found = ring
    if to_lonlat is not None:
        found = np.stack(to_lonlat.transform(ring[:, 0], ring[:, 1]), axis=1)
        lost = ~_is_on_earth(ring, found, to_lonlat)
        if lost.any():
            raise MaskError(
                f"{source} has the coordinate {_written(ring[lost][0])}, which is not on the Earth in its CRS. Correct "
                "the coordinate or the CRS, and export it again."
            )
    wrong = ~np.isfinite(found).all(axis=1) | (np.abs(found) > (360, 90)).any(axis=1)
    if wrong.any():
        raise MaskError(
            f"{source} has the coordinate {_written(found[wrong][0])}, which is not longitude and latitude "
            f"in degrees. {remedy}"
        )
    return found


def _is_on_earth(ring: Ring, found: Ring, to_lonlat: pyproj.Transformer) -> npt.NDArray[np.bool_]:
    """Return which points come back from longitude and latitude; projections fold what is outside of their range."""
    crs = to_lonlat.source_crs
    if crs is None or not crs.is_projected or not to_lonlat.has_inverse:
        return np.asarray((np.abs(ring) <= _FARTHEST_DEGREES).all(axis=1))
    back = np.stack(to_lonlat.transform(found[:, 0], found[:, 1], direction="INVERSE"), axis=1)
    with np.errstate(invalid="ignore"):
        off_m = np.abs(ring - back) * crs.axis_info[0].unit_conversion_factor
    off_m[:, 0] = np.minimum(off_m[:, 0], np.abs(off_m[:, 0] - _EQUATOR_M))  # the other edge of a world map
    return np.asarray((off_m <= _NEAR_M).all(axis=1))


def _written(point: npt.NDArray[np.float64]) -> str:
    return with_minus_signs(f"({point[0]:g}, {point[1]:g})")


def _polygons(geometry: Any, label: str | int, source: str, omitted: Counter[str]) -> Iterator[Polygon]:
    kind = geometry["type"] if geometry else None
    if kind == "GeometryCollection":
        for one in geometry["geometries"]:
            yield from _polygons(one, label, source, omitted)
    elif kind in {"Polygon", "MultiPolygon"}:
        parts = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        for part in filter(None, parts):  # RFC 7946: without coordinates it is a null object
            yield Polygon(label, tuple(ring_of([at[:2] for at in ring], source) for ring in part))
    elif kind is not None:  # points and lines cover no pixels
        omitted[str(kind).lower()] += 1
