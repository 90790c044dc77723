"""CVAT for images 1.1 and for video 1.1 (XML): polygons, run-length masks, boxes and ellipses.

Source: https://docs.cvat.ai/docs/manual/advanced/xml_format/. Boxes and ellipses are turned clockwise by
`rotation` degrees. A video has one track per object, with one shape per frame; frame 12 is the image
`frame_000012`, the name that CVAT gives it in exports with images.
"""

from collections import Counter
from dataclasses import replace
from xml.etree.ElementTree import Element

from seep.errors import MaskError
from seep.io.annotations.areas import box, ellipse
from seep.io.annotations.runs import PixelMask, run_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

_READ = {"polygon", "mask", "box", "ellipse"}
_DEFAULT_SUBSET = "default"
"""CVAT's name for images of a project that have no subset."""
_FRAME = "frame_{:06d}"


def looks_like_cvat(root: Element) -> bool:
    """Return whether parsed XML has the structure of CVAT for images."""
    return root.tag == "annotations" and root.find("image") is not None


def looks_like_cvat_video(root: Element) -> bool:
    """Return whether parsed XML has the structure of CVAT for video."""
    return root.tag == "annotations" and root.find("track") is not None


def read_cvat(root: Element, source: str) -> list[ImageShapes]:
    """Read the shapes of each image, in CVAT's z order; an image without shapes has no mask.

    Exports of projects have the images of each subset in a folder of its name.

    Raises:
        MaskError: damaged file.
    """
    found = []
    images = list(root.iter("image"))
    only_default = {one.get("subset") for one in images} <= {_DEFAULT_SUBSET, None}
    try:
        for image in images:
            size = (int(image.get("height", "")), int(image.get("width", "")))
            elements = _in_order([one for one in image if one.tag in _READ])
            found.append(
                ImageShapes(
                    source,
                    [_shape(one, one.get("label", ""), source) for one in elements],
                    "pixels",
                    size,
                    image=_path(image, only_default),
                    annotated=bool(elements),
                    omitted=Counter(one.tag for one in image if one.tag not in _READ),
                    labels_from="labels of the shapes",
                )
            )
    except (ValueError, TypeError, OverflowError) as error:
        raise _damaged(source, error) from error
    return found


def _path(image: Element, only_default: bool) -> str:
    name, subset = image.get("name", ""), image.get("subset", "")
    return name if only_default or not subset else f"{subset}/{name}"


def read_cvat_video(root: Element, source: str) -> list[ImageShapes]:
    """Read the shapes of each frame in which an object is visible; other frames have no mask.

    Raises:
        MaskError: damaged file.
    """
    frames: dict[int, list[tuple[Element, str]]] = {}
    omitted: dict[int, Counter[str]] = {}
    try:
        size = _video_size(root)
        for track in root.iter("track"):
            for one in track:
                if one.get("outside", "0") != "1":
                    frame = int(one.get("frame", ""))
                    shapes, left_out = frames.setdefault(frame, []), omitted.setdefault(frame, Counter())
                    if one.tag in _READ:
                        shapes.append((one, track.get("label", "")))
                    else:
                        left_out[one.tag] += 1
        return [
            ImageShapes(
                source,
                [_shape(one, label, source) for one, label in sorted(found, key=lambda pair: _z(pair[0]))],
                "pixels",
                size,
                image=_FRAME.format(frame) + ".PNG",
                annotated=bool(found),
                omitted=omitted[frame],
                labels_from="labels of the tracks",
            )
            for frame, found in sorted(frames.items())
        ]
    except (ValueError, TypeError, OverflowError) as error:
        raise _damaged(source, error) from error


def _video_size(root: Element) -> tuple[int, int] | None:
    size = root.find("./meta//original_size")
    if size is None:
        return None
    return int(size.findtext("height", "")), int(size.findtext("width", ""))


def _damaged(source: str, error: Exception) -> MaskError:
    return MaskError(f"{source} is a damaged CVAT export ({error}). Export it again.")


def _z(element: Element) -> int:
    return int(element.get("z_order", "0"))


def _in_order(elements: list[Element]) -> list[Element]:
    return sorted(elements, key=_z)


def _shape(element: Element, label: str, source: str) -> Polygon | PixelMask:
    if element.tag == "polygon":
        points = [pair.split(",") for pair in element.get("points", "").split(";")]
        return Polygon(label, (ring_of(points, source),))
    if element.tag in {"box", "ellipse"}:
        names = ("xtl", "ytl", "xbr", "ybr") if element.tag == "box" else ("cx", "cy", "rx", "ry")
        a, b, c, d = (float(element.get(name, "")) for name in names)
        turned = float(element.get("rotation", "0"))
        if element.tag == "box":
            return box(label, (a, b, c, d), source, turned)
        return ellipse(label, (a, b), (c, d), source, turned)
    shape = (int(element.get("height", "")), int(element.get("width", "")))
    counts = [int(part) for part in element.get("rle", "").split(",")]
    mask = run_mask(label, "rows", counts, shape, source)
    return replace(mask, x=int(element.get("left", "")), y=int(element.get("top", "")))
