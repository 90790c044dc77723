"""The app's pages, run without a browser over a real workspace in a temporary folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from seep.core.import_options import ImportOptions
from seep.settings import read_settings, settings
from seep.store import checkpoints
from seep.ui import app_shell
from seep.workflow.imports.importer import import_folder
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.patience import PATIENCE_S
from tests.actors import ADA

ROOT = Path(__file__).resolve().parents[2]
SIDE_PX = 64
Open = Callable[..., AppTest]


def write_tiles(
    folder: Path, scenes: tuple[str, ...] = ("a", "b", "c", "d"), each: int = 3
) -> tuple[Path, Path]:
    """Speckled tiles with one slick each, and their masks; returns both folders."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    random = np.random.default_rng(0)
    for scene in scenes:
        for number in range(each):
            image = (random.gamma(4, 2000, (SIDE_PX, SIDE_PX)) + 4000).clip(1, 65535).astype(np.uint16)
            mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
            mask[10 + number : 18 + number, 12:40] = 1 + number % 3
            tifffile.imwrite(images / f"{scene}.{number:06d}.tif", image)
            tifffile.imwrite(masks / f"{scene}.{number:06d}.tif", mask)
    return images, masks


def _open(root: Path) -> Workspace:
    """Open a workspace that has no model, so that nothing loads torch."""
    return open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_USER": "ada"}))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workspaces to copy: an empty one, and four scenes of three tiles with an active model's row."""
    folder = tmp_path_factory.mktemp("templates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", folder / "none.safetensors")
        _open(folder / "empty")
        filled = _open(folder / "filled")
    report = import_folder(filled, *write_tiles(folder / "data"), ImportOptions(), ADA)
    assert report.imported == 12
    with filled.store.transaction() as session:
        card = {"classes": {"count": 8}, "threshold": 0.4, "limits": ["Knows one sea only."]}
        base = checkpoints.add_checkpoint(
            session,
            name="base",
            parent_id=None,
            run_id=None,
            weights_sha256="0" * 64,
            card=card,
            author="ada",
        )
        checkpoints.promote(session, base.id, "ada")
    return folder


@pytest.fixture
def empty(tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    return _serve(templates / "empty", tmp_path, monkeypatch)


@pytest.fixture
def filled(tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    return _serve(templates / "filled", tmp_path, monkeypatch)


def _serve(template: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Copy a template and let the pages open the copy."""
    shutil.copytree(template, folder / "workspace")
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", folder / "none.safetensors")
    monkeypatch.setenv("SEEP_WORKSPACE", str(folder / "workspace"))
    monkeypatch.setenv("SEEP_USER", "ada")
    monkeypatch.setenv("SEEP_IMPORT_ROOTS", str(folder))
    monkeypatch.setenv("SEEP_EXPORT_ROOTS", str(folder))
    settings.cache_clear()
    return open_workspace()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Folders of images and of masks to import."""
    return write_tiles(tmp_path / "data")


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the app; query parameters as keywords.

    `AppTest` takes a folder named pages for pages without a frame, as Streamlit did before it had navigation,
    and forgets at each run that the app has one; so that way is led to the app's own script.
    """
    monkeypatch.setattr(script_runner, "_mpa_v1", lambda _path: app_shell.show())

    def open_(name: str = "overview", **query: str) -> AppTest:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py").run()
        assert not app.exception, app.exception[0].stack_trace
        return app

    return open_


def texts(app: AppTest) -> str:
    """Everything that the page says, in one string, Markdown's backslashes removed."""
    blocks = (
        app.title,
        app.header,
        app.caption,
        app.markdown,
        app.error,
        app.warning,
        app.success,
        app.table,
    )
    parts = [one.value for block in blocks for one in block]
    parts = [part.to_string() if hasattr(part, "to_string") else str(part) for part in parts]
    return "\n".join(parts).replace("\\", "")
