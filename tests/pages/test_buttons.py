"""A viewer presses each button of each page, disabled ones enabled before: nothing of the workspace changes."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.elements.widgets.button import ButtonMixin

from seep.store.schema import Base
from seep.web.page_list import PAGES
from seep.workflow.actor import Actor
from seep.workflow.trash import delete_tiles
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.pages.conftest import Open
from tests.workflow.making import accept

VIEWS: dict[str, tuple[dict[str, str], ...]] = {
    "settings": tuple(
        {"view": one} for one in ("Classes", "Splits and quality sample", "Keyboard shortcuts", "About")
    ),
    "data": tuple({"view": one} for one in ("Import", "Export", "Reference layers", "Storage", "Trash")),
    "models": ({}, {"versions": "1"}),
    "scene": ({"scene": "b"},),
}
WITHOUT = {"review", "guide", "people"}
"""Review has a canvas whose buttons send requests, Guide has none, and People is not there without accounts."""
OPENED = [
    (page.name, query) for page in PAGES if page.name not in WITHOUT for query in VIEWS.get(page.name, ({},))
]
PRESSED_IN_TURN = 3
"""A button may open a dialog, whose button asks for a confirmation."""


def state(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    """All rows, and the names of all files but derived ones."""
    root = workspace.settings.workspace
    files = [(path.relative_to(root),) for path in root.rglob("*") if "thumbnails" not in path.parts]
    with workspace.store.reading() as session:
        rows = {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
        }
    return {**rows, "files": sorted(files)}


def enabled(draw: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **values: draw(*args, **(values | {"disabled": False}))


@pytest.mark.parametrize(("name", "query"), OPENED, ids=[f"{name}-{query}" for name, query in OPENED])
def test_a_viewer_changes_nothing_with_any_button(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch, name: str, query: dict[str, str]
) -> None:
    """`pytest -rP` prints the buttons."""

    def gallery(**_: Any) -> dict[str, Any]:
        return {"open": None, "selected": [1, 2], "accept": [], "undo": False}

    accept(filled, 1)
    delete_tiles(filled, [5], ADA)
    monkeypatch.setattr("seep.ui.components.gallery.mount.gallery", gallery)
    monkeypatch.setattr("seep.ui.session.identify", lambda *_: Actor("vic", "viewer"))
    for one in ("_button", "_download_button"):  # a person may enable a button in the browser
        monkeypatch.setattr(ButtonMixin, one, enabled(getattr(ButtonMixin, one)))
    app = open_page(name, **query)
    before, first = state(filled), len(app.button)
    assert first
    waiting: list[tuple[int, ...]] = [(number,) for number in range(first)]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        app = open_page(name, **query)
        for number in path:
            shown = {one.label for one in app.button}
            button = app.button[number]
            app = button.click().run()
        label = f"{name} {query or ''}: {button.label!r}"
        print(label, [one.value for one in app.error])
        assert not app.exception, (label, app.exception[0].stack_trace)
        assert state(filled) == before, label
        for number, new in enumerate(app.button):
            if len(path) < PRESSED_IN_TURN and new.label not in shown | seen:
                seen.add(new.label)
                waiting.append((*path, number))
