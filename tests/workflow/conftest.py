"""Tiny workspaces: 64 px tiles of dark slicks on speckle, a checkpoint with a few weights."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seep.settings import settings
from seep.workflow.workspace import Workspace
from tests.workflow.making import fill, make_checkpoint, make_workspace, write_tiles


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@pytest.fixture
def workspace(tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace with a tiny checkpoint active."""
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny_checkpoint)
    made = make_workspace(tmp_path / "workspace")
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
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Images and masks: scenes a and b train, c is for validation, d is locked; three tiles each."""
    return write_tiles(tmp_path, scenes=("a", "b", "c", "d"), each=3)


@pytest.fixture
def tiles(workspace: Workspace, folders: tuple[Path, Path]) -> list[int]:
    """The ids of twelve imported tiles with masks, by name."""
    return fill(workspace, *folders)


@pytest.fixture
def bare_tiles(workspace: Workspace, folders: tuple[Path, Path]) -> list[int]:
    """The ids of twelve imported tiles without masks, by name."""
    return fill(workspace, folders[0])
