import pytest

from seep.store import checkpoints
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts


def add_child(workspace: Workspace, *, promoted: bool) -> int:
    with workspace.store.transaction() as session:
        made = checkpoints.add_checkpoint(
            session, name="child", parent_id=1, run_id=None, weights_sha256="1" * 64, card={}, author="ada"
        )
        if promoted:
            checkpoints.promote(session, made.id, "ada")
    return made.id


def active(workspace: Workspace) -> str:
    with workspace.store.reading() as session:
        found = checkpoints.active_checkpoint(session)
    return found.name if found else ""


def test_versions_stand_below_their_parents(filled: Workspace, open_page: Open) -> None:
    add_child(filled, promoted=False)
    table = open_page("models").dataframe[0].value
    assert table["version"].tolist() == ["base", "└ child"]
    assert table["state"].tolist() == ["● active", "○ candidate"]


def test_the_active_model_shows_its_card(filled: Workspace, open_page: Open) -> None:
    said = texts(open_page("models"))
    assert "Knows one sea only." in said
    assert "0.40" in said


def test_roll_back_asks_once_and_says_what_it_will_do(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_child(filled, promoted=True)
    monkeypatch.setattr(type(filled.store.files), "verify", lambda *_: None)  # the rows have no weights
    app = open_page("models")
    assert active(filled) == "child"
    next(one for one in app.button if one.label == "Roll back").click()
    app.run()
    assert "base becomes the active model again" in texts(app)
    assert active(filled) == "child"
    app.button(key="roll-back-confirm").click().run()
    assert not app.exception
    assert active(filled) == "base"
    assert "ada" in texts(app)


def test_a_failed_roll_back_is_a_sentence(filled: Workspace, open_page: Open) -> None:
    add_child(filled, promoted=True)
    app = open_page("models")
    next(one for one in app.button if one.label == "Roll back").click()
    app.run()
    app.button(key="roll-back-confirm").click().run()
    assert not app.exception
    assert "seep" not in app.session_state["roll-back-refused"]
    assert active(filled) == "child"


def test_with_nothing_to_go_back_to_the_button_is_off(filled: Workspace, open_page: Open) -> None:
    app = open_page("models")
    assert next(one for one in app.button if one.label == "Roll back").disabled


def test_no_model_is_said(empty: Workspace, open_page: Open) -> None:
    assert "No model yet" in texts(open_page("models"))
