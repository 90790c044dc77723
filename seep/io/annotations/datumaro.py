"""Datumaro JSON: polygons, masks, boxes and ellipses per item.

Source: https://openvinotoolkit.github.io/datumaro/latest/docs/data-formats/formats/datumaro.html. Run lengths
are those of COCO. An ellipse is given by its bounding box.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    Ident,
    ImageShapes,
    Number,
    Outcomes,
    Schema,
    Shape,
    Whole,
    read_as,
)
from seep.io.annotations.outlines import box, ellipse, polygon
from seep.io.annotations.runs import coco_counts, run_mask

_KINDS = {"polygon": "polygon", "mask": "mask", "bbox": "box", "ellipse": "ellipse"}
Corners = tuple[Number, Number, Number, Number]


class _Label(Schema):
    name: str


class _Labels(Schema):
    labels: Sequence[_Label] = ()


class _Categories(Schema):
    label: _Labels = _Labels()


class _File(Schema):
    categories: _Categories
    items: list[Any]


class _Image(Schema):
    path: str | None = None
    size: tuple[Whole, Whole] | None = None


class _Item(Schema):
    id: Ident
    annotations: list[Any]
    image: _Image | None = None


class _Kind(Schema):
    type: str
    z_order: Whole = 0


class _Runs(Schema):
    counts: str | list[Whole]
    size: tuple[Whole, Whole]


class _Shape(_Kind):
    label_id: Whole
    points: Any = None
    bbox: Corners | None = None
    rle: _Runs | None = None


class _Bounds(Schema):
    points: Corners


def read_datumaro(content: Any, source: str) -> AnnotationFile:
    """Read the shapes of each item, in z order; an item without shapes has no mask.

    Raises:
        MaskError: the file has no categories or no list of items.
    """
    file = read_as(_File, content, source)
    names = [label.name for label in file.categories.label.labels]
    left = Outcomes()
    images = []
    for number, value in enumerate(file.items, 1):
        where = f"{source}, item {number}"
        try:
            item = read_as(_Item, value, where)
            if not item.id.replace("\\", "/").rsplit("/", 1)[-1]:
                raise MaskError(f"{where} is without the file name of its image. Add the name.")
        except MaskError as error:
            left.leave("damaged image", str(error))
            left.leave_inside("damaged image", value, "annotations")
            continue
        images.append(_read_item(item, names, source, where))
    return AnnotationFile(source, images, left.left_out)


def _read_item(item: _Item, names: Sequence[str], source: str, where: str) -> ImageShapes:
    found = Outcomes()
    kinds: list[tuple[int, str, Any]] = []
    for value in item.annotations:
        try:
            kind = read_as(_Kind, value, where)
        except MaskError as error:
            found.leave("damaged annotation", str(error))
            continue
        if kind.type in _KINDS:
            kinds.append((kind.z_order, kind.type, value))
        else:
            found.leave(kind.type)
    for _, name, value in sorted(kinds, key=lambda one: one[0]):
        found.take(_KINDS[name], where, partial(_shape, value, names))
    image = item.image or _Image()
    stem = None if image.path else item.id.replace("\\", "/").rsplit("/", 1)[-1]
    return found.image(source, image.path or item.id, "categories", size=image.size, stem=stem)


def _shape(value: Any, names: Sequence[str], where: str) -> Shape:
    one = read_as(_Shape, value, where)
    if not 0 <= one.label_id < len(names):
        raise MaskError(f"{where} has the label number {one.label_id} without a name. Export it again.")
    label = names[one.label_id]
    if one.type == "polygon":
        return polygon(label, one.points, where)
    if one.type == "ellipse":
        left, top, right, bottom = read_as(_Bounds, value, where).points
        center, radii = ((left + right) / 2, (top + bottom) / 2), ((right - left) / 2, (bottom - top) / 2)
        return ellipse(label, center, radii, where)
    if one.type == "bbox" and one.bbox is not None:
        left, top, width, height = one.bbox
        return box(label, (left, top, left + width, top + height), where)
    if one.rle is None:
        raise MaskError(f"{where} has a {_KINDS[one.type]} without coordinates. Export it again.")
    counts = coco_counts(one.rle.counts, where) if isinstance(one.rle.counts, str) else one.rle.counts
    return run_mask(label, "columns", counts, one.rle.size, where)
