"""Writes masks as LabelMe JSON: one file per image, one polygon per connected part of a slick.

Source: the LabelMe annotation format, https://github.com/wkentaro/labelme.
"""

import json
from collections.abc import Sequence

from seep.core.geo.polygons import inset_rings
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE
from seep.io.exporting.shapes import UNSURE_NAME, NamedMask, masks_of

VERSION = "5.5.0"
NOTE = "LabelMe polygons cannot store holes; holes are filled."


def labelme(one: NamedMask, classes: Sequence[SeepClass]) -> bytes:
    """Return a mask as LabelMe JSON without the image; holes are filled, see `inset_rings`.

    The parts of a slick have the same `group_id`. Unsure pixels have the label `Unsure`.
    """
    names = {each.id: each.name for each in classes} | {UNSURE: UNSURE_NAME}
    height, width = one.mask.shape
    shapes = [
        {
            "label": names[part.class_id],
            "points": ring.tolist(),
            "group_id": number,
            "shape_type": "polygon",
            "flags": {},
        }
        for number, part in enumerate(masks_of(one.mask), 1)
        for ring in inset_rings(part.part, part.x, part.y)
    ]
    content = {
        "version": VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": one.file_name,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
    return json.dumps(content, ensure_ascii=False).encode()
