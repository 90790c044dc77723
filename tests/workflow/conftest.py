"""Tiny workspaces: 64 px tiles of dark slicks on speckle, a checkpoint with a few weights."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seep.workflow.workspace import Workspace
from tests.workflow.making import make_checkpoint, make_workspace, write_tiles


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@pytest.fixture
def workspace(tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny_checkpoint)
    return make_workspace(tmp_path / "workspace")


@pytest.fixture
def tiles(tmp_path: Path) -> tuple[Path, Path]:
    """Four scenes of three tiles with masks: folders of images and of masks."""
    return write_tiles(tmp_path, scenes=("a", "b", "c", "d"), each=3)


WriteTiles = Callable[..., tuple[Path, Path]]
