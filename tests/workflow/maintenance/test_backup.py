"""A backup is complete at its moment, while people save, and is a workspace of its own."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from seep.errors import DeniedError, SettingsError, StorageError, WorkspaceError
from seep.io.readers.view import read_view
from seep.store import key_value, scenes
from seep.store.access import people
from seep.store.identity import read_id
from seep.workflow import tile_data, trash
from seep.workflow.access import accounts, tokens
from seep.workflow.actor import Actor
from seep.workflow.maintenance import backup as backups
from seep.workflow.maintenance.backup import backup, check_copy, delete_older_backups, restore
from seep.workflow.maintenance.checks import check_workspace
from seep.workflow.maintenance.unused_files import maintenance_lock
from seep.workflow.review import revisions
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import SIDE_PX, accept, fill, make_workspace, write_tiles

pytestmark = pytest.mark.sqlite  # a server has tools of its own
SAVERS, SAVES = 4, 6


def save_all(workspace: Workspace, tiles: list[int], saver: int, saved: list[tuple[int, int]]) -> None:
    """Save each tile of one person several times; note the tile and the value of every acknowledged mask."""
    actor = Actor(f"person {saver}", "reviewer")
    for number in range(SAVES):
        for tile in tiles:
            value = 1 + (saver + number) % 7
            mask = np.full((SIDE_PX, SIDE_PX), value, np.uint8)
            head = revisions.get_tile(workspace, tile).head_revision_id
            revisions.save_mask(
                workspace,
                tile,
                mask,
                "save",
                actor=actor,
                base_revision_id=head,
                request_id=f"{saver} {number} {tile} backup",
            )
            saved.append((tile, value))


def test_every_mask_acknowledged_before_the_backup_is_in_it(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    saved: list[list[tuple[int, int]]] = [[] for _ in range(SAVERS)]
    threads = [
        threading.Thread(target=save_all, args=(workspace, tiles[saver::SAVERS], saver, saved[saver]))
        for saver in range(SAVERS)
    ]
    for thread in threads:
        thread.start()
    while any(len(one) < 3 for one in saved):
        threading.Event().wait(0.01)
    before = [list(one) for one in saved]
    report = backup(workspace, tmp_path / "copy", ADA)
    for thread in threads:
        thread.join()
    assert [len(one) for one in saved] == [SAVES * len(tiles) // SAVERS] * SAVERS

    restored = restore(tmp_path / "copy", tmp_path / "new", ADA)
    assert report.missing == restored.missing == ()
    assert [
        one
        for one in check_workspace(check_copy(workspace.settings, restored.folder))
        if one.level == "error"
    ] == []
    copy = make_workspace(tmp_path / "new")
    for acknowledged in before:
        for tile, value in acknowledged:
            with copy.store.reading() as session:
                kept = scenes.get_tile(session, tile)
            assert kept.head_revision_id is not None
            masks = tile_data.revision_mask(copy, kept.head_revision_id)
            later = {one for other in saved for known, one in other if known == tile}
            assert int(masks[0, 0]) in later
            assert value in later
    copy.store.close()


def test_copied_images_and_views_belong_to_the_copy(workspace: Workspace, tmp_path: Path) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",))
    fill(workspace, images, copy=True, bands=("1",))
    backup(workspace, tmp_path / "copy", ADA)
    shutil.rmtree(images)
    shutil.move(tmp_path / "copy", tmp_path / "elsewhere")
    restore(tmp_path / "elsewhere", tmp_path / "new", ADA)
    shutil.rmtree(tmp_path / "elsewhere")
    old = workspace.store.root
    workspace.store.close()
    shutil.rmtree(old)
    copy = make_workspace(tmp_path / "new")
    assert [one.message for one in check_workspace(copy.settings) if one.level == "error"] == []
    with copy.store.reading() as session:
        for tile in scenes.tiles_of_scene(session, scenes.list_scenes(session)[0].id):
            assert Path(tile.path).is_relative_to(tmp_path / "new")
            assert read_view(Path(tile.path)).path.is_relative_to(tmp_path / "new")
            assert tile_data.read_pixels(workspace, tile).shape == (SIDE_PX, SIDE_PX)
    copy.store.close()


def test_the_trash_of_a_copy_has_its_images(workspace: Workspace, tmp_path: Path) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",))
    tiles = fill(workspace, images, copy=True, bands=("1",))
    entry = trash.delete_tiles(workspace, tiles, ADA)
    backup(workspace, tmp_path / "copy", ADA)
    restore(tmp_path / "copy", tmp_path / "new", ADA)
    old = workspace.store.root
    workspace.store.close()
    for folder in (images, old, tmp_path / "copy"):
        shutil.rmtree(folder)
    copy = make_workspace(tmp_path / "new")
    trash.restore(copy, entry.id, ADA)
    tile = revisions.get_tile(copy, tiles[0])
    assert tile_data.read_pixels(copy, tile).shape == (SIDE_PX, SIDE_PX)
    copy.store.close()


def test_what_cannot_be_copied_is_refused(
    workspace: Workspace, tiles: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeniedError):
        backup(workspace, tmp_path / "copy", Actor("ann", "lead"))
    for out in (tmp_path, workspace.store.root / "copy"):
        with pytest.raises(SettingsError, match="Choose a new folder"):
            backup(workspace, out, ADA)
    with pytest.raises(WorkspaceError, match="not a complete backup"):
        restore(workspace.store.root, tmp_path / "new", ADA)
    with maintenance_lock(workspace.store.root), pytest.raises(StorageError, match="is running"):
        backup(workspace, tmp_path / "copy", ADA)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy", full)
    with pytest.raises(StorageError, match="No space left on device"):
        backup(workspace, tmp_path / "copy", ADA)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "masks", "workspace"]


def test_a_killed_backup_is_no_backup(workspace: Workspace, tiles: list[int], tmp_path: Path) -> None:
    accept(workspace, tiles[0])
    backup(workspace, tmp_path / "copy", ADA)
    (tmp_path / "copy" / backups.NOTE).unlink()
    with pytest.raises(WorkspaceError, match="not a complete backup"):
        restore(tmp_path / "copy", tmp_path / "new", ADA)


def test_a_workspace_with_accounts_and_tokens_is_restored_without_errors(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    ben = accounts.add_local(workspace, "Ben Okafor", "lead", "a long password", ADA)
    _, token = tokens.create(workspace, ben.name, name="nightly", scope="read", days=30, actor=ADA)
    accept(workspace, tiles[0], stripe=5)
    backup(workspace, tmp_path / "copy", ADA)
    restore(tmp_path / "copy", tmp_path / "again", ADA)
    for folder in ("copy", "again"):
        assert check_workspace(check_copy(workspace.settings, str(tmp_path / folder))) == []
    restored = make_workspace(tmp_path / "again")
    with restored.store.reading() as session:
        found = people.person_of_token(session, token)
    restored.store.close()
    assert found is not None
    assert found[0].name == "Ben Okafor"


def test_a_backup_and_its_restore_have_ids_of_their_own(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    backup(workspace, tmp_path / "copy", ADA)
    restore(tmp_path / "copy", tmp_path / "again", ADA)
    ids = [read_id(root) for root in (workspace.store.root, tmp_path / "copy", tmp_path / "again")]
    assert None not in ids
    assert len(set(ids)) == 3
    restored = make_workspace(tmp_path / "again")
    with restored.store.reading() as session:
        assert key_value.get_value(session, "id") == ids[2]
    restored.store.close()


def test_the_oldest_backups_of_this_workspace_are_deleted(workspace: Workspace, tmp_path: Path) -> None:
    other = make_workspace(tmp_path / "other")
    folders = {name: tmp_path / "backups" / name for name in ("z-first", "second", "a-third")}
    backup(other, tmp_path / "backups" / "of another", ADA)
    (tmp_path / "backups" / "notes").mkdir()
    for folder in folders.values():
        backup(workspace, folder, ADA)
    assert delete_older_backups(folders["a-third"], 2) == [folders["z-first"]]
    left = {path.name for path in (tmp_path / "backups").iterdir()}
    assert left == {"second", "a-third", "of another", "notes"}
    assert delete_older_backups(folders["a-third"], 2) == []
    with pytest.raises(WorkspaceError, match="not a complete backup"):
        delete_older_backups(tmp_path / "backups" / "notes", 1)
