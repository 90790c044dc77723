import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from seep.core.masks.classes import default_classes
from seep.errors import CheckpointError, WorkspaceError
from seep.workflow.classes import get_classes
from seep.workflow.models.registry import list_models
from seep.workflow.workspace import Workspace, free_name, install_checkpoint, open_workspace, read_card
from tests.actors import ADA
from tests.workflow.making import make_checkpoint, make_settings, make_workspace


def test_a_new_workspace_has_the_default_classes_and_the_shipped_checkpoint_active(
    workspace: Workspace,
) -> None:
    assert get_classes(workspace) == default_classes()
    assert [(model.name, model.active) for model in list_models(workspace)] == [("tiny", True)]


def test_opening_again_gives_the_same_workspace(workspace: Workspace) -> None:
    assert open_workspace(workspace.settings) is workspace
    assert len(list_models(workspace)) == 1


def test_a_second_process_finds_the_workspace_as_it_is(workspace: Workspace) -> None:
    code = (
        "from seep.workflow.workspace import open_workspace\n"
        "from seep.workflow.models.registry import list_models\n"
        "import sys\n"
        "print([m.name for m in list_models(open_workspace())], 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "SEEP_WORKSPACE": str(workspace.store.root),
            "SEEP_DATABASE_URL": workspace.settings.database_url or "",
            "SEEP_USER": "bo",
            "PATH": "",
        },
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['tiny'] False"


def test_without_a_shipped_checkpoint_the_workspace_still_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tmp_path / "none.safetensors")
    assert list_models(make_workspace(tmp_path / "workspace")) == []


def test_a_file_where_the_workspace_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError):
        open_workspace(make_settings(tmp_path / "file"))


def test_installing_twice_is_once_and_a_second_checkpoint_is_a_candidate(
    workspace: Workspace, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    assert install_checkpoint(workspace, tiny_checkpoint, ADA).id == 1
    other = install_checkpoint(workspace, make_checkpoint(tmp_path / "other.safetensors", seed=1), ADA)
    assert (other.name, other.state, other.active) == ("tiny-2", "candidate", False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"II*\0 no checkpoint",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2**60) + b"{",
        struct.pack("<Q", 40) + json.dumps({"__metadata__": {"card": "[]"}}).encode(),
    ],
)
def test_a_foreign_checkpoint_is_refused_and_leaves_nothing(
    workspace: Workspace, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"foreign\.safetensors"):
        install_checkpoint(workspace, path, ADA)
    assert len(list_models(workspace)) == 1


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        read_card(tmp_path / "gone.safetensors")


def test_free_names_count_on() -> None:
    assert free_name("seep-1", []) == "seep-1"
    assert free_name("seep-1", ["seep-1", "seep-1-2"]) == "seep-1-3"


@pytest.mark.parametrize("damage", ["cut", "not a number", "name", "tensors"])
def test_a_damaged_checkpoint_is_refused_and_leaves_nothing(
    workspace: Workspace, tmp_path: Path, damage: str
) -> None:
    path = make_checkpoint(
        tmp_path / "damaged.safetensors", seed=9, name="two\nlines" if damage == "name" else "b"
    )
    data = path.read_bytes()
    if damage == "cut":
        data = data[:-100]
    elif damage == "not a number":
        data = data[:-4] + struct.pack("<f", float("nan"))
    elif damage == "tensors":
        card = json.dumps({"name": "b", "architecture": {"classes": 8}})
        header = json.dumps({"__metadata__": {"card": card}}).encode()
        data = struct.pack("<Q", len(header)) + header
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"damaged\.safetensors"):
        install_checkpoint(workspace, path, ADA)
    assert len(list_models(workspace)) == 1
