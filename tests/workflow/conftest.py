"""A workspace with four passes over three vents, as one place."""

from pathlib import Path

import pytest

from seep.workflow.places.places import create_place
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.places.making import import_passes


@pytest.fixture
def passes(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Names of four imported scenes without a place."""
    import_passes(workspace, tmp_path / "place")
    return ["p1", "p2", "p3", "p4"]


@pytest.fixture
def place(workspace: Workspace, passes: list[str]) -> int:
    """Id of the place of the four scenes."""
    return create_place(workspace, "Bay", passes, ADA).place.id
