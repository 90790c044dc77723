"""Masks as YOLO segmentation labels: a text file an image, a polygon a line, and a data.yaml.

Source: the Ultralytics segmentation format, https://docs.ultralytics.com/datasets/segment/.
"""

import json
from collections.abc import Sequence

import shapely

from seep.core.geo.polygons import outline
from seep.core.masks.classes import SeepClass
from seep.core.masks.components import slicks
from seep.core.masks.mask import Mask

HOLES_NOTE = "YOLO polygons have no holes and no unsure pixels: holes are filled, unsure pixels left out."


def yolo_lines(mask: Mask) -> tuple[str, int]:
    """Write the slicks of a mask as lines `class x1 y1 x2 y2 ...`, x and y from 0 to 1.

    Classes count from 0 there, so that class 1 of a mask is 0. Holes are filled: the format has none. A slick
    whose parts touch at corners only is a line for each part.

    Returns:
        The lines, and how many pixels of holes they cover.
    """
    height, width = mask.shape
    labels, found = slicks(mask)
    lines, filled = list[str](), 0.0
    for one in found:
        part = labels[one.y : one.y + one.height, one.x : one.x + one.width] == one.label
        for polygon in shapely.get_parts(outline(part, one.x, one.y)):
            points = [
                f"{x / width:.8f} {y / height:.8f}".replace(".00000000", "")
                for x, y in polygon.exterior.coords[:-1]
            ]
            lines.append(f"{one.class_id - 1} {' '.join(points)}")
            filled += shapely.area(shapely.polygons(polygon.exterior)) - polygon.area
    return "".join(line + "\n" for line in lines), round(filled)


def data_yaml(classes: Sequence[SeepClass]) -> str:
    """Write the file that tells of the classes; images belong into `images`, beside `labels`."""
    names = "".join(f"  {one.id - 1}: {json.dumps(one.name)}\n" for one in classes if one.id)
    return f"# {HOLES_NOTE}\npath: .\ntrain: images\nval: images\nnames:\n{names}"
