"""GeoJSON polygons (RFC 7946), for all images with a georeference; files of Seep and QuPath may be in pixels.

QuPath's GeoJSON: https://qupath.readthedocs.io/en/stable/docs/advanced/exporting_annotations.html.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError, ProjError

from seep.core.import_options import AnnotationOptions
from seep.core.text import with_minus_signs
from seep.errors import MaskError
from seep.io.annotations.model import AnnotationFile, Outcomes, Polygon, Ring
from seep.io.annotations.outlines import ring_of

LABELS = ("class_name", "class", "label", "name", "category", "class_id", "classification")
"""Attributes that may hold the class of a feature."""
_REMEDY = "Add a crs member, or export the file in WGS 84."
_EQUATOR_M = 40_075_017
_NEAR_M = 100_000
"""Points may come back from degrees so far from where they were; the equators of some projections are shorter."""
_FARTHEST_DEGREES = 400
"""Of an angle; a circle has 400 gons."""
_QUPATH = ("annotation", "detection", "cell", "tile", "PathAnnotationObject", "PathDetectionObject")
"""Types of objects of QuPath, the last two before version 0.4."""
_GEOMETRIES = ("Polygon", "MultiPolygon", "GeometryCollection")


def looks_like_geojson(content: Any) -> bool:
    """Return whether parsed JSON is GeoJSON: features, or a geometry with polygons."""
    return isinstance(content, dict) and content.get("type") in ("FeatureCollection", "Feature", *_GEOMETRIES)


def read_geojson(content: Any, source: str, options: AnnotationOptions) -> AnnotationFile:
    """Read polygons: one entry for all images, or one per image in a file in pixels.

    The class of a feature is the property that was chosen, else the first one that is not empty of `LABELS`, else
    class 1. Coordinates are longitude and latitude, or those of the `crs` member. They are pixels if the `note` member
    says so (Seep's exports of images without a georeference), and in files of QuPath, which belong to the image with
    the name of the file. Each polygon and each other geometry is an element.

    Raises:
        MaskError: damaged file, unknown CRS, or no coordinate is in degrees without a CRS.
    """
    features = _features(content, source)
    attributes = class_attributes(_attributes(features), options.class_attribute, source)
    of_qupath = any(_is_of_qupath(one) for one in features)
    in_pixels = of_qupath or "pixels" in str(content.get("note", ""))[:40]
    to_lonlat = None if in_pixels else _transformer(content, source)
    found: dict[str, Outcomes] = {} if in_pixels and not of_qupath else {"": Outcomes()}
    for number, value in enumerate(features, 1):
        where = f"{source}, feature {number}"
        feature = value if isinstance(value, dict) else {}
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        values = [properties.get(name) for name in attributes]
        image = str(properties.get("image") or "") if in_pixels and not of_qupath else ""
        outcomes = found.setdefault(image, Outcomes())
        if feature.get("type") != "Feature":
            outcomes.leave("damaged feature", f"{where} is not of the type Feature. Export it again.")
            continue
        for kind, coordinates in _elements(feature.get("geometry")):
            if in_pixels and not of_qupath and not image:
                outcomes.leave(
                    "feature in pixels without an image", f"{where} names no image. Add the property image."
                )
            elif kind == "polygon":
                outcomes.take(kind, where, partial(_polygon, coordinates, values, in_pixels, to_lonlat))
            else:
                outcomes.leave(kind)
    left = found.pop("").left_out if in_pixels and not of_qupath and "" in found else ()
    return AnnotationFile(
        source,
        [
            one.image(
                source,
                image,
                labels_from(attributes),
                frame="pixels" if in_pixels else "lonlat",
                stem=Path(source).stem if of_qupath else image or None,
            )
            for image, one in found.items()
        ],
        left,
    )


def class_attributes(names: Iterable[str], chosen: str, source: str) -> list[str]:
    """Return the attributes that may hold the class of a feature, in order; if there is none, all are of class 1.

    Args:
        names: of the attributes in the file.
        chosen: by the user; "" for those of `LABELS`.
        source: name of the file, for messages.

    Raises:
        MaskError: no feature has the chosen attribute.
    """
    listed = list(dict.fromkeys(names))
    if chosen and chosen not in listed:
        known = ", ".join(listed[:9]) or "none"
        raise MaskError(
            f"{source} has no attribute {chosen[:60]!r} (attributes: {known}). Choose one of them."
        )
    by_name = {name.lower(): name for name in reversed(listed)}
    return [chosen] if chosen else [by_name[name] for name in LABELS if name in by_name]


def labels_from(attributes: Sequence[str]) -> str:
    """Return where the class names of features come from."""
    if not attributes:
        return "no attribute: all shapes are of class 1"
    return (
        f"the attribute {attributes[0]}"
        if len(attributes) == 1
        else f"the attributes {', '.join(attributes)}"
    )


def label_of(values: Iterable[Any], where: str) -> str | int:
    """Return the class of a feature by the first of its attributes that is not empty, else class 1.

    Raises:
        MaskError: the value is neither a text nor a whole number.
    """
    value = next((one for one in values if one is not None and one != ""), 1)
    if isinstance(value, dict):  # QuPath
        value = value.get("name")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MaskError(f"{where} has a class that is neither a name nor a number. Correct its attribute.")
    return value


def _attributes(features: Sequence[Any]) -> Iterator[str]:
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict):
            yield from (key for key, value in properties.items() if value not in (None, ""))


def _is_of_qupath(feature: Any) -> bool:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return isinstance(properties, dict) and (
        properties.get("objectType") in _QUPATH or feature.get("id") in _QUPATH
    )


def _features(content: Any, source: str) -> list[Any]:
    if content["type"] == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list):
            raise MaskError(f"{source} is damaged GeoJSON: features is not a list. Export it again.")
        return features
    return [content if content["type"] == "Feature" else {"type": "Feature", "geometry": content}]


def _elements(geometry: Any) -> list[tuple[str, Any]]:
    """Return the polygons and other geometries of a feature, by kind."""
    found: list[tuple[str, Any]] = []
    waiting = [geometry]
    while waiting:
        one = waiting.pop()
        kind = one.get("type") if isinstance(one, dict) else None
        inside = one.get("geometries" if kind == "GeometryCollection" else "coordinates") if kind else None
        if one is None:
            found.append(("feature without a geometry", None))
        elif not isinstance(kind, str) or not isinstance(inside, list):
            found.append(("damaged geometry", None))
        elif kind in _GEOMETRIES and not inside:  # RFC 7946: without coordinates it is a null object
            found.append(("empty geometry", None))
        elif kind == "GeometryCollection":
            waiting += reversed(inside)
        elif kind == "MultiPolygon":
            found += [("polygon", part) if part else ("empty geometry", None) for part in inside]
        else:
            found.append((kind.lower(), inside))
    return found


def _polygon(
    coordinates: Any,
    values: Sequence[Any],
    in_pixels: bool,
    to_lonlat: pyproj.Transformer | None,
    where: str,
) -> Polygon:
    label = label_of(values, where)
    try:
        rings = [ring_of([at[:2] for at in ring], where) for ring in coordinates]
    except (TypeError, KeyError) as error:
        raise MaskError(f"{where} has a polygon that is not a list of points. Export it again.") from error
    return Polygon(label, tuple(one if in_pixels else in_degrees(one, to_lonlat, where) for one in rings))


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
