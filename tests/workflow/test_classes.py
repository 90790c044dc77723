import pytest

from seep.core.masks.classes import default_classes
from seep.errors import SettingsError
from seep.workflow.classes import get_classes, people, set_classes
from seep.workflow.workspace import Workspace
from tests.workflow.making import accept


def test_classes_can_be_renamed_and_taken_away_while_unused(workspace: Workspace, tiles: list[int]) -> None:
    assert set_classes(workspace, default_classes(4), "ada") == default_classes(4)
    assert get_classes(workspace) == default_classes(4)


def test_a_class_that_masks_use_stays(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, 1, stripe=6)
    with pytest.raises(SettingsError, match="Class 6 is still used"):
        set_classes(workspace, default_classes(6), "ada")
    assert len(get_classes(workspace)) == 8


def test_people_are_those_who_did_something(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, 1, "bo")
    assert {"ada", "bo"} <= set(people(workspace))
    assert "import" not in people(workspace)
