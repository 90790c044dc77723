"""Deleting and restoring on Browse, Scenes and Data."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from seep.workflow.actor import Actor
from seep.workflow.review.queue import count
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.trash import delete_scene, delete_tiles, list_trash
from seep.workflow.workspace import Workspace
from tests.actors import BOB
from tests.pages.conftest import Open
from tests.workflow.making import accept

DENIED = {
    "reopen-tiles": "The role reviewer",
    "undo-accept": "The role reviewer",
    "delete-tiles": "The role lead",
    "delete-scene": "The role lead",
    "trash-restore": "The role lead",
    "trash-empty": "The role admin",
}


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def with_selection(monkeypatch: pytest.MonkeyPatch, ids: list[int]) -> None:
    def gallery(tiles: list[dict[str, Any]], **_: object) -> dict[str, Any]:
        shown = {tile["id"] for tile in tiles}
        return {"open": None, "selected": [one for one in ids if one in shown], "accept": [], "undo": False}

    monkeypatch.setattr("seep.ui.components.gallery.mount.gallery", gallery)


def test_selected_tiles_are_deleted_and_the_deletion_is_undone(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_selection(monkeypatch, [1, 2])
    app = open_page("browse")
    press(app, "delete-tiles")
    assert (count(filled), list_trash(filled)[0].tiles) == (10, 2)
    press(app, "delete-undo")
    assert (count(filled), list_trash(filled)) == (12, [])
    assert "delete-undo" not in {button.key for button in app.button}


def test_selected_tiles_are_reopened_and_an_accept_is_undone(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(filled, 1)
    accept(filled, 2)
    with_selection(monkeypatch, [1])
    press(open_page("browse"), "reopen-tiles")
    with_selection(monkeypatch, [2])
    press(open_page("browse"), "undo-accept")
    assert open_page("browse", state="draft").subheader is not None
    from seep.workflow.review.revisions import get_tile

    assert [get_tile(filled, one).state for one in (1, 2)] == ["draft", "unreviewed"]


def test_a_scene_is_deleted_on_its_page_and_restored_on_data(filled: Workspace, open_page: Open) -> None:
    app = open_page("scene", scene="b")
    press(app, "delete-scene")
    assert [scene.name for scene in list_scenes(filled)] == ["a", "c", "d"]
    assert app.query_params["scene"] == "a"
    press(open_page("data", view="Trash"), "trash-restore")
    assert [scene.name for scene in list_scenes(filled)] == ["a", "b", "c", "d"]


def test_an_import_is_deleted_and_the_trash_is_emptied_after_a_confirmation(
    filled: Workspace, open_page: Open
) -> None:
    delete_scene(filled, list_scenes(filled)[0].id, BOB)
    delete_tiles(filled, [12], BOB)
    app = open_page("data", view="Trash")
    press(app, "delete-import")
    assert (count(filled), [one.kind for one in list_trash(filled)]) == (0, ["import", "tiles", "scene"])
    press(app, "trash-empty")
    assert len(list_trash(filled)) == 3
    press(app, "trash-empty-dialog-confirm")
    assert list_trash(filled) == []
    assert (count(filled), list_scenes(filled)) == (0, [])


def test_only_the_selected_tiles_are_shown_until_all_are_shown_again(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[int]] = []

    def gallery(tiles: list[dict[str, Any]], **_: object) -> dict[str, Any]:
        shown.append([tile["id"] for tile in tiles])
        return {
            "open": None,
            "selected": [one for one in shown[-1] if one in {3, 5}],
            "accept": [],
            "undo": False,
        }

    monkeypatch.setattr("seep.ui.components.gallery.mount.gallery", gallery)
    app = open_page("browse", order="name")
    assert len(shown[-1]) == 12
    press(app, "selected-only-button")
    assert shown[-1] == [3, 5]
    press(app, "show-all")
    assert len(shown[-1]) == 12
    press(app, "selected-only-button")
    delete_tiles(filled, [3, 5], BOB)
    app.run()
    assert len(shown[-1]) == 10


def test_an_annotator_is_told_which_role_deletes_and_reopens(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(filled, 1)
    delete_tiles(filled, [3], BOB)
    annotator = Actor("ada", "annotator")
    monkeypatch.setattr("seep.ui.session.identify", lambda *_: annotator)
    with_selection(monkeypatch, [1])
    buttons = {
        one.key: one
        for page in (open_page("browse"), open_page("scene", scene="b"), open_page("data", view="Trash"))
        for one in page.button
    }
    roles = {key: buttons[key].help.split(" is needed to ")[0] for key in DENIED}
    assert roles == DENIED
    assert all(buttons[key].disabled for key in DENIED)
