"""YOLO segmentation and detection: one text file per image, one polygon or box per line.

Source: https://docs.ultralytics.com/datasets/segment/. The class names are in a YAML file or in
`classes.txt`, beside the labels or above them: `labels/`, `labels/train/` (Ultralytics) and `train/labels/`
(Roboflow) are found below the folder with `data.yaml`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from seep.errors import MaskError
from seep.io.annotations.areas import box
from seep.io.annotations.shapes import ImageShapes, Polygon, ring_of
from seep.io.yaml_files import parse_yaml

_NAME_LISTS = ("classes.txt", "obj.names")
_YAML_SUFFIXES = (".yaml", ".yml")
_MAX_NAMES_BYTES = 1 << 20
_LEVELS_ABOVE = 2
_LABEL_LINE = re.compile(r"\s*\d{1,6}(?:\s+[-+.eE\d]+){4,}\s*")


def is_names_file(name: str) -> bool:
    """Return whether a file beside the labels holds class names instead of the labels of an image."""
    return name.lower() in _NAME_LISTS or name.lower().endswith(_YAML_SUFFIXES)


def looks_like_labels(text: str) -> bool:
    """Return whether a text can be YOLO labels: its first line is a class and numbers, or it is empty."""
    first = next((line for line in text.splitlines() if line.strip()), None)
    return first is None or _LABEL_LINE.fullmatch(first) is not None


def read_names(folder: Path) -> dict[int, str]:
    """Read the class names beside the labels, else those up to two folders above.

    Returns:
        Name by YOLO class; empty if there is no file of names.

    Raises:
        MaskError: a file of names is damaged, or two files of one folder disagree.
    """
    resolved = folder.resolve()
    for level in (resolved, *resolved.parents[:_LEVELS_ABOVE]):
        found = [(path, names) for path in _names_files(level) if (names := _names_in(path))]
        for path, names in found[1:]:
            if names != found[0][1]:
                raise MaskError(
                    f"{found[0][0].name} and {path.name} in {level} list different class names. Remove one."
                )
        if found:
            return found[0][1]
    return {}


def read_yolo(text: str, names: Mapping[int, str], source: str) -> ImageShapes:
    """Read the labels of one image.

    Args:
        text: lines of a class and of x and y in turn, from 0 to 1; or of a class and the center, width and
            height of a box.
        names: name by YOLO class.
        source: name of the file, for messages.

    Raises:
        MaskError: a line is neither a polygon nor a box, or its class has no name.
    """
    shapes = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) < 5 or not all(_is_number(part) for part in parts[1:]):
            raise MaskError(f"{source}, line {number} is neither a polygon nor a box. Provide YOLO labels.")
        if not (parts[0].isascii() and parts[0].isdecimal()) or len(parts[0]) > 6:
            raise MaskError(f"{source}, line {number} does not start with a class. Provide YOLO labels.")
        label = names.get(int(parts[0]))
        if label is None:
            raise MaskError(
                f"{source}, line {number}: class {parts[0]} has no name. Add data.yaml or classes.txt with the "
                "class names to the folder of the labels."
            )
        if len(parts) == 5:
            x, y, width, height = (float(part) for part in parts[1:])
            corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            shapes.append(box(label, corners, f"{source}, line {number}"))
        else:
            shapes.append(Polygon(label, (ring_of(parts[1:], f"{source}, line {number}"),)))
    return ImageShapes(
        source, shapes, "share", stem=Path(source).stem, labels_from="data.yaml or list of names"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _names_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if is_names_file(path.name) and path.is_file())
    except OSError:  # a folder above that may not be read
        return []


def _names_in(path: Path) -> dict[int, str]:
    """Return the class names of a file; empty if it has none."""
    try:
        if path.stat().st_size > _MAX_NAMES_BYTES:
            return {}
        text = path.read_text("utf-8-sig")
        if not path.name.lower().endswith(_YAML_SUFFIXES):
            return {number: line.strip() for number, line in enumerate(text.splitlines()) if line.strip()}
        content: Any = parse_yaml(text)
        names = content.get("names") if isinstance(content, dict) else None
        if isinstance(names, list):
            return {number: str(name) for number, name in enumerate(names)}
        return {int(number): str(name) for number, name in names.items()} if isinstance(names, dict) else {}
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise MaskError(
            f"{path.name} could not be read as a list of class names ({str(error)[:80]}). Fix or remove it."
        ) from error
