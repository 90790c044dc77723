"""Writes masks as CVAT for images 1.1 (XML): one run-length mask per slick, with its holes.

Source: the CVAT XML annotation format, https://docs.cvat.ai/docs/manual/advanced/xml_format/.
"""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE
from seep.io.exporting.shapes import UNSURE_NAME, NamedMask, PixelArray, masks_of


def cvat(masks: Iterable[NamedMask], classes: Sequence[SeepClass]) -> bytes:
    """Return masks as CVAT XML; unsure pixels have the label `Unsure`.

    Args:
        masks: with the names of their images.
        classes: of the workspace; the background is not a label.
    """
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    labels = SubElement(SubElement(SubElement(root, "meta"), "task"), "labels")
    names = {seep_class.id: seep_class.name for seep_class in classes if seep_class.id} | {
        UNSURE: UNSURE_NAME
    }
    colors = {seep_class.id: seep_class.color for seep_class in classes} | {UNSURE: "#808080"}
    for class_id, name in names.items():
        label = SubElement(labels, "label")
        for tag, text in (("name", name), ("color", colors[class_id]), ("type", "mask")):
            SubElement(label, tag).text = text
    for number, mask in enumerate(masks):
        height, width = mask.mask.shape
        size = {"width": str(width), "height": str(height)}
        image = SubElement(root, "image", {"id": str(number), "name": mask.file_name, **size})
        for shape in masks_of(mask.mask):
            box = {
                "left": shape.x,
                "top": shape.y,
                "width": shape.part.shape[1],
                "height": shape.part.shape[0],
            }
            about = {"label": names[shape.class_id], "source": "manual", "occluded": "0", "z_order": "0"}
            rle = ", ".join(map(str, run_lengths(shape.part)))
            SubElement(image, "mask", about | {"rle": rle} | {key: str(value) for key, value in box.items()})
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def run_lengths(part: PixelArray) -> list[int]:
    """Return lengths of alternating runs of zeros and ones, row by row, zeros first.

    Args:
        part: (H, W) bool.
    """
    flat = part.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return [0, *runs] if flat[0] else runs
