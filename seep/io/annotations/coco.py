"""COCO JSON: polygons and run lengths (https://cocodataset.org/#format-data)."""

from collections import defaultdict
from typing import Any

from seep.errors import MaskError
from seep.io.annotations.runs import coco_counts, decode_counts
from seep.io.annotations.shapes import ImageShapes, PixelMask, Polygon, ring_of


def looks_like_coco(content: Any) -> bool:
    """Tell whether parsed JSON is COCO's."""
    return isinstance(content, dict) and {"images", "annotations"} <= content.keys()


def read_coco(content: Any, source: str) -> dict[str, ImageShapes]:
    """Read COCO: drawings by the stem of the image's file name.

    Raises:
        MaskError: damaged.
    """
    try:
        names = {one["id"]: str(one["name"]) for one in content.get("categories", [])}
        images = {one["id"]: one for one in content["images"]}
        shapes: dict[Any, list[Polygon | PixelMask]] = defaultdict(list)
        for one in content["annotations"]:
            label = names.get(one["category_id"], one["category_id"])
            size = (int(images[one["image_id"]]["height"]), int(images[one["image_id"]]["width"]))
            shapes[one["image_id"]] += _shapes(one["segmentation"], label, size, source)
        return {
            _stem(one["file_name"]): ImageShapes(
                source, shapes.get(number, []), "pixels", (int(one["height"]), int(one["width"]))
            )
            for number, one in images.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MaskError(
            f"{source} is damaged COCO ({type(error).__name__}: {error}); export it again."
        ) from error


def _shapes(
    segmentation: Any, label: str | int, size: tuple[int, int], source: str
) -> list[Polygon | PixelMask]:
    if isinstance(segmentation, list):
        return [Polygon(label, (ring_of(points, source),)) for points in segmentation]
    counts = segmentation["counts"]
    if isinstance(counts, str):
        counts = coco_counts(counts, source)
    shape = (int(segmentation["size"][0]), int(segmentation["size"][1]))
    if shape != size:
        raise MaskError(f"{source} has a mask of {shape} in an image of {size}; export it again.")
    return [PixelMask(label, decode_counts(counts, shape, "F", source))]


def _stem(name: Any) -> str:
    last = str(name).replace("\\", "/").rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[0] if "." in last else last
