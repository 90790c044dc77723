"""Pascal VOC XML: one file per image with boxes, and polygons where a tool adds them.

Source: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html. Pixels are counted from 1, and
`xmax` and `ymax` are inside the box. The masks of VOC, in `SegmentationClass`, are read as images.
"""

from collections import Counter
from xml.etree.ElementTree import Element

from seep.errors import MaskError
from seep.io.annotations.areas import box
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of


def looks_like_voc(root: Element) -> bool:
    """Return whether parsed XML has the structure of Pascal VOC."""
    return root.tag == "annotation" and root.find("filename") is not None


def read_voc(root: Element, source: str) -> list[ImageShapes]:
    """Read the objects of the image of a file; an image without objects has no mask.

    Raises:
        MaskError: damaged file.
    """
    try:
        objects = root.findall("object")
        shapes = [shape for one in objects if (shape := _shape(one, source)) is not None]
        size = root.find("size")
        return [
            ImageShapes(
                source,
                shapes,
                "pixels",
                None if size is None else (_whole(size, "height"), _whole(size, "width")),
                image=root.findtext("filename", ""),
                annotated=bool(shapes),
                omitted=Counter(
                    {"object without an outline": len(objects) - len(shapes)}
                    if len(objects) > len(shapes)
                    else {}
                ),
                labels_from="names of the objects",
            )
        ]
    except (ValueError, TypeError, OverflowError) as error:
        raise MaskError(f"{source} is a damaged Pascal VOC file ({error}). Export it again.") from error


def _whole(element: Element, name: str) -> int:
    return int(element.findtext(name, ""))


def _shape(one: Element, source: str) -> Polygon | None:
    label = one.findtext("name", "")
    polygon, bounds = one.find("polygon"), one.find("bndbox")
    if polygon is not None:
        points = polygon.findall("pt") or polygon.findall("point")
        if points:
            ring = [(at.findtext("x", ""), at.findtext("y", "")) for at in points]
        else:  # x1, y1, x2, y2, ...
            by_name = {at.tag: at.text for at in polygon}
            count = len(by_name) // 2
            ring = [(by_name.get(f"x{n}") or "", by_name.get(f"y{n}") or "") for n in range(1, count + 1)]
        return Polygon(label, (ring_of([(float(x), float(y)) for x, y in ring], source),))
    if bounds is None:
        return None
    left, top, right, bottom = (float(bounds.findtext(name, "")) for name in ("xmin", "ymin", "xmax", "ymax"))
    return box(label, (left - 1, top - 1, right, bottom), source)
