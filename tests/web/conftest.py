"""A real workspace of three small tiles, and the routes on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from starlette.applications import Starlette

from seep.core.import_options import ImportOptions
from seep.io.masks import write_mask
from seep.settings import Settings
from seep.store.access import people
from seep.web.routes import middleware, routes
from seep.workflow.access import accounts, tokens
from seep.workflow.actor import Role
from seep.workflow.imports.importer import import_folder
from seep.workflow.review.queue import queue
from seep.workflow.workspace import Workspace, open_workspace
from tests.actors import TESTER
from tests.web.client import Client

PASSWORD = "correct horse"
HEIGHT, WIDTH = 24, 32


@dataclass
class Site:
    """The application under test and what was put into it."""

    client: Client
    workspace: Workspace
    ids: dict[str, int]
    images: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]

    def person(self, name: str, role: Role = "reviewer") -> dict[str, str]:
        """The header of a token of this person, who is added if unknown."""
        with self.workspace.store.reading() as session:
            known = {one.name for one in people.list_people(session)}
        if name not in known:
            accounts.add_local(self.workspace, name, role, PASSWORD, TESTER)
        _, token = tokens.create(self.workspace, name, name="test", scope="manage", days=1, actor=TESTER)
        return {"authorization": f"Bearer {token}"}

    @property
    def tile(self) -> int:
        return self.ids["alpha.000001"]


@pytest.fixture(autouse=True)
def _user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_USER", "tester")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of its own for a test that changes something."""
    return make_site(tmp_path)


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One site for all tests of a module that only read, or whose changes are refused."""
    return make_site(tmp_path_factory.mktemp("site"))


def make_site(folder: Path, auth: Literal["none", "local", "oidc", "proxy"] = "none", **more: Any) -> Site:
    """Three uint16 tiles of 24 x 32 of two scenes; the first one comes with a mask."""
    generator = np.random.default_rng(7)
    names = ("alpha.000001", "alpha.000002", "beta.000001")
    images = {name: generator.integers(1, 60_000, (HEIGHT, WIDTH), dtype=np.uint16) for name in names}
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[4:9, 5:20] = 3
    masks = {names[0]: mask}
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for name in names:
        tifffile.imwrite(folder / "images" / f"{name}.tif", images[name])
    write_mask(folder / "masks" / f"{names[0]}.tif", mask)
    settings = Settings(
        workspace=folder / "workspace",
        user="tester",
        import_roots=(folder,),
        auth=auth,
        proxy_secret="s" * 24,
        **more,
    )
    workspace = open_workspace(settings)
    report = import_folder(workspace, folder / "images", folder / "masks", ImportOptions(), TESTER)
    assert not report.refused
    app = Starlette(routes=routes(lambda: workspace), middleware=middleware(lambda: workspace))
    ids = {item.name: item.id for item in queue(workspace, None, "name")}
    return Site(Client(app), workspace, ids, images, masks)
