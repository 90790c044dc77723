"""Label Studio's JSON export: polygons in percent, and brushes in bit-packed runs."""

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from seep.errors import MaskError
from seep.io.annotations.runs import PixelMask, brush_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, omitted_note, ring_of

_READ = ("polygonlabels", "brushlabels")
_NOT_READ = ("rectanglelabels", "ellipselabels", "keypointlabels", "rectangle", "ellipse", "polygon", "brush")
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""Label Studio's prefix of the names of uploaded files."""


def looks_like_label_studio(content: Any) -> bool:
    """Return whether parsed JSON has the structure of a Label Studio export."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(one, dict) and "data" in one and "annotations" in one for one in content[:10])
    )


def read_label_studio(content: Any, source: str) -> list[ImageShapes]:
    """Read the shapes of each task; the last submitted annotation counts.

    A task without a submitted annotation, skipped tasks included, has no mask. Neither has a task with
    rectangles or ellipses only. A submitted annotation without any shape is background.

    Raises:
        MaskError: damaged file, or a task that does not name its image.
    """
    try:
        return [_read_task(task, source) for task in content]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise MaskError(
            f"{source} is a damaged Label Studio export ({type(error).__name__}: {error}). Export it again."
        ) from error


def _read_task(task: Any, source: str) -> ImageShapes:
    submitted = [one for one in task["annotations"] if not one.get("was_canceled")]
    results = submitted[-1]["result"] if submitted else []
    kept = [one for one in results if one.get("type") in _READ]
    omitted = Counter(one["type"] for one in results if one.get("type") in _NOT_READ)
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
        annotated=bool(kept) or (bool(submitted) and not omitted),
        notes=omitted_note(source, image, omitted),
    )


def _shape(result: Any, source: str) -> Polygon | PixelMask:
    value = result["value"]
    label = str(value[result["type"]][0])
    height, width = int(result["original_height"]), int(result["original_width"])
    if result["type"] == "brushlabels":
        if value.get("format") != "rle":
            raise MaskError(f"{source} has a brush that is not run-length encoded. Export it as JSON.")
        return brush_mask(label, value["rle"], (height, width), source)
    ring = ring_of(value["points"], source) * (np.array([width, height]) / 100)
    return Polygon(label, (ring,))


def _image_path(data: Any, source: str) -> str:
    """Return the path of a task's image: of an upload, a URL, or a file in local storage (`?d=path`)."""
    address = str(data.get("image") or next(iter(data.values()), ""))
    url = urlsplit(address.replace("\\", "/"))
    local = parse_qs(url.query).get("d")
    path = local[0] if local else unquote(url.path)
    name = path.rsplit("/", 1)[-1]
    if not name:
        raise MaskError(f"{source} has a task whose data {address[:80]!r} names no image. Export it again.")
    return _UPLOADED.sub("", name) if "/upload/" in path or "/" not in path else path
