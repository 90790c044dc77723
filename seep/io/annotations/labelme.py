"""LabelMe JSON: one file per image with polygons, masks, rectangles and circles.

Source: https://github.com/wkentaro/labelme, `_label_file.py` and `_shape.py`. A mask is a PNG in base64 whose
upper left pixel is the first point. A circle is its center and a point on it. `labelme2voc.py` reads the labels
`_background_` and `__ignore__` as background and as pixels without a class.
"""

import math
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import Field

from seep.core.masks.mask import UNSURE
from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    Number,
    Outcomes,
    Schema,
    Shape,
    Whole,
    check_image_name,
    read_as,
)
from seep.io.annotations.outlines import box, ellipse, polygon
from seep.io.annotations.runs import png_mask

_READ = {"polygon", "mask", "rectangle", "circle"}
_SPECIAL = {"_background_": 0, "__ignore__": UNSURE}


class _File(Schema):
    shapes: list[Any]
    image_path: str = Field(alias="imagePath")
    height: Whole | None = Field(default=None, alias="imageHeight")
    width: Whole | None = Field(default=None, alias="imageWidth")


class _Shape(Schema):
    label: str
    points: list[tuple[Number, Number]]
    shape_type: str | None = None
    mask: str | None = None


def read_labelme(content: Any, source: str) -> AnnotationFile:
    """Read the shapes of the image of a file; a file without shapes gives no mask.

    Raises:
        MaskError: the file does not name its image, or has no list of shapes.
    """
    file = read_as(_File, content, source)
    check_image_name(file.image_path, source)
    found = Outcomes()
    for number, value in enumerate(file.shapes, 1):
        kind = str(value.get("shape_type") or "polygon") if isinstance(value, dict) else "shape"
        if kind in _READ or not isinstance(value, dict):
            found.take(kind, f"{source}, shape {number}", partial(_shape, kind, value))
        else:
            found.leave(kind)
    size = (file.height, file.width) if file.height and file.width else None
    image = found.image(source, file.image_path, "labels of the shapes", size=size)
    return AnnotationFile(source, [image])


def _shape(kind: str, value: Any, where: str) -> Shape:
    one = read_as(_Shape, value, where)
    label = _SPECIAL.get(one.label, one.label)
    if kind == "polygon":
        return polygon(label, one.points, where)
    if kind == "rectangle" and len(one.points) == 4:  # turned, as LabelMe writes it since version 5.6
        return replace(polygon(label, one.points, where), drawn_as="box")
    if len(one.points) != 2:
        raise MaskError(f"{where} is a {kind} of {len(one.points)} points instead of 2. Save it again.")
    (x, y), (to_x, to_y) = one.points
    if kind == "rectangle":
        return box(label, (x, y, to_x, to_y), where)
    if kind == "circle":
        radius = math.hypot(to_x - x, to_y - y)
        return ellipse(label, (x, y), (radius, radius), where)
    if one.mask is None:
        raise MaskError(f"{where} is a mask without pixels. Save it again.")
    return replace(png_mask(label, one.mask, where), x=int(x), y=int(y))
