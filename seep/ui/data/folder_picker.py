"""Text field for a server folder, with a picker of the folders that an import may read."""

from pathlib import Path

import streamlit as st

from seep.errors import ImportRefusedError
from seep.ui import formatting
from seep.ui.session import current_actor
from seep.workflow.imports.server_folders import FolderListing, list_folder
from seep.workflow.workspace import Workspace


def folder_field(workspace: Workspace, label: str, key: str, placeholder: str, help_text: str) -> str:
    """Draw a field for the path of a folder with a button that opens the picker; return the path.

    Args:
        workspace: its import roots can be browsed.
        key: key of the field in the session.
        help_text: what the folder must contain.
    """
    left, right = st.columns([3, 1.3], vertical_alignment="bottom")
    with right.popover("Browse", icon=":material/folder_open:", width="stretch", key=f"{key}-browse"):
        _picker(workspace, key)
    path: str = left.text_input(label, key=key, placeholder=placeholder, help=help_text)
    return path.strip()


def _picker(workspace: Workspace, key: str) -> None:
    current = f"{key}-at"
    if current not in st.session_state:
        st.session_state[current] = _initial_folder(workspace, str(st.session_state.get(key) or ""))
    try:
        listing = list_folder(workspace, st.session_state[current], current_actor())
    except ImportRefusedError as error:
        st.error(formatting.plain(error))
        listing = list_folder(workspace, None, current_actor())
    st.markdown(f"**{formatting.plain(listing.path or 'Allowed folders')}**")
    if listing.path:
        st.caption(formatting.count(listing.files, "file"))
    with st.container(horizontal=True):
        st.button("Up", icon=":material/arrow_upward:", key=f"{key}-up", disabled=listing.path is None,
                  on_click=_open_folder, args=(current, listing.parent))  # fmt: skip
        st.button("Use this folder", type="primary", key=f"{key}-use", disabled=not listing.files,
                  on_click=_use_folder, args=(key, listing.path))  # fmt: skip
    _subfolders(listing, key, current)


def _subfolders(listing: FolderListing, key: str, current: str) -> None:
    if not listing.folders:
        st.caption("No subfolders")
        return
    with st.container(height=260, border=False, gap=None):
        for number, folder in enumerate(listing.folders):
            name = folder.name if listing.path else str(folder)
            st.button(
                formatting.plain(name),
                icon=":material/folder:",
                type="tertiary",
                key=f"{key}-folder-{number}",
                on_click=_open_folder,
                args=(current, folder),
            )
    if listing.more:
        st.caption(f"{formatting.number(listing.more)} more folders are not listed. Enter the path instead.")


def _initial_folder(workspace: Workspace, path: str) -> Path | None:
    """Return the folder in the field, else the only root, else None for the list of roots."""
    roots = workspace.settings.import_roots
    if path and Path(path).is_dir():
        return Path(path)
    return roots[0] if len(roots) == 1 else None


def _open_folder(current: str, folder: Path | None) -> None:
    st.session_state[current] = folder


def _use_folder(key: str, folder: Path) -> None:
    st.session_state[key] = str(folder)
