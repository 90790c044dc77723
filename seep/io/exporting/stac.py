"""Static STAC catalogs (SpatioTemporal Asset Catalog 1.1.0): one collection, one item per image with its mask.

Sources: the STAC specification 1.1.0, and its extensions projection 2.0.0 and classification 2.0.0.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from seep.core.geo.georeference import Georeference
from seep.core.geo.polygons import within_globe
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE
from seep.io.exporting.slick_record import Value
from seep.io.exporting.staging import place_for

VERSION = "1.1.0"
COLLECTION = "collection.json"
_PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
_CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"
_ID = "seep"

_REVIEW_ASSETS = {
    "review-record": {
        "href": "./review_record.json",
        "type": "application/json",
        "title": "Review record",
        "roles": ["metadata"],
    },
    "review-record-schema": {
        "href": "./review_record.schema.json",
        "type": "application/schema+json",
        "title": "JSON Schema of the review record",
        "roles": ["metadata"],
    },
}

Ring = list[list[float]]
"""Corners as (longitude, latitude), counterclockwise and closed; longitudes continue beyond 180."""

_EDGE_POINTS = 5
_DEGREE_DIGITS = 7  # about a centimeter
_HALF_TURN, _TURN = 180.0, 360.0


@dataclass(frozen=True)
class StacImage:
    """An image with a mask, whose files are `images/NAME.tif` and `masks/NAME.tif`.

    Attributes:
        name: id of the item.
        scene: name of the scene.
        height: pixels.
        width: pixels.
        georeference: of the image.
        acquired_at: ISO 8601 in UTC.
        dtype: of the pixels.
        band_names: by band.
        nodata: value of pixels without a measurement, or None.
        author: who saved the mask; None for a prediction, or for several.
        checkpoint: model of the prediction, if there is one.
        review: columns of the review record by name; empty in an export without it.
    """

    name: str
    scene: str
    height: int
    width: int
    georeference: Georeference
    acquired_at: str
    dtype: str
    band_names: Sequence[str]
    nodata: float | None
    author: str | None
    checkpoint: str | None
    review: Mapping[str, Value] = field(default_factory=dict)


def write_stac(stage: Path, images: Sequence[StacImage], classes: Sequence[SeepClass]) -> list[Path]:
    """Write `collection.json` and `items/NAME.json`; all links are relative.

    Args:
        stage: folder with the images and masks.

    Returns:
        The files written.
    """
    rings = [footprint(image.georeference, image.height, image.width) for image in images]
    written = [
        write_json(place_for(stage, "items", f"{image.name}.json"), _item(image, ring, classes))
        for image, ring in zip(images, rings, strict=True)
    ]
    return [*written, write_json(place_for(stage, COLLECTION), _collection(images, rings))]


def footprint(georeference: Georeference, height: int, width: int) -> Ring:
    """Return the outline of an image.

    Each edge has four segments, because edges of a map are curves in degrees.
    """
    share = np.linspace(0, 1, _EDGE_POINTS)[:-1]
    zeros, ones = np.zeros_like(share), np.ones_like(share)
    columns = np.concatenate([zeros, share, ones, 1 - share]) * width
    rows = np.concatenate([share, ones, 1 - share, zeros]) * height
    lon, lat = georeference.lonlat(columns, rows)
    if np.ptp(lon) > _HALF_TURN:
        lon = np.where(lon < 0, lon + _TURN, lon)
    ring = [
        [round(float(x), _DEGREE_DIGITS), round(float(y), _DEGREE_DIGITS)]
        for x, y in zip(lon, lat, strict=True)
    ]
    if _area(ring) < 0:  # an image that is mirrored
        ring.reverse()
    return [*ring, ring[0]]


def geometry(ring: Ring) -> dict[str, Any]:
    """Return a ring as GeoJSON, cut at the antimeridian (RFC 7946, 3.1.9)."""
    if max(x for x, _ in ring) <= _HALF_TURN:
        return {"type": "Polygon", "coordinates": [ring]}
    parts: dict[str, Any] = json.loads(
        shapely.to_geojson(shapely.orient_polygons(within_globe(shapely.Polygon(ring))))
    )
    return parts


def bounding_box(rings: Sequence[Ring]) -> list[float]:
    """Return west, south, east and north of rings; west is larger than east across the antimeridian (RFC 7946, 5.2)."""
    corners = [point for ring in continuous(rings) for point in ring]
    (west, south), (east, north) = np.min(corners, axis=0).tolist(), np.max(corners, axis=0).tolist()
    if east - west >= _TURN:
        return [-_HALF_TURN, south, _HALF_TURN, north]
    return [_wrapped(west), south, _wrapped(east), north]


def continuous(rings: Sequence[Ring]) -> list[Ring]:
    """Return rings with longitudes from one range: those from the west continue beyond 180 if another one does."""
    if all(x <= _HALF_TURN for ring in rings for x, _ in ring):
        return list(rings)
    return [[[x + _TURN, y] for x, y in ring] if max(ring)[0] < 0 else ring for ring in rings]


def _wrapped(lon: float) -> float:
    return round(lon - _TURN, _DEGREE_DIGITS) if lon > _HALF_TURN else lon


def _area(ring: Sequence[Sequence[float]]) -> float:
    x, y = np.asarray(ring).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _item(image: StacImage, ring: Ring, classes: Sequence[SeepClass]) -> dict[str, Any]:
    name = f"{image.name}.tif"
    properties: dict[str, Any] = {"datetime": image.acquired_at, "title": image.name}
    properties["seep:scene"] = image.scene
    properties |= {"seep:author": image.author} if image.author else {}
    properties |= {"seep:checkpoint": image.checkpoint} if image.checkpoint else {}
    properties |= {f"seep:{name}": value for name, value in image.review.items() if value is not None}
    data: dict[str, Any] = {
        "href": f"../images/{name}",
        "type": _COG,
        "title": "Image",
        "roles": ["data"],
    }
    data["bands"] = [
        {"name": band, "data_type": image.dtype} | ({} if image.nodata is None else {"nodata": image.nodata})
        for band in image.band_names
    ]
    mask: dict[str, Any] = {"href": f"../masks/{name}", "type": _COG, "title": "Mask of class ids"}
    mask |= {"roles": ["data", "labels"], "data_type": "uint8", "nodata": UNSURE}
    mask["classification:classes"] = _classes(classes)
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": [_PROJECTION, _CLASSIFICATION],
        "id": image.name,
        "collection": _ID,
        "geometry": geometry(ring),
        "bbox": bounding_box([ring]),
        "properties": properties | _projection(image),
        "assets": {"image": data, "mask": mask},
        "links": [
            {"rel": rel, "href": f"../{COLLECTION}", "type": "application/json"}
            for rel in ("root", "parent", "collection")
        ],
    }


def _projection(image: StacImage) -> dict[str, Any]:
    """Return the fields of the projection extension; images with ground control points have no CRS of their grid."""
    found: dict[str, Any] = {"proj:shape": [image.height, image.width]}
    place = image.georeference
    if place.transform is None or place.crs is None:
        return found | {"proj:code": None}
    named = re.fullmatch(r"[A-Z]+:[0-9]+", place.crs) is not None
    found |= {"proj:code": place.crs} if named else {"proj:code": None, "proj:wkt2": _wkt2(place.crs)}
    return found | {"proj:transform": list(place.transform)}


def _wkt2(crs: str) -> str:
    from pyproj import CRS

    return str(CRS.from_user_input(crs).to_wkt())


def _classes(classes: Sequence[SeepClass]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "value": seep_class.id,
            "name": re.sub(r"[^0-9A-Za-z_-]+", "-", seep_class.name).strip("-") or f"class-{seep_class.id}",
            "title": seep_class.name,
            "color_hint": seep_class.color.lstrip("#").upper(),
        }
        for seep_class in classes
    ]
    return [*found, {"value": UNSURE, "name": "unsure", "title": "Unsure", "nodata": True}]


def _collection(images: Sequence[StacImage], rings: Sequence[Ring]) -> dict[str, Any]:
    times = sorted(image.acquired_at for image in images)
    whole = bounding_box(rings) if rings else [-180.0, -90.0, 180.0, 90.0]
    interval = [times[0], times[-1]] if times else [None, None]
    links = [{"rel": "root", "href": f"./{COLLECTION}", "type": "application/json"}]
    links += [
        {"rel": "item", "href": f"./items/{image.name}.json", "type": "application/geo+json"}
        for image in images
    ]
    reviewed = any(image.review for image in images)
    return ({"assets": _REVIEW_ASSETS} if reviewed else {}) | {
        "type": "Collection",
        "stac_version": VERSION,
        "id": _ID,
        "title": "Images and seep masks",
        "description": "Images with masks of class ids: 0 no seep, 255 unsure.",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [whole]},
            "temporal": {"interval": [interval]},
        },
        "links": links,
    }


def write_json(path: Path, content: dict[str, Any]) -> Path:
    """Write a JSON file; return its path."""
    path.write_text(
        json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    return path
