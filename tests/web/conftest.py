"""A real workspace of three small tiles, and the routes on it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from starlette.applications import Starlette

from seep.io.importing import ImportOptions
from seep.io.tiff import write_mask
from seep.settings import Settings
from seep.web.routes import middleware, routes
from seep.workflow.importing import import_folder
from seep.workflow.queue import queue
from seep.workflow.workspace import Workspace, open_workspace
from tests.web.client import Client

HEIGHT, WIDTH = 24, 32


@dataclass
class Site:
    """The application under test and what was put into it."""

    client: Client
    workspace: Workspace
    ids: dict[str, int]
    images: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]

    @property
    def tile(self) -> int:
        return self.ids["alpha.000001"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Three uint16 tiles of 24 x 32 of two scenes; the first one comes with a mask."""
    generator = np.random.default_rng(7)
    names = ("alpha.000001", "alpha.000002", "beta.000001")
    images = {name: generator.integers(1, 60_000, (HEIGHT, WIDTH), dtype=np.uint16) for name in names}
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[4:9, 5:20] = 3
    masks = {names[0]: mask}
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for name in names:
        tifffile.imwrite(tmp_path / "images" / f"{name}.tif", images[name])
    write_mask(tmp_path / "masks" / f"{names[0]}.tif", mask)
    settings = Settings(tmp_path / "workspace", None, "tester", "cpu", False, (tmp_path,))
    workspace = open_workspace(settings)
    report = import_folder(workspace, tmp_path / "images", tmp_path / "masks", ImportOptions(), "tester")
    assert not report.refused
    app = Starlette(routes=routes(lambda: workspace), middleware=middleware())
    ids = {item.name: item.id for item in queue(workspace, None, "name")}
    return Site(Client(app), workspace, ids, images, masks)
