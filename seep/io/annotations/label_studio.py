"""Label Studio's exports JSON and JSON_MIN: polygons, boxes and ellipses in percent, brushes in bit-packed runs.

Source: https://labelstud.io/guide/export. A box is turned clockwise about its upper left corner.
"""

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from seep.errors import MaskError
from seep.io.annotations.areas import ellipse
from seep.io.annotations.runs import PixelMask, brush_mask, png_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

WAS_CANCELLED = "was_cancelled"
"""Label Studio's key of an annotation that was skipped: https://labelstud.io/guide/task_format."""
_READ = ("polygonlabels", "brushlabels", "bitmasklabels", "rectanglelabels", "ellipselabels")
_PNG_URL = "data:image/png;base64,"
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""Label Studio's prefix of the names of uploaded files."""


def looks_like_label_studio(content: Any) -> bool:
    """Return whether parsed JSON has the structure of a Label Studio export."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(one, dict) and "data" in one and "annotations" in one for one in content[:10])
    )


def looks_like_label_studio_min(content: Any) -> bool:
    """Return whether parsed JSON has the structure of Label Studio's JSON_MIN."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(one, dict) and {"annotator", "annotation_id"} & one.keys() for one in content[:10])
    )


def read_label_studio(content: Any, source: str) -> list[ImageShapes]:
    """Read the shapes of each task; the last submitted annotation counts.

    A task without a submitted annotation, skipped tasks included, has no mask. A submitted annotation without
    any result is background. One with other results only, such as choices or vectors, has no mask.

    Raises:
        MaskError: damaged file, or a task that does not name its image.
    """
    try:
        return [_read_task(task, source) for task in content]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise MaskError(
            f"{source} is a damaged Label Studio export ({type(error).__name__}: {error}). Export it again."
        ) from error


def read_label_studio_min(content: Any, source: str) -> list[ImageShapes]:
    """Read the shapes of each task of JSON_MIN; a task without shapes has no mask.

    Raises:
        MaskError: damaged file, or a task that does not name its image.
    """
    try:
        return [
            _read_task({"data": _data_of(one), "annotations": _annotations_of(one)}, source)
            for one in content
        ]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise MaskError(
            f"{source} is a damaged Label Studio export ({type(error).__name__}: {error}). Export it again."
        ) from error


def _data_of(row: Any) -> dict[str, str]:
    """Return the texts of a row of JSON_MIN that may be the path of the image."""
    meta = {"annotator", "annotation_id", "id", "created_at", "updated_at", "lead_time"}
    return {key: value for key, value in row.items() if isinstance(value, str) and key not in meta}


def _annotations_of(row: Any) -> list[dict[str, Any]]:
    """Return the regions of a row of JSON_MIN as one annotation; none without regions."""
    regions = []
    for found in row.values():
        for value in found if isinstance(found, list) else ():
            if isinstance(value, dict):
                kind = next((one for one in _READ if one in value), None)
                other = next((key for key in value if key.endswith("labels")), "region without labels")
                regions.append(value | {"type": kind or other, "value": value})
    return [{"result": regions}] if regions else []


def _read_task(task: Any, source: str) -> ImageShapes:
    submitted = [one for one in task["annotations"] if not one.get(WAS_CANCELLED)]
    results = submitted[-1]["result"] if submitted else []
    kept = [one for one in results if one.get("type") in _READ]
    omitted = Counter(str(one.get("type")) for one in results if one.get("type") not in _READ)
    sizes = {(int(one["original_height"]), int(one["original_width"])) for one in kept}
    if len(sizes) > 1:
        raise MaskError(f"{source} has shapes for several sizes of one image. Export it again.")
    image = _image_path(task["data"], source)
    return ImageShapes(
        source,
        [_shape(one, source) for one in kept],
        "pixels",
        sizes.pop() if sizes else None,
        image=image,
        annotated=bool(kept) or (bool(submitted) and not results),
        omitted=omitted,
        labels_from="labels of the shapes",
    )


def _shape(result: Any, source: str) -> Polygon | PixelMask:
    value = result["value"]
    label = str(value[result["type"]][0])
    height, width = int(result["original_height"]), int(result["original_width"])
    if result["type"] == "brushlabels":
        if value.get("format") != "rle":
            raise MaskError(f"{source} has a brush that is not run-length encoded. Export it as JSON.")
        return brush_mask(label, value["rle"], (height, width), source)
    if result["type"] == "bitmasklabels":
        mask = png_mask(label, value["imageDataURL"].removeprefix(_PNG_URL), source, "alpha")
        if mask.shape != (height, width):
            raise MaskError(
                f"{source} has a bitmask of another size than {height} x {width}. Export it again."
            )
        return mask
    scale = np.array([width, height]) / 100
    if result["type"] == "polygonlabels":
        return Polygon(label, (ring_of(value["points"], source) * scale,))
    at, turned = np.array([value["x"], value["y"]], np.float64) * scale, float(value.get("rotation") or 0)
    if result["type"] == "ellipselabels":
        radii = np.array([value["radiusX"], value["radiusY"]], np.float64) * scale
        return ellipse(label, (at[0], at[1]), (radii[0], radii[1]), source, turned)
    right, down = np.array([value["width"], value["height"]], np.float64) * scale
    angle = np.radians(turned)
    across, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corners = [at, at + right * across, at + right * across + down * along, at + down * along]
    return Polygon(label, (ring_of(corners, source),), "box")


def _image_path(data: Any, source: str) -> str:
    """Return the path of a task's image: of an upload, a URL, or a file in local storage (`?d=path`)."""
    address = str(data.get("image") or next(iter(data.values()), ""))
    url = urlsplit(address.replace("\\", "/"))
    local = parse_qs(url.query).get("d")
    path = f"/{local[0].lstrip('/')}" if local and "/" in local[0] else (local or [unquote(url.path)])[0]
    name = path.rsplit("/", 1)[-1]
    if not name:
        raise MaskError(f"{source} has a task whose data {address[:80]!r} names no image. Export it again.")
    return _UPLOADED.sub("", name) if "/upload/" in path or "/" not in path else path
