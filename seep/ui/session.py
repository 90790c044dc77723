"""The workspace and the person of a session, and the display of errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st

from seep.core.masks import subject
from seep.errors import SeepError, SignedOutError
from seep.ui import formatting
from seep.web.identity import credentials
from seep.web.streamlit_patches.server import base_path
from seep.workflow.access import accounts
from seep.workflow.access.identity import Credentials, identify
from seep.workflow.actor import Actor, requirement
from seep.workflow.classes import get_classes
from seep.workflow.workspace import Workspace, open_workspace

SIGNED_OUT = "You are signed out."
_drawn_for: ContextVar[Actor | None] = ContextVar("drawn for", default=None)


def current_workspace() -> Workspace:
    """Return the workspace that this process serves, to somebody who may see it.

    Raises:
        WorkspaceError: it cannot be opened, made or migrated.
        MovedError: it is gone from its path, or another one is there.
        SignedOutError: nobody is signed in.
    """
    if _drawn_for.get() is None:
        current_actor()
    workspace = open_workspace()
    workspace.store.check()
    return workspace


@contextmanager
def drawing_for(actor: Actor | None) -> Iterator[None]:
    """Draw a page for somebody who was identified just now.

    Until the end, `current_workspace` and `why_not` do not ask the database again, as they do up to eight times per
    page. Actions ask: they call `current_actor`.
    """
    token = _drawn_for.set(actor)
    try:
        yield
    finally:
        _drawn_for.reset(token)


def current_actor() -> Actor:
    """Return who works here, with the role that the database holds now; ask again for each action.

    Raises:
        SignedOutError: nobody is signed in, or the session has ended.
    """
    workspace = open_workspace()
    actor = identify(workspace, _credentials(workspace))
    if actor is None:
        raise SignedOutError(SIGNED_OUT)
    return actor


def sign_out() -> None:
    """End the session of this browser."""
    workspace = open_workspace()
    accounts.sign_out(workspace, _credentials(workspace).session, current_address())


def current_address() -> str:
    """Return the address of the browser, for the activity log."""
    return st.context.ip_address or "127.0.0.1"  # Streamlit says None for this machine


def why_not(function: Callable[..., Any]) -> str | None:
    """Return why the person may not call a workflow function, for a tooltip; None if it is permitted."""
    return requirement(function).denial(_drawn_for.get() or current_actor())


def base_url() -> str:
    """Return the prefix of the app's addresses: "" or "/name", no slash at the end."""
    return base_path()


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show a `SeepError` as its message; other exceptions propagate.

    Also a decorator, for fragments: they rerun without the page around them.
    """
    try:
        yield
    except SeepError as error:
        st.error(formatting.plain(error), icon=":material/error:")


def _credentials(workspace: Workspace) -> Credentials:
    """Return what the handshake of the WebSocket carried."""
    secure = str(st.context.url or "").startswith("https:")
    return credentials(st.context.headers, workspace.settings, secure=secure)


def about_seeps() -> bool:
    """Return whether the workspace is about seeps; see `seep.core.masks.subject`."""
    return subject.is_about_seeps(get_classes(current_workspace()))


def worded(text: str) -> str:
    """Return a text of the pages, without names, in the words of the workspace; see `seep.core.masks.subject`."""
    return subject.worded(text, get_classes(current_workspace()))
