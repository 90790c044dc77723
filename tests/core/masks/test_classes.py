from dataclasses import replace

import pytest

from seep.core.masks.classes import SeepClass, check_classes, default_classes
from seep.errors import SettingsError


def test_eight_classes_are_the_default_with_background_first():
    classes = default_classes()
    assert [entry.id for entry in classes] == list(range(8))
    assert classes[0].name == "No seep"
    assert classes[7].name == "Seep class 7"
    assert [entry.key for entry in classes] == list("01234567")


@pytest.mark.parametrize("count", [2, 3, 8, 9, 10, 11, 30, 254])
def test_any_number_of_default_classes_passes_the_check(count):
    classes = default_classes(count)
    check_classes(classes)
    assert len(classes) == count


def test_colors_of_the_first_33_seep_classes_all_differ():
    colors = [entry.color for entry in default_classes(34)[1:]]
    assert len(set(colors)) == 33


@pytest.mark.parametrize("count", [-1, 0, 1, 255])
def test_a_count_out_of_range_is_refused(count):
    with pytest.raises(SettingsError, match=str(count)):
        default_classes(count)


BACKGROUND = SeepClass(0, "No seep", "#000000", "0")


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([BACKGROUND], "1 classes"),
        ([BACKGROUND, SeepClass(2, "Oil", "#ffffff", "1")], "without gaps"),
        ([BACKGROUND, SeepClass(1, "  ", "#ffffff", "1")], "needs a name"),
        ([BACKGROUND, SeepClass(1, "x" * 81, "#ffffff", "1")], "needs a name"),
        ([BACKGROUND, SeepClass(1, "Oil", "red", "1")], "'red'"),
        ([BACKGROUND, SeepClass(1, "Oil", "#ffffff\n", "1")], "#rrggbb"),
        ([BACKGROUND, SeepClass(1, "Oil", "#ffffff", "ab")], "'ab'"),
        ([BACKGROUND, SeepClass(1, "no seep ", "#ffffff", "1")], "share the name"),
        ([BACKGROUND, SeepClass(1, "Oil", "#ffffff", "0")], "share the key"),
    ],
)
def test_unusable_classes_are_refused_with_the_reason(classes, message):
    with pytest.raises(SettingsError, match=message):
        check_classes(classes)


def test_several_classes_may_go_without_a_key():
    check_classes([BACKGROUND, SeepClass(1, "Oil", "#ffffff", ""), SeepClass(2, "Film", "#00ff00", "")])


@pytest.mark.parametrize("bad", ["a\0b", "half \ud83d", "two\nlines", "\x1b[31m"])
def test_names_and_keys_that_no_file_can_hold_are_refused(bad):
    for change in ({"name": bad}, {"key": bad[1]} if bad[1] in "\0\x1b" else {"name": bad}):
        classes = [*default_classes(3)]
        classes[2] = replace(classes[2], **change)
        with pytest.raises(SettingsError, match="class 2 contains a control character"):
            check_classes(classes)
