"""Seep classes: what the numbers in a mask are called, how they are drawn and which key picks them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seep.errors import SettingsError

MAX_CLASSES = 254
"""Ids 0 to 253. 255 is kept for "unsure" (`seep.core.masks.mask.UNSURE`), 254 for seep of no known class in what a
training is asked (`seep.engine.training.losses.targets.UNTYPED`). Workspaces and networks have the same limit."""

MAX_NAME_LENGTH = 80

# Okabe and Ito (2008), "Color Universal Design": told apart with every common color blindness. Its black and
# its gray are left out for class 0, which is not drawn; the eighth is the gray of the extended set.
_PALETTE = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999999")
_BACKGROUND_COLOR = "#000000"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class SeepClass:
    """One class of a workspace.

    Attributes:
        id: value in masks; 0 is background.
        name: what people read, at most 80 characters.
        color: "#rrggbb".
        key: the one key that picks it in the canvas, or "" for none.
    """

    id: int
    name: str
    color: str
    key: str


def default_classes(count: int = 8) -> tuple[SeepClass, ...]:
    """Make classes with names, colors and keys that need no thought.

    Args:
        count: how many, background included, 2 to 254. Colors repeat past the ninth class, lighter, then
            darker; the first ten have the digit keys.

    Raises:
        SettingsError: the count is out of range.
    """
    if not 2 <= count <= MAX_CLASSES:
        raise SettingsError(f"{count} classes cannot be had; choose 2 to {MAX_CLASSES}, background included.")
    return tuple(
        SeepClass(
            id=number,
            name=f"Seep class {number}" if number else "No seep",
            color=_color(number),
            key=str(number) if number < 10 else "",
        )
        for number in range(count)
    )


def _color(number: int) -> str:
    """Take the palette's color, shaded by how often the palette was used up."""
    if number == 0:
        return _BACKGROUND_COLOR
    lap, index = divmod(number - 1, len(_PALETTE))
    color = _PALETTE[index]
    if lap == 0:
        return color
    target = 255 if lap % 2 else 0
    share = min(0.75, 0.35 + 0.1 * ((lap - 1) // 2))
    channels = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(value + (target - value) * share):02x}" for value in channels)


def check_classes(classes: Sequence[SeepClass]) -> None:
    """Check that a set of classes can be used.

    Raises:
        SettingsError: too few or too many, ids other than 0, 1, 2, ..., a name or key twice, an empty or
            overlong name, a key of more than one character, or a color that is not "#rrggbb".
    """
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise SettingsError(f"{len(classes)} classes cannot be used; keep 2 to {MAX_CLASSES}.")
    if [entry.id for entry in classes] != list(range(len(classes))):
        raise SettingsError("Class ids must be 0, 1, 2, ... without gaps; add new classes at the end.")
    for entry in classes:
        _check_class(entry)
    _check_unique("name", [entry.name.strip().casefold() for entry in classes])
    _check_unique("key", [entry.key for entry in classes if entry.key])


def _check_class(entry: SeepClass) -> None:
    if not entry.name.strip() or len(entry.name) > MAX_NAME_LENGTH:
        raise SettingsError(f"Class {entry.id} needs a name of 1 to {MAX_NAME_LENGTH} characters.")
    if not _COLOR.fullmatch(entry.color):
        raise SettingsError(f"Class {entry.id} has the color {entry.color!r}; write it as #rrggbb.")
    if len(entry.key) > 1:
        raise SettingsError(f"Class {entry.id} has the key {entry.key!r}; choose one character or none.")


def _check_unique(what: str, values: list[str]) -> None:
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise SettingsError(f"Two classes share the {what} {min(twice)!r}; give each class its own.")
