"""Grids: scene names and tile numbers from file names, windows over an image, splits by scene."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from seep.core.name_patterns import NamePattern, compile_name_pattern
from seep.errors import SettingsError

DEFAULT_PATTERN = r"(?P<scene>[^.]+)\.(?P<tile>\d+)"
"""Pattern `SCENE.TILE`, as in `041872.17.tif`."""

_MAX_NUMBER = 2**31 - 1  # largest value of a 32-bit integer column


@dataclass(frozen=True)
class TilePosition:
    """The scene of a tile and its number on the scene's grid, counted row by row from 0.

    `named` is False if the file name did not match the pattern.
    """

    scene: str
    number: int
    named: bool = True


@dataclass(frozen=True)
class Window:
    """A rectangle of an image in pixels: column and row of its upper left corner, width and height."""

    x: int
    y: int
    width: int
    height: int


def compile_pattern(pattern: str) -> NamePattern:
    """Compile a pattern for file names.

    Args:
        pattern: a regular expression for the whole stem of the file name, with a group `scene` and a group
            `tile`, e.g. `DEFAULT_PATTERN`; see `seep.core.name_patterns`.

    Raises:
        SettingsError: it is not a regular expression, it is too long, or a group is missing.
    """
    return compile_name_pattern(pattern, ("scene", "tile"), "name pattern", DEFAULT_PATTERN)


def parse_name(stem: str, pattern: str, fallback_scene: str, order: int) -> TilePosition:
    """Read scene and tile number from a file's name.

    Args:
        stem: file name without its last suffix.
        pattern: see `compile_pattern`.
        fallback_scene: scene of a file that does not match the pattern, usually the name of the folder.
        order: tile number of such a file, usually its index in the sorted folder.

    Raises:
        SettingsError: see `compile_pattern`.
    """
    match = compile_pattern(pattern).fullmatch(stem)
    scene = match["scene"].strip() if match else ""
    if match is None or not scene:
        return TilePosition(fallback_scene, order, named=False)
    digits = match["tile"]
    number = int(digits) if digits.isdecimal() and int(digits) <= _MAX_NUMBER else order
    return TilePosition(scene, number)


def row_column(number: int, columns: int | None) -> tuple[int, int] | None:
    """Return the row and column of a tile number, both from 0; None if the number of columns is unknown."""
    return divmod(number, columns) if columns else None


def windows(height: int, width: int, size: int, overlap: int) -> list[Window]:
    """Cover an image with windows of one size, row by row.

    Args:
        height: of the image, pixels.
        width: of the image, pixels.
        size: side of a window, pixels; limited to the side of the image.
        overlap: minimum overlap of neighboring windows in pixels, 0 to size - 1. The last window of a row or column
            overlaps more, so that it ends at the edge of the image.

    Raises:
        SettingsError: a size below 1 or an overlap out of range.
    """
    if size < 1 or not 0 <= overlap < size:
        raise SettingsError(
            f"Windows of {size} px with {overlap} px overlap are not possible; use 0 <= overlap < size."
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
    scenes: Sequence[str], test_share: float = 0.2, validation_share: float = 0.15
) -> dict[str, str]:
    """Assign scenes to the splits "train", "validation" and "test".

    Scenes are ordered by a hash of their names: the same names always give the same splits, and an additional scene
    moves at most two others. Splits are by scene and not by tile, because neighboring tiles share slicks.

    Args:
        scenes: names; duplicates count once.
        test_share: share of the scenes, 0 to 1.
        validation_share: share of the scenes, 0 to 1.

    Returns:
        Split by scene. With three or more scenes each split has at least one; with fewer all are "train".

    Raises:
        SettingsError: the shares are out of range, or leave no scene for training.
    """
    if min(test_share, validation_share) < 0 or test_share + validation_share >= 1:
        raise SettingsError(
            f"Shares of {test_share} test and {validation_share} validation leave no scene to train on; "
            "use shares from 0 that add up to less than 1."
        )
    ordered = sorted(set(scenes), key=lambda name: hashlib.sha256(name.encode()).digest())
    count = len(ordered)
    if count < 3:
        return dict.fromkeys(ordered, "train")
    test = min(max(1, round(count * test_share)), count - 2)
    validation = min(max(1, round(count * validation_share)), count - test - 1)
    splits = ["test"] * test + ["validation"] * validation + ["train"] * (count - test - validation)
    return dict(zip(ordered, splits, strict=True))
