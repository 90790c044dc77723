"""Fixtures of tiny workspaces: 64 px tiles of dark slicks on speckle, a checkpoint with a few weights."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from seep.settings import settings
from seep.workflow.workspace import Workspace
from tests.databases import connect, copy_workspace
from tests.workflow.making import fill, make_checkpoint, make_workspace, tile_ids, write_tiles


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@dataclass(frozen=True)
class Templates:
    """Workspaces that are made once per process and copied by each test; `folder` holds images and masks."""

    folder: Path
    empty: Path
    bare: Path
    labeled: Path

    def copy(self, kind: str, folder: Path) -> Path:
        """Copy a workspace to `folder / "workspace"`; its tiles then lie in `folder / "images"`."""
        root = folder / "workspace"
        copy_workspace(getattr(self, kind), root)
        with connect(root).begin() as database:
            moved = {"old": str(self.folder), "new": str(folder)}
            database.execute(text("UPDATE tile SET path = replace(path, :old, :new)"), moved)
        return root


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Templates:
    folder = tmp_path_factory.mktemp("templates")
    images, masks = write_tiles(folder)
    made = Templates(folder, *(folder / kind for kind in ("empty", "bare", "labeled")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny_checkpoint)
        make_workspace(made.empty).store.close()
    for root, sources in ((made.bare, (images,)), (made.labeled, (images, masks))):
        copy_workspace(made.empty, root)
        workspace = make_workspace(root)
        fill(workspace, *sources)
        workspace.store.close()
    return made


@pytest.fixture
def workspace(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    templates: Templates,
    tiny_checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Workspace]:
    """A workspace with a tiny checkpoint active; empty unless the test also takes `tiles` or `bare_tiles`."""
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny_checkpoint)
    kinds = {"tiles": "labeled", "bare_tiles": "bare"}
    kind = next((kinds[name] for name in kinds if name in request.fixturenames), "empty")
    made = make_workspace(templates.copy(kind, tmp_path))
    if made.settings.database_url:  # for commands on this workspace
        monkeypatch.setenv("SEEP_DATABASE_URL", made.settings.database_url)
    yield made
    made.store.close()


@pytest.fixture
def by_torch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Predict by torch: OpenVINO takes longer to make a network of a few weights ready than to run it."""
    monkeypatch.setenv("SEEP_OPENVINO", "0")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def folders(tmp_path: Path, templates: Templates) -> tuple[Path, Path]:
    """Images and masks: scenes a and b train, c is for validation, d is for tests; three tiles each."""
    images, masks = tmp_path / "images", tmp_path / "masks"
    for folder in (images, masks):
        shutil.copytree(templates.folder / folder.name, folder)
    return images, masks


@pytest.fixture
def tiles(workspace: Workspace, folders: tuple[Path, Path]) -> list[int]:
    """The ids of twelve imported tiles with masks, by name."""
    return tile_ids(workspace)


@pytest.fixture
def bare_tiles(workspace: Workspace, folders: tuple[Path, Path]) -> list[int]:
    """The ids of twelve imported tiles without masks, by name."""
    return tile_ids(workspace)
