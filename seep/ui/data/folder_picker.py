"""A field for a folder of the server, with a small browser of the folders that may be read."""

from pathlib import Path

import streamlit as st

from seep.errors import ImportRefusedError
from seep.ui import formatting
from seep.workflow.imports.server_folders import Listing, list_folder
from seep.workflow.workspace import Workspace


def folder_field(workspace: Workspace, label: str, key: str, placeholder: str, help_text: str) -> str:
    """Draw a field for the path of a folder, and a button that opens the browser; return the path.

    Args:
        workspace: whose import roots may be walked.
        label: what the folder is for.
        key: of the field in the session.
        placeholder: an example.
        help_text: what belongs into it.
    """
    left, right = st.columns([4, 1.2], vertical_alignment="bottom")
    with right.popover("Browse", icon=":material/folder_open:", width="stretch", key=f"{key}-browse"):
        _browser(workspace, key)
    typed: str = left.text_input(label, key=key, placeholder=placeholder, help=help_text)
    return typed.strip()


def _browser(workspace: Workspace, key: str) -> None:
    at = f"{key}-at"
    if at not in st.session_state:
        st.session_state[at] = _start(workspace, str(st.session_state.get(key) or ""))
    try:
        listing = list_folder(workspace, st.session_state[at])
    except ImportRefusedError as error:
        st.error(formatting.plain(error))
        listing = list_folder(workspace, None)
    st.markdown(f"**{formatting.plain(listing.path or 'Folders that may be read')}**")
    if listing.path:
        st.caption(f"{formatting.count(listing.files, 'file')} in it")
    with st.container(horizontal=True):
        st.button("Up", icon=":material/arrow_upward:", key=f"{key}-up", disabled=listing.path is None,
                  on_click=_go, args=(at, listing.parent))  # fmt: skip
        st.button("Use this folder", type="primary", key=f"{key}-use", disabled=not listing.files,
                  on_click=_use, args=(key, listing.path))  # fmt: skip
    _folders(listing, key, at)


def _folders(listing: Listing, key: str, at: str) -> None:
    if not listing.folders:
        st.caption("No folders in it.")
        return
    with st.container(height=260, border=False, gap=None):
        for number, folder in enumerate(listing.folders):
            name = folder.name if listing.path else str(folder)
            st.button(
                formatting.plain(name),
                icon=":material/folder:",
                type="tertiary",
                key=f"{key}-folder-{number}",
                on_click=_go,
                args=(at, folder),
            )
    if listing.more:
        st.caption(f"{formatting.number(listing.more)} more are not listed; type the path.")


def _start(workspace: Workspace, typed: str) -> Path | None:
    """Begin where the field points to, else at the only root, else at the list of roots."""
    roots = workspace.settings.import_roots
    if typed and Path(typed).is_dir():
        return Path(typed)
    return roots[0] if len(roots) == 1 else None


def _go(at: str, folder: Path | None) -> None:
    st.session_state[at] = folder


def _use(key: str, folder: Path) -> None:
    st.session_state[key] = str(folder)
