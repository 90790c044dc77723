"""Places: of four passes over three vents as tiles, and of two rasters."""

from pathlib import Path

import pytest

from seep.workflow.places import sites
from seep.workflow.places.places import create_place
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.places.making import import_passes
from tests.workflow.rasters import open_raster_scene, sea, write_raster


@pytest.fixture
def passes(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Names of four imported scenes without a place."""
    import_passes(workspace, tmp_path / "place")
    return ["p1", "p2", "p3", "p4"]


@pytest.fixture
def place(workspace: Workspace, passes: list[str]) -> int:
    """Id of the place of the four scenes."""
    return create_place(workspace, "Bay", passes, ADA).place.id


@pytest.fixture
def bay(workspace: Workspace, tmp_path: Path) -> int:
    """A place of two rasters of 10 m pixels with a site at (100, 100)."""
    names = [f"S1_{number}" for number in range(2)]
    for number, name in enumerate(names):
        open_raster_scene(workspace, write_raster(tmp_path / f"{name}.tif", sea(number)))
    place = create_place(workspace, "Bay", names, ADA)
    sites.add_site(workspace, place.place.id, (100, 100), ADA)
    return place.place.id
