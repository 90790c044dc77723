import pytest

from seep.ui import session
from seep.ui.guide import TITLES
from seep.web.page_list import PAGES, PEOPLE
from seep.workflow.access.identity import Credentials, identify, local_name, set_local_name
from seep.workflow.actor import Actor
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts

NAMES = tuple(page.name for page in PAGES if page.name != PEOPLE)


@pytest.mark.parametrize("name", NAMES)
def test_opens_on_an_empty_workspace(empty: Workspace, open_page: Open, name: str) -> None:
    assert texts(open_page(name))


@pytest.mark.parametrize("name", NAMES)
def test_opens_on_a_filled_workspace(filled: Workspace, open_page: Open, name: str) -> None:
    open_page(name)


def test_a_name_in_the_address_is_not_believed(filled: Workspace, open_page: Open) -> None:
    app = open_page("overview", person="Grace Hopper")
    assert ":material/person: Saving as ada" in [one.value for one in app.sidebar.caption]


def test_the_local_person_chooses_a_name_in_settings(filled: Workspace, open_page: Open) -> None:
    app = open_page("settings", view="About")
    app.text_input(key="local-name").set_value("Ana Lima").run()
    assert ":material/person: Saving as Ana Lima" in [one.value for one in app.sidebar.caption]
    assert local_name(filled) == "Ana Lima"


def test_an_annotator_is_told_who_may_promote(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.ui.session.identify", lambda *_: Actor("ann", "annotator"))
    app = open_page("models")
    buttons = {one.key: one for one in app.button}
    assert buttons["roll-back"].disabled
    assert "role lead is needed" in buttons["roll-back"].help


def test_a_session_that_has_ended_shows_nothing_of_the_workspace(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.ui.session.identify", lambda *_: None)
    app = open_page("overview")
    assert [one.value for one in app.title] == ["Signed out"]
    assert not app.sidebar.caption


def test_a_workspace_that_cannot_be_opened_is_a_sentence(
    empty: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seep.errors import WorkspaceError

    def refuse() -> Workspace:
        raise WorkspaceError("The workspace is newer than this Seep; update Seep.")

    monkeypatch.setattr("seep.ui.session.open_workspace", refuse)
    app = open_page("overview")
    assert "update Seep" in texts(app)


@pytest.mark.parametrize("digits", [30, 5000])
@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("finetune", "run"),
        ("finetune", "clone"),
        ("review", "tile"),
        ("review", "tiles"),
        ("models", "versions"),
    ],
)
def test_numbers_in_an_address_that_can_be_no_ids_are_nothing(
    filled: Workspace, open_page: Open, page: str, name: str, digits: int
) -> None:
    assert texts(open_page(page, **{name: "9" * digits}))


def test_guide_opens_at_the_chapter_about_the_page_before(filled: Workspace, open_page: Open) -> None:
    app = open_page("models")
    app.switch_page("pages/guide.py").run()
    assert not app.exception
    assert app.title[0].value == "Guide: Models"
    assert open_page("guide", chapter="queue").title[0].value == "Guide: Queue orders"
    assert open_page("guide", chapter="people").title[0].value == "Guide: People"
    unknown = open_page("guide", chapter="<b>")
    assert unknown.title[0].value == "Guide: Overview"
    assert "<b>" in unknown.toast[0].value.replace("\\", "")


def test_guide_links_to_all_other_chapters(filled: Workspace, open_page: Open) -> None:
    app = open_page("guide", chapter="queue")
    links = {one.proto.label: one.proto.query_string for one in app.get("page_link")}
    assert links == {title: f"chapter={name}" for name, title in TITLES.items() if name != "queue"}


def test_keyboard_shortcuts_say_that_they_load(filled: Workspace, open_page: Open) -> None:
    (table,) = open_page("settings", view="Keyboard shortcuts").get("bidi_component")
    assert table.proto.html_content == '<p role="status">Loading keyboard shortcuts…</p>'


def test_a_page_is_drawn_for_whom_it_identified_at_its_start(
    empty: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("models")
    asked: list[str] = []

    def counted(workspace: Workspace, given: Credentials) -> Actor | None:
        actor = identify(workspace, given)
        asked.append(actor.name if actor else "")
        return actor

    monkeypatch.setattr(session, "identify", counted)
    app.run()
    assert asked == ["ada", "ada"]  # at its start, and for the uploads
    set_local_name(empty, "Bob", Actor("ada", "admin"))
    app.run()
    assert asked == ["ada", "ada", "Bob", "Bob"]
    assert ":material/person: Saving as Bob" in [one.value for one in app.sidebar.caption]
