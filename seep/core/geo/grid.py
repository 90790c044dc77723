"""Where things lie: scenes and tile numbers from file names, windows over an image, splits by scene."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from seep.errors import SettingsError

DEFAULT_PATTERN = r"(?P<scene>[^.]+)\.(?P<tile>\d+)"
"""`SCENE.TILE`, as in `041872.17.tif`."""

MAX_PATTERN_LENGTH = 200
_MAX_NUMBER = 2**31 - 1  # what every database keeps in an integer column


@dataclass(frozen=True)
class TilePosition:
    """The scene of a tile and its number on that scene's grid, counted row by row from 0.

    `named` is False where the file's name told neither.
    """

    scene: str
    number: int
    named: bool = True


@dataclass(frozen=True)
class Window:
    """A rectangle of an image: left and top corner, width and height, all in pixels."""

    x: int
    y: int
    width: int
    height: int


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile the pattern by which file names are read.

    Args:
        pattern: a regular expression for the whole stem of the file name, with a group `scene` and a group
            `tile`, e.g. `DEFAULT_PATTERN`.

    Raises:
        SettingsError: no regular expression, too long, or a group is missing.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise SettingsError(
            f"The name pattern has {len(pattern)} characters; use {MAX_PATTERN_LENGTH} at most."
        )
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SettingsError(f"The name pattern {pattern!r} is no regular expression: {error}.") from error
    missing = {"scene", "tile"} - set(compiled.groupindex)
    if missing:
        raise SettingsError(
            f"The name pattern {pattern!r} has no group named {' and '.join(sorted(missing))}; "
            f"write it like {DEFAULT_PATTERN}."
        )
    return compiled


def parse_name(stem: str, pattern: str, fallback_scene: str, order: int) -> TilePosition:
    """Read scene and tile number from a file's name.

    Args:
        stem: file name without its last suffix.
        pattern: see `compile_pattern`.
        fallback_scene: scene of files that the pattern does not match, usually the folder's name.
        order: number of a file that has none, usually its place in the sorted folder.

    Raises:
        SettingsError: see `compile_pattern`.
    """
    match = compile_pattern(pattern).fullmatch(stem)
    if match is None or not match["scene"]:
        return TilePosition(fallback_scene, order, named=False)
    digits = match["tile"] or ""
    number = int(digits) if digits.isdecimal() and int(digits) <= _MAX_NUMBER else order
    return TilePosition(match["scene"], number)


def row_column(number: int, columns: int | None) -> tuple[int, int] | None:
    """Turn a tile's number into its row and column, both from 0; None when the grid's width is not known."""
    return divmod(number, columns) if columns else None


def windows(height: int, width: int, size: int, overlap: int) -> list[Window]:
    """Cover an image with windows of one size, row by row.

    Args:
        height: of the image, pixels.
        width: of the image, pixels.
        size: side of a window, pixels; an image smaller than this gets windows as small as itself.
        overlap: pixels that neighbors share at least, 0 to size - 1; the last ones in a row or column share
            more, so that all lie within the image.

    Raises:
        SettingsError: a size below 1 or an overlap out of range.
    """
    if size < 1 or not 0 <= overlap < size:
        raise SettingsError(
            f"Windows of {size} px with {overlap} px overlap cannot be laid; use 0 <= overlap < size."
        )
    tall, wide = min(size, height), min(size, width)
    return [
        Window(x, y, wide, tall)
        for y in _starts(height, tall, size - overlap)
        for x in _starts(width, wide, size - overlap)
    ]


def _starts(length: int, size: int, step: int) -> list[int]:
    last = length - size
    return [*range(0, last, step), last]


def assign_splits(
    scenes: Sequence[str], locked_share: float = 0.2, validation_share: float = 0.15
) -> dict[str, str]:
    """Share scenes out among "train", "validation" and "locked".

    The order is that of a hash of the names: the same names always give the same splits, and one scene more
    moves two others at most. (Splitting by scene, never by tile: neighboring tiles share slicks.)

    Args:
        scenes: names; repeated ones count once.
        locked_share: of the scenes, 0 to 1.
        validation_share: of the scenes, 0 to 1.

    Returns:
        Split by scene. With three scenes or more there is one of each at least; with fewer all are "train".

    Raises:
        SettingsError: shares out of range, or leaving nothing to train on.
    """
    if min(locked_share, validation_share) < 0 or locked_share + validation_share >= 1:
        raise SettingsError(
            f"Shares of {locked_share} locked and {validation_share} validation leave no scene to train on; "
            "use shares from 0 that add up to less than 1."
        )
    ordered = sorted(set(scenes), key=lambda name: hashlib.sha256(name.encode()).digest())
    count = len(ordered)
    if count < 3:
        return dict.fromkeys(ordered, "train")
    locked = min(max(1, round(count * locked_share)), count - 2)
    validation = min(max(1, round(count * validation_share)), count - locked - 1)
    splits = ["locked"] * locked + ["validation"] * validation + ["train"] * (count - locked - validation)
    return dict(zip(ordered, splits, strict=True))
