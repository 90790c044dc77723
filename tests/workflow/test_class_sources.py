from pathlib import Path

import pytest

from seep.errors import SettingsError
from seep.workflow.classes import adopt_classes, classes_of
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def test_an_empty_workspace_takes_the_classes_of_a_preset(workspace: Workspace) -> None:
    assert [one.name for one in adopt_classes(workspace, classes_of("M4D"), ADA)] == [
        "Sea surface",
        "Oil spill",
        "Look-alike",
        "Ship",
        "Land",
    ]


def test_a_workspace_with_tiles_keeps_the_classes_that_it_has_more(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    (tmp_path / "classes.txt").write_text("Sea\nThick oil\nSheen\n")
    names = [one.name for one in adopt_classes(workspace, classes_of(str(tmp_path / "classes.txt")), ADA)]
    assert names[:4] == ["Sea", "Thick oil", "Sheen", "Seep class 3"]
    assert len(names) == 8


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(SettingsError, match="m5d cannot be read"):
        classes_of("m5d")
