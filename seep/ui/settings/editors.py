"""The editor of splits, and facts about this installation."""

import platform
from importlib.metadata import version

import streamlit as st

from seep.settings import VERSION
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not
from seep.ui.settings.split_table import split_table
from seep.ui.widgets import facts, nothing_here
from seep.workflow.access.accounts import MAX_NAME
from seep.workflow.access.identity import local_name, set_local_name
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace


def split_editor(workspace: Workspace) -> None:
    """Draw a table of scenes and splits; a changed split is saved immediately."""
    scenes = list_scenes(workspace)
    if not scenes:
        nothing_here("No scenes. Import tiles first.", ":material/satellite_alt:")
        return
    st.caption(
        "Validation scenes select the best epoch. Test scenes are never used for training or selection."
    )
    reason = why_not(set_split)
    if reason:
        st.info(reason)
    edited = split_table(
        {one.name: one.split for one in scenes}, [one.tile_count for one in scenes], disabled=bool(reason)
    )
    changed = [(one, edited[one.name]) for one in scenes if edited[one.name] != one.split]
    for scene, split in changed:
        set_split(workspace, scene.id, split, current_actor())
        st.toast(formatting.plain(f"{scene.name} is now a {formatting.SPLITS[split].lower()} scene."))
    if changed:
        st.rerun()  # the table gets its new key now; with the old one, the next edit would be lost


def name_editor(workspace: Workspace) -> None:
    """Draw the input for the author of changes, where nobody signs in."""
    if workspace.settings.auth != "none":
        return
    name = st.text_input(
        "Your name",
        value=local_name(workspace),
        key="local-name",
        max_chars=MAX_NAME,
        help="Saved with every change. Accounts for several people: see People and roles in the documentation.",
    )
    if name.strip() and name.strip() != local_name(workspace):
        with shown_errors():
            set_local_name(workspace, name, current_actor())
            st.rerun()


def about(workspace: Workspace) -> None:
    """Draw facts about this installation."""
    facts(
        {
            "Seep": VERSION,
            "Workspace": workspace.settings.workspace,
            "Device": workspace.settings.device or "automatic: CUDA if available, else CPU",
            "Python": platform.python_version(),
            "Streamlit": version("streamlit"),
            "torch": version("torch"),
        }
    )
