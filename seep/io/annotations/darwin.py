"""V7 Darwin JSON 2.0 and 1.0: one file per image with polygons, masks, boxes and ellipses.

Source: https://docs.v7labs.com/reference/darwin-json. The paths of a polygon are filled by the even-odd rule. Masks
are in one layer of run lengths, row by row, pairs of a value and a length; `mask_annotation_ids_mapping` says which
value is which annotation.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from pydantic import Field

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    Number,
    Outcomes,
    Polygon,
    Schema,
    Shape,
    Sized,
    Whole,
    check_image_name,
    read_as,
)
from seep.io.annotations.outlines import box, ellipse, ring_of
from seep.io.annotations.runs import run_mask

_LAYER = "raster_layer"
_READ = {
    "polygon": "polygon",
    "complex_polygon": "polygon",
    "mask": "mask",
    "ellipse": "ellipse",
    "bounding_box": "box",
}
"""Keys of annotations, the first one that an annotation has counts: a polygon has a bounding box too."""
_NAMED = {"item": "name", "image": "filename"}
"""Where the image is named, in version 2.0 and 1.0."""
_OTHER = (_LAYER, "line", "keypoint", "skeleton", "cuboid", "tag", "text", "link")


class _Point(Schema):
    x: Number
    y: Number


class _Item(Schema):
    name: str
    path: str = ""
    slots: list[Sized] = Field(default_factory=list)


class _Image(Sized):
    filename: str
    path: str = ""


class _Paths(Schema):
    paths: list[list[_Point]] = Field(default_factory=list)
    path: list[Any] = Field(default_factory=list)


class _Ellipse(Schema):
    center: _Point
    radius: _Point
    angle: Number = 0


class _Box(Schema):
    x: Number
    y: Number
    w: Number
    h: Number


class _Layer(Schema):
    runs: list[Whole] = Field(alias="dense_rle")
    values: dict[str, Whole] = Field(alias="mask_annotation_ids_mapping")


def looks_like_darwin(content: Any) -> bool:
    """Return whether parsed JSON is an annotation of V7 Darwin."""
    return (
        isinstance(content, dict)
        and "annotations" in content
        and any(isinstance(content.get(key), dict) and name in content[key] for key, name in _NAMED.items())
    )


def read_darwin(content: Any, source: str) -> AnnotationFile:
    """Read the annotations of the image of a file; a file without annotations gives no mask.

    Raises:
        MaskError: the file does not name its image, or has no list of annotations.
    """
    path, size = _image_of(content, source)
    annotations = content["annotations"]
    if not isinstance(annotations, list):
        raise MaskError(f"{source}: annotations is not a list. Export it again.")
    layer = next(
        (
            annotation[_LAYER]
            for annotation in annotations
            if isinstance(annotation, dict) and _LAYER in annotation
        ),
        None,
    )
    found = Outcomes()
    details = 0
    for number, value in enumerate(annotations, 1):
        where = f"{source}, annotation {number}"
        keys = value if isinstance(value, dict) else {}
        kind = next((key for key in _READ if key in keys), None)
        if kind is not None:
            found.take(_READ[kind], where, partial(_shape, kind, value, layer, size))
        elif _LAYER in keys:
            details += 1
        else:
            found.leave(next((key for key in _OTHER if key in keys), "annotation of an unknown kind"))
    image = found.image(source, path, "names of the annotations", size=size)
    return AnnotationFile(source, [image], details=details)


def _image_of(content: Mapping[str, Any], source: str) -> tuple[str, tuple[int, int] | None]:
    """Return path and size of the image: of `item` (2.0) or `image` (1.0)."""
    if isinstance(content.get("item"), dict):
        item = read_as(_Item, content["item"], source)
        name, folder, slot = item.name, item.path, item.slots[0] if item.slots else Sized()
    else:
        image = read_as(_Image, content["image"], source)
        name, folder, slot = image.filename, image.path, image
    check_image_name(name, source)
    return f"{folder.strip('/')}/{name}".lstrip("/"), slot.size


def _shape(kind: str, value: Any, layer: Any, size: tuple[int, int] | None, where: str) -> Shape:
    label = value.get("name")
    if not isinstance(label, str) or not label:
        raise MaskError(f"{where} has no name. Export it again.")
    if _READ[kind] == "polygon":
        return Polygon(label, tuple(_rings(read_as(_Paths, value[kind], where), where)))
    if kind == "ellipse":
        one = read_as(_Ellipse, value[kind], where)
        center, radii = (one.center.x, one.center.y), (one.radius.x, one.radius.y)
        return ellipse(label, center, radii, where, float(np.degrees(one.angle)))
    if kind == "bounding_box":
        bounds = read_as(_Box, value[kind], where)
        return box(label, (bounds.x, bounds.y, bounds.x + bounds.w, bounds.y + bounds.h), where)
    runs = read_as(_Layer, layer, where)
    number = runs.values.get(str(value.get("id")))
    if number is None or size is None:
        raise MaskError(f"{where} is a mask without pixels in the raster layer. Export it again.")
    return run_mask(label, "rows", _counts(runs.runs, number), size, where)


def _rings(paths: _Paths, where: str) -> list[Any]:
    listed = paths.paths or (paths.path if paths.path and isinstance(paths.path[0], list) else [paths.path])
    return [ring_of([_xy(point, where) for point in one], where) for one in listed]


def _xy(point: Any, where: str) -> tuple[float, float]:
    one = point if isinstance(point, _Point) else read_as(_Point, point, where)
    return one.x, one.y


def _counts(runs: list[int], number: int) -> list[int]:
    """Return lengths of alternating runs of other values and of one value, others first."""
    counts = [0]
    for value, length in zip(runs[::2], runs[1::2], strict=False):
        if (value == number) != (len(counts) % 2 == 0):
            counts.append(0)
        counts[-1] += length
    return counts
