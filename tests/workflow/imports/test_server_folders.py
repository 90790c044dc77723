from dataclasses import replace
from pathlib import Path

import pytest

from seep.errors import ImportRefusedError
from seep.workflow.imports import server_folders
from seep.workflow.imports.server_folders import list_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA


@pytest.fixture
def rooted(workspace: Workspace, tmp_path: Path) -> tuple[Workspace, Path]:
    root = tmp_path / "root"
    for name in ("Beta", "alpha", ".hidden", "odd\nname"):
        (root / name).mkdir(parents=True)
    (root / "alpha" / "a.tif").write_bytes(b"x")
    chosen = workspace.settings.model_copy(update={"import_roots": (root, tmp_path / "gone")})
    return replace(workspace, settings=chosen), root


def test_the_roots_that_are_there_come_first(rooted: tuple[Workspace, Path]) -> None:
    workspace, root = rooted
    assert list_folder(workspace, None, ADA).folders == [root]


def test_folders_are_listed_by_name_without_hidden_ones(rooted: tuple[Workspace, Path]) -> None:
    workspace, root = rooted
    listing = list_folder(workspace, root, ADA)
    assert [one.name for one in listing.folders] == ["alpha", "Beta"]
    assert (listing.parent, listing.files) == (None, 0)
    inside = list_folder(workspace, root / "alpha", ADA)
    assert (inside.parent, inside.files, inside.folders) == (root, 1, [])


def test_nothing_outside_is_listed_by_dots_or_links(rooted: tuple[Workspace, Path], tmp_path: Path) -> None:
    workspace, root = rooted
    (root / "out").symlink_to("/etc")
    for path in (Path("/etc"), root / ".." / "..", root / "out"):
        with pytest.raises(ImportRefusedError, match="outside"):
            list_folder(workspace, path, ADA)


def test_a_folder_that_is_gone_is_a_sentence(rooted: tuple[Workspace, Path]) -> None:
    workspace, root = rooted
    with pytest.raises(ImportRefusedError, match="cannot be read"):
        list_folder(workspace, root / "nowhere", ADA)


def test_very_many_folders_are_cut_and_counted(
    rooted: tuple[Workspace, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, root = rooted
    monkeypatch.setattr(server_folders, "MAX_FOLDERS", 1)
    assert (len(list_folder(workspace, root, ADA).folders), list_folder(workspace, root, ADA).more) == (1, 1)
