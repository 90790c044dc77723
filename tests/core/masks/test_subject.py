import pytest

from seep.core.masks.classes import SeepClass, default_classes
from seep.core.masks.subject import is_about_seeps, worded


def named(*names: str) -> list[SeepClass]:
    return [SeepClass(number, name, "#000000", "") for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("No seep", "Natural"), True),
        (("Background", "Oil_Spill", "Look-alike"), True),
        (("Sea Surface", "Ship"), True),
        (("Clean sea", "Film"), True),
        (("Sky", "Building", "Soil"), False),
        (("background", "Cell"), False),
        (("0", "Searchlight"), False),
    ],
)
def test_the_names_of_the_classes_say_whether_a_workspace_is_about_seeps(
    names: tuple[str, ...], found: bool
) -> None:
    assert is_about_seeps(named(*names)) is found
    assert is_about_seeps(default_classes())


def test_texts_speak_of_objects_where_no_class_is_a_seep() -> None:
    streets = named("Sky", "Road")
    for text, found in (
        ("3 slicks, 1 slick", "3 objects, 1 object"),
        ("Training scene, 40 px of seep", "Training scene, 40 px of objects"),
        ("2 of 3 test scenes with seep", "2 of 3 test scenes with objects"),
        ("Seep probability", "Probability"),
        ("Changed slicks", "Changed objects"),
        ("Slicks begin here", "Objects begin here"),
        ("seep-base", "seep-base"),
        ("Seep wrote it", "Seep wrote it"),
    ):
        assert worded(text, streets) == found
        assert worded(text, default_classes()) == text
