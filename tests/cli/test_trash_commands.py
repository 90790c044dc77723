"""`seep delete` and `seep trash`."""

from pathlib import Path

import pytest

from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import get_tile
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.trash import list_trash
from seep.workflow.workspace import Workspace
from tests.cli.conftest import Refuse, Run
from tests.workflow.making import accept, fill


def names(workspace: Workspace) -> set[str]:
    return {tile.name for tile in queue(workspace, order="name", limit=100)}


@pytest.fixture
def filled(workspace: Workspace, folders: tuple[Path, Path]) -> Workspace:
    fill(workspace, *folders)
    return workspace


def test_tiles_a_scene_and_an_import_are_deleted_listed_and_restored(
    filled: Workspace, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = names(filled)
    assert run("delete", "tile", "a.000000", "b.000001") == 0
    assert "2 tiles moved to the trash. Undo: seep trash --restore 1" in capsys.readouterr().out
    assert run("delete", "scene", "c", "--author", "bob") == 0
    assert names(filled) == everything - {"a.000000", "b.000001", "c.000000", "c.000001", "c.000002"}
    assert run("list", "imports") == 0
    assert "tiles 7" in capsys.readouterr().out
    assert run("delete", "import", "1") == 0
    assert names(filled) == set()
    assert list_scenes(filled) == []
    assert run("trash") == 0
    lines = capsys.readouterr().out.splitlines()
    listed = [line.split("  ")[:4] for line in lines if not line.startswith("7 tiles")]
    assert [(one[0], one[2], one[3]) for one in listed] == [
        ("3", "7 tiles and 3 scenes", "ada"),
        ("2", "3 tiles and 1 scene", "bob"),
        ("1", "2 tiles", "ada"),
    ]
    for entry in (1, 2, 3):
        assert run("trash", "--restore", entry) == 0
    assert names(filled) == everything
    assert list_trash(filled) == []
    assert run("trash") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The trash is empty."


def test_only_a_confirmed_emptying_deletes_permanently(
    filled: Workspace, run: Run, refuse: Refuse, capsys: pytest.CaptureFixture[str]
) -> None:
    run("delete", "scene", "a", "b")
    assert "Add --yes" in refuse("trash", "--empty")
    assert len(list_trash(filled)) == 2
    assert run("trash", "--delete", 1, "--yes") == 0
    assert run("trash", "--empty", "--yes") == 0
    assert capsys.readouterr().out.splitlines() == ["3 tiles deleted permanently."] * 2
    assert list_trash(filled) == []
    assert "no entry 1" in refuse("trash", "--restore", 1)


def test_unknown_names_change_nothing(filled: Workspace, refuse: Refuse) -> None:
    before = names(filled)
    assert "no tile named 'a.77'" in refuse("delete", "tile", "a.000000", "a.77")
    assert "no scene named 'nosuch'" in refuse("delete", "scene", "a", "nosuch")
    assert "not the number of an import" in refuse("delete", "import", "a")
    assert "no import 9" in refuse("delete", "import", "9")
    assert "not the number of an import" in refuse("delete", "import", "9" * 25)
    assert names(filled) == before
    assert list_trash(filled) == []


def test_tiles_are_reopened_and_an_accept_is_undone(
    filled: Workspace, run: Run, refuse: Refuse, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = {tile.name: tile.id for tile in queue(filled, order="name", limit=100)}
    accept(filled, ids["a.000000"])
    accept(filled, ids["a.000001"], stripe=2)
    assert run("reopen", "a.000000", "a.000002") == 0
    assert capsys.readouterr().out == "1 tile reopened, 1 skipped\nskipped a.000002\n"
    assert get_tile(filled, ids["a.000000"]).state == "draft"
    assert run("undo-accept", "a.000001") == 0
    assert get_tile(filled, ids["a.000001"]).state == "draft"
    assert "no tile named 'z'" in refuse("reopen", "z")
