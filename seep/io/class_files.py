"""Files that name classes and their colors, as data sets bring them."""

import json
import re
from pathlib import Path

from seep.core.masks.classes import SeepClass, check_classes, default_classes
from seep.errors import SettingsError

LARGEST_BYTES = 1 << 20
_HEX = re.compile(r"^(?P<name>.*?)[\s,;]*(?P<color>#[0-9a-fA-F]{6})$")
_LAST = re.compile(r"^(?P<name>.*?)[\s,;]+(?P<r>\d{1,3})[\s,;]+(?P<g>\d{1,3})[\s,;]+(?P<b>\d{1,3})$")
_FIRST = re.compile(r"^(?P<r>\d{1,3})[\s,;]+(?P<g>\d{1,3})[\s,;]+(?P<b>\d{1,3})[\s,;]+(?P<name>.+)$")
_HEADER = re.compile(r"^\W*(name|class|label|id)\b.*\b(r|red|colou?r)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"^\d{1,3}\s*[:,;\t ]\s*(?P<name>\D.*)$")


def read_class_file(path: Path) -> tuple[SeepClass, ...]:
    """Read the classes of a file; see `parse_classes`.

    Raises:
        SettingsError: the file cannot be read, or its classes cannot be used.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise SettingsError(f"{path.name} is no list of classes: it has more than 1 MB.")
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name} is no text in UTF-8; save it as such.") from error
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be read: {error.strerror or error}. Check it.") from error
    return parse_classes(text, path.name)


def parse_classes(text: str, name: str) -> tuple[SeepClass, ...]:
    """Read classes: a line each, in the order of their ids from 0.

    A line is a name, alone or with a color as #rrggbb or as three numbers before or after it (CamVid's
    `label_colors.txt` and `class_dict.csv` among them). A number in front of the name is left out, and so is
    a line of headings; empty lines and lines that begin with # and a space do not count. The `classes.json`
    of an exported training set is read too.

    Args:
        text: the lines.
        name: of the list, for messages.

    Raises:
        SettingsError: the classes cannot be used.
    """
    lines = [line.strip() for line in (_of_json(text, name) or text).splitlines()]
    lines = [line for line in lines if line and not line.startswith("# ")]
    if lines and _HEADER.match(lines[0]):
        del lines[0]
    plain = default_classes(min(255, max(2, len(lines))))
    found = []
    for number, line in enumerate(lines):
        called, color = _parsed(line)
        usual = plain[min(number, len(plain) - 1)]
        found.append(SeepClass(number, called, (color or usual.color).lower(), usual.key))
    check_classes(found)
    return tuple(found)


def _of_json(text: str, name: str) -> str:
    """Turn the list that an export of a training set holds into lines; "" where the text is no JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    try:
        return "\n".join(f"{one['name']} {one['color']}" for one in content)
    except (TypeError, KeyError) as error:
        raise SettingsError(f"{name} holds no list of classes with name and color; write one.") from error


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
