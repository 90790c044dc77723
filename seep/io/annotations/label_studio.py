"""Label Studio's JSON export: polygons in percent and brushes in bit-packed runs."""

import re
from typing import Any
from urllib.parse import unquote

import numpy as np

from seep.errors import MaskError
from seep.io.annotations.runs import brush_bits
from seep.io.annotations.shapes import ImageShapes, PixelMask, Polygon, ring_of

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""


def looks_like_label_studio(content: Any) -> bool:
    """Tell whether parsed JSON is a Label Studio export."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(one, dict) and "data" in one and "annotations" in one for one in content[:10])
    )


def read_label_studio(content: Any, source: str) -> dict[str, ImageShapes]:
    """Read an export: drawings by the stem of the image's file name; of several annotations the last counts.

    Raises:
        MaskError: damaged.
    """
    try:
        found = {}
        for task in content:
            kept = [one for one in task["annotations"] if not one.get("was_canceled")]
            results = kept[-1]["result"] if kept else []
            parts = [_shape(one, source) for one in results if one.get("type") in _KINDS]
            sizes = {
                (int(one["original_height"]), int(one["original_width"]))
                for one in results
                if one.get("type") in _KINDS
            }
            if len(sizes) > 1:
                raise MaskError(f"{source} has shapes of several sizes on one image; export it again.")
            found[_stem(task["data"])] = ImageShapes(source, parts, "pixels", sizes.pop() if sizes else None)
        return found
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise MaskError(
            f"{source} is a damaged Label Studio export ({type(error).__name__}: {error}); export it again."
        ) from error


_KINDS = ("polygonlabels", "brushlabels")


def _shape(result: Any, source: str) -> Polygon | PixelMask:
    value = result["value"]
    label = str(value[result["type"]][0])
    height, width = int(result["original_height"]), int(result["original_width"])
    if result["type"] == "brushlabels":
        if value.get("format") != "rle":
            raise MaskError(f"{source} has a brush that is not in run lengths; export it as JSON.")
        return PixelMask(label, brush_bits(value["rle"], (height, width), source))
    ring = ring_of(value["points"], source) * (np.array([width, height]) / 100)
    return Polygon(label, (ring,))


def _stem(data: dict[str, Any]) -> str:
    address = str(data.get("image") or next(iter(data.values())))
    last = unquote(address.split("?", maxsplit=1)[0]).replace("\\", "/").rsplit("/", 1)[-1]
    return _UPLOADED.sub("", last.rsplit(".", 1)[0] if "." in last else last)
