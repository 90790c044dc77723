"""SuperAnnotate JSON of vector projects: one file per image with polygons, boxes and ellipses.

Source: https://doc.superannotate.com/docs/vector-json. An ellipse is turned clockwise by `angle` degrees. An image
whose status is Completed and that has no instances is background.
"""

from functools import partial
from typing import Any

from pydantic import Field

from seep.io.annotations.model import (
    AnnotationFile,
    Number,
    Outcomes,
    Polygon,
    Schema,
    Shape,
    Sized,
    Status,
    check_image_name,
    read_as,
)
from seep.io.annotations.outlines import box, ellipse, polygon, ring_of

_READ = {"polygon": "polygon", "bbox": "box", "ellipse": "ellipse"}
_STATUS = {"Completed": Status.EMPTY, "Skipped": Status.SKIPPED}
"""What an image without instances is, by the status that SuperAnnotate gives it."""


class _Metadata(Sized):
    name: str
    status: str = ""


class _File(Schema):
    metadata: _Metadata
    instances: list[Any]


class _Instance(Schema):
    label: str = Field(alias="className")
    points: Any = None
    exclude: list[Any] = Field(default_factory=list)


class _Corners(Schema):
    x1: Number
    y1: Number
    x2: Number
    y2: Number


class _Ellipse(Schema):
    cx: Number
    cy: Number
    rx: Number
    ry: Number
    angle: Number = 0


def read_superannotate(content: Any, source: str) -> AnnotationFile:
    """Read the instances of the image of a file.

    Raises:
        MaskError: the file does not name its image, or has no list of instances.
    """
    file = read_as(_File, content, source)
    check_image_name(file.metadata.name, source)
    found = Outcomes()
    for number, value in enumerate(file.instances, 1):
        where = f"{source}, instance {number}"
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            found.leave("damaged instance", f"{where} has no type. Export it again.")
        elif kind in _READ:
            found.take(_READ[kind], where, partial(_shape, kind, value))
        else:
            found.leave(kind)
    none_found = _STATUS.get(file.metadata.status, Status.NOT_ANNOTATED)
    image = found.image(
        source,
        file.metadata.name,
        "classes of the instances",
        size=file.metadata.size,
        status=found.status if file.instances else none_found,
    )
    return AnnotationFile(source, [image])


def _shape(kind: str, value: Any, where: str) -> Shape:
    one = read_as(_Instance, value, where)
    if kind == "polygon":
        outer = polygon(one.label, one.points, where)
        return Polygon(one.label, (*outer.rings, *(ring_of(hole, where) for hole in one.exclude)))
    if kind == "bbox":
        corners = read_as(_Corners, one.points, where)
        return box(one.label, (corners.x1, corners.y1, corners.x2, corners.y2), where)
    drawn = read_as(_Ellipse, value, where)
    return ellipse(one.label, (drawn.cx, drawn.cy), (drawn.rx, drawn.ry), where, drawn.angle)
