"""Pascal VOC XML: one file per image with boxes, and polygons where a tool adds them; also LabelMe's XML.

Source: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html. Pixels are counted from 1, and
`xmax` and `ymax` are inside the box. The masks of VOC, in `SegmentationClass`, are read as images. Objects that were
deleted in LabelMe (https://github.com/CSAILVision/LabelMeAnnotationTool) stay in its files as `deleted`.
"""

from functools import partial
from xml.etree.ElementTree import Element

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    Number,
    Outcomes,
    Polygon,
    Schema,
    Whole,
    check_image_name,
    read_as,
)
from seep.io.annotations.outlines import box, polygon


class _Size(Schema):
    height: Whole
    width: Whole


class _LabelMeSize(Schema):
    nrows: Whole
    ncols: Whole


class _Bounds(Schema):
    xmin: Number
    ymin: Number
    xmax: Number
    ymax: Number


class _Point(Schema):
    x: Number
    y: Number


def looks_like_voc(root: Element) -> bool:
    """Return whether parsed XML has the structure of Pascal VOC."""
    return root.tag == "annotation" and root.find("filename") is not None


def read_voc(root: Element, source: str) -> AnnotationFile:
    """Read the objects of the image of a file; an image without objects has no mask.

    Raises:
        MaskError: the size of the image is damaged, or its name is missing.
    """
    name = (root.findtext("filename") or "").strip()
    check_image_name(name, source)
    found = Outcomes()
    for number, one in enumerate(root.findall("object"), 1):
        if (one.findtext("deleted") or "").strip() == "1":
            found.leave("deleted object")
        elif one.find("polygon") is None and one.find("bndbox") is None:
            found.leave("object without an outline")
        else:
            found.take("object", f"{source}, object {number}", partial(_shape, one))
    image = found.image(source, name, "names of the objects", size=_size_of(root, source))
    return AnnotationFile(source, [image])


def _size_of(root: Element, source: str) -> tuple[int, int] | None:
    size, nrows = root.find("size"), root.find("imagesize")
    if size is not None:
        one = read_as(_Size, _texts(size), source)
        return (one.height, one.width) if one.height and one.width else None  # some tools write 0 for unknown
    if nrows is not None:
        found = read_as(_LabelMeSize, _texts(nrows), source)
        return found.nrows, found.ncols
    return None


def _texts(element: Element) -> dict[str, str]:
    return {one.tag: (one.text or "").strip() for one in element}


def _shape(one: Element, where: str) -> Polygon:
    label = (one.findtext("name") or "").strip()
    if not label:
        raise MaskError(f"{where} has no name. Name its class, or delete it.")
    outline, bounds = one.find("polygon"), one.find("bndbox")
    if outline is not None:
        return polygon(label, _points(outline, where), where)
    corners = read_as(_Bounds, {} if bounds is None else _texts(bounds), where)
    return box(label, (corners.xmin - 1, corners.ymin - 1, corners.xmax, corners.ymax), where)


def _points(outline: Element, where: str) -> list[tuple[float, float]]:
    listed = outline.findall("pt") or outline.findall("point")
    if listed:
        found = [_texts(one) for one in listed]
    else:  # x1, y1, x2, y2, ...
        texts = _texts(outline)
        found = [
            {"x": texts.get(f"x{n}", ""), "y": texts.get(f"y{n}", "")} for n in range(1, len(texts) // 2 + 1)
        ]
    points = [read_as(_Point, one, where) for one in found]
    return [(point.x, point.y) for point in points]
