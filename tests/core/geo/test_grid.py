import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seep.core.geo.grid import (
    DEFAULT_PATTERN,
    TilePosition,
    assign_splits,
    compile_pattern,
    parse_name,
    row_column,
    windows,
)
from seep.errors import SettingsError


def test_scene_and_number_are_read_from_the_name():
    assert parse_name("041872.17", DEFAULT_PATTERN, "folder", 3) == TilePosition("041872", 17)


@pytest.mark.parametrize("stem", ["plain", "a.b.7", "041872.17b", ".5"])
def test_other_names_fall_back_to_the_folder_and_the_order(stem):
    assert parse_name(stem, DEFAULT_PATTERN, "folder", 3) == TilePosition("folder", 3, named=False)


def test_a_pattern_of_ones_own_is_used():
    assert parse_name(
        "tile_9_of_north", r"tile_(?P<tile>\d+)_of_(?P<scene>\w+)", "folder", 0
    ) == TilePosition("north", 9)


@pytest.mark.parametrize("digits", ["x", "9" * 30])
def test_a_number_that_cannot_be_kept_becomes_the_order(digits):
    assert parse_name(f"s.{digits}", r"(?P<scene>\w+)\.(?P<tile>\w+)", "folder", 4) == TilePosition("s", 4)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "is not a regular expression"),
        (r"(?P<scene>.+)", "no group named `tile`"),
        ("", "no groups named `scene` and `tile`"),
        ("x" * 201, "201"),
    ],
)
def test_an_unusable_pattern_is_refused(pattern, message):
    with pytest.raises(SettingsError, match=message):
        compile_pattern(pattern)


def test_rows_and_columns_count_from_zero():
    assert row_column(40, 19) == (2, 2)
    assert row_column(40, None) is None


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(0, 39))
def test_windows_lie_within_the_image_and_cover_it(height, width, size, overlap):
    assume(overlap < size)
    covered = np.zeros((height, width), int)
    laid = windows(height, width, size, overlap)
    for window in laid:
        assert (window.height, window.width) == (min(size, height), min(size, width))
        assert window.x >= 0
        assert window.y >= 0
        covered[window.y : window.y + window.height, window.x : window.x + window.width] += 1
    assert covered.min() >= 1
    assert covered.sum() == sum(window.width * window.height for window in laid)
    assert len(set(laid)) == len(laid)


def test_neighboring_windows_share_at_least_the_overlap():
    starts = sorted({window.x for window in windows(10, 100, 32, 8)})
    assert starts == [0, 24, 48, 68]


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (8, 8), (8, -1)])
def test_windows_that_cannot_be_laid_are_refused(size, overlap):
    with pytest.raises(SettingsError, match="overlap"):
        windows(10, 10, size, overlap)


names = st.lists(st.text("abcdef0123456789", min_size=1, max_size=6), unique=True, min_size=3, max_size=40)


@given(names)
def test_three_scenes_or_more_have_one_of_each_split(scenes):
    splits = assign_splits(scenes)
    assert set(splits) == set(scenes)
    assert set(splits.values()) == {"train", "validation", "test"}


@given(names, st.randoms())
def test_splits_do_not_depend_on_the_order(scenes, random):
    shuffled = scenes.copy()
    random.shuffle(shuffled)
    assert assign_splits(shuffled + shuffled[:2]) == assign_splits(scenes)


@given(names, st.text("ghijk", min_size=1, max_size=6))
def test_one_scene_more_moves_two_others_at_most(scenes, another):
    before, after = assign_splits(scenes), assign_splits([*scenes, another])
    assert sum(before[scene] != after[scene] for scene in scenes) <= 2


def test_shares_are_kept():
    splits = list(assign_splits([f"scene {number}" for number in range(100)]).values())
    assert (splits.count("test"), splits.count("validation")) == (20, 15)


@pytest.mark.parametrize("scenes", [[], ["a"], ["a", "b"]])
def test_fewer_than_three_scenes_all_train(scenes):
    assert assign_splits(scenes) == dict.fromkeys(scenes, "train")


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.2), (0.9, 0.2)])
def test_shares_that_leave_nothing_to_train_on_are_refused(shares):
    with pytest.raises(SettingsError, match="train"):
        assign_splits(["a", "b", "c"], *shares)
