"""The workspace and the person of a session, and the display of errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from seep.errors import SeepError
from seep.settings import settings
from seep.ui import formatting
from seep.web.xsrf import base_path
from seep.workflow.actor import Actor
from seep.workflow.workspace import Workspace, open_workspace

PERSON = "person"
_LONGEST_NAME = 80


def current_workspace() -> Workspace:
    """Return the workspace that this process serves.

    Raises:
        WorkspaceError: it cannot be opened, made or migrated.
    """
    return open_workspace()


def current_actor() -> Actor:
    """Return who works here: the name typed in the sidebar, else the login name."""
    name = str(st.session_state.get(PERSON) or "").strip()
    return Actor(name[:_LONGEST_NAME] or settings().user, "admin")


def base_url() -> str:
    """Return the prefix of the app's addresses: "" or "/name", no slash at the end."""
    return base_path()


def ask_name() -> None:
    """Draw the input for the person's name, which is kept in the URL."""
    st.text_input(
        "Your name",
        value=settings().user,
        key=PERSON,
        max_chars=_LONGEST_NAME,
        bind="query-params",
        help="Saved with every change. Bookmark the URL to keep the name.",
    )
    if not str(st.session_state.get(PERSON) or "").strip():
        st.caption(formatting.plain(f"Saving as {settings().user}"))


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show a `SeepError` as its message; other exceptions propagate.

    Also a decorator, for fragments: they rerun without the page around them.
    """
    try:
        yield
    except SeepError as error:
        st.error(formatting.plain(error), icon=":material/error:")
