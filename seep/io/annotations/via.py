"""VGG Image Annotator (VIA) 1 and 2, JSON: polygons, rectangles, circles and ellipses of many images.

Source: https://www.robots.ox.ac.uk/~vgg/software/via/, `_via_img_metadata` of a project or the exported annotations.
The class of a region is one of its attributes, or the only one. An ellipse is turned clockwise by `theta` radians.
"""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import Field

from seep.core.import_options import AnnotationOptions
from seep.errors import MaskError
from seep.io.annotations.geojson import LABELS
from seep.io.annotations.model import (
    AnnotationFile,
    ImageShapes,
    Number,
    Outcomes,
    Schema,
    Shape,
    read_as,
    stem_of,
)
from seep.io.annotations.outlines import box, ellipse, polygon

_METADATA = "_via_img_metadata"
_READ = {"polygon": "polygon", "rect": "box", "circle": "ellipse", "ellipse": "ellipse"}


class _Image(Schema):
    filename: str
    regions: Any


class _Region(Schema):
    shape: dict[str, Any] = Field(alias="shape_attributes")
    attributes: dict[str, Any] = Field(alias="region_attributes")


class _Polygon(Schema):
    x: list[Number] = Field(alias="all_points_x")
    y: list[Number] = Field(alias="all_points_y")


class _Rectangle(Schema):
    x: Number
    y: Number
    width: Number
    height: Number


class _Circle(Schema):
    cx: Number
    cy: Number
    r: Number


class _Ellipse(Schema):
    cx: Number
    cy: Number
    rx: Number
    ry: Number
    theta: Number = 0


def looks_like_via(content: Any) -> bool:
    """Return whether parsed JSON is a project or an export of VIA 1 or 2."""
    if not isinstance(content, dict) or not content:
        return False
    first = next(iter(content.values()))
    return _METADATA in content or (isinstance(first, dict) and {"filename", "regions"} <= first.keys())


def read_via(content: Any, source: str, options: AnnotationOptions) -> AnnotationFile:
    """Read the regions of each image; an image without regions has no mask.

    Raises:
        MaskError: the project has no images.
    """
    listed = content.get(_METADATA, content)
    if not isinstance(listed, dict):
        raise MaskError(f"{source} has no images in {_METADATA}. Export it again.")
    left = Outcomes()
    images = []
    for number, value in enumerate(listed.values(), 1):
        where = f"{source}, image {number}"
        regions = _regions(value)
        try:
            image = read_as(_Image, value, where)
            if not stem_of(image.filename) or regions is None:
                raise MaskError(f"{where} has no file name or no regions. Export it again.")
        except MaskError as error:
            left.leave("damaged image", str(error))
            left.leave("annotation of a damaged image", count=len(regions or ()))
            continue
        images.append(_read_image(image.filename, regions, options.class_attribute, source))
    return AnnotationFile(source, images, left.left_out)


def _regions(image: Any) -> list[Any] | None:
    """Return the regions of an image; VIA 1 has an object of them."""
    regions = image.get("regions") if isinstance(image, dict) else None
    if isinstance(regions, dict):
        return list(regions.values())
    return regions if isinstance(regions, list) else None


def _read_image(name: str, regions: list[Any], attribute: str, source: str) -> ImageShapes:
    found = Outcomes()
    for number, value in enumerate(regions, 1):
        where = f"{source}, {name}, region {number}"
        try:
            region = read_as(_Region, value, where)
        except MaskError as error:
            found.leave("damaged region", str(error))
            continue
        kind = str(region.shape.get("name"))
        if kind in _READ:
            found.take(_READ[kind], where, partial(_shape, kind, region, attribute))
        else:
            found.leave(kind)
    return found.image(source, name, "attributes of the regions")


def _shape(kind: str, region: _Region, attribute: str, where: str) -> Shape:
    label = _label(region.attributes, attribute, where)
    if kind == "polygon":
        points = read_as(_Polygon, region.shape, where)
        if len(points.x) != len(points.y):
            raise MaskError(f"{where} has {len(points.x)} x and {len(points.y)} y. Export it again.")
        return polygon(label, list(zip(points.x, points.y, strict=True)), where)
    if kind == "rect":
        one = read_as(_Rectangle, region.shape, where)
        return box(label, (one.x, one.y, one.x + one.width, one.y + one.height), where)
    if kind == "circle":
        circle = read_as(_Circle, region.shape, where)
        return ellipse(label, (circle.cx, circle.cy), (circle.r, circle.r), where)
    drawn = read_as(_Ellipse, region.shape, where)
    return ellipse(label, (drawn.cx, drawn.cy), (drawn.rx, drawn.ry), where, math.degrees(drawn.theta))


def _label(attributes: Mapping[str, Any], chosen: str, where: str) -> str:
    """Return the class of a region: a text, or the only option that is chosen."""
    by_name = {key.lower(): value for key, value in attributes.items()}
    named = [by_name[key] for key in LABELS if by_name.get(key)][:1] or [
        one for one in by_name.values() if one
    ]
    value = attributes.get(chosen) if chosen else named[0] if len(named) == 1 else None
    if isinstance(value, dict):
        options = [key for key, on in value.items() if on]
        value = options[0] if len(options) == 1 else None
    if not isinstance(value, str) or not value:
        raise MaskError(
            f"{where} has no attribute that says its class. Choose the attribute with the classes."
        )
    return value
