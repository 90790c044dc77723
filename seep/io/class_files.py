"""Class lists of data sets: names and colors from text, CSV, JSON, YAML and label maps."""

import json
import re
from collections import Counter
from pathlib import Path

import yaml

from seep.core.masks.classes import SeepClass, check_classes, default_classes
from seep.errors import SettingsError
from seep.io.readers import nnunet
from seep.io.yaml_files import parse_yaml

LARGEST_BYTES = nnunet.LARGEST_BYTES
OF_SETS = ("class_dict.csv", "label_colors.txt", "labelmap.txt", "_classes.csv", nnunet.DATASET)
"""Names of class lists that lie in data sets: of CamVid and DeepGlobe, of CVAT, of Roboflow and of nnU-Net."""
_HEX = re.compile(r"^(?P<name>.*?)[\s,;]*(?P<color>#[0-9a-fA-F]{6})$")
_LAST = re.compile(r"^(?P<name>.*?)[\s,;]+(?P<r>\d{1,3})[\s,;]+(?P<g>\d{1,3})[\s,;]+(?P<b>\d{1,3})$")
_FIRST = re.compile(r"^(?P<r>\d{1,3})[\s,;]+(?P<g>\d{1,3})[\s,;]+(?P<b>\d{1,3})[\s,;]+(?P<name>.+)$")
_HEADER = re.compile(r"^\W*(name|class|label|id)\b.*\b(r|red|colou?r)\b", re.IGNORECASE)
_PIXEL_VALUES = re.compile(r"^\W*pixel value\W+class\W*$", re.IGNORECASE)
_LABEL_MAP = re.compile(r"^([^:#]+):\s*(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3})\s*:.*$")
_NUMBERED = re.compile(r"^\d{1,3}\s*[:,;\t ]\s*(?P<name>\D.*)$")


def read_class_file(path: Path, complete: bool = False) -> tuple[SeepClass, ...]:
    """Read the classes of a file; see `parse_classes`.

    Args:
        complete: the file must have ids or colors for all classes, because nobody chose it as a class list.

    Raises:
        SettingsError: the file cannot be read, or its classes are invalid.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SettingsError(f"{path.name} has more than 4 MB, too much for a class list.")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return parse_classes(text, path.name, complete)


def parse_classes(text: str, name: str, complete: bool = False) -> tuple[SeepClass, ...]:
    """Read classes, in the order of their ids from 0.

    Text has one class per line: a name, alone or with a color as #rrggbb or as three numbers before or after
    it (such as CamVid's `label_colors.txt` and `class_dict.csv`). A leading number, a header line, empty lines
    and lines that start with "# " are ignored. Label maps of CVAT and Pascal VOC (`labelmap.txt`),
    `classes.json` of an exported training set, `_classes.csv` of masks from Roboflow, `dataset.json` of nnU-Net, and
    `names` of a YOLO `data.yaml` are read too. YOLO has no background class, so "Background" becomes class 0. The
    label `ignore` of nnU-Net is no class.

    Args:
        name: of the file, for messages.
        complete: see `read_class_file`.

    Raises:
        SettingsError: the classes are invalid.
    """
    numbered = _lines_of_json(text, name) or _lines_of_yaml(text, name)
    lines = [line.strip() for line in (numbered or text).splitlines()]
    lines = [line for line in lines if line and not line.startswith("# ")]
    if lines and _PIXEL_VALUES.match(lines[0]):
        lines = _by_id(dict(_name_and_id(line, name) for line in lines[1:]), name)
        numbered = "ids"
    elif lines and _HEADER.match(lines[0]):
        del lines[0]
    if lines and all(_LABEL_MAP.match(line) for line in lines):
        lines = [" ".join(_LABEL_MAP.match(line).groups()) for line in lines]  # type: ignore[union-attr]
    plain = default_classes(min(255, max(2, len(lines))))
    found = []
    for number, line in enumerate(lines):
        called, color = _parsed(line)
        if complete and not (numbered or color):
            raise SettingsError(f"{name}: {line[:40]!r} has neither a color nor an id.")
        usual = plain[min(number, len(plain) - 1)]
        found.append(SeepClass(number, called, (color or usual.color).lower(), usual.key))
    check_classes(found)
    shared = Counter(one.color for one in found).most_common(1)[0]
    if complete and not numbered and shared[1] > 1:
        raise SettingsError(f"{name} has the color {shared[0]} for {shared[1]} classes.")
    return tuple(found)


def _lines_of_json(text: str, name: str) -> str:
    """Convert the list of an exported training set, or labels of nnU-Net, to lines; "" if the text is not JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(content, dict) and "labels" in content:
        ids = nnunet.label_ids(content)
        return "\n".join(_by_id({one: ids[one] for one in ids if one != nnunet.IGNORED}, name))
    try:
        return "\n".join(f"{one['name']} {one['color']}" for one in content)
    except (TypeError, KeyError) as error:
        raise SettingsError(
            f"{name} is not a list of classes with name and color. Use the classes.json of an export."
        ) from error


def _name_and_id(line: str, name: str) -> tuple[str, int]:
    number, _, called = line.partition(",")
    if not number.strip().isdecimal():
        raise SettingsError(f"{name}: {line[:40]!r} does not start with a pixel value.")
    return called.strip(), int(number)


def _by_id(ids: dict[str, int], name: str) -> list[str]:
    """Return names in the order of their ids, which must be 0, 1, 2, ..."""
    if sorted(ids.values()) != list(range(len(ids))):
        raise SettingsError(
            f"{name} has the ids {', '.join(map(str, sorted(ids.values())))[:80]}, not 0, 1, 2, ..."
        )
    return sorted(ids, key=ids.__getitem__)


def _lines_of_yaml(text: str, name: str) -> str:
    """Convert the `names` of a YOLO data set to lines; "" if the file is not YAML with names."""
    if not name.lower().endswith((".yaml", ".yml")):
        return ""
    try:
        content = parse_yaml(text)
        names = content["names"]
        names = [names[number] for number in range(len(names))]
    except (yaml.YAMLError, TypeError, KeyError, RecursionError) as error:
        raise SettingsError(f"{name} has no list of class names under `names`. Add one.") from error
    return "\n".join(["Background", *map(str, names)])


def _parsed(line: str) -> tuple[str, str | None]:
    match = _HEX.match(line)
    if match:
        return _name(match["name"]), match["color"]
    match = _LAST.match(line) or _FIRST.match(line)
    if match and all(int(match[channel]) < 256 for channel in "rgb"):
        return _name(match["name"]), "#" + "".join(f"{int(match[channel]):02x}" for channel in "rgb")
    return _name(line), None


def _name(text: str) -> str:
    numbered = _NUMBERED.match(text.strip())
    return (numbered["name"] if numbered else text).strip(" \t,;\"'")
