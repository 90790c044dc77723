"""Seep classes: id, name, color and shortcut key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seep.core.text import checked_text
from seep.errors import SettingsError

MAX_CLASSES = 254
"""Maximum number of classes, ids 0 to 253. 255 means "unsure" (`seep.core.masks.mask.UNSURE`), 254 seep of unknown
class in training targets (`seep.engine.training.losses.targets.UNKNOWN_CLASS`)."""

MAX_NAME_LENGTH = 80

# Okabe and Ito (2008), "Color Universal Design": distinguishable with all common types of color blindness. Black is
# not used; the eighth color is the gray of the extended set.
_PALETTE = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999999")
_BACKGROUND_COLOR = "#000000"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


_BACKGROUNDS = {
    *(
        "background",
        "_background_",
        "bg",
        "no seep",
        "no oil",
        "no oil spill",
        "clean sea",
        "sea",
        "sea surface",
    ),
    *("ocean", "water", "none", "nothing", "other", "unlabeled", "unlabelled", "void"),
}
"""Names of a class 0 that is what is left of an image, in lower case."""


@dataclass(frozen=True)
class SeepClass:
    """One class of a workspace.

    Attributes:
        id: value in masks; 0 is background.
        name: display name, at most 80 characters.
        color: "#rrggbb".
        key: shortcut in the canvas, one character, or "" for none.
    """

    id: int
    name: str
    color: str
    key: str


def has_background(classes: Sequence[SeepClass]) -> bool:
    """Return whether class 0 is background, by its name. Street scenes have none: theirs is the sky, or a road."""
    return not classes or classes[0].name.strip().casefold() in _BACKGROUNDS


def foreground(classes: Sequence[SeepClass]) -> Sequence[SeepClass]:
    """Return the classes that tables of metrics list: class 0 too, unless it is background."""
    return classes[1:] if has_background(classes) else classes


def has_default_names(classes: Sequence[SeepClass]) -> bool:
    """Return whether nobody has named the classes yet."""
    return [one.name for one in classes] == [one.name for one in default_classes(len(classes))]


def default_classes(count: int = 8) -> tuple[SeepClass, ...]:
    """Return classes with default names, colors and shortcut keys.

    Args:
        count: number of classes, background included, 2 to 254. After the ninth class, colors repeat in lighter and
            then darker shades. The first ten classes have the digits as keys.

    Raises:
        SettingsError: the count is out of range.
    """
    if not 2 <= count <= MAX_CLASSES:
        raise SettingsError(
            f"{count} classes are not supported. Choose 2 to {MAX_CLASSES}, background included."
        )
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
    """Return a color of the palette, with another shade for each repetition of the palette."""
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
    """Check a list of classes.

    Raises:
        SettingsError: there are too few or too many, the ids are not 0, 1, 2, ..., a name or key is repeated, a name is
            empty or too long, a key has more than one character, or a color is not "#rrggbb".
    """
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise SettingsError(f"{len(classes)} classes are not supported. Use 2 to {MAX_CLASSES}.")
    if [entry.id for entry in classes] != list(range(len(classes))):
        raise SettingsError("Class ids must be 0, 1, 2, ... without gaps; add new classes at the end.")
    for entry in classes:
        _check_class(entry)
    _check_unique("name", [entry.name.strip().casefold() for entry in classes])
    _check_unique("key", [entry.key for entry in classes if entry.key])


def _check_class(entry: SeepClass) -> None:
    if not entry.name.strip() or len(entry.name) > MAX_NAME_LENGTH:
        raise SettingsError(f"Class {entry.id} needs a name of 1 to {MAX_NAME_LENGTH} characters.")
    checked_text(f"The name of class {entry.id}", entry.name, MAX_NAME_LENGTH)
    if not _COLOR.fullmatch(entry.color):
        raise SettingsError(f"Class {entry.id} has the color {entry.color!r}; write it as #rrggbb.")
    if len(entry.key) > 1:
        raise SettingsError(f"Class {entry.id} has the key {entry.key!r}; choose one character or none.")
    checked_text(f"The key of class {entry.id}", entry.key, 1)


def _check_unique(what: str, values: list[str]) -> None:
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise SettingsError(f"Two classes share the {what} {min(twice)!r}; give each class its own.")
