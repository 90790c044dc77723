"""Files that no row names are deleted after a day; all others stay."""

import os
import time
from pathlib import Path

import pytest

from seep.errors import StorageError
from seep.store.files.file_store import Blob
from seep.workflow import tile_data
from seep.workflow.maintenance.unused_files import maintenance_lock, remove_files, unused_files
from seep.workflow.review import drafts, revisions
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept, fill, write_tiles

DAY_S = 24 * 3600


def listed(workspace: Workspace, now: float | None = None) -> list[Blob]:
    with workspace.store.reading() as session:
        return unused_files(session, workspace.store.files, now)


def test_files_of_dropped_drafts_go_after_a_day(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, tiles[0], stripe=4)
    tile = revisions.get_tile(workspace, tiles[1])
    assert tile.head_revision_id is not None
    mask = tile_data.revision_mask(workspace, tile.head_revision_id).copy()
    mask[50:60] = 6
    drafts.save_draft(workspace, tile.id, mask, ADA, tile.head_revision_id)
    kept = set(workspace.store.files.stored())
    later = time.time() + DAY_S + 60
    assert listed(workspace, later) == []
    drafts.drop_draft(workspace, tile.id, ADA)
    assert listed(workspace) == []
    (unused,) = remove_files(workspace.store, later)
    assert set(workspace.store.files.stored()) == kept - {unused}
    for tile_id in tiles:
        head = revisions.get_tile(workspace, tile_id).head_revision_id
        assert head is not None
        assert tile_data.revision_mask(workspace, head).shape == mask.shape


def test_copied_images_behind_views_stay(workspace: Workspace, tmp_path: Path) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",))
    fill(workspace, images, copy=True, bands=("1",))
    assert listed(workspace, time.time() + 2 * DAY_S) == []


def test_a_file_stored_again_is_young_again(workspace: Workspace) -> None:
    sha256 = workspace.store.files.put(b"refused", ".png")
    path = workspace.store.files.local(sha256, ".png")
    os.utime(path, (0, 0))
    assert [one.sha256 for one in listed(workspace)] == [sha256]
    workspace.store.files.put(b"refused", ".png")
    assert remove_files(workspace.store) == []
    assert path.exists()


def test_one_maintenance_runs_at_a_time(workspace: Workspace) -> None:
    with maintenance_lock(workspace.store.root), pytest.raises(StorageError, match="is running"):
        remove_files(workspace.store)
