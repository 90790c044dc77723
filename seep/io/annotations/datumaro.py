"""Datumaro JSON: polygons, masks, boxes and ellipses per item.

Source: https://openvinotoolkit.github.io/datumaro/latest/docs/data-formats/formats/datumaro.html. Run lengths
are those of COCO. An ellipse is given by its bounding box.
"""

from collections import Counter
from typing import Any

from seep.errors import MaskError
from seep.io.annotations.areas import box, ellipse
from seep.io.annotations.runs import PixelMask, coco_counts, run_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

_READ = {"polygon", "mask", "bbox", "ellipse"}


def looks_like_datumaro(content: Any) -> bool:
    """Return whether parsed JSON has the structure of Datumaro."""
    return isinstance(content, dict) and {"categories", "items"} <= content.keys()


def read_datumaro(content: Any, source: str) -> list[ImageShapes]:
    """Read the shapes of each item, in z order; an item without shapes has no mask.

    Raises:
        MaskError: damaged file.
    """
    try:
        names = [str(one["name"]) for one in content["categories"].get("label", {}).get("labels", [])]
        return [_read_item(one, names, source) for one in content["items"]]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise MaskError(
            f"{source} is damaged Datumaro JSON ({type(error).__name__}: {error}). Export it again."
        ) from error


def _read_item(item: Any, names: list[str], source: str) -> ImageShapes:
    found = sorted(item["annotations"], key=lambda one: int(one.get("z_order", 0)))
    kept = [one for one in found if one["type"] in _READ]
    image = item.get("image") or {}
    size = image.get("size")
    return ImageShapes(
        source,
        [_shape(one, names, source) for one in kept],
        "pixels",
        (int(size[0]), int(size[1])) if size else None,
        image=str(image.get("path") or item["id"]),
        stem=None if image.get("path") else str(item["id"]).replace("\\", "/").rsplit("/", 1)[-1],
        annotated=bool(kept),
        omitted=Counter(str(one["type"]) for one in found if one["type"] not in _READ),
        labels_from="categories",
    )


def _shape(one: Any, names: list[str], source: str) -> Polygon | PixelMask:
    number = int(one["label_id"])
    if not 0 <= number < len(names):
        raise MaskError(f"{source} has the label number {number} without a name. Export it again.")
    label = names[number]
    if one["type"] == "polygon":
        return Polygon(label, (ring_of(one["points"], source),))
    if one["type"] == "bbox":
        left, top, width, height = (float(value) for value in one["bbox"])
        return box(label, (left, top, left + width, top + height), source)
    if one["type"] == "ellipse":
        left, top, right, bottom = (float(value) for value in one["points"])
        center, radii = ((left + right) / 2, (top + bottom) / 2), ((right - left) / 2, (bottom - top) / 2)
        return ellipse(label, center, radii, source)
    shape = (int(one["rle"]["size"][0]), int(one["rle"]["size"][1]))
    counts = one["rle"]["counts"]
    counts = coco_counts(counts, source) if isinstance(counts, str) else counts
    return run_mask(label, "columns", counts, shape, source)
