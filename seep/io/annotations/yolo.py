"""YOLO segmentation and detection: one text file per image, one polygon or box per line.

Source: https://docs.ultralytics.com/datasets/segment/. The class names are in a YAML file or in
`classes.txt`, beside the labels or above them: `labels/`, `labels/train/` (Ultralytics) and `train/labels/`
(Roboflow) are found below the folder with `data.yaml`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from seep.errors import MaskError
from seep.io.annotations.model import AnnotationFile, Outcomes, Polygon, Status
from seep.io.annotations.outlines import box, polygon
from seep.io.yaml_files import parse_yaml

_NAME_LISTS = ("classes.txt", "obj.names")
_YAML_SUFFIXES = (".yaml", ".yml")
_MAX_NAMES_BYTES = 1 << 20
_LEVELS_ABOVE = 2
_LABEL_LINE = re.compile(r"\s*\d{1,6}(?:\s+[-+.eE\d]+){4,}\s*")

_BOX = 4
"""Numbers of a box."""
_VISIBILITY = {0, 1, 2}
_SHARE = 1.5
"""Coordinates above are pixels, if most of a line are."""


@dataclass(frozen=True)
class YoloData:
    """What data.yaml says: names by YOLO class, and the number of values of the key points of an object."""

    names: Mapping[int, str] = field(default_factory=dict)
    keypoint_values: int = 0


def is_names_file(name: str) -> bool:
    """Return whether a file beside the labels holds class names instead of the labels of an image."""
    return name.lower() in _NAME_LISTS or name.lower().endswith(_YAML_SUFFIXES)


def looks_like_labels(text: str) -> bool:
    """Return whether a text can be YOLO labels: its first line is a class and numbers, or it is empty."""
    first = next((line for line in text.splitlines() if line.strip()), None)
    return first is None or _LABEL_LINE.fullmatch(first) is not None


def read_data(folder: Path) -> YoloData:
    """Read class names and key points beside the labels, else those up to two folders above.

    Returns:
        No names if there is no file of names.

    Raises:
        MaskError: a file of names is damaged, or two files of one folder disagree.
    """
    resolved = folder.resolve()
    for level in (resolved, *resolved.parents[:_LEVELS_ABOVE]):
        found = [(path, data) for path in _names_files(level) if (data := _data_in(path)).names]
        for path, data in found[1:]:
            if data.names != found[0][1].names:
                raise MaskError(
                    f"{found[0][0].name} and {path.name} in {level} list different class names. Remove one."
                )
        if found:
            keypoint_values = max(data.keypoint_values for _, data in found)
            return YoloData(found[0][1].names, keypoint_values)
    return YoloData()


def read_yolo(text: str, data: YoloData, source: str) -> AnnotationFile:
    """Read the labels of one image; a file without lines is background.

    Args:
        text: lines of a class and of x and y in turn, from 0 to 1; or of a class and the center, width and
            height of a box, perhaps with key points. Without `kpt_shape`, x, y and a visibility of 0, 1 or 2
            in turn are key points. A confidence at the end of all lines (`save_conf`) is ignored.
        data: class names and the number of values of key points.
        source: name of the file, for messages.
    """
    found = Outcomes()
    lines = [(number, parts) for number, line in enumerate(text.splitlines(), 1) if (parts := line.split())]
    counts = [len(parts) - 1 for _, parts in lines]
    points = data.keypoint_values or _keypoint_values([parts[1:] for _, parts in lines])
    with_confidence = _have_confidence(counts, _BOX + points)
    for number, parts in lines:
        where = f"{source}, line {number}"
        found.take("line", where, partial(_shape, parts[:-1] if with_confidence else parts, data, points))
    status = found.status if found.shapes or found.left_out else Status.EMPTY
    stem = Path(source).stem
    image = found.image(source, "", "data.yaml or list of names", frame="share", stem=stem, status=status)
    return AnnotationFile(source, [image])


def _have_confidence(counts: Sequence[int], box: int) -> bool:
    """Return whether lines of so many numbers end in a confidence; one polygon alone may rather lack a number.

    Args:
        box: numbers of a box with its key points.
    """
    if box > _BOX:
        return {*counts} <= {box + 1, _BOX + 1}
    return all(count % 2 == 1 for count in counts) and (len(counts) > 1 or counts == [_BOX + 1])


def _keypoint_values(rows: Sequence[list[str]]) -> int:
    """Return how many numbers of key points follow the box in all rows, by their count and visibility; 0 for none."""
    count = min(map(len, rows), default=0)
    for ending in (0, 1):  # a confidence
        points = count - ending - _BOX
        if (
            points > 0
            and points % 3 == 0
            and all(len(row) == count and _are_keypoints(row, ending) for row in rows)
        ):
            return points
    return 0


def _are_keypoints(row: list[str], ending: int) -> bool:
    """Return whether the numbers of a row, without a confidence at its end, can only be a box and key points."""
    try:
        x, y, width, height, *points = map(float, row[: len(row) - ending])
    except ValueError:
        return False
    visibilities = points[2::3]
    inside = [
        abs(right - x) <= width / 2 and abs(down - y) <= height / 2
        for right, down, visibility in zip(points[::3], points[1::3], visibilities, strict=True)
        if visibility
    ]
    no_outline = len(row) % 2 == 1 or 2 in visibilities or (bool(inside) and all(inside))
    return no_outline and _VISIBILITY.issuperset(visibilities)


def _shape(parts: list[str], data: YoloData, keypoint_values: int, where: str) -> Polygon:
    if not (parts[0].isascii() and parts[0].isdecimal()) or len(parts[0]) > 6:
        raise MaskError(f"{where} does not start with a class. Provide YOLO labels.")
    try:
        values = [float(part) for part in parts[1:]]
    except ValueError as error:
        raise MaskError(f"{where} is neither a polygon nor a box. Provide YOLO labels.") from error
    if len(values) < _BOX:
        raise MaskError(f"{where} is neither a polygon nor a box. Provide YOLO labels.")
    label = data.names.get(int(parts[0]))
    if label is None:
        raise MaskError(
            f"{where}: class {parts[0]} has no name. Add data.yaml or classes.txt with the class names to the folder "
            "of the labels."
        )
    is_box = len(values) in {_BOX, _BOX + keypoint_values}
    given = values[:_BOX] if is_box else values
    if sum(value > _SHARE for value in given) > len(given) / 2:
        raise MaskError(f"{where} has coordinates in pixels. YOLO labels have shares of width and height.")
    if is_box:
        x, y, width, height = given
        return box(label, (x - width / 2, y - height / 2, x + width / 2, y + height / 2), where)
    if keypoint_values:
        raise MaskError(
            f"{where} has {len(values)} values. The rows of its set have {_BOX} and {keypoint_values} of key points."
        )
    return polygon(label, values, where)


def _names_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if is_names_file(path.name) and path.is_file())
    except OSError:  # a folder above that may not be read
        return []


def _data_in(path: Path) -> YoloData:
    """Return the class names of a file; none if it has none."""
    try:
        if path.stat().st_size > _MAX_NAMES_BYTES:
            return YoloData()
        text = path.read_text("utf-8-sig")
        if not path.name.lower().endswith(_YAML_SUFFIXES):
            return YoloData(
                {number: line.strip() for number, line in enumerate(text.splitlines()) if line.strip()}
            )
        content: Any = parse_yaml(text)
        names = content.get("names") if isinstance(content, dict) else None
        pairs = (
            enumerate(names) if isinstance(names, list) else names.items() if isinstance(names, dict) else ()
        )
        shape = content.get("kpt_shape") if isinstance(content, dict) else None
        return YoloData(
            {int(number): str(name) for number, name in pairs}, math.prod(map(int, shape)) if shape else 0
        )
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise MaskError(
            f"{path.name} could not be read as a list of class names ({str(error)[:80]}). Fix or remove it."
        ) from error
