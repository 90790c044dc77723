"""Writes masks as COCO JSON: one annotation per slick, as run lengths or polygons.

Source: the COCO data format, https://cocodataset.org/#format-data.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from seep.core.geo.polygons import inset_rings
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE, Mask
from seep.io.annotations.coco import SEEP_DESCRIPTION
from seep.io.exporting.shapes import UNSURE_NAME, MaskPart, NamedMask, masks_of


def coco(masks: Iterable[NamedMask], classes: Sequence[SeepClass], *, polygons: bool = False) -> bytes:
    """Return masks as COCO JSON.

    Categories have the ids and names of the classes. Unsure pixels become annotations of category 255 with
    `iscrowd` 1, which the COCO evaluation ignores.

    Args:
        masks: with the names of their images.
        classes: of the workspace; the background is not a category.
        polygons: write outlines instead of run lengths, see `inset_rings`; polygons have no holes.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, mask in enumerate(masks, 1):
        height, width = mask.mask.shape
        images.append({"id": number, "file_name": mask.file_name, "width": width, "height": height})
        for found in _annotations(mask.mask, polygons):
            annotations.append({"id": len(annotations) + 1, "image_id": number, **found})
    categories = [
        {"id": seep_class.id, "name": seep_class.name, "supercategory": "seep", "color": seep_class.color}
        for seep_class in classes
        if seep_class.id
    ]
    if any(annotation["category_id"] == UNSURE for annotation in annotations):
        categories.append({"id": UNSURE, "name": UNSURE_NAME, "supercategory": "unsure", "color": "#808080"})
    content = {
        "info": {"description": SEEP_DESCRIPTION, "version": "1.0"},
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _annotations(mask: Mask, polygons: bool) -> Iterable[dict[str, Any]]:
    for one in masks_of(mask):
        unsure = one.class_id == UNSURE
        rings = polygons and not unsure
        yield {
            "category_id": one.class_id,
            "segmentation": _rings(one) if rings else _runs(one, mask.shape),
            "area": int(one.part.sum()),
            "bbox": [one.x, one.y, one.part.shape[1], one.part.shape[0]],
            "iscrowd": int(unsure),
        }


def _runs(one: MaskPart, shape: tuple[int, ...]) -> dict[str, Any]:
    from pycocotools import mask as coco_mask  # loaded only if it is used

    whole = np.zeros(shape, np.uint8, order="F")
    whole[one.y : one.y + one.part.shape[0], one.x : one.x + one.part.shape[1]] = one.part
    runs = coco_mask.encode(whole)
    return {"size": [int(side) for side in runs["size"]], "counts": runs["counts"].decode("ascii")}


def _rings(one: MaskPart) -> list[list[float]]:
    return [[float(value) for value in ring.ravel()] for ring in inset_rings(one.part, one.x, one.y)]
