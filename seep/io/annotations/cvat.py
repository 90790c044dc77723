"""CVAT for images 1.1 (XML): polygons and run-length masks."""

from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from seep.errors import MaskError
from seep.io.annotations.runs import decode_counts
from seep.io.annotations.shapes import ImageShapes, PixelMask, Polygon, ring_of


def looks_like_cvat(root: Element) -> bool:
    """Tell whether parsed XML is CVAT's."""
    return root.tag == "annotations" and root.find("image") is not None


def read_cvat(root: Element, source: str) -> dict[str, ImageShapes]:
    """Read an export: drawings by the stem of the image's file name, in CVAT's z order.

    Raises:
        MaskError: damaged.
    """
    found = {}
    try:
        for image in root.iter("image"):
            size = (int(image.get("height", "")), int(image.get("width", "")))
            parts = [one for one in image if one.tag in {"polygon", "mask"}]
            parts.sort(key=lambda one: int(one.get("z_order", "0")))
            stem = PurePosixPath(image.get("name", "").replace("\\", "/")).stem
            found[stem] = ImageShapes(source, [_shape(one, source) for one in parts], "pixels", size)
    except (ValueError, TypeError, OverflowError) as error:
        raise MaskError(f"{source} is damaged CVAT ({error}); export it again.") from error
    return found


def _shape(element: Element, source: str) -> Polygon | PixelMask:
    label = element.get("label", "")
    if element.tag == "polygon":
        points = [pair.split(",") for pair in element.get("points", "").split(";")]
        return Polygon(label, (ring_of(points, source),))
    shape = (int(element.get("height", "")), int(element.get("width", "")))
    counts = [int(part) for part in element.get("rle", "").split(",")]
    bits = decode_counts(counts, shape, "C", source)
    return PixelMask(label, bits, int(element.get("left", "")), int(element.get("top", "")))
