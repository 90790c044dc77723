"""Patterns that people write for file names."""

import pytest

from seep.core.geo.grid import DEFAULT_PATTERN, TilePosition, parse_name
from seep.core.import_options import DEFAULT_MASK_PATTERN, ImportOptions, check_options, compile_mask_pattern
from seep.core.name_patterns import compile_name_pattern
from seep.errors import SettingsError

HOSTILE = r"(?P<scene>(a+)+)\.(?P<tile>.*)$"
"""Python's `re` would try about 2^60 ways to match the name below."""
NAME = "a" * 60 + "!"


@pytest.mark.timeout(60)
def test_a_pattern_with_nested_repetitions_is_matched_in_linear_time() -> None:
    assert parse_name(NAME, HOSTILE, "folder", 3) == TilePosition("folder", 3, named=False)
    assert parse_name("aaa.7", HOSTILE, "folder", 3) == TilePosition("aaa", 7)
    assert compile_mask_pattern(r"(?P<image>(a+)+)_mask$").fullmatch(NAME) is None
    assert compile_name_pattern(r"(?P<time>(a+)+)$", ("time",), "pattern", "x").search(NAME) is None


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(?P<image>.+)(?<!_x)_mask", r"has \(\?<!, but lookaround"),
        (r"(?=a)(?P<image>.+)", r"has \(\?=, but lookaround"),
        (r"(?P<image>.+)_(?P=image)", r"has \(\?P=, but"),
        (r"(?P<image>.)\1", r"has \\1, but"),
        (r"(?P<image>.{2000})", "' repeats more than 1,000 times, the limit of RE2: invalid repetition size"),
        ("(?P<image>\ud800)", "is not a regular expression"),
    ],
)
def test_what_cannot_be_matched_in_linear_time_is_refused_and_named(pattern: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check_options(ImportOptions(mask_pattern=pattern))


def test_a_name_that_is_not_utf8_matches_no_pattern() -> None:
    assert parse_name("a\udcff.7", DEFAULT_PATTERN, "folder", 3) == TilePosition("folder", 3, named=False)


def test_groups_without_a_text_are_empty() -> None:
    found = compile_name_pattern(r"(?P<scene>a)|(?P<tile>b)", ("scene", "tile"), "name pattern", "x")
    assert found.fullmatch("a") == {"scene": "a", "tile": ""}


@pytest.mark.parametrize(
    ("stem", "image"),
    [
        ("ä b_mask", "ä b"),
        ("berlin_gtFine_labelIds", "berlin"),
        ("x_GT", "x"),
        ("a-seg", "a"),
        ("a_map", None),
    ],
)
def test_the_default_mask_pattern(stem: str, image: str | None) -> None:
    found = compile_mask_pattern(DEFAULT_MASK_PATTERN).fullmatch(stem)
    assert (found["image"] if found else None) == image
