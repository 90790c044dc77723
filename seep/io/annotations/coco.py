"""COCO JSON: polygons and run lengths (https://cocodataset.org/#format-data)."""

from collections import Counter, defaultdict
from typing import Any

from seep.errors import MaskError
from seep.io.annotations.areas import box
from seep.io.annotations.runs import PixelMask, coco_counts, run_mask
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

SEEP_DESCRIPTION = "Slicks exported by Seep"
"""`info.description` of Seep's own exports, in which an image without annotations is background."""


def looks_like_coco(content: Any) -> bool:
    """Return whether parsed JSON has the structure of COCO."""
    return isinstance(content, dict) and {"images", "annotations"} <= content.keys()


def read_coco(content: Any, source: str) -> list[ImageShapes]:
    """Read the shapes of each image.

    An annotation without a segmentation is a box. An image without annotations has no mask. In Seep's own
    exports an image without annotations is background.

    Raises:
        MaskError: damaged file.
    """
    try:
        names = {one["id"]: str(one["name"]) for one in content.get("categories", [])}
        images = {one["id"]: one for one in content["images"]}
        shapes: dict[Any, list[Polygon | PixelMask]] = defaultdict(list)
        omitted: dict[Any, Counter[str]] = defaultdict(Counter)
        for one in content["annotations"]:
            _check_kind(one, source)
            label = names.get(one["category_id"], one["category_id"])
            image_id = one["image_id"]
            size = (int(images[image_id]["height"]), int(images[image_id]["width"]))
            if not one.get("segmentation"):
                if not one.get("bbox"):
                    omitted[image_id]["annotation without an outline"] += 1
                    continue
                left, top, width, height = (float(number) for number in one["bbox"])
                shapes[image_id].append(box(label, (left, top, left + width, top + height), source))
                continue
            shapes[image_id] += _shapes(one["segmentation"], label, size, source)
        complete = (content.get("info") or {}).get("description") == SEEP_DESCRIPTION
        return [
            ImageShapes(
                source,
                shapes.get(number, []),
                "pixels",
                (int(one["height"]), int(one["width"])),
                image=str(one["file_name"]),
                annotated=bool(shapes.get(number)) or complete,
                omitted=omitted[number],
                labels_from="categories",
            )
            for number, one in images.items()
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MaskError(
            f"{source} is damaged COCO ({type(error).__name__}: {error}). Export it again."
        ) from error


def _check_kind(annotation: Any, source: str) -> None:
    for key, kind in (("segments_info", "panoptic segmentation"), ("caption", "captions")):
        if key in annotation:
            raise MaskError(
                f"{source} is COCO {kind}, which Seep does not read. Export instance segmentation instead."
            )


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
        raise MaskError(f"{source} has a mask of {shape} for an image of {size}. Export it again.")
    return [run_mask(label, "columns", counts, shape, source)]
