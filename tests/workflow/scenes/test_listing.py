import shutil
import threading
from dataclasses import asdict

import pytest

from seep.core.records import TileFilter
from seep.errors import SettingsError
from seep.store import audit_log
from seep.workflow.review.queue import count
from seep.workflow.scenes.listing import list_scenes, scene_progress, set_split, storage
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def test_a_scene_and_its_tiles_move_to_another_split(workspace: Workspace, tiles: list[int]) -> None:
    scene = next(one for one in list_scenes(workspace) if one.split == "train")
    set_split(workspace, scene.id, "test", ADA)
    assert count(workspace, TileFilter(split="test")) == 6
    with workspace.store.reading() as session:
        newest = audit_log.list_audit(session, 1)[0]
    assert newest.details == {"from": "train", "to": "test"}
    with pytest.raises(SettingsError, match="locked"):
        set_split(workspace, scene.id, "locked", ADA)


def test_storage_is_counted_by_kind(workspace: Workspace, tiles: list[int]) -> None:
    sizes = storage(workspace)
    assert sizes.weights > 1000
    assert sizes.masks > 0
    assert sizes.database > 0
    assert sizes.total == sum(asdict(sizes).values())


def test_storage_is_counted_while_files_come_and_go(workspace: Workspace) -> None:
    folder, over = workspace.store.root / "uploads" / "stage", threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            folder.mkdir(parents=True)
            for number in range(20):
                (folder / f"{number}.tif").write_bytes(b"pixels")
            shutil.rmtree(folder)

    beside = threading.Thread(target=come_and_go)
    beside.start()
    try:
        assert all(storage(workspace).total > 0 for _ in range(200))
    finally:
        over.set()
        beside.join()


def test_scenes_tell_how_far_they_are(workspace: Workspace, tiles: list[int]) -> None:
    found = scene_progress(workspace)
    assert [(one.name, one.tiles, one.reviewed, one.open) for one in found] == [
        (name, 3, 0, 3) for name in "abcd"
    ]
    assert all(one.seep_px > 0 for one in found)
