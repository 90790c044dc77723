"""Supervisely JSON: one file per image, with the name of the image and `.json`; polygons, bitmaps and rectangles.

Source: https://docs.supervisely.com/customization-and-integration/00_ann_format_navi/04_supervisely_format_objects. A
bitmap is a PNG, packed with zlib and in base64, whose upper left pixel is at `origin`.
"""

import base64
import binascii
import zlib
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import Field

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    Number,
    Outcomes,
    Polygon,
    Schema,
    Shape,
    Whole,
    read_as,
    stem_of,
)
from seep.io.annotations.outlines import box, ring_of
from seep.io.annotations.runs import PixelMask, png_mask

_READ = {"polygon": "polygon", "bitmap": "bitmap", "rectangle": "box"}
_MAX_PNG_BYTES = 256 * 2**20
_RGBA = 6
"""Color type of a PNG whose fourth channel is the bitmap."""
_COLOR_TYPE_AT = 25


class _Size(Schema):
    height: Whole
    width: Whole


class _File(Schema):
    size: _Size
    objects: list[Any]


class _Points(Schema):
    exterior: list[tuple[Number, Number]]
    interior: list[list[tuple[Number, Number]]] = Field(default_factory=list)


class _Bitmap(Schema):
    data: str
    origin: tuple[Whole, Whole]


class _Object(Schema):
    label: str = Field(alias="classTitle")
    points: _Points | None = None
    bitmap: _Bitmap | None = None


def read_supervisely(content: Any, source: str) -> AnnotationFile:
    """Read the objects of the image that the file is named for; a file without objects gives no mask.

    Raises:
        MaskError: the size of the image or the list of objects is missing.
    """
    file = read_as(_File, content, source)
    found = Outcomes()
    for number, value in enumerate(file.objects, 1):
        where = f"{source}, object {number}"
        kind = value.get("geometryType") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            found.leave("damaged object", f"{where} has no geometryType. Export it again.")
        elif kind in _READ:
            found.take(_READ[kind], where, partial(_shape, kind, value))
        else:
            found.leave(kind)
    name = source.removesuffix(".json")
    size = (file.size.height, file.size.width)
    image = found.image(source, name, "classes of the objects", size=size, stem=stem_of(name))
    return AnnotationFile(source, [image])


def _shape(kind: str, value: Any, where: str) -> Shape:
    one = read_as(_Object, value, where)
    if kind == "bitmap":
        if one.bitmap is None:
            raise MaskError(f"{where} is a bitmap without pixels. Export it again.")
        return _bitmap(one.label, one.bitmap, where)
    if one.points is None:
        raise MaskError(f"{where} has no points. Export it again.")
    if kind == "polygon":
        return Polygon(
            one.label, tuple(ring_of(ring, where) for ring in (one.points.exterior, *one.points.interior))
        )
    if len(one.points.exterior) != 2:
        raise MaskError(f"{where} is a rectangle without two corners. Export it again.")
    (left, top), (right, bottom) = one.points.exterior
    return box(
        one.label, (left, top, right + 1, bottom + 1), where
    )  # both corners are pixels of the rectangle


def _bitmap(label: str, bitmap: _Bitmap, where: str) -> PixelMask:
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(bitmap.data, validate=True), _MAX_PNG_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise MaskError(f"{where} has a bitmap that cannot be unpacked. Export it again.") from error
    if unpacker.unconsumed_tail or len(data) <= _COLOR_TYPE_AT:
        raise MaskError(f"{where} has a bitmap that is no picture or too large. Export it again.")
    encoding = "alpha" if data[_COLOR_TYPE_AT] == _RGBA else "png"
    mask = png_mask(label, base64.b64encode(data).decode(), where, encoding)
    return replace(mask, x=bitmap.origin[0], y=bitmap.origin[1])
