"""CVAT for images 1.1 and for video 1.1 (XML): polygons, run-length masks, boxes and ellipses.

Source: https://docs.cvat.ai/docs/manual/advanced/xml_format/. Boxes and ellipses are turned clockwise by
`rotation` degrees. A video has one track per object, with one shape per frame; frame 12 is the image
`frame_000012`, the name that CVAT gives it in exports with images. A file may have both images and tracks. CVAT
writes the shapes between key frames too; where they are missing they are interpolated, see `outlines`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    ImageShapes,
    Number,
    Outcomes,
    Schema,
    Shape,
    Whole,
    check_image_name,
    read_as,
)
from seep.io.annotations.outlines import Interpolator, box, ellipse, polygon
from seep.io.annotations.runs import run_mask

_READ = {"polygon", "mask", "box", "ellipse"}
_DEFAULT_SUBSET = "default"
"""CVAT's name for images of a project that have no subset."""
_FRAME = "frame_{:06d}"


class _Size(Schema):
    width: Whole
    height: Whole


class _Image(_Size):
    name: str
    subset: str = ""


class _Drawn(Schema):
    z_order: Whole = 0


class _Framed(_Drawn):
    frame: Whole
    outside: str = "0"


class _Polygon(Schema):
    points: str


class _Box(Schema):
    xtl: Number
    ytl: Number
    xbr: Number
    ybr: Number
    rotation: Number = 0


class _Ellipse(Schema):
    cx: Number
    cy: Number
    rx: Number
    ry: Number
    rotation: Number = 0


class _Mask(_Size):
    rle: str
    left: Whole
    top: Whole


def looks_like_cvat(root: Element) -> bool:
    """Return whether parsed XML has the structure of CVAT for images."""
    return root.tag == "annotations" and root.find("image") is not None


def looks_like_cvat_video(root: Element) -> bool:
    """Return whether parsed XML has the structure of CVAT for video."""
    return root.tag == "annotations" and root.find("track") is not None


def read_cvat(root: Element, source: str) -> AnnotationFile:
    """Read the shapes of each image and of each frame in which an object is visible, in CVAT's z order.

    An image without shapes has no mask. Exports of projects have the images of each subset in a folder of its name.
    """
    left = Outcomes()
    elements = root.findall("image")
    only_default = {one.get("subset") for one in elements} <= {_DEFAULT_SUBSET, None}
    images = []
    for number, element in enumerate(elements, 1):
        where = f"{source}, image {number}"
        try:
            one = read_as(_Image, element.attrib, where)
            check_image_name(one.name, where)
        except MaskError as error:
            left.leave("damaged image", str(error))
            left.leave("annotation of a damaged image", count=len(element))
            continue
        path = one.name if only_default or not one.subset else f"{one.subset}/{one.name}"
        shapes = [(child, element_label(child)) for child in element]
        images.append(_read_image(shapes, path, (one.height, one.width), source, "shapes"))
    frames = _read_tracks(root, left, source)
    return AnnotationFile(source, [*images, *frames], left.left_out)


def element_label(element: Element) -> str:
    """Return the label of a shape; "" without one."""
    return element.get("label", "")


def _read_tracks(root: Element, left: Outcomes, source: str) -> list[ImageShapes]:
    frames: dict[int, list[tuple[Element, str]]] = {}
    gaps: list[tuple[int, int, str]] = []
    interpolator = Interpolator()
    for number, track in enumerate(root.findall("track"), 1):
        where = f"{source}, track {number}"
        label = element_label(track)
        at: dict[int, tuple[Element, bool]] = {}
        for one in track:
            try:
                framed = read_as(_Framed, one.attrib, where)
            except MaskError as error:
                left.leave("damaged shape of a track", str(error))
                continue
            at[framed.frame] = one, framed.outside != "1"
            if framed.outside == "1":
                left.leave("shape outside of its frame")
            else:
                frames.setdefault(framed.frame, []).append((one, label))
        for before, after in pairwise(sorted(at)):
            shape, visible = at[before]
            if not visible or after - before == 1:
                continue
            try:
                between = interpolator.between((before, shape), (after, at[after][0]), where)
            except MaskError as error:
                gaps.append((before, after, str(error)))
                continue
            for frame, made in between:
                frames.setdefault(frame, []).append((made, label))
    for *_, reason in gaps:
        left.leave("gap between key frames", reason)
    size = _video_size(root)
    return [
        _without_gaps(_read_image(shapes, _FRAME.format(frame) + ".PNG", size, source, "tracks"), frame, gaps)
        for frame, shapes in sorted(frames.items())
    ]


def _without_gaps(entry: ImageShapes, frame: int, gaps: Sequence[tuple[int, int, str]]) -> ImageShapes:
    """Leave out the shapes of a frame in which an object is visible that could not be interpolated."""
    reason = next((reason for before, after, reason in gaps if before < frame < after), None)
    if reason is None:
        return entry
    found = Outcomes()
    for one in entry.left_out:
        found.leave(one.kind, one.reason, one.count)
    found.leave("shape of an incomplete frame", reason, len(entry.shapes))
    return replace(entry, shapes=[], status=found.status, left_out=found.left_out)


def _video_size(root: Element) -> tuple[int, int] | None:
    size = root.find("./meta//original_size")
    if size is None:
        return None
    try:
        found = read_as(_Size, {one.tag: one.text for one in size}, "")
    except MaskError:
        return None
    return found.height, found.width


def _read_image(
    shapes: Sequence[tuple[Element, str]],
    path: str,
    size: tuple[int, int] | None,
    source: str,
    labels_of: str,
) -> ImageShapes:
    found = Outcomes()
    where = f"{source}, {path}"
    ordered: list[tuple[int, Element, str]] = []
    for element, label in shapes:
        if element.tag not in _READ:
            found.leave(element.tag)
            continue
        try:
            ordered.append((read_as(_Drawn, element.attrib, where).z_order, element, label))
        except MaskError as error:
            found.leave(f"damaged {element.tag}", str(error))
    for _, element, label in sorted(ordered, key=lambda one: one[0]):
        found.take(element.tag, where, partial(_shape, element, label))
    return found.image(source, path, f"labels of the {labels_of}", size=size)


def _shape(element: Element, label: str, where: str) -> Shape:
    if not label:
        raise MaskError(f"{where} has a {element.tag} without a label. Label it, or delete it.")
    if element.tag == "polygon":
        return polygon(label, _points(read_as(_Polygon, element.attrib, where).points, where), where)
    if element.tag == "box":
        one = read_as(_Box, element.attrib, where)
        return box(label, (one.xtl, one.ytl, one.xbr, one.ybr), where, one.rotation)
    if element.tag == "ellipse":
        drawn = read_as(_Ellipse, element.attrib, where)
        return ellipse(label, (drawn.cx, drawn.cy), (drawn.rx, drawn.ry), where, drawn.rotation)
    mask = read_as(_Mask, element.attrib, where)
    counts = [_number(part, int, where) for part in mask.rle.split(",")]
    found = run_mask(label, "rows", counts, (mask.height, mask.width), where)
    return replace(found, x=mask.left, y=mask.top)


def _points(text: str, where: str) -> list[list[float]]:
    return [[_number(part, float, where) for part in pair.split(",")] for pair in text.split(";")]


def _number(text: str, kind: type[Any], where: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise MaskError(f"{where} has {text[:20]!r} instead of a number. Export it again.") from error
