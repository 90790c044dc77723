"""Writes masks as COCO JSON: one annotation per slick, as run lengths or polygons.

Source: the COCO data format, https://cocodataset.org/#format-data.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from seep.core.geo.polygons import outline
from seep.core.masks.classes import SeepClass
from seep.core.masks.components import slicks
from seep.core.masks.mask import UNSURE, Mask
from seep.io.annotations.coco import SEEP_DESCRIPTION

UNSURE_NAME = "Unsure"


@dataclass(frozen=True)
class NamedMask:
    """A mask, and the file name of its image."""

    file_name: str
    mask: Mask


def coco(masks: Iterable[NamedMask], classes: Sequence[SeepClass], *, polygons: bool = False) -> bytes:
    """Return masks as COCO JSON.

    Categories have the ids and names of the classes. Unsure pixels become annotations of category 255 with
    `iscrowd` 1, which the COCO evaluation ignores.

    Args:
        masks: with the names of their images.
        classes: of the workspace; the background is not a category.
        polygons: write outlines instead of run lengths; polygons have no holes.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, one in enumerate(masks, 1):
        height, width = one.mask.shape
        images.append({"id": number, "file_name": one.file_name, "width": width, "height": height})
        for found in _annotations(one.mask, polygons):
            annotations.append({"id": len(annotations) + 1, "image_id": number, **found})
    categories = [
        {"id": one.id, "name": one.name, "supercategory": "seep", "color": one.color}
        for one in classes
        if one.id
    ]
    if any(one["category_id"] == UNSURE for one in annotations):
        categories.append({"id": UNSURE, "name": UNSURE_NAME, "supercategory": "unsure", "color": "#808080"})
    content = {
        "info": {"description": SEEP_DESCRIPTION, "version": "1.0"},
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _annotations(mask: Mask, polygons: bool) -> Iterable[dict[str, Any]]:
    labels, found = slicks(mask)
    for one in found:
        part = labels[one.y : one.y + one.height, one.x : one.x + one.width] == one.label
        yield {
            "category_id": one.class_id,
            "segmentation": _rings(part, one.x, one.y) if polygons else _runs(part, one.x, one.y, mask.shape),
            "area": one.area_px,
            "bbox": [one.x, one.y, one.width, one.height],
            "iscrowd": 0,
        }
    unsure = mask == UNSURE
    if unsure.any():
        x, y, width, height = cv2.boundingRect(unsure.view(np.uint8))
        yield {
            "category_id": UNSURE,
            "segmentation": _runs(unsure, 0, 0, mask.shape),
            "area": int(unsure.sum()),
            "bbox": [x, y, width, height],
            "iscrowd": 1,
        }


def _runs(part: npt.NDArray[np.bool_], x: int, y: int, shape: tuple[int, ...]) -> dict[str, Any]:
    from pycocotools import mask as coco_mask  # loaded only if it is used

    whole = np.zeros(shape, np.uint8, order="F")
    whole[y : y + part.shape[0], x : x + part.shape[1]] = part
    runs = coco_mask.encode(whole)
    return {"size": [int(side) for side in runs["size"]], "counts": runs["counts"].decode("ascii")}


def _rings(part: npt.NDArray[np.bool_], x: int, y: int) -> list[list[float]]:
    rings = [polygon.exterior for polygon in shapely.get_parts(outline(part, x, y))]
    return [[float(value) for point in ring.coords[:-1] for value in point] for ring in rings]
