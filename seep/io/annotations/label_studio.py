"""Label Studio's exports JSON and JSON_MIN: polygons, boxes and ellipses in percent, brushes and bitmasks.

Source: https://labelstud.io/guide/task_format. A box is turned clockwise about its upper left corner. A brush is
bit-packed runs of RGBA; a bitmask is a PNG whose opaque pixels count. A region drawn with `<Polygon>` and labeled with
`<Labels>` has two results of one id.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from pydantic import Field

from seep.errors import MaskError
from seep.io.annotations.model import (
    AnnotationFile,
    ImageShapes,
    Number,
    Outcomes,
    Polygon,
    Schema,
    Shape,
    Status,
    Whole,
    read_as,
    stem_of,
)
from seep.io.annotations.outlines import ellipse, polygon
from seep.io.annotations.runs import brush_mask, png_mask

WAS_CANCELLED = "was_cancelled"
"""Label Studio's key of an annotation that was skipped: https://labelstud.io/guide/task_format."""
GROUND_TRUTH = "ground_truth"
_KINDS = {
    "polygon": "polygon",
    "brush": "brush",
    "bitmask": "bitmask",
    "rectangle": "box",
    "ellipse": "ellipse",
}
_LABELS = "labels"
_PNG_URL = "data:image/png;base64,"
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""Label Studio's prefix of the names of uploaded files."""
_META = {"annotator", "annotation_id", "id", "created_at", "updated_at", "lead_time"}
"""Keys of a row of JSON_MIN that are not of the data."""


class _Task(Schema):
    data: dict[str, Any]
    annotations: list[Any]


class _Result(Schema):
    original_width: Whole
    original_height: Whole
    image_rotation: Number = 0
    item_index: Whole = 0
    value: dict[str, Any]


class _Points(Schema):
    points: list[tuple[Number, Number]]


class _Brush(Schema):
    format: str
    rle: list[Whole]


class _Bitmask(Schema):
    url: str = Field(alias="imageDataURL")


class _Ellipse(Schema):
    x: Number
    y: Number
    radius_x: Number = Field(alias="radiusX")
    radius_y: Number = Field(alias="radiusY")
    rotation: Number = 0


class _Rectangle(Schema):
    x: Number
    y: Number
    width: Number
    height: Number
    rotation: Number = 0


def looks_like_label_studio(content: Any) -> bool:
    """Return whether parsed JSON has the structure of a Label Studio export."""
    return (
        isinstance(content, list)
        and bool(content)
        and any(isinstance(one, dict) and "data" in one and "annotations" in one for one in content[:10])
    )


def looks_like_label_studio_min(content: Any) -> bool:
    """Return whether parsed JSON has the structure of Label Studio's JSON_MIN."""
    return (
        isinstance(content, list)
        and bool(content)
        and any(isinstance(one, dict) and {"annotator", "annotation_id"} & one.keys() for one in content[:10])
    )


def read_label_studio(content: Any, source: str) -> AnnotationFile:
    """Read the shapes of each task: of its ground truth, else of the last annotation that was submitted.

    A task without a submitted annotation, skipped tasks included, has no mask. A submitted annotation without
    any result is background. One with other results only, such as choices or vectors, has no mask.
    """
    return _read(content, source)


def read_label_studio_min(content: Any, source: str) -> AnnotationFile:
    """Read the shapes of each row of JSON_MIN; a row without regions has no mask."""
    return _read([_row_of(one) for one in content], source)


def _read(tasks: Sequence[Any], source: str) -> AnnotationFile:
    left = Outcomes()
    images, details = [], 0
    for number, value in enumerate(tasks, 1):
        where = f"{source}, task {number}"
        try:
            task = read_as(_Task, value, where)
            path = _image_path(task.data, where)
        except MaskError as error:
            left.leave("damaged task", str(error))
            left.leave_inside("damaged task", value, "annotations")
            annotations = value.get("annotations") if isinstance(value, dict) else None
            for one in annotations if isinstance(annotations, list) else ():
                left.leave_inside("damaged task", one, "result")
            continue
        image, described = _read_task(task, path, source, where)
        images.append(image)
        details += described
    return AnnotationFile(source, images, left.left_out, details)


def _row_of(row: Any) -> Any:
    """Return a row of JSON_MIN as a task with one annotation; with none if it has no regions."""
    if not isinstance(row, Mapping):
        return row
    texts = {key: value for key, value in row.items() if isinstance(value, str) and key not in _META}
    found = [one for value in row.values() if isinstance(value, list) for one in value]
    results = [one | {"type": _kind_in(one), "value": one} if isinstance(one, dict) else one for one in found]
    return {"data": texts, "annotations": [{"result": results}] if results else []}


def _kind_in(region: Mapping[str, Any]) -> str:
    return next((key for key in region if key.endswith(_LABELS)), "region without a label")


def _read_task(task: _Task, path: str, source: str, where: str) -> tuple[ImageShapes, int]:
    """Return the shapes of a task, and the number of details: its annotation, and results that label others."""
    found = Outcomes()
    submitted = []
    for annotation in task.annotations:
        if not isinstance(annotation, dict) or not isinstance(annotation.get("result"), list):
            found.leave("damaged annotation", f"{where} has an annotation without a list of results.")
        elif annotation.get(WAS_CANCELLED):
            found.leave("skipped annotation")
            found.leave_inside("skipped task", annotation, "result")
        else:
            submitted.append(annotation)
    truth = [one for one in submitted if one.get(GROUND_TRUTH)]
    taken = (truth or submitted)[-1] if submitted else {"result": []}
    results = taken["result"]
    for one in submitted:
        if one is not taken:
            which = "the ground truth" if truth else "the last one"
            found.leave("other annotation", f"{where} has {len(submitted)} annotations; {which} is taken.")
            found.leave("result of other annotations", count=len(one["result"]))
    geometries = [result for result in results if _base_of(result) is not None]
    labels = _labels_by_id(
        results, {geometry.get("id") for geometry in geometries if isinstance(geometry.get("id"), str)}
    )
    size: tuple[int, int] | None = None
    details = int(bool(submitted))
    for result in results:
        kind = _base_of(result)
        if kind is not None:
            shape_size = _size_of(result)
            size = size or shape_size
            found.take(
                _KINDS[kind], where, partial(_shape, kind, result, labels.get(str(result.get("id"))), size)
            )
        elif isinstance(result, dict) and result.get("type") == _LABELS and str(result.get("id")) in labels:
            details += 1
        elif _type_of(result):
            found.leave(_type_of(result))
        else:
            found.leave("damaged result", f"{where} has a result without a type. Export it again.")
    status = _status(found, results, bool(submitted), bool(task.annotations))
    return found.image(source, path, "labels of the shapes", size=size, status=status), details


def _status(found: Outcomes, results: Sequence[Any], submitted: bool, listed: bool) -> Status:
    if found.shapes:
        return Status.ANNOTATED
    damaged = any(one.reason and one.kind.startswith("damaged") for one in found.left_out)
    if damaged or (submitted and results):
        return Status.UNREADABLE
    if submitted:
        return Status.EMPTY
    return Status.SKIPPED if listed else Status.NOT_ANNOTATED


def _type_of(result: Any) -> str:
    kind = result.get("type") if isinstance(result, dict) else None
    return kind if isinstance(kind, str) else ""


def _base_of(result: Any) -> str | None:
    """Return the shape of a result: "polygon" for `polygonlabels` and `polygon`; None for other results."""
    base = _type_of(result).removesuffix(_LABELS)
    return base if base in _KINDS else None


def _labels_by_id(results: Sequence[Any], of: set[Any]) -> dict[str, Any]:
    return {
        result["id"]: result["value"].get(_LABELS)
        for result in results
        if isinstance(result, dict)
        and result.get("type") == _LABELS
        and isinstance(result.get("value"), dict)
        and isinstance(result.get("id"), str)
        and result["id"] in of
    }


def _size_of(result: Any) -> tuple[int, int] | None:
    try:
        one = read_as(_Result, result, "")
    except MaskError:
        return None
    return (one.original_height, one.original_width)


def _shape(kind: str, result: Any, labels: Any, size: tuple[int, int] | None, where: str) -> Shape:
    one = read_as(_Result, result, where)
    label = _label(one.value.get(result["type"]) or labels, where)
    if (one.original_height, one.original_width) != size or min(size) < 1:
        raise MaskError(f"{where} has a region of another image size. Export it again.")
    if one.image_rotation or one.item_index:
        raise MaskError(
            f"{where} has a region of a turned image or another page. Draw it on the image itself."
        )
    height, width = size
    if kind == "brush":
        brush = read_as(_Brush, one.value, where)
        if brush.format != "rle":
            raise MaskError(f"{where} has a brush that is not run-length encoded. Export it as JSON.")
        return brush_mask(label, brush.rle, size, where)
    if kind == "bitmask":
        url = read_as(_Bitmask, one.value, where).url
        mask = png_mask(label, url.removeprefix(_PNG_URL), where, "alpha")
        if mask.shape != size:
            raise MaskError(
                f"{where} has a bitmask of another size than {height} x {width}. Export it again."
            )
        return mask
    scale = np.array([width, height]) / 100
    if kind == "polygon":
        points = read_as(_Points, one.value, where).points
        return polygon(label, np.array(points).reshape(-1, 2) * scale, where)
    if kind == "ellipse":
        drawn = read_as(_Ellipse, one.value, where)
        at, radii = np.array([drawn.x, drawn.y]) * scale, np.array([drawn.radius_x, drawn.radius_y]) * scale
        return ellipse(label, (at[0], at[1]), (radii[0], radii[1]), where, drawn.rotation)
    return _box(label, read_as(_Rectangle, one.value, where), scale, where)


def _label(labels: Any, where: str) -> str:
    if not isinstance(labels, list) or not labels or not isinstance(labels[0], str):
        raise MaskError(f"{where} has a region without a label. Label it, or delete it.")
    if len(labels) > 1:
        raise MaskError(f"{where} has a region with several labels ({labels[0][:40]}, ...). Choose one.")
    return labels[0]


def _box(label: str, drawn: _Rectangle, scale: Any, where: str) -> Polygon:
    at, (right, down) = np.array([drawn.x, drawn.y]) * scale, np.array([drawn.width, drawn.height]) * scale
    angle = np.radians(drawn.rotation)
    across, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corners = [at, at + right * across, at + right * across + down * along, at + down * along]
    return Polygon(label, polygon(label, np.array(corners), where).rings, "box")


def _image_path(data: Mapping[str, Any], where: str) -> str:
    """Return the path of a task's image: of an upload, a URL, or a file in local storage (`?d=path`)."""
    address = str(data.get("image") or next((one for one in data.values() if isinstance(one, str)), ""))
    try:
        url = urlsplit(address.replace("\\", "/"))
    except ValueError as error:
        raise MaskError(f"{where} has the data {address[:80]!r}, which names no image.") from error
    local = parse_qs(url.query).get("d")
    path = f"/{local[0].lstrip('/')}" if local and "/" in local[0] else (local or [unquote(url.path)])[0]
    name = path.rsplit("/", 1)[-1]
    if not stem_of(_UPLOADED.sub("", name)):
        raise MaskError(f"{where} has the data {address[:80]!r}, which names no image. Export it again.")
    return _UPLOADED.sub("", name) if "/upload/" in path or "/" not in path else path
