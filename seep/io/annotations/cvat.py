"""CVAT for images 1.1 (XML): polygons and run-length masks."""

from collections import Counter
from dataclasses import replace
from xml.etree.ElementTree import Element

from seep.errors import MaskError
from seep.io.annotations.runs import PixelMask, run_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, omitted_note, ring_of

_READ = {"polygon", "mask"}
_NOT_READ = {"box", "ellipse", "polyline", "points", "cuboid", "skeleton"}


def looks_like_cvat(root: Element) -> bool:
    """Return whether parsed XML has the structure of CVAT."""
    return root.tag == "annotations" and root.find("image") is not None


def read_cvat(root: Element, source: str) -> list[ImageShapes]:
    """Read the shapes of each image, in CVAT's z order; an image without polygons and masks has no mask.

    Raises:
        MaskError: damaged file.
    """
    found = []
    try:
        for image in root.iter("image"):
            size = (int(image.get("height", "")), int(image.get("width", "")))
            elements = sorted(
                (one for one in image if one.tag in _READ), key=lambda one: int(one.get("z_order", "0"))
            )
            name = image.get("name", "")
            omitted = Counter(one.tag for one in image if one.tag in _NOT_READ)
            found.append(
                ImageShapes(
                    source,
                    [_shape(one, source) for one in elements],
                    "pixels",
                    size,
                    image=name,
                    annotated=bool(elements),
                    notes=omitted_note(source, name, omitted),
                )
            )
    except (ValueError, TypeError, OverflowError) as error:
        raise MaskError(f"{source} is a damaged CVAT export ({error}). Export it again.") from error
    return found


def _shape(element: Element, source: str) -> Polygon | PixelMask:
    label = element.get("label", "")
    if element.tag == "polygon":
        points = [pair.split(",") for pair in element.get("points", "").split(";")]
        return Polygon(label, (ring_of(points, source),))
    shape = (int(element.get("height", "")), int(element.get("width", "")))
    counts = [int(part) for part in element.get("rle", "").split(",")]
    mask = run_mask(label, "rows", counts, shape, source)
    return replace(mask, x=int(element.get("left", "")), y=int(element.get("top", "")))
