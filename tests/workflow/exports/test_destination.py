"""An export changes nothing that it did not write itself."""

from dataclasses import replace
from pathlib import Path

import pytest
import tifffile

from seep.errors import SettingsError
from seep.settings import APP, PACKAGE
from seep.workflow.exports.destination import allowed_destination, checked_destination
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import fill, make_tile

ALL = TileSelection(states=None)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("seep.db")
    }


def test_a_tile_named_like_a_stored_file_damages_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """A PNG export of a tile named like a hash once replaced the mask of a saved revision."""
    images, masks = tmp_path / "in", tmp_path / "truth"
    images.mkdir()
    masks.mkdir()
    image, mask = make_tile(1)
    tifffile.imwrite(images / "a.000000.tif", image)
    tifffile.imwrite(masks / "a.000000.tif", mask)
    fill(workspace, images, masks)
    stored = next(path for path in (workspace.store.root / "files").rglob("*.png"))
    (images / "a.000000.tif").rename(images / f"{stored.stem}.tif")
    (masks / "a.000000.tif").unlink()
    fill(workspace, images)
    before = content(workspace.store.root / "files")
    with pytest.raises(SettingsError, match="belongs to the workspace"):
        export(workspace, stored.parent, "png", ALL, actor=ADA)
    assert content(workspace.store.root / "files") == before


def test_the_workspace_and_the_program_are_refused(workspace: Workspace) -> None:
    root = workspace.store.root
    for folder in (root, root / "files" / "ab", root / "uploads", root / "exports" / ".."):
        with pytest.raises(SettingsError, match="belongs to the workspace"):
            checked_destination(workspace, folder)
    for folder in (APP.parent, PACKAGE / "web", APP.parent / "pages"):
        with pytest.raises(SettingsError, match="contains the program"):
            checked_destination(workspace, folder)


def test_a_subfolder_of_an_export_that_is_the_workspace_is_refused(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    workspace.store.root.rename(tmp_path / "out" / "labels")
    workspace.store.root = tmp_path / "out" / "labels"
    with pytest.raises(SettingsError, match="belongs to the workspace"):
        checked_destination(workspace, tmp_path / "out" / "labels")


def test_the_page_exports_below_the_export_roots_only(workspace: Workspace, tmp_path: Path) -> None:
    inside = workspace.store.root / "exports" / "masks"
    assert allowed_destination(workspace, inside) == inside
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "way-out").symlink_to(tmp_path)
    chosen = workspace.settings.model_copy(update={"export_roots": (tmp_path / "mine",)})
    other = replace(workspace, settings=chosen)
    assert allowed_destination(other, tmp_path / "mine" / "a") == tmp_path / "mine" / "a"
    for path in (tmp_path, Path("/etc"), tmp_path / "mine" / ".." / "x", tmp_path / "mine" / "way-out" / "x"):
        with pytest.raises(SettingsError, match="outside the export folders"):
            allowed_destination(other, path)
