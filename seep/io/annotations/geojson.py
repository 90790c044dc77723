"""GeoJSON polygons (RFC 7946): degrees on any image with a georeference, or pixels where the file says so."""

from collections import defaultdict
from typing import Any

from seep.errors import MaskError
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

_LABELS = ("class_name", "class", "label", "name", "category", "class_id")


def looks_like_geojson(content: Any) -> bool:
    """Tell whether parsed JSON is GeoJSON."""
    return isinstance(content, dict) and content.get("type") in {"FeatureCollection", "Feature"}


def read_geojson(content: Any, source: str) -> dict[str, ImageShapes]:
    """Read polygons: by the image that features name in `image`, else "" for all images.

    A feature's class is its property `class_name`, `class`, `label`, `name`, `category` or `class_id`;
    without one it is class 1. Coordinates are degrees, unless the file has a `note` that they are pixels, as
    Seep's exports of images without a georeference have.

    Raises:
        MaskError: damaged.
    """
    try:
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        frame = "pixels" if "pixels" in str(content.get("note", ""))[:40] else "lonlat"
        shapes: dict[str, list[Polygon]] = defaultdict(list)
        for one in features:
            properties = one.get("properties") or {}
            label = next((properties[key] for key in _LABELS if properties.get(key) not in {None, ""}), 1)
            image = str(properties.get("image") or "") if frame == "pixels" else ""
            shapes[image] += _polygons(one.get("geometry"), label, source)
        return {image: ImageShapes(source, found, frame) for image, found in shapes.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MaskError(
            f"{source} is damaged GeoJSON ({type(error).__name__}: {error}); export it again."
        ) from error


def _polygons(geometry: Any, label: str | int, source: str) -> list[Polygon]:
    kind = geometry["type"] if geometry else None
    if kind == "Polygon":
        parts = [geometry["coordinates"]]
    elif kind == "MultiPolygon":
        parts = geometry["coordinates"]
    else:  # points and lines cover no pixel
        return []
    return [
        Polygon(label, tuple(ring_of([at[:2] for at in ring], source) for ring in part)) for part in parts
    ]
