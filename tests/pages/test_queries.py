"""A page that is opened again reads from the database only what may have changed without a commit."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from seep.workflow.workspace import Workspace, open_workspace
from tests.pages.conftest import Open

MOST = {
    **{"overview": 1, "browse": 1, "scene": 1, "sites": 3, "review": 12},
    **{"finetune": 1, "models": 2, "data": 1, "settings": 1},
}
"""Queries of a page that is opened again while nothing changes; one asks for the person's name, now and then."""


@contextmanager
def statements(workspace: Workspace) -> Iterator[list[str]]:
    """The SQL statements of the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    engine = workspace.store._reader
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", MOST)
def test_a_page_that_is_opened_again_asks_few_questions(
    open_page: Open, filled: Workspace, page: str
) -> None:
    app = open_page(page)
    with statements(open_workspace()) as seen:
        app.run()
    selects = [one for one in seen if one.lstrip().upper().startswith("SELECT")]
    assert len(selects) <= MOST[page], "\n".join(selects)
