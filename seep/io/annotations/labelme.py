"""LabelMe JSON: one file per image with polygons, masks, rectangles and circles.

Source: https://github.com/wkentaro/labelme, `label_file.py` and `shape.py`. A mask is a PNG in base64 whose
upper left pixel is the first point. A circle is its center and a point on it.
"""

import math
from collections import Counter
from dataclasses import replace
from typing import Any

from seep.errors import MaskError
from seep.io.annotations.areas import box, ellipse
from seep.io.annotations.runs import PixelMask, png_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

_READ = {"polygon", "mask", "rectangle", "circle"}


def looks_like_labelme(content: Any) -> bool:
    """Return whether parsed JSON has the structure of LabelMe."""
    return isinstance(content, dict) and {"shapes", "imagePath"} <= content.keys()


def read_labelme(content: Any, source: str) -> list[ImageShapes]:
    """Read the shapes of the image of a file; a file without shapes gives no mask.

    Raises:
        MaskError: damaged file.
    """
    try:
        kinds = [str(one.get("shape_type") or "polygon") for one in content["shapes"]]
        shapes = [
            _shape(one, kind, source)
            for one, kind in zip(content["shapes"], kinds, strict=True)
            if kind in _READ
        ]
        height, width = content.get("imageHeight"), content.get("imageWidth")
        return [
            ImageShapes(
                source,
                shapes,
                "pixels",
                (int(height), int(width)) if height and width else None,
                image=str(content["imagePath"]),
                annotated=bool(shapes),
                omitted=Counter(kind for kind in kinds if kind not in _READ),
                labels_from="labels of the shapes",
            )
        ]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise MaskError(
            f"{source} is a damaged LabelMe file ({type(error).__name__}: {error}). Save it again."
        ) from error


def _shape(one: Any, kind: str, source: str) -> Polygon | PixelMask:
    label, points = str(one["label"]), one["points"]
    if kind == "polygon":
        return Polygon(label, (ring_of(points, source),))
    (x, y), (to_x, to_y) = points
    if kind == "rectangle":
        return box(label, (x, y, to_x, to_y), source)
    if kind == "circle":
        radius = math.hypot(to_x - x, to_y - y)
        return ellipse(label, (x, y), (radius, radius), source)
    return replace(png_mask(label, one["mask"], source), x=int(x), y=int(y))
