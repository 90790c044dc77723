"""YOLO segmentation: a text file an image, a polygon a line (https://docs.ultralytics.com/datasets/segment/)."""

import json
import re
from pathlib import Path

from seep.errors import MaskError
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of

_NAME = re.compile(r"^\s+(\d+)\s*:\s*(.+?)\s*$")
_SIDE_FILES = ("classes.txt", "data.yaml", "dataset.yaml")


def is_side_file(name: str) -> bool:
    """Tell whether a file beside the labels tells of classes, and not of an image."""
    return name.lower() in _SIDE_FILES


def read_names(folder: Path) -> dict[int, str]:
    """Read the names of classes that lie beside the labels or above them; empty where there are none."""
    for path in [folder / name for name in _SIDE_FILES] + [folder.parent / name for name in _SIDE_FILES]:
        if path.is_file() and path.stat().st_size < 1 << 20:
            text = path.read_text("utf-8", "replace")
            if path.suffix == ".txt":
                lines = [line.strip() for line in text.splitlines()]
                return {number: name for number, name in enumerate(lines) if name}
            found = [_NAME.match(line) for line in text.splitlines()]
            return {int(one[1]): _unquoted(one[2]) for one in found if one}
    return {}


def read_yolo(text: str, names: dict[int, str], source: str) -> ImageShapes:
    """Read the labels of one image.

    Args:
        text: lines of a class from 0 and x and y from 0 to 1 in turn.
        names: of classes, by YOLO's number; a class without one is the workspace's class of a number more,
            since YOLO knows no background.
        source: the file, for messages.

    Raises:
        MaskError: a line that is none of these; boxes, which have no outline, among them.
    """
    shapes = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) == 5:
            raise MaskError(f"{source}, line {number}: a box has no outline; give YOLO segmentation labels.")
        if not (parts[0].isascii() and parts[0].isdecimal()) or len(parts[0]) > 6:
            raise MaskError(f"{source}, line {number} does not begin with a class; give YOLO labels.")
        index = int(parts[0])
        ring = ring_of(parts[1:], f"{source}, line {number}")
        shapes.append(Polygon(names.get(index, index + 1), (ring,)))
    return ImageShapes(source, shapes, "share")


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text.strip("'")
    except ValueError:
        return text
