"""Writes masks as YOLO segmentation labels: one text file per image, one polygon per line, and data.yaml.

Source: the Ultralytics segmentation format, https://docs.ultralytics.com/datasets/segment/.
"""

import json
from collections.abc import Mapping, Sequence

import shapely

from seep.core.geo.polygons import inset_rings, outline
from seep.core.masks.classes import SeepClass
from seep.core.masks.components import slicks
from seep.core.masks.mask import Mask

HOLES_NOTE = (
    "YOLO polygons cannot store holes and unsure pixels: holes are filled, unsure pixels are omitted."
)


def yolo_lines(mask: Mask) -> tuple[str, int]:
    """Return the slicks of a mask as lines `class x1 y1 x2 y2 ...`, x and y from 0 to 1.

    YOLO classes start at 0, so class 1 of a mask is 0. Holes are filled. A slick whose parts touch at corners
    only has one line per part. The corners are those of `inset_rings`.

    Returns:
        The lines, and the number of pixels in filled holes.
    """
    height, width = mask.shape
    labels, found = slicks(mask)
    lines, filled = list[str](), 0.0
    for one in found:
        part = labels[one.y : one.y + one.height, one.x : one.x + one.width] == one.label
        for ring in inset_rings(part, one.x, one.y):
            points = (f"{x / width:.8f} {y / height:.8f}" for x, y in ring)
            lines.append(f"{one.class_id - 1} {' '.join(points)}")
        exact = outline(part, one.x, one.y)
        outer = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(exact)))
        filled += shapely.area(outer).sum() - exact.area
    return "".join(line + "\n" for line in lines), round(filled)


def data_yaml(classes: Sequence[SeepClass], folders: Mapping[str, str] | None = None) -> str:
    """Return data.yaml with the class names, for the root folder of the data set.

    Without the key `path`, Ultralytics takes the folder of data.yaml as root, wherever it was started.

    Args:
        classes: of the workspace; the background has no name in YOLO.
        folders: folder of the images by split, relative to data.yaml; `images` for all by default.
    """
    names = "".join(
        f"  {seep_class.id - 1}: {json.dumps(seep_class.name)}\n" for seep_class in classes if seep_class.id
    )
    splits = "".join(
        f"{split}: {name}\n" for split, name in (folders or dict.fromkeys(("train", "val"), "images")).items()
    )
    return f"# {HOLES_NOTE}\n{splits}names:\n{names}"
